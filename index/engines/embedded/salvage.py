"""Saves what can be read of a damaged file of articles, row by row, into a new file."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

from index.article import Article
from index.engines.embedded.article_rows import INFO_COLUMNS, info_fields
from index.errors import HomeError
from index.filters import Filters
from index.notices import notices_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.engines.capabilities import Fill
    from index.engines.embedded.engine import EmbeddedEngine

_AT_ONCE = 64
_MOST = 2**20  # numbers that are tried where the file does not say how many there are


def salvage(engine: EmbeddedEngine, *, fill: Fill) -> str:
    """Rebuild the collection from the articles that can be read; return how many, and where the damaged file is.

    The caller holds the home for writing. Raises HomeError if nothing can be read.
    """
    file = engine.home.articles
    new = engine.begin_rebuilding()
    with contextlib.closing(sqlite3.connect(file)) as db:
        fill(new, _readable(db))
    with new.open_articles() as articles:
        saved = articles.count(Filters())
    if not saved:
        shutil.rmtree(new.home.folder, ignore_errors=True)
        raise HomeError(f"Nothing in {file} can be read.", help="Restore a backup with `dateline restore`.")
    now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = file.with_name(f"{file.name}.damaged-{now}")
    shutil.copy2(file, kept)
    engine.finish_rebuilding()
    return f"Saved {saved:,} articles that could be read; the damaged file is {kept}. Check which articles are missing."


def _readable(db: sqlite3.Connection) -> Iterator[Article]:
    """Yield the articles that can be read and are exactly what was added; older files have fewer columns."""
    db.row_factory = sqlite3.Row
    for row in _rows(db, 0, _last_number(db)):
        with contextlib.suppress(ValueError, TypeError):
            stored = {name: row[name] for name in row.keys() if name in INFO_COLUMNS}  # noqa: SIM118 - not of a dict
            notices = notices_from_json(json.loads(row["notices"])) if "notices" in row.keys() else ()  # noqa: SIM118 - as above
            updated = row["updated"] if "updated" in row.keys() else None  # noqa: SIM118 - as above
            day = dt.date.fromisoformat(updated) if updated else None
            article = Article(**info_fields(stored), text=row["text"], updated=day, notices=notices)
            if article.is_as_added():
                yield article


def _last_number(db: sqlite3.Connection) -> int:
    """Return the greatest article number; 0 if the file is not a database or has no articles table."""
    try:
        db.execute("SELECT 1 FROM articles LIMIT 0")
    except sqlite3.DatabaseError:
        return 0
    for query in ("SELECT max(number) FROM articles", "SELECT seq FROM sqlite_sequence WHERE name = 'articles'"):
        with contextlib.suppress(sqlite3.DatabaseError, TypeError):
            return int(db.execute(query).fetchone()[0])
    return _MOST


def _rows(db: sqlite3.Connection, first: int, last: int) -> Iterator[Any]:
    """Yield the rows of a range of numbers; if one cannot be read, those on either side of it."""
    query = "SELECT * FROM articles WHERE number BETWEEN ? AND ? ORDER BY number"
    if last - first >= _AT_ONCE:
        for start in range(first, last + 1, _AT_ONCE):
            yield from _rows(db, start, min(start + _AT_ONCE - 1, last))
        return
    try:
        found = db.execute(query, [first, last]).fetchall()
    except sqlite3.DatabaseError:
        if first < last:
            middle = (first + last) // 2
            yield from _rows(db, first, middle)
            yield from _rows(db, middle + 1, last)
        return
    yield from found
