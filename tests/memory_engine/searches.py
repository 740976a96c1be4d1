"""Searches that look at everything: the cosine of each vector, and BM25 over each text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from index.engines.entries import Entry, EntryKind
    from index.filters import Criteria
    from tests.memory_engine.articles import Data


class MemoryDense:
    def __init__(self, data: Data) -> None:
        self._data = data

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._data.dense[entry.number] = (self._data.vectors[entry.number], entry.facets)

    def remove(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._data.dense.pop(number, None)

    def search(self, vector: NDArray[np.float32], *, k: int, criteria: Criteria) -> dict[int, float]:
        cosines = {
            number: float(own @ vector / (np.linalg.norm(own) * np.linalg.norm(vector)))
            for number, (own, facets) in dict(self._data.dense).items()
            if _meets(facets, criteria)
        }
        return _best(cosines, k)


class MemoryText:
    def __init__(self, data: Data, kind: EntryKind) -> None:
        self._texts = data.texts[kind]

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._texts[entry.number] = (terms(f"{entry.title or ''}\n{entry.text}"), entry.facets)

    def remove(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._texts.pop(number, None)

    def wipe(self) -> None:
        """Nothing is left already."""

    def search(self, question: str, *, k: int, criteria: Criteria) -> dict[int, float]:
        texts = dict(self._texts)
        usual = sum(len(words) for words, _ in texts.values()) / max(len(texts), 1)
        scores: dict[int, float] = {}
        for term in set(terms(question)):
            having = {number: words.count(term) for number, (words, _) in texts.items() if term in words}
            rarity = math.log(1 + (len(texts) - len(having) + 0.5) / (len(having) + 0.5))
            for number, times in having.items():
                words, facets = texts[number]
                if _meets(facets, criteria):
                    share = times * 2.2 / (times + 1.2 * (0.25 + 0.75 * len(words) / usual))
                    scores[number] = scores.get(number, 0.0) + rarity * share
        return _best(scores, k)


def _meets(facets: Mapping[str, int], criteria: Criteria) -> bool:
    return all(facets[name] in values for name, values in criteria.sets.items()) and all(
        first <= facets[name] <= last for name, (first, last) in criteria.ranges.items()
    )


def _best(scores: Mapping[int, float], k: int) -> dict[int, float]:
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:k])
