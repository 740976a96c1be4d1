"""Passage vectors in Chroma; only this module uses Chroma.

Chroma gets only numbers (passage numbers and vectors), never text, so nothing readable is left in its files when an
article is removed. All of it can be rebuilt from the article store. Filters are handled by `VectorTable`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import numpy as np

from index.engines.embedded.seal import DamagedFilesError, Seal
from index.filters import name_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from chromadb.api.types import QueryResult
    from numpy.typing import NDArray


# Vectors that Chroma writes in one call, in which no other thread runs: about 20 ms of processor time.
_AT_ONCE = 32
_FIRST_NAME = re.compile(r"passages-\d{1,5}")


class VectorStore:
    """The vectors of passages by number, in the Chroma folder at `path`, nearest by cosine.

    `embedder` is the name of the embedder that made the vectors. Raises DamagedFilesError if the files have changed,
    and whatever Chroma raises.
    """

    def __init__(self, path: Path, *, embedder: str) -> None:
        import chromadb
        from chromadb.config import Settings

        # Chroma writes its vectors in place, not atomically, and a process that opens half of them may crash. So their
        # state is recorded after each change; if they are found in another state, all are inserted again.
        self._path = path
        self._seal = Seal(path, skip=_is_no_matter)
        self._seal.require_whole()
        if _has_lost_its_database(path):  # Chroma would make an empty one
            raise DamagedFilesError(["chroma.sqlite3"])
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._client = chromadb.PersistentClient(path, Settings(anonymized_telemetry=False))
        except BaseException:
            _forget(path)
            raise
        # Vectors of two embedders are never mixed, whatever becomes of the manifest.
        self._name = f"passages-{name_code(embedder):x}"
        try:
            self._collection = self._client.get_or_create_collection(
                self._name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
            )
            self.count()  # the first use has Chroma allocate space, which is blanked
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close Chroma's files."""
        self._client.close()  # type: ignore[attr-defined]  # missing in Chroma's types

    def seal(self, *, checksums: bool = False) -> None:
        """Record the state of the files, which are complete."""
        self._seal.close(checksums=checksums)

    def wrong_files(self) -> list[str]:
        """Return the files that have changed since they were sealed; reads them all."""
        return self._seal.wrong_files()

    def add(self, numbers: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Store vectors, float32, `len(numbers)` x dimension; numbers already stored are replaced."""
        self._seal.begin()
        for start in range(0, len(numbers), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            self._collection.upsert(ids=[str(number) for number in numbers[part]], embeddings=vectors[part])
        _blank_unused(self._path)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove vectors; unknown numbers are ignored."""
        self._seal.begin()
        ids = [str(number) for number in numbers]
        for start in range(0, len(ids), _AT_ONCE):
            self._collection.delete(ids=ids[start : start + _AT_ONCE])

    def use_first_collection(self) -> None:
        """Use the vectors of the first homes, whose collection had the name of its dimension, as this embedder's."""
        first = [found.name for found in self._client.list_collections() if _FIRST_NAME.fullmatch(found.name)]
        if len(first) == 1 and not self._collection.count():
            self._client.delete_collection(self._name)
            self._collection = self._client.get_collection(first[0], embedding_function=None)
            self._collection.modify(name=self._name)
            self.count()

    def get(self, numbers: Sequence[int]) -> NDArray[np.float32]:
        """Return the vectors of numbers that are stored, float32, `len(numbers)` x dimension."""
        found = self._collection.get(ids=[str(number) for number in numbers], include=["embeddings"])
        row_of = {int(id_): row for row, id_ in enumerate(found["ids"])}
        vectors = np.asarray(found["embeddings"], np.float32)
        return vectors[[row_of[number] for number in numbers]]

    def numbers(self) -> set[int]:
        """Return all numbers stored."""
        return {int(id_) for id_ in self._collection.get(include=[])["ids"]}

    def count(self) -> int:
        """Return how many vectors are stored."""
        count = self._collection.count()
        _blank_unused(self._path)
        return count

    def search(self, vector: NDArray[np.float32], *, k: int) -> dict[int, float]:
        """Return up to `k` passage numbers with their cosine, nearest first."""
        try:
            found = self._query(vector, k)
        except Exception:  # Chroma may come upon a vector that is removed at this moment; damage fails again
            found = self._query(vector, k)
        distances = cast("list[list[float]]", found["distances"])
        return {int(id_): 1.0 - distance for id_, distance in zip(found["ids"][0], distances[0], strict=True)}

    def _query(self, vector: NDArray[np.float32], k: int) -> QueryResult:
        return self._collection.query(query_embeddings=vector[None], n_results=k, include=["distances"])


def _is_no_matter(file: Path) -> bool:
    """Return whether a file may change by itself.

    Chroma's SQLite file survives a crash, and searches write to it too. Vectors without `index_metadata.pickle` were
    never stored; Chroma recreates their files each time from SQLite.
    """
    return file.name.startswith("chroma.sqlite3") or not (file.parent / "index_metadata.pickle").exists()


def _blank_unused(path: Path) -> None:
    """Overwrite space that Chroma has allocated on the disk but not used yet, once it is opened or written to.

    Chroma fills such files with uninitialised memory, which may contain texts that were removed, or never meant to be
    stored.
    """
    for data in path.glob("*/data_level0.bin"):
        if (data.parent / "index_metadata.pickle").exists():
            continue  # in use, and as long as what is stored
        for file in (data, data.with_name("length.bin")):
            with file.open("r+b") as opened:
                opened.write(bytes(file.stat().st_size))


def _has_lost_its_database(path: Path) -> bool:
    file = path / "chroma.sqlite3"
    if file.exists() and file.stat().st_size:
        return False
    return path.exists() and any(not other.name.startswith(file.name) for other in path.iterdir())


def _forget(path: Path) -> None:
    """Remove a client that could not be opened from Chroma's cache, so that it is not handed out again."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_system.pop(str(path), None)
