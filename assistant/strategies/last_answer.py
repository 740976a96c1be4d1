"""The articles that the last answer of a conversation rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.conversation import Conversation, Turn
    from assistant.strategies.strategy import Sources
    from index.article import ArticleInfo

_MARKER = re.compile(r"(?<!\s)\s*+\[\d++\]")
_PART = re.compile(r"(?<=[.!?])\s+|: ")
_NEAREST = 10  # passages in which the words of the answer are looked for
_LOOKED_BACK = 3  # turns, the last one included
_READ = 1000  # characters
_SHORTEST = 20  # characters of a sentence that shows where it was taken from


def last_sentences(conversation: Conversation) -> list[str]:
    """Return the sentences of the last answer, without markers and without the outlet before them."""
    return _sentences(_MARKER.sub("", conversation.turns[-1].answer)) if conversation.turns else []


def last_articles(conversation: Conversation, sources: Sources) -> list[ArticleInfo]:
    """Return the articles whose sentences or title the last answer has, the nearest first.

    Where nothing was found for the last questions, those of the answer before them.
    """
    answered = (_articles_of(turn, sources) for turn in reversed(conversation.turns[-_LOOKED_BACK:]))
    return next(filter(None, answered), [])


def _articles_of(turn: Turn, sources: Sources) -> list[ArticleInfo]:
    answer = _MARKER.sub("", turn.answer)
    if not answer.strip():
        return []
    sentences = _sentences(answer)
    found = sources.index.retrieve(f"{turn.question} {answer}"[:_READ], k=_NEAREST)
    near = {scored.article.id: scored.article for scored in found}
    return [
        article
        for article in near.values()
        if any(part in sources.index.article(article.id).text for part in sentences)
        or (article.title and article.title in answer)
    ]


def _sentences(answer: str) -> list[str]:
    return [part.strip() for part in _PART.split(answer) if len(part.strip()) > _SHORTEST]
