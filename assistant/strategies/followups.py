"""Follow-ups: what is asked further is first looked for in the articles that the last answer rests on."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import on_one_line, stands_alone, state
from assistant.strategies.last_answer import last_articles, last_sentences
from assistant.understanding.carried_terms import own_words
from assistant.understanding.joined_questions import asks_for_more
from assistant.understanding.named_things import names_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.reader import Draft
    from assistant.strategies.strategy import Asked, Sources, Strategy

_WHO_SAYS = re.compile(
    r"(?:and |but )?(?:who (?:said|says|claims|claimed|told you|reported|wrote) (?:that|this|it|so)|says who"
    r"|according to (?:whom|who))\W*",
    re.IGNORECASE,
)
_NEARER = 0.15
"""How much less sure the nearer articles may be than all are, where the question points back."""
_MOST = 3


@dataclasses.dataclass(frozen=True, slots=True)
class FollowUps:
    """Answers a question that goes on about the last answer from that answer's articles.

    `strategies` are tried on these articles before the reader is, as they are on all.
    """

    reader: ExtractiveReader
    strategies: Sequence[Strategy]

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the draft from the last answer's articles; None where all articles together do better."""
        if names_in(asked.as_asked):
            return None
        articles = last_articles(asked.conversation, sources)
        if not articles or not all(asked.filters.admit(article) for article in articles):
            return None
        filters = dataclasses.replace(asked.filters, articles=tuple(article.id for article in articles))
        near = dataclasses.replace(asked, filters=filters)
        if asks_for_more(asked.as_asked):
            return self._more(near, sources)
        draft = self._read(dataclasses.replace(near, question=_near_question(asked)), sources)
        if not draft.found:
            return None
        if _WHO_SAYS.fullmatch(asked.as_asked) and draft.kind == "fact":
            draft = dataclasses.replace(
                draft, short_answer=None, other_answers=()
            )  # whom it names may not be who says it
        usual = self._read(asked, sources)
        return draft if not usual.found or draft.confidence >= usual.confidence - _NEARER else None

    def _read(self, asked: Asked, sources: Sources) -> Draft:
        drafts = (strategy.answer(asked, sources) for strategy in self.strategies)
        planned = next((draft for draft in drafts if draft is not None), None)
        if planned is not None:
            return planned
        found = tuple(sources.search(asked.question, k=asked.k, filters=asked.filters))
        return dataclasses.replace(self.reader.read(asked.question, found), evidence=found)

    def _more(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the sentences that come next after those of the last answer."""
        found = tuple(sources.search(asked.question, k=asked.k, filters=asked.filters))
        read = self.reader.read(asked.question, found)
        last_answer = on_one_line(asked.conversation.turns[-1].answer)
        new = [
            judged.span
            for judged in read.judged
            if on_one_line(judged.span.text) not in last_answer and stands_alone(judged.span)
        ]
        if not new:
            return None
        rank = {article: place for place, article in enumerate(asked.filters.articles)}
        new = sorted(new[:_MOST], key=lambda span: (rank[span.passage.article_id], span.start))
        return dataclasses.replace(
            read, found=True, statements=tuple(map(state, new)), short_answer=None, other_answers=(), evidence=found
        )


def _near_question(asked: Asked) -> str:
    """Return the question to put to the nearer articles, which need no topic carried into it."""
    sentences = last_sentences(asked.conversation)
    if sentences and _WHO_SAYS.fullmatch(asked.as_asked):
        return f"Who said “{sentences[0]}”?"
    return own_words(asked.question).rpartition("? ")[2]
