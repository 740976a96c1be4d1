"""The index's interface: a collection of articles to add to, remove from, list and search."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import logging
import shutil
import threading
from typing import TYPE_CHECKING, Self

import numpy as np

from index.article import Passage
from index.engines.embedded.article_migrations import is_outdated
from index.engines.embedded.articles import ArticleStore
from index.engines.embedded.derived import BATCH, DerivedStores, batches
from index.engines.embedded.home import Home, HomeLock, settle
from index.engines.embedded.part import DamagedError
from index.engines.embedded.passage_vectors import NO_VECTORS
from index.errors import DatelineError, IndexMismatchError
from index.filters import Filters
from index.local_files.disk import make_private
from index.local_files.room import require_room
from index.passages.chunking import CHUNKING, PASSAGE_TOKENS, TITLE_TOKENS, add_titles, cut_passages
from index.retrieval.retriever import Retriever
from index.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from index.article import Article, ArticleInfo, ScoredPassage
    from index.engines.embedded.articles import Sort
    from index.passages.embedding import Embedder

_FORMAT = "1"
_log = logging.getLogger("dateline.index")
_REMEMBERED = 256  # searches whose passages are cached for repeats


@dataclasses.dataclass(frozen=True, slots=True)
class AddReport:
    """What happened to the articles that were added: their ids, in order."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: tuple[str, ...]


