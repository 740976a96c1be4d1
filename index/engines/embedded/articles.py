"""The source of truth: articles, and the places and vectors of their passages, in one SQLite file.

An article is written as *pending* and made *live* once the derived stores hold its passages; until then the version
before it stays live. Whatever is removed leaves a *tombstone* until it is out of the derived stores, too. So after a
crash this file shows what is left to do.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, TypeVar

from index.article import Article, ArticleInfo, Passage
from index.engines.embedded.article_migrations import migrate_articles
from index.engines.embedded.article_rows import ARTICLE_COLUMNS, INFO_COLUMNS, article_of, info_of, row_of
from index.engines.embedded.passage_vectors import NO_VECTORS, PassageVectors
from index.engines.embedded.stored_copy_keys import StoredCopyKeys
from index.engines.embedded.stored_versions import StoredVersions
from index.engines.entries import Entry
from index.errors import ArticleNotFoundError
from index.filters import FACETS, FILTERS, Criteria, Filter, Filters, day_range, name_code
from index.local_files.database import LISTED, Readers, as_list, connect, empty_log
from index.local_files.room import require_room
from index.local_files.transaction import transaction
from index.near_copies import are_near_copies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from index.article import Sort
    from index.engines.entries import EntryKind

_INFO = ", ".join(INFO_COLUMNS)
_ARTICLE = ", ".join(ARTICLE_COLUMNS)
_ARTICLE_VALUES = ", ".join("?" for _ in ARTICLE_COLUMNS)
_ORDERS: dict[Sort, str] = {
    "newest": "published IS NULL, published DESC, number",
    "oldest": "published IS NULL, published, number",
    "title": "title IS NULL, title COLLATE NOCASE, number",
    "added": "number DESC",
}
_SEARCHED = ("id", "title", "source", "author", "text")
_FACET_COLUMNS = ", ".join(f"a.{known.facet_column}" for known in FACETS.values())
# Each article in one row, with the places in its text that are wanted. They are cut from it in memory: SQLite's substr
# reads the whole text for each of them, which took minutes for one long article.
_PLACES = {
    "passage": "SELECT article, json_group_array(json_array(number, id, start, end)) AS places "  # noqa: S608
    f"FROM passages WHERE number IN {LISTED} GROUP BY article",
    "article": "SELECT number AS article, json_array(json_array(number, id, 0, NULL)) AS places "  # noqa: S608
    f"FROM articles WHERE number IN {LISTED}",
}
_WORDS = 20  # words that a list of articles is searched for
_T = TypeVar("_T")
_NUMBERS = range(2**62)
_MANY = 500  # articles or passages whose texts are in memory at once


class ArticleStore:
    """Articles by id and passages by number, in the SQLite file at `path`.

    Any number of threads may read what is live while one changes the store: each has a connection of its own, and
    reading never waits for writing.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._db = connect(path)
        self._readers = Readers(path)
        self.vectors = PassageVectors(self._db, self._read)
        self._copy_keys = StoredCopyKeys(self._db, self._read)
        self.versions = StoredVersions(self._db, self._read)
        self._stored = functools.lru_cache(maxsize=2)(self._distinct)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            # Deleted text is overwritten, not merely unlinked: `remove` promises that nothing stays behind.
            self._db.execute("PRAGMA secure_delete = ON")
            migrate_articles(self._db, path)
            self._changes = connect(path)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._readers.close()
        self._changes.close()
        self._db.close()

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query, as the store was last left complete."""
        return self._readers.rows(query, values)

    def revision(self) -> int:
        """Return a number that changes with every change to the file, whichever process makes it."""
        return int(self._changes.execute("PRAGMA data_version").fetchone()[0])

    # What the home was built with

    def manifest(self) -> dict[str, str]:
        """Return what the passages and derived stores were made with; empty for a new home."""
        return dict(self._db.execute("SELECT key, value FROM manifest"))

    def write_manifest(self, manifest: dict[str, str]) -> None:
        """Record what the passages and derived stores are made with."""
        with transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO manifest VALUES (?, ?)", manifest.items())

    # Writing

    def is_current(self, article: Article) -> bool:
        """Return whether the newest version of this article that is stored has the same content."""
        query = "SELECT content_hash FROM articles WHERE id = ? ORDER BY live LIMIT 1"
        rows = self._read(query, [article.id])
        return bool(rows) and rows[0][0] == article.content_hash

    def id_at(self, origin: str) -> str | None:
        """Return the id of the live article that was read from this origin, the newest if there are several."""
        query = "SELECT id FROM articles WHERE live = 1 AND origin = ? ORDER BY number DESC LIMIT 1"
        rows = self._read(query, [origin])
        return rows[0][0] if rows else None

    def replaced_by(self, article: Article) -> list[Article]:
        """Return the live articles that would make way for this one."""
        query = f"SELECT {_ARTICLE} FROM articles WHERE live = 1 AND (id = ? OR origin = ?)"  # noqa: S608
        return [article_of(row) for row in self._read(query, [article.id, article.origin])]

    def write_pending(
        self, batch: Sequence[tuple[Article, Sequence[Passage]]], vectors: NDArray[np.float32] = NO_VECTORS
    ) -> None:
        """Store articles, their passages and the vectors of those, in order, as pending, all or none.

        Raises EmbeddingError where the vectors are of another dimension than those stored, and DiskFullError.
        """
        require_room(self._folder)
        numbers: list[int] = []
        with transaction(self._db):
            for article, passages in batch:
                row = self._db.execute(
                    f"INSERT INTO articles ({_ARTICLE}, live) VALUES ({_ARTICLE_VALUES}, 0)",  # noqa: S608
                    row_of(article),
                )
                article_number = row.lastrowid or 0
                self._copy_keys.insert(article_number, article.text)
                for passage in passages:
                    row = self._db.execute(
                        "INSERT INTO passages (article, id, start, end) VALUES (?, ?, ?, ?)",
                        [article_number, passage.id, passage.start, passage.end],
                    )
                    numbers.append(row.lastrowid or 0)
            self.vectors.insert(numbers, vectors)

    def publish(self) -> None:
        """Make every pending article live; what it replaces, of its id or origin, becomes an earlier version of it."""
        with transaction(self._db):
            pending = self._db.execute("SELECT number, id, origin FROM articles WHERE live = 0").fetchall()
            for number, id_, origin in pending:
                query = "SELECT number, id FROM articles WHERE live = 1 AND (id = ? OR origin = ?)"
                for earlier, earlier_id in self._db.execute(query, [id_, origin]).fetchall():
                    self.versions.keep(earlier, earlier_id, of=id_)
                    self._bury([earlier])
                self._db.execute("UPDATE articles SET live = 1 WHERE number = ?", [number])

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles, all or none; pending versions too. Raises ArticleNotFoundError for an unknown id."""
        with transaction(self._db):
            for id_ in ids:
                numbers = [row[0] for row in self._db.execute("SELECT number FROM articles WHERE id = ?", [id_])]
                if not numbers:
                    raise _not_found(id_)
                self._bury(numbers)
                self.versions.delete_of(id_)
            # Stays until the derived stores have also been wiped, so that a crash cannot cut the wiping short.
            self._db.execute("INSERT OR IGNORE INTO tombstones VALUES ('wipe', 0)")

    def _bury(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._db.execute(
                "INSERT INTO tombstones SELECT 'passage', number FROM passages WHERE article = ?", [number]
            )
            self._db.execute("INSERT INTO tombstones VALUES ('article', ?)", [number])
            self.vectors.delete_of(number)
            self._copy_keys.delete_of(number)
            self._db.execute("DELETE FROM passages WHERE article = ?", [number])
            self._db.execute("DELETE FROM articles WHERE number = ?", [number])

    def tombstones(self, kind: str) -> list[int]:
        """Return the numbers of what was removed here and may still be in the derived stores.

        `kind` is "passage" or "article"; "wipe" has an entry while their files still contain traces, and the name of a
        derived store while its files have an old format.
        """
        return [row[0] for row in self._db.execute("SELECT number FROM tombstones WHERE kind = ?", [kind])]

    def clear_tombstones(self) -> None:
        """Empty the write-ahead log, which still has the text, and delete the tombstones of what is gone from the
        derived stores. While another process reads the log they stay, and the next change tries again."""
        if empty_log(self._db):
            with transaction(self._db):
                self._db.execute("DELETE FROM tombstones")

    def pending(self, kind: EntryKind) -> list[int]:
        """Return the numbers of the passages or articles that wait to be made live."""
        query = {
            "passage": "SELECT p.number FROM passages p JOIN articles a ON a.number = p.article WHERE a.live = 0",
            "article": "SELECT number FROM articles WHERE live = 0",
        }[kind]
        return [row[0] for row in self._db.execute(query)]

    def problems(self) -> list[str]:
        """Return what SQLite finds wrong with the file when it reads all of it."""
        return [row[0] for row in self._read("PRAGMA integrity_check(10)") if row[0] != "ok"]

    def places(self, id_: str) -> list[tuple[str, int, int]]:
        """Return id, start and end of each passage of a live article."""
        query = (
            "SELECT p.id, start, end FROM passages p JOIN articles a ON a.number = article WHERE live = 1 AND a.id = ?"
            " ORDER BY start"
        )
        return self._read(query, [id_])

    # What the derived stores should hold

    def is_settled(self) -> bool:
        """Return whether nothing is pending and there are no tombstones."""
        query = "SELECT EXISTS (SELECT 1 FROM articles WHERE live = 0) OR EXISTS (SELECT 1 FROM tombstones)"
        return not self._db.execute(query).fetchone()[0]

    def numbers(self, kind: str, *, within: range = _NUMBERS) -> set[int]:
        """Return the numbers of all passages, vectors or articles, pending ones too, or of those within a range."""
        query = f"SELECT number FROM {kind}s WHERE number >= ? AND number < ?"  # noqa: S608 - our own word
        return {row[0] for row in self._db.execute(query, [within.start, within.stop])}

    def counts(self) -> tuple[int, int]:
        """Return how many passages and articles there are, pending ones too."""
        query = "SELECT (SELECT count(*) FROM passages), (SELECT count(*) FROM articles)"
        passages, articles = self._read(query)[0]
        return passages, articles

    def entries(self, kind: EntryKind, numbers: Iterable[int]) -> Iterator[Entry]:
        """Yield what derived stores index of passages or articles."""
        for part in _parts(numbers):
            query = (
                f"SELECT places, title, text, {_FACET_COLUMNS} FROM ({_PLACES[kind]})"  # noqa: S608
                " JOIN articles a ON a.number = article"
            )
            entries: list[Entry] = []
            for places, title, text, *stored in self._db.execute(query, [as_list(part)]):
                codes = (known.code(value) for known, value in zip(FACETS.values(), stored, strict=True))
                facets = dict(zip(FACETS, codes, strict=True))
                entries += [
                    Entry(number, title, text[start:end], facets) for number, _, start, end in json.loads(places)
                ]
            yield from sorted(entries, key=lambda entry: entry.number)

    def criteria(self, filters: Filters) -> Criteria:
        """Return the filters as the derived stores read them."""
        sets: dict[str, frozenset[int]] = {}
        ranges: dict[str, tuple[int, int]] = {}
        for known, wanted in filters.given():
            match known.kind:
                case "ids":
                    sets[known.facet] = self._numbers_of(wanted)
                case "names":
                    sets[known.facet] = frozenset(map(name_code, self._matching(known, wanted)))
                case "since" | "until":
                    ranges[known.facet] = day_range(filters.since, filters.until)
        return Criteria(sets=sets, ranges=ranges)

    def _numbers_of(self, ids: Sequence[str]) -> frozenset[int]:
        query = f"SELECT number FROM articles WHERE live = 1 AND id IN {LISTED}"  # noqa: S608
        return frozenset(row[0] for row in self._read(query, [as_list(ids)]))

    def _distinct(self, column: str, version: int) -> tuple[str, ...]:  # noqa: ARG002
        """Return the names in a column, which are read once for each version of the file."""
        query = f"SELECT DISTINCT {column} FROM articles WHERE live = 1 AND {column} IS NOT NULL"  # noqa: S608
        return tuple(row[0] for row in self._read(query))

    def _matching(self, known: Filter, names: Sequence[str]) -> list[str]:
        """Return the stored names that equal any of `names`, ignoring case."""
        wanted = {name_code(name) for name in names}
        stored = self._stored(known.column, self.revision())
        return [name for name in stored if wanted & {name_code(part) for part in [name, *known.parts(name)]}]

    # Reading

    def articles(
        self, filters: Filters, *, words: str = "", sort: Sort = "newest", offset: int = 0, limit: int | None = None
    ) -> list[ArticleInfo]:
        """Return live articles that have all the words; undated and untitled ones come last where it matters."""
        where, values = self._where(filters, words)
        rows = self._read(
            f"SELECT {_INFO} FROM articles WHERE {where} ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?",  # noqa: S608
            [*values, -1 if limit is None else limit, offset],
        )
        return [ArticleInfo(**info_of(row)) for row in rows]

    def ids(self, filters: Filters) -> list[str]:
        """Return the ids of live articles in the order they were added."""
        where, values = self._where(filters)
        return [row[0] for row in self._read(f"SELECT id FROM articles WHERE {where} ORDER BY number", values)]  # noqa: S608

    def names(self, name: str) -> dict[str, int]:
        """Return the names that a filter can choose from with their numbers of live articles, most frequent first."""
        column = next(known.column for known in FILTERS if known.kind == "names" and known.name == name)
        query = (
            f"SELECT {column}, count(*) AS times FROM articles WHERE live = 1 AND {column} IS NOT NULL"  # noqa: S608
            f" GROUP BY {column} ORDER BY times DESC, {column}"
        )
        return dict(self._read(query))

    def count(self, filters: Filters, *, words: str = "") -> int:
        """Return how many live articles meet the filters and have all the words."""
        where, values = self._where(filters, words)
        query = f"SELECT count(*) FROM articles WHERE {where}"  # noqa: S608
        return int(self._read(query, values)[0][0])

    def _where(self, filters: Filters, words: str = "") -> tuple[str, list[Any]]:
        clauses: list[str] = ["live = 1"]
        values: list[Any] = []
        for known, wanted in filters.given():
            if known.is_day:
                clauses.append(f"{known.column} {'>=' if known.kind == 'since' else '<='} ?")
                values.append(wanted.isoformat())
            else:
                allowed = self._matching(known, wanted) if known.kind == "names" else wanted
                clauses.append(f"{known.column} IN {LISTED}")
                values.append(as_list(allowed))
        for word in words.split()[:_WORDS]:
            clauses.append(f"({' OR '.join(f'instr(lower({column}), ?)' for column in _SEARCHED)})")
            values += [word.lower()] * len(_SEARCHED)
        return " AND ".join(clauses), values

    def article(self, id_: str) -> Article:
        """Return the live article with this id. Raises ArticleNotFoundError."""
        query = f"SELECT {_ARTICLE} FROM articles WHERE live = 1 AND id = ?"  # noqa: S608
        rows = self._read(query, [id_])
        if not rows:
            raise _not_found(id_)
        return article_of(rows[0])

    def near_copies(self, id_: str) -> list[ArticleInfo]:
        """Return the live articles that are near-copies of this one, in the order they were added."""
        numbers = self._copy_keys.sharing(id_)
        if not numbers:
            return []
        text = self.article(id_).text
        query = f"SELECT {_ARTICLE} FROM articles WHERE live = 1 AND number IN {LISTED} ORDER BY number"  # noqa: S608
        found = [article_of(row) for row in self._read(query, [as_list(numbers)])]
        return [other.info() for other in found if are_near_copies(text, other.text)]

    def live_articles_of(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return, for those of the passages that are live, the number of their article."""
        # In one row: between rows SQLite waits for the interpreter, which many threads share.
        query = (
            f"SELECT json_group_array(json_array(number, article)) FROM passages WHERE number IN {LISTED}"  # noqa: S608
            " AND article NOT IN (SELECT number FROM articles WHERE live = 0)"
        )
        return dict(json.loads(self._read(query, [as_list(numbers)])[0][0]))

    def passages(self, numbers: Sequence[int]) -> dict[int, tuple[Passage, ArticleInfo]]:
        """Return the live passages with these numbers, each with what is known about its article."""
        found: dict[int, tuple[Passage, ArticleInfo]] = {}
        query = (
            f"SELECT {_INFO}, places, text FROM ({_PLACES['passage']})"  # noqa: S608
            " JOIN articles ON articles.number = article AND live = 1"
        )
        with self._readers.one() as db:
            for *columns, places, text in db.execute(query, [as_list(numbers)]):
                article = ArticleInfo(**info_of(columns))
                for number, id_, start, end in json.loads(places):
                    passage = Passage(id=id_, article_id=article.id, start=start, end=end, text=text[start:end])
                    found[number] = passage, article
        return found


def _not_found(id_: str) -> ArticleNotFoundError:
    return ArticleNotFoundError(f"No article has the id {id_!r}.", help="`dateline list` shows the ids.")


def _parts(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Yield the values in lists of `_MANY`."""
    part: list[_T] = []
    for value in values:
        part.append(value)
        if len(part) == _MANY:
            yield part
            part = []
    if part:
        yield part
