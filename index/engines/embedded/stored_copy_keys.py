"""The keys by which near-copies are found, in the file of the articles: in the same transactions as these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.near_copies import copy_keys

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

_MOST = 200  # articles that share a key with one


class StoredCopyKeys:
    """Keys by article number, written on one connection and read on others."""

    def __init__(self, db: sqlite3.Connection, read: Callable[[str, Sequence[Any]], list[Any]]) -> None:
        self._db = db
        self._read = read

    def insert(self, number: int, text: str) -> None:
        """Store the keys of an article within the caller's transaction."""
        self._db.executemany("INSERT INTO copy_keys VALUES (?, ?)", [(key, number) for key in copy_keys(text)])

    def delete_of(self, number: int) -> None:
        """Delete the keys of an article."""
        self._db.execute("DELETE FROM copy_keys WHERE article = ?", [number])

    def sharing(self, id_: str) -> list[int]:
        """Return the numbers of other articles that share a key with a live one, those that share most first."""
        query = (
            "SELECT other.article FROM articles JOIN copy_keys own ON own.article = articles.number"
            " JOIN copy_keys other ON other.key = own.key AND other.article != own.article"
            " WHERE live = 1 AND id = ? GROUP BY other.article ORDER BY count(*) DESC, other.article LIMIT ?"
        )
        return [row[0] for row in self._read(query, [id_, _MOST])]
