"""Passages found, and the rest of the articles that they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.article import ScoredPassage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.strategies.strategy import Sources


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
