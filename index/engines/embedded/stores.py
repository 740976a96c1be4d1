"""The open collection of one home: SQLite holds the truth, and derived stores are searched."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from typing import TYPE_CHECKING, Self, TypeVar

from index.engines.embedded.articles import ArticleStore
from index.engines.embedded.derived import DerivedStores
from index.engines.embedded.home import HomeLock
from index.engines.embedded.part import DamagedError
from index.engines.embedded.searches import Dense, Text
from index.engines.entries import batches
from index.errors import DatelineError
from index.local_files.disk import make_private

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from index.engines.embedded.home import Home
    from index.engines.entries import Entry, EntryKind

T = TypeVar("T")
_log = logging.getLogger("dateline.index")


class EmbeddedStores:
    """The stores of a home whose `lock` is held, until `close` releases it."""

    def __init__(self, home: Home, lock: HomeLock, *, embedder: str) -> None:
        self._home = home
        self._lock = lock
        self._embedder = embedder
        self._changing = threading.RLock()
        self.articles = ArticleStore(home.articles)
        self.derived = DerivedStores(
            home, self.articles, embedder=embedder, changing=self._changing, may_write=lock.may_write
        )
        self.dense = Dense(self.derived, self.articles.vectors, self._mending)
        self.full_text: dict[EntryKind, Text] = {
            kind: Text(part, self._mending) for kind, part in self.derived.lexical.items()
        }

    @classmethod
    def open(cls, home: Home, *, embedder: str, write: bool, purpose: str, url: str | None = None) -> Self:
        """Take the lock of a home and open its stores."""
        lock = HomeLock(home)
        lock.acquire(write=write, purpose=purpose, url=url)
        try:
            if write:
                shutil.rmtree(home.next, ignore_errors=True)  # what a `reindex` that died left behind
            return cls(home, lock, embedder=embedder)
        except BaseException:
            lock.release()
            raise

    @property
    def may_write(self) -> bool:
        """Whether the home is held for writing."""
        return self._lock.may_write

    def are_complete(self) -> bool:
        """Return whether no passage lacks its vector, and each derived store opens and holds what it should."""
        with contextlib.suppress(DamagedError):
            return self.articles.vectors.are_complete() and self.derived.are_complete()
        return False

    def complete(self, embed: Callable[[Sequence[Entry]], NDArray[np.float32]]) -> None:
        """Give every passage its vector, and make the derived stores hold exactly what the truth says."""
        with self._changing:
            self._complete_vectors(embed)
            self.derived.complete()

    def _complete_vectors(self, embed: Callable[[Sequence[Entry]], NDArray[np.float32]]) -> None:
        """Store vectors for the passages of a home from before vectors were kept: Chroma's, or new ones."""
        if self.articles.vectors.are_complete():
            return
        wanted = self.articles.numbers("passage") - self.articles.numbers("vector")
        _log.warning("Making the vectors of %s passages part of the collection.", f"{len(wanted):,}")
        nothing: set[int] = set()
        chroma = self.derived.vectors
        chroma.read(lambda store: store.use_first_collection(), None)
        known = chroma.read(lambda store: store.numbers(), nothing)
        for entries in batches(self.articles, "passage", wanted):
            numbers = [entry.number for entry in entries]
            vectors = None
            if known.issuperset(numbers):
                vectors = chroma.read(lambda store, of=numbers: store.get(of), None)  # type: ignore[misc]
            self.articles.vectors.write(numbers, embed(entries) if vectors is None else vectors)

    def seal(self) -> None:
        """Record the state of the derived stores' files."""
        with self._changing:
            self.derived.seal()

    def close(self) -> None:
        """Close the files and let other processes in."""
        try:
            with contextlib.suppress(DatelineError):  # a full disk; an unsealed store is checked when it is opened
                if self._lock.may_write and self.articles.is_settled():
                    self.derived.seal(checksums=True)
        finally:
            self.derived.close()
            self.articles.close()
            if self._lock.may_write:
                make_private(self._home.folder)
            self._lock.release()

    def _mending(self, search: Callable[[], T]) -> T:
        """Search; if a store is damaged and may not be written here, rebuild it and search again."""
        try:
            return search()
        except DamagedError as error:
            self._mend(error)
            return search()

    def _mend(self, error: DamagedError) -> None:
        """Rebuild a damaged part, holding the home for writing meanwhile; raise `error` if that is impossible.

        Raises HomeLockedError if another process is reading too.
        """
        with self._changing:
            self.derived.close()
            try:
                self._lock.release()
            except RuntimeError:  # held for another thread
                raise error from None
            try:
                stores = EmbeddedStores.open(self._home, embedder=self._embedder, write=True, purpose="dateline")
                with contextlib.closing(stores):
                    stores.derived.parts[error.name].make_again()
            finally:
                self._lock.acquire(write=False, purpose="dateline")
