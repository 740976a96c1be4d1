"""SQLite files: copied as of one moment while others write, and checked."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from index.errors import BackupError

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = 2048  # copied at a time, so that Ctrl-C takes effect
_WAIT = 10  # seconds for another connection to get out of the way


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as of one moment, even while others write to it, and check the copy.

    Raises BackupError if the database is damaged or cannot be read or copied.
    """
    try:
        with (
            contextlib.closing(sqlite3.connect(_uri(source, "rw"), uri=True, timeout=_WAIT)) as db,
            contextlib.closing(sqlite3.connect(target)) as made,
        ):
            made.execute("PRAGMA synchronous = OFF")  # a copy that is cut short is never used
            db.isolation_level = None
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on the copy's moment is fixed
            db.backup(made, pages=_PAGES)
            db.execute("ROLLBACK")
            # What was removed meanwhile could not leave the write-ahead log, which was being read.
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            made.execute("PRAGMA journal_mode = DELETE")
            _check(made)
    except sqlite3.Error as error:
        raise BackupError(
            f"{source} could not be copied: {error}.",
            help="If the disk is full, free some space; if the file is damaged, run `dateline check`.",
        ) from error


def check_database(path: Path) -> None:
    """Raise BackupError if a file is not a complete SQLite database, or contains more than tables."""
    try:
        with contextlib.closing(sqlite3.connect(_uri(path, "ro"), uri=True)) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("PRAGMA cell_size_check = ON")
            others = "SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'create virtual%'"
            if db.execute(others).fetchone():  # would run when the file is used
                raise BackupError(f"{path.name} has views, triggers or virtual tables.", help="Use another backup.")
            _check(db)
    except sqlite3.Error as error:
        raise BackupError(f"{path.name} is not a database: {error}.", help="Use another backup.") from error


def count_rows(path: Path) -> tuple[int, int]:
    """Return how many articles and passages the copy of an articles' file has."""
    with contextlib.closing(sqlite3.connect(_uri(path, "ro"), uri=True)) as db:
        try:
            articles = db.execute("SELECT count(*) FROM articles WHERE live = 1").fetchone()[0]
            live = "SELECT count(*) FROM passages WHERE article IN (SELECT number FROM articles WHERE live = 1)"
            return int(articles), int(db.execute(live).fetchone()[0])
        except sqlite3.Error as error:
            raise BackupError(f"{path.name} holds no articles: {error}.", help="Use another backup.") from error


def _check(db: sqlite3.Connection) -> None:
    result = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if result != "ok":
        raise sqlite3.DatabaseError(" ".join(str(result).split())[:200])


def _uri(path: Path, mode: str) -> str:
    return f"{path.resolve().as_uri()}?mode={mode}"