class ArticleIndex:
    """A collection of articles in a home folder; use `ArticleIndex.open` to get one.

    Any number of threads may read while others add and remove; changes are made one after the other. SQLite holds the
    truth. Adding and removing only record the desired state there; the derived stores (Chroma, the table of vectors,
    full text) are then brought in line. After a crash, the next process does the same.
    """

    def __init__(self, home: Home, embedder: Embedder, lock: HomeLock) -> None:
        self._home = home
        self._embedder = embedder
        self._lock = lock
        self._changing = threading.RLock()
        self._articles = ArticleStore(home.articles)
        self._derived = DerivedStores(
            home, self._articles, embedder=embedder.name, changing=self._changing, may_write=lock.may_write
        )
        self._retriever = Retriever(embedder, self._articles, self._derived)
        self._version = 0  # counts the changes
        self._remembered = functools.lru_cache(_REMEMBERED)(self._retrieve)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        embedder: Embedder,
        write: bool = False,
        purpose: str = "dateline",
        url: str | None = None,
    ) -> Self:
        """Open the collection in `folder`; with `write`, create it if there is none. Use it in a `with`, or close it.

        Anything that a dead process left half done is fixed first. Processes kept out by the lock are told the
        `purpose`, and the `url` if a server can answer for it. Raises HomeError if there is no collection,
        HomeLockedError if another process is writing to it (or, with `write`, using it at all), and IndexMismatchError
        if it was made with another embedder, chunking or format.
        """
        index = cls._open(folder, embedder=embedder, write=write, purpose=purpose, url=url)
        try:
            index._check_manifest()
            if write:
                index._settle()
                return index
            with contextlib.suppress(DamagedError):
                if index._is_settled():
                    return index
        except BaseException:
            index.close()
            raise
        index.close()
        cls.open(folder, embedder=embedder, write=True, purpose=purpose).close()
        return cls._open(folder, embedder=embedder, write=False, purpose=purpose, url=url)

    @classmethod
    def _open(cls, folder: Path, *, embedder: Embedder, write: bool, purpose: str, url: str | None) -> Self:
        home = Home(folder)
        if write:
            home.create()
        else:
            home.require()
        lock = HomeLock(home)
        lock.acquire(write=write, purpose=purpose, url=url)
        try:
            if write:
                shutil.rmtree(home.next, ignore_errors=True)  # what a `reindex` that died left behind
            return cls(home, embedder, lock)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close the files and let other processes in."""
        try:
            with contextlib.suppress(DatelineError):  # of a full disk; what has no seal is looked at when it is opened
                if self._lock.may_write and self._articles.is_settled():
                    self._derived.seal(checksums=True)
        finally:
            self._derived.close()
            self._articles.close()
            if self._lock.may_write:
                make_private(self._home.folder)
            self._lock.release()

    def __enter__(self) -> Self:
        """Return the index itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the index."""
        self.close()

    # Changing the collection

    def add(self, articles: Iterable[Article], *, on_embedded: Callable[[int], None] | None = None) -> AddReport:
        """Add articles as they arrive, in batches that are each complete when written.

        Articles already stored are skipped; changed ones replace their old version, which answers until then. One batch
        is read and split while the one before is embedded and the one before that is written. `on_embedded` is called,
        in its own thread, with the number of passages embedded since the last call.
        """
        added: list[str] = []
        replaced: list[str] = []
        unchanged: list[str] = []
        batch: list[tuple[Article, list[Passage]]] = []
        # Ids of the batches being split, embedded and written: they are not stored yet.
        unwritten: collections.deque[set[str]] = collections.deque([set()], maxlen=3)

        def embed(cut: Sequence[tuple[Article, list[Passage]]]) -> None:
            texts = [(article.title, passage.text) for article, passages in cut for passage in passages]
            writing.put(cut, self._embed(texts, on_embedded))

        with Stage(self._write, name="writing") as writing, Stage(embed, name="embedding") as embedding:

            def hand_on() -> None:
                embedding.put(tuple(batch))
                batch.clear()
                unwritten.append(set())

            for article in articles:
                if any(article.id in ids for ids in unwritten):
                    hand_on()
                    embedding.settle()
                    writing.settle()
                    unwritten.clear()
                    unwritten.append(set())
                if self._articles.is_current(article):
                    unchanged.append(article.id)
                    continue
                (replaced if self._articles.replaces(article) else added).append(article.id)
                batch.append((article, self._cut(article)))
                unwritten[-1].add(article.id)
                if sum(len(passages) for _, passages in batch) >= BATCH:
                    hand_on()
            hand_on()
        return AddReport(tuple(added), tuple(replaced), tuple(unchanged))

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles, all or none, and every trace of their text from the files of the home.

        Raises ArticleNotFoundError for an unknown id.
        """
        with self._changing:
            self._articles.remove(ids)
            self._let_go()
            self._derived.seal()

    def _embed(
        self, texts: Sequence[tuple[str | None, str]], on_embedded: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return the vectors of passages given as title and text."""
        made: list[NDArray[np.float32]] = []
        for start in range(0, len(texts), BATCH):
            part = texts[start : start + BATCH]
            made.append(self._embedder.embed(add_titles(part, self._embedder.count_tokens)))
            if on_embedded:
                on_embedded(len(part))
        return np.concatenate(made) if made else NO_VECTORS

    def _write(self, batch: Sequence[tuple[Article, list[Passage]]], vectors: NDArray[np.float32]) -> None:
        if not batch:
            return
        with self._changing:
            require_room(self._home.folder)
            self._articles.write_pending(batch, vectors)
            # Anything else pending was left by a change that failed.
            for entries in batches(self._articles, "passage", self._articles.pending("passage")):
                self._derived.add_passages(entries)
            for entries in batches(self._articles, "article", self._articles.pending("article")):
                self._derived.add_articles(entries)
            self._publish()

    def _publish(self) -> None:
        self._articles.publish()
        self._let_go()
        self._derived.seal()

    def _let_go(self) -> None:
        """Delete from the derived stores what the article store no longer has; wipe their files if promised."""
        self._version += 1
        self._remembered.cache_clear()
        if self._articles.is_settled():
            return
        passages, articles = self._articles.tombstones("passage"), self._articles.tombstones("article")
        self._derived.remove(passages, articles)
        if self._articles.tombstones("wipe"):
            self._derived.wipe()
        self._articles.clear_tombstones()

    # Staying in step

    def _is_settled(self) -> bool:
        return self._articles.is_settled() and self._articles.vectors.are_complete() and self._derived.are_complete()

    def _settle(self) -> None:
        """Finish what a dead process left half done, and rebuild what is damaged."""
        self._complete_vectors()
        if not self._is_settled():
            self._derived.discard_outdated()
            self._derived.complete()
            self._publish()
        self._derived.seal()

    def _complete_vectors(self) -> None:
        """Store vectors for the passages of a home from before vectors were kept: Chroma's, or new ones."""
        if self._articles.vectors.are_complete():
            return
        wanted = self._articles.numbers("passage") - self._articles.numbers("vector")
        _log.warning("Making the vectors of %s passages part of the collection.", f"{len(wanted):,}")
        nothing: set[int] = set()
        self._derived.vectors.read(lambda store: store.use_first_collection(), None)
        known = self._derived.vectors.read(lambda store: store.numbers(), nothing)
        for entries in batches(self._articles, "passage", wanted):
            numbers = [entry.number for entry in entries]
            vectors = NO_VECTORS
            if known.issuperset(numbers):
                vectors = self._derived.vectors.read(lambda store, of=numbers: store.get(of), NO_VECTORS)  # type: ignore[misc]
            if not len(vectors):
                vectors = self._embed([(entry.title, entry.text) for entry in entries])
            self._articles.vectors.write(numbers, vectors)

    def _check_manifest(self) -> None:
        expected, found = self._expected_manifest(), self._articles.manifest()
        if not found:
            self._articles.write_manifest(expected)
        elif found != expected:
            differing = ", ".join(
                f"{key} {found.get(key)!r}, not {expected[key]!r}"
                for key in expected
                if found.get(key) != expected[key]
            )
            raise IndexMismatchError(
                f"This collection was made with {differing}.",
                help="Run `dateline reindex` to rebuild its index.",
            )

    def _expected_manifest(self) -> dict[str, str]:
        return {"embedder": self._embedder.name, "chunking": CHUNKING, "format": _FORMAT}

    def _cut(self, article: Article) -> list[Passage]:
        room = self._embedder.max_tokens - TITLE_TOKENS
        return cut_passages(article, self._embedder.count_tokens, max_tokens=min(PASSAGE_TOKENS, room))

    # Reading

    def retrieve(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[ScoredPassage]:
        """Return up to `k` passages relevant to the question, best first; none if no article matches the filters."""
        return list(self._remembered(self._version, question, k, filters or Filters()))

    def _retrieve(self, version: int, question: str, k: int, filters: Filters) -> tuple[ScoredPassage, ...]:  # noqa: ARG002
        """Return what is found in one version of the collection, so that the cache stays correct."""
        try:
            found = self._retriever.retrieve(question, k=k, filters=filters)
        except DamagedError as error:
            self._mend(error)
            found = self._retriever.retrieve(question, k=k, filters=filters)
        return tuple(found)

    def _mend(self, error: DamagedError) -> None:
        """Rebuild a damaged part, holding the home for writing meanwhile; raise `error` if that is impossible.

        Raises HomeLockedError if another process is reading too.
        """
        with self._changing:
            self._derived.close()
            try:
                self._lock.release()
            except RuntimeError:  # held for another thread
                raise error from None
            try:
                with ArticleIndex.open(self._home.folder, embedder=self._embedder, write=True) as writing:
                    writing.make_again(error.name)
            finally:
                self._lock.acquire(write=False, purpose="dateline")

    def derived_names(self) -> list[str]:
        """Return the names of the derived stores."""
        return list(self._derived.parts)

    def make_again(self, name: str) -> None:
        """Rebuild one of the derived stores from the truth."""
        with self._changing:
            self._derived.parts[name].make_again()

    def embed_again(self) -> None:
        """Embed passages again whose vectors are missing or cannot be right."""
        with self._changing:
            self._articles.vectors.delete_unusable()
            self._complete_vectors()
            self._derived.complete()

    def article(self, id_: str) -> Article:
        """Return the article with this id. Raises ArticleNotFoundError."""
        return self._articles.article(id_)

    def passages(self, id_: str) -> list[Passage]:
        """Return the passages of an article in the order of its text. Raises ArticleNotFoundError."""
        text = self.article(id_).text
        return [Passage(name, id_, start, end, text[start:end]) for name, start, end in self._articles.places(id_)]

    def articles(
        self,
        *,
        filters: Filters | None = None,
        words: str = "",
        sort: Sort = "newest",
        offset: int = 0,
        limit: int | None = None,
    ) -> list[ArticleInfo]:
        """Return the articles, without their texts, that match the filters and contain all the words."""
        return self._articles.articles(filters or Filters(), words=words, sort=sort, offset=offset, limit=limit)

    def count(self, *, filters: Filters | None = None, words: str = "") -> int:
        """Return how many articles match the filters and contain all the words."""
        return self._articles.count(filters or Filters(), words=words)

    def names(self, name: str) -> dict[str, int]:
        """Return the sources or authors with their article counts, most frequent first."""
        return self._articles.names(name)

    def sizes(self) -> tuple[int, int]:
        """Return how many passages and articles are stored."""
        return self._articles.counts()


def bring_up_to_date(home: Home) -> None:
    """Give the file of articles today's format.

    Raises HomeLockedError where its format is older and another process, which may be an older Dateline, uses it.
    """
    if is_outdated(home.articles):
        lock = HomeLock(home)
        lock.acquire(write=True, purpose="dateline")
        try:
            ArticleStore(home.articles).close()
        finally:
            lock.release()


@contextlib.contextmanager
def open_articles(folder: Path) -> Iterator[ArticleStore]:
    """Open only the articles of a collection, to list and read them: at once, even while another process writes.

    Raises HomeError if there is no collection.
    """
    home = Home(folder)
    home.require()
    settle(home)
    bring_up_to_date(home)
    with contextlib.closing(ArticleStore(home.articles)) as articles:
        yield articles
