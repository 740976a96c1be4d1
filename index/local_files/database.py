"""SQLite connections that explain in plain words what is wrong with their file or its disk."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from index.errors import HomeError, HomeLockedError
from index.local_files.room import disk_full, vanished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_PATIENCE, _RETRY = 5.0, 0.02  # seconds
LISTED = "(SELECT value FROM json_each(?))"
"""What follows IN where a query compares with a list, which is passed as one value, made by `as_list`.

With a question mark for each element every length would be another statement, and a connection keeps its last 128.
"""


def as_list(values: Iterable[Any]) -> str:
    """Return values as `LISTED` takes them."""
    return json.dumps(list(values))


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that any thread may use, to a file that only its owner can read.

    It raises HomeError if something is wrong with the file: damage, a full disk, missing rights, a missing folder.
    """
    with explained(path):
        create_private(path)
        with contextlib.suppress(PermissionError):  # another user's file that we may read
            path.chmod(0o600)
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, factory=_Connection)
        db.path = path
        return db


def empty_log(db: sqlite3.Connection) -> bool:
    """Empty the write-ahead log, which still has deleted text; return whether it is empty.

    SQLite waits for readers, but not for another connection that empties the log at the same moment.
    """
    ends = time.monotonic() + _PATIENCE
    while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > ends:
            return False
        time.sleep(_RETRY)
    return True


def create_private(path: Path) -> None:
    """Create a file that only its owner can read, where there is none; SQLite's files beside it get the same rights."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


class Readers:
    """Connections that read one file, at most `at_once` at a time, so that no reader waits for another's rows.

    For any thread. Each is opened when it is first needed.
    """

    def __init__(self, path: Path, *, at_once: int = 8) -> None:
        self._path = path
        self._at_once = at_once
        self._closed = False
        self._free: queue.LifoQueue[sqlite3.Connection | None] = queue.LifoQueue()
        for _ in range(at_once):
            self._free.put(None)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query. Raises HomeError."""
        with self.one() as db:
            rows: list[Any] = db.execute(query, values).fetchall()
        return rows

    @contextlib.contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """Lend one of the connections. Raises HomeError."""
        db = self._free.get()
        try:
            if self._closed:
                raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
            db = db or connect(self._path)
            yield db
        finally:
            self._free.put(db)

    def close(self) -> None:
        """Close the connections, each once nobody reads through it any more."""
        self._closed = True
        for db in [self._free.get() for _ in range(self._at_once)]:
            if db is not None:
                db.close()
            self._free.put(None)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise HomeError in place of SQLite's and the operating system's errors about a file."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # a fault of ours
    except (sqlite3.DatabaseError, OSError) as error:
        raise _explain(error, path) from error


def _explain(error: Exception, path: Path) -> HomeError:
    says = str(error)
    full = disk_full(error, path.parent) if path.parent.exists() else None
    if full:
        return full
    if not path.exists():
        return vanished(path)
    if "locked" in says:
        return HomeLockedError(f"{path} is being written to by another process.", help="Try again in a few seconds.")
    if isinstance(error, PermissionError) or "readonly" in says or "unable to open" in says:
        return HomeError(
            f"{path} is not writable.",
            help="Its folder and files must belong to the user who runs Dateline, on a disk that is not read-only.",
        )
    if "malformed" in says or "not a database" in says:
        return damaged(path, says)
    return HomeError(
        f"{path} cannot be used: {says}.", help="Check that its disk is healthy, then run `dateline check`."
    )


def damaged(path: Path, says: str) -> HomeError:
    """Return the error that says that the articles' file is damaged, and what to do."""
    return HomeError(
        f"{path} is damaged: {says}.",
        help="`dateline check --repair` saves what can still be read; `dateline restore` restores a backup.",
    )


class _Cursor(sqlite3.Cursor):
    def execute(self, *args: Any) -> _Cursor:
        with explained(self._path):
            super().execute(*args)
        return self

    def executemany(self, *args: Any) -> _Cursor:
        with explained(self._path):
            super().executemany(*args)
        return self

    def fetchall(self) -> list[Any]:
        with explained(self._path):
            return super().fetchall()

    def fetchone(self) -> Any:
        with explained(self._path):
            return super().fetchone()

    def __next__(self) -> Any:
        with explained(self._path):
            return super().__next__()

    @property
    def _path(self) -> Path:
        path: Path = self.connection.path  # type: ignore[attr-defined]
        return path


class _Connection(sqlite3.Connection):
    path: Path

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, *args: Any) -> Any:
        return self.cursor().execute(*args)

    def executemany(self, *args: Any) -> Any:
        return self.cursor().executemany(*args)

    def executescript(self, script: str) -> Any:
        with explained(self.path):
            return super().executescript(script)
