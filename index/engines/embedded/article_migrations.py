"""The formats that the file of articles has had, each made from the one before it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from index.local_files.database import connect
from index.local_files.migrations import migrate, version_of

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_FIRST = """
CREATE TABLE IF NOT EXISTS manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, live INTEGER NOT NULL, title TEXT, source TEXT,
    author TEXT, published TEXT, url TEXT, added_at TEXT NOT NULL, content_hash TEXT NOT NULL, origin TEXT,
    text TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS articles_id ON articles (id, live);
CREATE INDEX IF NOT EXISTS articles_origin ON articles (origin) WHERE origin IS NOT NULL;
CREATE INDEX IF NOT EXISTS articles_source ON articles (source, live);
CREATE INDEX IF NOT EXISTS articles_author ON articles (author, live);
CREATE INDEX IF NOT EXISTS articles_published ON articles (published, live);
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles, id TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_article ON passages (article);
CREATE TABLE IF NOT EXISTS tombstones (kind TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (kind, number));
"""
# Each brings the file from the format before it to the next; see `index.local_files.migrations`.
_MIGRATIONS = (
    _FIRST,
    # The full text is in shards from here on.
    """
    CREATE INDEX IF NOT EXISTS articles_pending ON articles (live) WHERE live = 0;
    INSERT OR IGNORE INTO tombstones SELECT 'full text of passages', 0 FROM articles;
    INSERT OR IGNORE INTO tombstones SELECT 'full text of articles', 0 FROM articles;
    """,
    # The vectors are here from now on; `ArticleIndex` takes over those of passages that have none. Not long before, the
    # table of vectors was given their lengths. The index is small: it counts vectors without reading them.
    """
    CREATE TABLE IF NOT EXISTS vectors (number INTEGER PRIMARY KEY, vector BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS vectors_number ON vectors (number);
    INSERT OR IGNORE INTO tombstones SELECT 'table of vectors', 0 FROM articles;
    """,
    # What reading left out, repaired or guessed (`index.notices`), as JSON.
    "ALTER TABLE articles ADD COLUMN notices TEXT NOT NULL DEFAULT '[]';",
    # The earlier versions of articles, as JSON; `article` is the id of the one that stands now.
    """
    CREATE TABLE versions (
        number INTEGER PRIMARY KEY AUTOINCREMENT, article TEXT NOT NULL, replaced_at TEXT NOT NULL,
        content TEXT NOT NULL
    );
    CREATE INDEX versions_article ON versions (article);
    """,
    # The day of the last change that an article's source names.
    "ALTER TABLE articles ADD COLUMN updated TEXT;",
    # What near-copies share; articles added before have no keys until `dateline reindex`.
    """
    CREATE TABLE copy_keys (key INTEGER NOT NULL, article INTEGER NOT NULL);
    CREATE INDEX copy_keys_key ON copy_keys (key, article);
    CREATE INDEX copy_keys_article ON copy_keys (article, key);
    """,
)
# What each of these formats created last. Before the first, a process may have died while it created the file.
_UNNUMBERED = ("tombstones", "articles_pending", "vectors_number")


def migrate_articles(db: sqlite3.Connection, path: Path) -> None:
    """Bring a file of articles to today's format, or create it. Raises NewerHomeError for one of a newer format."""
    migrate(db, path, _MIGRATIONS, unnumbered=_UNNUMBERED)


def is_outdated(path: Path) -> bool:
    """Return whether a file of articles has an older format. Raises HomeError, also for a newer one."""
    with contextlib.closing(connect(path)) as db:
        return version_of(db, path, latest=len(_MIGRATIONS)) < len(_MIGRATIONS)
