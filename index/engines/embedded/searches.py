"""Dense search and full text over the derived stores of a home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from index.engines.embedded.seal import DamagedFilesError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from index.engines.embedded.derived import DerivedStores
    from index.engines.embedded.lexical import LexicalStore
    from index.engines.embedded.part import Part
    from index.engines.embedded.passage_vectors import PassageVectors
    from index.engines.embedded.vector_table import VectorTable
    from index.engines.embedded.vectors import VectorStore
    from index.engines.entries import Entry
    from index.filters import Criteria

# How many of the passages found are compared with the stored vectors; int8 is accurate to two thousandths.
_COMPARED = 10
_TOLERANCE = 0.01


class Dense:
    """Vectors in Chroma, and in a table for searches with filters.

    `mending` rebuilds what is damaged and repeats the search.
    """

    def __init__(self, derived: DerivedStores, truth: PassageVectors, mending: Callable[[Any], Any]) -> None:
        self._chroma = derived.vectors
        self._table = derived.table
        self._truth = truth
        self._mending = mending

    def add(self, entries: Sequence[Entry]) -> None:
        """Put passages into both stores."""
        numbers = [entry.number for entry in entries]
        vectors = self._truth.of(numbers)
        self._chroma.use(lambda store: store.add(numbers, vectors))
        self._table.use(lambda store: store.add(numbers, vectors, [entry.facets for entry in entries]))

    def remove(self, numbers: Sequence[int]) -> None:
        """Delete passages."""
        self._chroma.use(lambda store: store.remove(numbers))
        self._table.use(lambda store: store.remove(numbers))

    def search(self, vector: NDArray[np.float32], *, k: int, criteria: Criteria) -> dict[int, float]:
        """Return up to `k` numbers that meet the criteria with their cosine, nearest first."""

        def in_table(store: VectorTable) -> dict[int, float]:
            return self._checked(vector, store.search(vector, k=k, criteria=criteria))

        def in_chroma(store: VectorStore) -> dict[int, float]:
            return self._checked(vector, store.search(vector, k=k))

        found: dict[int, float] = self._mending(
            lambda: self._table.use(in_table) if criteria else self._chroma.use(in_chroma)
        )
        return found

    def _checked(self, vector: NDArray[np.float32], found: dict[int, float]) -> dict[int, float]:
        """Return what was found. Raises DamagedFilesError if the nearest are not as near as the truth says."""
        stored = self._truth.known(list(found)[:_COMPARED])
        for number, own in stored.items():
            lengths = float(np.linalg.norm(own) * np.linalg.norm(vector))
            if lengths and abs(float(own @ vector) / lengths - found[number]) > _TOLERANCE:
                raise DamagedFilesError([f"the vector of passage {number}"])
        return found


class Text:
    """The full text of passages or articles; `mending` as for `Dense`."""

    def __init__(self, store: Part[LexicalStore], mending: Callable[[Any], Any]) -> None:
        self._store = store
        self._mending = mending

    def add(self, entries: Sequence[Entry]) -> None:
        """Index texts."""
        self._store.use(lambda store: store.add(entries))

    def remove(self, numbers: Sequence[int]) -> None:
        """Delete texts."""
        self._store.use(lambda store: store.remove(numbers))

    def wipe(self) -> None:
        """Leave no term of a deleted text in the files."""
        self._store.use(lambda store: store.wipe())

    def search(self, question: str, *, k: int, criteria: Criteria) -> dict[int, float]:
        """Return up to `k` numbers that meet the criteria with their BM25 score, best first."""
        found: dict[int, float] = self._mending(
            lambda: self._store.use(lambda store: store.search(question, k=k, criteria=criteria))
        )
        return found
