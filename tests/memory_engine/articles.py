"""The truth in memory: plain dictionaries, which every index that is open on the same home shares."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import threading
from typing import TYPE_CHECKING, Any

from index.article import Article, ArticleInfo, ArticleVersion, Passage
from index.engines.entries import Entry
from index.errors import ArticleNotFoundError
from index.filters import FACETS, Criteria, Filters
from index.near_copies import are_near_copies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from index.article import Sort
    from index.engines.entries import EntryKind


@dataclasses.dataclass
class Row:
    """An article, and whether it is live."""

    article: Article
    live: bool = False


@dataclasses.dataclass
class Data:
    """All that is kept of one collection."""

    manifest: dict[str, str] = dataclasses.field(default_factory=dict)
    rows: dict[int, Row] = dataclasses.field(default_factory=dict)
    passages: dict[int, tuple[int, Passage]] = dataclasses.field(default_factory=dict)
    vectors: dict[int, NDArray[np.float32]] = dataclasses.field(default_factory=dict)
    tombstones: set[tuple[str, int]] = dataclasses.field(default_factory=set)
    dense: dict[int, tuple[NDArray[np.float32], dict[str, int]]] = dataclasses.field(default_factory=dict)
    texts: dict[str, dict[int, tuple[list[str], dict[str, int]]]] = dataclasses.field(
        default_factory=lambda: {"passage": {}, "article": {}}
    )
    numbers: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(1))
    versions: dict[str, list[ArticleVersion]] = dataclasses.field(default_factory=dict)
    revision: int = 0
    lock: threading.RLock = dataclasses.field(default_factory=threading.RLock)
    writer: str | None = None

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Change something, seen by others only once all of it is done."""
        with self.lock:
            yield
            self.revision += 1


def _place(info: ArticleInfo, sort: Sort) -> Any:
    day = info.published or dt.date.min
    match sort:
        case "newest":
            return info.published is None, -day.toordinal()
        case "oldest":
            return info.published is None, day.toordinal()
        case "title":
            return info.title is None, (info.title or "").casefold()
        case "added":
            return 0


