"""Passages on each side of a comparison, for a language model to compare them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from assistant.readers.reader import Draft
from assistant.understanding.comparison_questions import read_comparison

if TYPE_CHECKING:
    from assistant.strategies.strategy import Asked, Sources
    from index import ScoredPassage

_FEWEST = 3
"""Passages of each side."""


class Sides:
    """Searches for each side by itself, so that the articles on one do not crowd out those on the other."""

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the passages on all sides, the best of each first; None where nothing is compared or found."""
        comparison = read_comparison(asked.question)
        if comparison is None:
            return None
        each = max(_FEWEST, asked.k // len(comparison.sides))
        sides = [sources.search(side.question, k=each, filters=asked.filters) for side in comparison.sides]
        found: dict[str, ScoredPassage] = {}
        for scored in sorted((scored for side in sides for scored in side), key=lambda scored: scored.rank):
            found.setdefault(scored.passage.id, scored)
        if not found:
            return None
        evidence = tuple(dataclasses.replace(scored, rank=rank) for rank, scored in enumerate(found.values(), start=1))
        return Draft(found=True, confidence=0.0, kind="comparison", evidence=evidence)
