"""A second engine, which keeps collections in the memory of this process: readers are let in beside the one writer.

It shows that the seam is one, and what the least is that an engine has to do. It has none of the capabilities.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from index.errors import HomeError, HomeLockedError
from tests.memory_engine.articles import Data, MemoryArticles
from tests.memory_engine.searches import MemoryDense, MemoryText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from index.engines.entries import Entry, EntryKind

COLLECTIONS: dict[tuple[str, str], Data] = {}


class MemoryStores:
    def __init__(self, data: Data, *, writes: bool) -> None:
        self._data = data
        self.may_write = writes
        self.articles = MemoryArticles(data)
        self.dense = MemoryDense(data)
        self.full_text: dict[EntryKind, MemoryText] = {
            "passage": MemoryText(data, "passage"),
            "article": MemoryText(data, "article"),
        }

    def are_complete(self) -> bool:
        data = self._data
        return data.dense.keys() == data.passages.keys() == data.texts["passage"].keys() and (
            data.texts["article"].keys() == data.rows.keys()
        )

    def complete(self, embed: Callable[[Sequence[Entry]], NDArray[np.float32]]) -> None:
        self._data.dense.clear()
        for texts in self._data.texts.values():
            texts.clear()
        passages = list(self.articles.entries("passage", self._data.passages))
        self.dense.add(passages)
        self.full_text["passage"].add(passages)
        self.full_text["article"].add(list(self.articles.entries("article", self._data.rows)))

    def seal(self) -> None:
        """Nothing can change behind its back."""

    def close(self) -> None:
        if self.may_write:
            self._data.writer = None


class MemoryEngine:
    def __init__(self, home: Path, location: str = "") -> None:
        self._key = (str(home), location)

    def open(self, *, embedder: str, write: bool, purpose: str, url: str | None = None) -> MemoryStores:
        return MemoryStores(self._take(write=write, purpose=purpose), writes=write)

    @contextlib.contextmanager
    def lock(self, *, write: bool, purpose: str) -> Iterator[None]:
        data = self._take(write=write, purpose=purpose)
        try:
            yield
        finally:
            data.writer = None if write else data.writer

    @contextlib.contextmanager
    def open_articles(self) -> Iterator[MemoryArticles]:
        yield MemoryArticles(self._found())

    def _take(self, *, write: bool, purpose: str) -> Data:
        if not write:
            return self._found()
        data = COLLECTIONS.setdefault(self._key, Data())
        with data.lock:
            if data.writer:
                raise HomeLockedError(f"The collection is in use by `{data.writer}`.")
            data.writer = purpose
        return data

    def _found(self) -> Data:
        if self._key not in COLLECTIONS:
            raise HomeError("There is no collection yet.")
        return COLLECTIONS[self._key]