class MemoryVersions:
    """The earlier versions of the articles of some data."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def of(self, id_: str) -> list[ArticleVersion]:
        return list(self._data.versions.get(id_, []))

    def write(self, id_: str, versions: Iterable[ArticleVersion]) -> None:
        with self._data.change():
            self._data.versions[id_] = list(versions)


class MemoryArticles:
    """The articles of some data."""

    def __init__(self, data: Data) -> None:
        self._data = data

    # Reading

    def revision(self) -> int:
        return self._data.revision

    def _live(self) -> Iterator[tuple[int, Article]]:
        with self._data.lock:
            yield from [(number, row.article) for number, row in self._data.rows.items() if row.live]

    def articles(
        self, filters: Filters, *, words: str = "", sort: Sort = "newest", offset: int = 0, limit: int | None = None
    ) -> list[ArticleInfo]:
        live = list(self._live())
        found: list[ArticleInfo] = [
            article
            for _, article in (reversed(live) if sort == "added" else live)
            if filters.admit(article) and all(word in _searched(article) for word in words.lower().split())
        ]
        found.sort(key=lambda info: _place(info, sort))
        names = [field.name for field in dataclasses.fields(ArticleInfo)]
        chosen = found[offset : None if limit is None else offset + limit]
        return [ArticleInfo(**{name: getattr(info, name) for name in names}) for info in chosen]

    def count(self, filters: Filters, *, words: str = "") -> int:
        return len(self.articles(filters, words=words))

    def ids(self, filters: Filters) -> list[str]:
        return [article.id for _, article in self._live() if filters.admit(article)]

    def names(self, name: str) -> dict[str, int]:
        stored = [getattr(article, name) for _, article in self._live()]
        counts = {name: stored.count(name) for name in stored if name}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def article(self, id_: str) -> Article:
        for _, article in self._live():
            if article.id == id_:
                return article
        raise ArticleNotFoundError(f"No article has the id {id_!r}.")

    def near_copies(self, id_: str) -> list[ArticleInfo]:
        text = self.article(id_).text
        others = [other for _, other in self._live() if other.id != id_ and len(other.text.split()) >= 30]
        return [other.info() for other in others if are_near_copies(text, other.text)]

    def places(self, id_: str) -> list[tuple[str, int, int]]:
        with self._data.lock:
            passages = [passage for passage, _ in self.passages(list(self._data.passages)).values()]
        return [(passage.id, passage.start, passage.end) for passage in passages if passage.article_id == id_]

    def live_articles_of(self, numbers: Iterable[int]) -> dict[int, int]:
        with self._data.lock:
            held = {number: self._data.passages[number][0] for number in numbers if number in self._data.passages}
            return {number: article for number, article in held.items() if self._data.rows[article].live}

    def passages(self, numbers: Sequence[int]) -> dict[int, tuple[Passage, ArticleInfo]]:
        with self._data.lock:
            return {
                number: (self._data.passages[number][1], self._data.rows[article].article)
                for number, article in self.live_articles_of(numbers).items()
            }

    def criteria(self, filters: Filters) -> Criteria:
        if not filters:
            return Criteria()
        return Criteria(sets={"article": frozenset(n for n, article in self._live() if filters.admit(article))})

    # Changing

    def manifest(self) -> dict[str, str]:
        return dict(self._data.manifest)

    def write_manifest(self, manifest: dict[str, str]) -> None:
        self._data.manifest |= manifest

    def is_current(self, article: Article) -> bool:
        with self._data.lock:
            rows = sorted((row for row in self._data.rows.values() if row.article.id == article.id), key=_is_live)
        return bool(rows) and rows[0].article.content_hash == article.content_hash

    def id_at(self, origin: str) -> str | None:
        return next((article.id for _, article in reversed(list(self._live())) if article.origin == origin), None)

    def _replaced(self, new: Article) -> list[int]:
        return [
            number
            for number, old in self._live()
            if old.id == new.id or (new.origin is not None and old.origin == new.origin)
        ]

    def replaced_by(self, article: Article) -> list[Article]:
        return [self._data.rows[number].article for number in self._replaced(article)]

    @property
    def versions(self) -> MemoryVersions:
        return MemoryVersions(self._data)

    def write_pending(self, batch: Sequence[tuple[Article, Sequence[Passage]]], vectors: NDArray[np.float32]) -> None:
        rows = iter(vectors)
        with self._data.change():
            for article, passages in batch:
                number = next(self._data.numbers)
                self._data.rows[number] = Row(article)
                for passage in passages:
                    place = next(self._data.numbers)
                    self._data.passages[place] = (number, passage)
                    self._data.vectors[place] = next(rows)

    def publish(self) -> None:
        with self._data.change():
            for number in self.pending("article"):
                new = self._data.rows[number].article
                for old in self._replaced(new):
                    earlier = self._data.rows[old].article
                    kept = ArticleVersion(article=earlier, replaced_at=dt.datetime.now(dt.UTC))
                    self._data.versions[new.id] = [kept, *self._data.versions.pop(earlier.id, [])]
                    self._bury(old)
                self._data.rows[number].live = True

    def remove(self, ids: Iterable[str]) -> None:
        with self._data.change():
            wanted = set(ids)
            for id_ in wanted - {row.article.id for row in self._data.rows.values()}:
                raise ArticleNotFoundError(f"No article has the id {id_!r}.")
            for number in [number for number, row in self._data.rows.items() if row.article.id in wanted]:
                self._bury(number)
            for id_ in wanted:
                self._data.versions.pop(id_, None)
            self._data.tombstones.add(("wipe", 0))

    def _bury(self, article: int) -> None:
        for number in [number for number, (of, _) in self._data.passages.items() if of == article]:
            self._data.tombstones.add(("passage", number))
            del self._data.passages[number], self._data.vectors[number]
        self._data.tombstones.add(("article", article))
        del self._data.rows[article]

    def pending(self, kind: EntryKind) -> list[int]:
        with self._data.lock:
            articles = [number for number, row in self._data.rows.items() if not row.live]
            if kind == "article":
                return articles
            return [number for number, (article, _) in self._data.passages.items() if article in articles]

    def tombstones(self, kind: str) -> list[int]:
        return [number for of, number in self._data.tombstones if of == kind]

    def clear_tombstones(self) -> None:
        with self._data.change():
            self._data.tombstones.clear()

    def is_settled(self) -> bool:
        return not self._data.tombstones and not self.pending("article")

    def counts(self) -> tuple[int, int]:
        return len(self._data.passages), len(self._data.rows)

    def entries(self, kind: EntryKind, numbers: Iterable[int]) -> Iterator[Entry]:
        for number in sorted(numbers):
            place = self._data.passages[number][0] if kind == "passage" else number
            article = self._data.rows[place].article
            text = self._data.passages[number][1].text if kind == "passage" else article.text
            yield Entry(number, article.title, text, _facets(article, place))


def _is_live(row: Row) -> bool:
    return row.live


def _searched(article: Article) -> str:
    return " ".join(filter(None, (article.id, article.title, article.source, article.author, article.text))).lower()


def _facets(article: Article, number: int) -> dict[str, int]:
    stored: dict[str, Any] = {"number": number}
    for known in FACETS.values():
        if known.facet_column != "number":
            value = getattr(article, known.column)
            stored[known.column] = value.isoformat() if isinstance(value, dt.date) else value
    return {name: known.code(stored[known.facet_column]) for name, known in FACETS.items()}
