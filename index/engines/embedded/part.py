"""A derived store that is rebuilt from the truth when it fails."""

from __future__ import annotations

import logging
import shutil
import time
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from index.engines.embedded.seal import seal_path
from index.errors import DatelineError, HomeError
from index.local_files.room import disk_full

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable
    from pathlib import Path


class Store(Protocol):
    """The operations of every derived store."""

    def numbers(self) -> set[int]:
        """Return all numbers stored."""

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove numbers; unknown ones are ignored."""

    def count(self) -> int:
        """Return how many numbers are stored."""

    def seal(self, *, checksums: bool = False) -> None:
        """Record the state of the files, which are complete."""

    def wrong_files(self) -> list[str]:
        """Return the files that have changed since they were sealed; reads them all."""

    def close(self) -> None:
        """Close the files."""


S = TypeVar("S", bound=Store)
T = TypeVar("T")
_SECONDS = 5.0  # seconds between two log lines about the progress
_log = logging.getLogger("dateline.index")


class DamagedError(DatelineError):
    """A derived store failed, and the process that noticed may only read and so cannot rebuild it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The {name} of this collection: damaged.", help="Run `dateline check --repair`.")
        self.name = name


class Part(Generic[S]):
    """A derived store in `folder`: `open_store` opens it, `fill` fills it from the truth.

    Whoever changes the collection holds `changing`. `may_write` says whether this process may write.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        open_store: Callable[[], S],
        fill: Callable[[S, Callable[[int], None]], None],
        changing: threading.RLock,
        may_write: bool,
    ) -> None:
        self._name = name
        self.may_write = may_write
        self._folder = folder
        self._open_store = open_store
        self._fill = fill
        self._changing = changing
        self._store: S | None = None

    def use(self, work: Callable[[S], T]) -> T:
        """Do some work with the store; if it fails, rebuild the store and do the work again.

        Raises HomeError if it fails again or the disk is full, and DamagedError if nothing may be written.
        """
        store = self._store
        try:
            if store is None:
                store = self._opened()
            return work(store)
        except BaseException as error:
            if not _is_damage(error):
                raise
            self._mend(store, error)
        try:
            return work(self._opened())
        except BaseException as error:
            if not _is_damage(error):
                raise
            raise self._hopeless(error) from error

    def read(self, work: Callable[[S], T], otherwise: T) -> T:
        """Do some work with the store as it is; return `otherwise` if that fails."""
        try:
            return work(self._opened())
        except BaseException as error:
            if not _is_damage(error):
                raise
            return otherwise

    def fill(self) -> None:
        """Add to the store what it lacks and remove what it should not have."""
        self.use(lambda store: self._fill(store, self._progress()))

    def make_again(self) -> None:
        """Discard the store and rebuild it from the truth. Raises as `use` does, and DamagedError."""
        if not self.may_write:
            raise DamagedError(self._name)
        _log.warning("The %s of this collection: damaged, being made again.", self._name)
        began = time.perf_counter()
        try:
            self.discard()
            store = self._opened()
            self._fill(store, self._progress())
            store.seal()
        except BaseException as error:
            if not _is_damage(error):
                raise
            raise self._hopeless(error) from error
        _log.warning("The %s: made again in %.1f s.", self._name, time.perf_counter() - began)

    def discard(self) -> None:
        """Delete the store's files; they are created again when the store is next used and filled."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        seal_path(self._folder).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the store's files; they are opened again on next use."""
        store, self._store = self._store, None
        if store is not None:
            try:
                store.close()
            except BaseException as error:
                if not _is_damage(error):
                    raise

    def _opened(self) -> S:
        with self._changing:
            if self._store is None:
                self._store = self._open_store()
            return self._store

    def _mend(self, failed: S | None, error: BaseException) -> None:
        """Rebuild the store, unless another thread has done so since."""
        full = disk_full(error, self._folder)
        if full:
            raise full from error
        with self._changing:
            if failed is None or self._store is failed:
                _log.info("The %s failed: %r", self._name, error)
                self.make_again()

    def _hopeless(self, error: BaseException) -> HomeError:
        return disk_full(error, self._folder) or HomeError(
            f"The {self._name} of this collection cannot be rebuilt: {str(error)[:200]}",
            help=f"Check that {self._folder} is writable and the disk is healthy, then run `dateline check --repair`.",
        )

    def _progress(self) -> Callable[[int], None]:
        """Return a function that counts the texts put into the store, and logs the progress now and then."""
        done, reported = 0, time.monotonic()

        def count(more: int) -> None:
            nonlocal done, reported
            done += more
            if time.monotonic() - reported >= _SECONDS:
                reported = time.monotonic()
                _log.warning("The %s: %s so far.", self._name, f"{done:,}")

        return count


def _is_damage(error: BaseException) -> bool:
    """Return whether an error is a failure of the store: anything except Dateline's own errors and those that end a
    process.
    """
    if type(error).__name__ == "PanicException":  # of Rust code; not an Exception
        return True
    return isinstance(error, Exception) and not isinstance(error, (DatelineError, MemoryError))
