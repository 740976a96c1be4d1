"""Passages found, and the rest of the articles that they come from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from index.article import ScoredPassage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.readers.reader import Draft
    from assistant.strategies.strategy import Asked, Sources, Strategy

_MOST = 80
"""Passages of whole articles that a language model may be shown, in several requests where one is too small."""


def with_whole_articles(
    sources: Sources, found: Sequence[ScoredPassage], article: str | None = None
) -> tuple[ScoredPassage, ...]:
    """Return the passages found, then all others of one article: that with this id, or else that found first."""
    known = {scored.passage.id for scored in found}
    first = next(scored for scored in found if article in {None, scored.article.id})
    others = [
        ScoredPassage(passage, first.article, first.score, len(found) + 1)
        for passage in sources.index.passages(first.article.id)
        if passage.id not in known
    ]
    return (*found, *others)


def by_article(found: Iterable[ScoredPassage]) -> list[list[ScoredPassage]]:
    """Return the passages of each article together, the article found first at the beginning."""
    groups: dict[str, list[ScoredPassage]] = {}
    for scored in found:
        groups.setdefault(scored.article.id, []).append(scored)
    return list(groups.values())


@dataclasses.dataclass(frozen=True, slots=True)
class WholeArticles:
    """Another strategy's answer with all of the articles it rests on: a language model is to read them whole."""

    strategy: Strategy

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the draft with every passage of its articles as evidence, in the order of their texts."""
        draft = self.strategy.answer(asked, sources)
        if draft is None or not draft.found:
            return draft
        first = {scored.article.id: scored for scored in reversed(draft.evidence)}
        found = [first[id_] for id_ in dict.fromkeys(scored.article.id for scored in draft.evidence)]
        passages = [(passage, scored) for scored in found for passage in sources.index.passages(scored.article.id)]
        evidence = tuple(
            ScoredPassage(passage, scored.article, scored.score, rank)
            for rank, (passage, scored) in enumerate(passages[:_MOST], start=1)
        )
        return dataclasses.replace(draft, evidence=evidence)
