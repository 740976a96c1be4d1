"""The vectors of passages as part of the truth: float32, in the articles' file and in the same transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import EmbeddingError
from index.local_files.database import LISTED, as_list
from index.local_files.transaction import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

NO_VECTORS = np.zeros((0, 0), np.float32)


class PassageVectors:
    """Vectors by passage number: written through `db`, read through `read`, which runs a query and returns its rows."""

    def __init__(self, db: sqlite3.Connection, read: Callable[[str, Sequence[Any]], list[Any]]) -> None:
        self._db = db
        self._read = read

    def write(self, numbers: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Store the vectors of passages that have none."""
        with transaction(self._db):
            self.insert(numbers, vectors)

    def insert(self, numbers: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Store vectors within the caller's transaction. Raises EmbeddingError if their dimension differs from the
        stored ones.
        """
        if not numbers:
            return
        stored = self._db.execute("SELECT length(vector) / 4 FROM vectors LIMIT 1").fetchone()
        dimension = vectors.shape[1]
        if stored and stored[0] != dimension:
            raise EmbeddingError(
                f"The embedder gave vectors of dimension {dimension}; this collection has dimension {stored[0]}.",
                help="Use the embedder that made the collection, or run `dateline reindex`.",
            )
        rows = [(number, vector.tobytes()) for number, vector in zip(numbers, vectors, strict=True)]
        self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def delete_of(self, article: int) -> None:
        """Delete the vectors of an article's passages within the caller's transaction."""
        query = "DELETE FROM vectors WHERE number IN (SELECT number FROM passages WHERE article = ?)"
        self._db.execute(query, [article])

    def are_complete(self) -> bool:
        """Return whether there are as many vectors as passages: a home from before vectors were kept has none."""
        query = "SELECT (SELECT count(*) FROM passages) = (SELECT count(*) FROM vectors)"
        return bool(self._db.execute(query).fetchone()[0])

    def delete_unusable(self) -> None:
        """Delete vectors that belong to no passage or differ in length from most."""
        with transaction(self._db):
            usual = "(SELECT length(vector) FROM vectors GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"
            self._db.execute(f"DELETE FROM vectors WHERE length(vector) <> {usual}")  # noqa: S608 - our own words
            self._db.execute("DELETE FROM vectors WHERE number NOT IN (SELECT number FROM passages)")

    def of(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """Return the vectors of passages, `len(numbers)` x dimension. Raises KeyError if one has none."""
        found = self.known(numbers)
        return np.stack([found[number] for number in numbers]) if found else NO_VECTORS

    def known(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the vectors of those of the passages that have one."""
        query = f"SELECT number, vector FROM vectors WHERE number IN {LISTED}"  # noqa: S608
        rows = self._read(query, [as_list(numbers)])
        return {number: np.frombuffer(vector, np.float32) for number, vector in rows}
