"""The earlier versions of articles, in the file of the articles: each belongs to the article that stands now."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from index.article import ArticleVersion
from index.engines.embedded.article_rows import ARTICLE_COLUMNS, article_of, row_of
from index.local_files.transaction import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from index.article import Article

_COLUMNS = ", ".join(ARTICLE_COLUMNS)
_INSERT = "INSERT INTO versions (article, replaced_at, content) VALUES (?, ?, ?)"
_MOST = 20  # of one article


class StoredVersions:
    """Earlier versions, written on one connection and read on others."""

    def __init__(self, db: sqlite3.Connection, read: Callable[[str, Sequence[Any]], list[Any]]) -> None:
        self._db = db
        self._read = read

    def of(self, id_: str) -> list[ArticleVersion]:
        """Return the earlier versions of an article, the newest first."""
        query = "SELECT replaced_at, content FROM versions WHERE article = ? ORDER BY number DESC"
        return [
            ArticleVersion(article=_article_in(content), replaced_at=dt.datetime.fromisoformat(replaced_at))
            for replaced_at, content in self._read(query, [id_])
        ]

    def keep(self, number: int, id_: str, *, of: str) -> None:
        """Keep a live article as an earlier version of the article `of`, which takes over its versions, too."""
        self._db.execute("UPDATE versions SET article = ? WHERE article = ?", [of, id_])
        [row] = self._db.execute(f"SELECT {_COLUMNS} FROM articles WHERE number = ?", [number])  # noqa: S608
        self._db.execute(_INSERT, [of, dt.datetime.now(dt.UTC).isoformat(), _content_of(row)])
        self._db.execute(
            "DELETE FROM versions WHERE article = ? AND number NOT IN"
            " (SELECT number FROM versions WHERE article = ? ORDER BY number DESC LIMIT ?)",
            [of, of, _MOST],
        )

    def write(self, id_: str, versions: Iterable[ArticleVersion]) -> None:
        """Make these, given the newest first, the earlier versions of an article."""
        with transaction(self._db):
            self.delete_of(id_)
            for version in reversed(list(versions)):
                content = _content_of(row_of(version.article))
                self._db.execute(_INSERT, [id_, version.replaced_at.isoformat(), content])

    def delete_of(self, id_: str) -> None:
        """Delete the earlier versions of an article."""
        self._db.execute("DELETE FROM versions WHERE article = ?", [id_])


def _content_of(row: Sequence[str | None]) -> str:
    """Return a row of `ARTICLE_COLUMNS` as JSON, which a later format can still read when it has more of them."""
    return json.dumps(dict(zip(ARTICLE_COLUMNS, row, strict=True)), ensure_ascii=False)


def _article_in(content: str) -> Article:
    stored = json.loads(content)
    return article_of([stored.get(name) for name in ARTICLE_COLUMNS])
