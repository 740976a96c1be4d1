"""`access.db` of the home: users, keys, sessions, quotas and the audit log; any number of processes may use it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

from index.errors import HomeError
from index.local_files.database import create_private
from index.local_files.disk import create_folder
from index.local_files.migrations import migrate
from index.local_files.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FIRST = """
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, added REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, created REAL NOT NULL,
    expires REAL, used_on TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    digest BLOB PRIMARY KEY, user TEXT NOT NULL, proof BLOB NOT NULL, began REAL NOT NULL, seen REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (
    day TEXT NOT NULL, who TEXT NOT NULL, questions INTEGER NOT NULL, PRIMARY KEY (day, who)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    about TEXT NOT NULL, address TEXT NOT NULL, request TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_at ON audit (at);
"""
_MIGRATIONS = (_FIRST,)


class AccessStore:
    """The open file; `now` is the clock for expiry. Thread-safe.

    The next read sees what another process has committed.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self._lock = threading.Lock()
        try:
            create_private(path)
            path.chmod(0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            self._prepare(path)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, path: Path) -> None:
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA secure_delete = ON")
            migrate(self._db, path, _MIGRATIONS)
        except sqlite3.Error as error:
            raise _unusable(path, error) from error

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Run one statement, and return how many rows it changed."""
        with self._lock:
            return self._db.execute(statement, values).rowcount

    @contextlib.contextmanager
    def together(self) -> Iterator[sqlite3.Connection]:
        """Run several statements in one transaction."""
        with self._lock, transaction(self._db):
            yield self._db

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def open_store(home: Path, *, now: Callable[[], float] = time.time) -> AccessStore:
    """Return the store of a home, created if there is none. Raises HomeError."""
    create_folder(home)
    return AccessStore(path_in(home), now=now)


def path_in(home: Path) -> Path:
    """Return the path of the store of a home."""
    return home / "access.db"


def _unusable(path: Path, error: Exception) -> HomeError:
    return HomeError(
        f"{path} cannot be used for users and keys: {error}.",
        help="Make it readable and writable, or move it away for a new one, without users and keys.",
    )
