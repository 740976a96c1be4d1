"""Numbered steps from each format of an SQLite file to the next; the file's `user_version` says which one it has.

Steps only go forward, and a step that has been released never changes: a new format is one more step at the end.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from index.errors import NewerHomeError
from index.local_files.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def migrate(db: sqlite3.Connection, path: Path, migrations: Sequence[str], *, unnumbered: Sequence[str] = ()) -> None:
    """Bring the file at `path`, open as `db`, to the format that the last of the migrations makes.

    Each migration is an SQL script. All that are missing run in one transaction: a crash leaves the old format.
    `unnumbered` names, for each of the first formats, a table or index that came with it; files that were written
    before formats were numbered are known by these. Raises NewerHomeError for a file of a newer format.
    """
    latest = len(migrations)
    if version_of(db, path, latest=latest) == latest:
        return
    with transaction(db):
        version = version_of(db, path, latest=latest)  # again: another process may have been faster
        for script in migrations[version or _unnumbered_version(db, unnumbered) :]:
            for statement in _statements(script):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {latest}")


def version_of(db: sqlite3.Connection, path: Path, *, latest: int) -> int:
    """Return the number of a file's format; 0 before formats were numbered. Raises NewerHomeError beyond the latest."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > latest:
        raise NewerHomeError(path)
    return version


def _unnumbered_version(db: sqlite3.Connection, signs: Sequence[str]) -> int:
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    version = 0
    for sign in signs:
        if sign not in names:
            break
        version += 1
    return version


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, as `executescript` would end the transaction."""
    statement = ""
    for piece in script.split(";")[:-1]:
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
