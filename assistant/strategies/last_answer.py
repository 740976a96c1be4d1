"""The articles that the last answer of a conversation rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.conversation import Conversation
    from assistant.strategies.strategy import Sources
    from index.article import ArticleInfo

_MARKER = re.compile(r"(?<!\s)\s*+\[\d++\]")
_PART = re.compile(r"(?<=[.!?])\s+|: ")
_NEAREST = 10  # passages in which the words of the answer are looked for
_READ = 1000  # characters
_SHORTEST = 20  # characters of a sentence that shows where it was taken from


def last_sentences(conversation: Conversation) -> list[str]:
    """Return the sentences of the last answer, without markers and without the outlet before them."""
    answer = _MARKER.sub("", conversation.turns[-1].answer) if conversation.turns else ""
    return [part.strip() for part in _PART.split(answer) if len(part.strip()) > _SHORTEST]


def last_articles(conversation: Conversation, sources: Sources) -> list[ArticleInfo]:
    """Return the articles whose sentences or title the last answer has, the nearest first."""
    if not conversation.turns:
        return []
    turn = conversation.turns[-1]
    answer = _MARKER.sub("", turn.answer)
    if not answer.strip():
        return []
    sentences = last_sentences(conversation)
    found = sources.index.retrieve(f"{turn.question} {answer}"[:_READ], k=_NEAREST)
    near = {scored.article.id: scored.article for scored in found}
    return [
        article
        for article in near.values()
        if any(part in sources.index.article(article.id).text for part in sentences)
        or (article.title and article.title in answer)
    ]
