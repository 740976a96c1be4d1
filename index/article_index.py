"""The index's interface: a collection of articles to add to, remove from, list and search."""

from __future__ import annotations

import collections
import dataclasses
import functools
import threading
from typing import TYPE_CHECKING, Self

import numpy as np

from index.article import Passage
from index.corrections import refuse_replacement
from index.engines.entries import BATCH, batches
from index.engines.registry import as_engine
from index.errors import IndexMismatchError
from index.filters import Filters
from index.identity import identified
from index.notices import NoticeTally
from index.passages.chunking import CHUNKING, PASSAGE_TOKENS, TITLE_TOKENS, add_titles, cut_passages
from index.retrieval.retriever import Retriever
from index.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from index.article import Article, ArticleInfo, ArticleVersion, ScoredPassage, Sort
    from index.engines.engine import Engine, ReadableArticles, Stores
    from index.engines.entries import Entry
    from index.errors import SourceError
    from index.notices import NoticeGroup
    from index.passages.embedding import Embedder

_FORMAT = "1"
_REMEMBERED = 256  # searches whose passages are cached for repeats


@dataclasses.dataclass(frozen=True, slots=True)
class AddReport:
    """What happened to the articles that were added: their ids, in order, what is told about the new versions, and why
    some were not to replace what is stored.
    """

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: tuple[str, ...]
    notices: tuple[NoticeGroup, ...] = ()
    refused: tuple[SourceError, ...] = ()


class ArticleIndex:
    """A collection of articles; use `ArticleIndex.open` to get one.

    Any number of threads may read while others add and remove; changes are made one after the other. The engine's
    articles are the truth. Adding and removing only record the desired state there; its searches are then brought in
    line. After a crash, the next process does the same.
    """

    def __init__(self, stores: Stores, embedder: Embedder) -> None:
        self._stores = stores
        self._articles = stores.articles
        self._embedder = embedder
        self._changing = threading.RLock()
        self._retriever = Retriever(embedder, stores)
        self._remembered = functools.lru_cache(_REMEMBERED)(self._retrieve)

    @classmethod
    def open(
        cls,
        place: Engine | Path,
        *,
        embedder: Embedder,
        write: bool = False,
        purpose: str = "dateline",
        url: str | None = None,
    ) -> Self:
        """Open an engine's collection, or the one in a folder; with `write`, create it if there is none.

        Use it in a `with`, or close it. Anything that a dead process left half done is fixed first. Processes kept out
        by the lock are told the `purpose`, and the `url` if a server can answer for it. Raises HomeError if there is no
        collection, HomeLockedError if another process is writing to it (or, with `write`, using it at all), and
        IndexMismatchError if it was made with another embedder, chunking or format.
        """
        engine = as_engine(place)
        opened = functools.partial(engine.open, embedder=embedder.name, purpose=purpose, url=url)
        index = cls(opened(write=write), embedder)
        try:
            index._check_manifest()
            if write:
                index._settle()
                return index
            if index._is_settled():
                return index
        except BaseException:
            index.close()
            raise
        index.close()
        cls.open(engine, embedder=embedder, write=True, purpose=purpose).close()
        return cls(opened(write=False), embedder)

    @property
    def embedder_name(self) -> str:
        """The name of what makes the vectors."""
        return self._embedder.name

    def close(self) -> None:
        """Close the collection and let others in."""
        self._stores.close()

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

        Articles already stored are skipped; changed ones replace their old version, which answers until then and stays
        readable (`versions`), unless a page that was fetched again has clearly less of the article. One batch
        is read and split while the one before is embedded and the one before that is written. `on_embedded` is called,
        in its own thread, with the number of passages embedded since the last call.
        """
        added: list[str] = []
        replaced: list[str] = []
        unchanged: list[str] = []
        refused: list[SourceError] = []
        tally = NoticeTally()
        batch: list[tuple[Article, list[Passage]]] = []
        # Ids and origins of the batches being split, embedded and written: they are not stored yet.
        unwritten: collections.deque[set[str]] = collections.deque([set()], maxlen=3)

        def embed(cut: Sequence[tuple[Article, list[Passage]]]) -> None:
            texts = [(article.title, passage.text) for article, passages in cut for passage in passages]
            writing.put(cut, self._embed(texts, on_embedded))

        with Stage(self._write, name="writing") as writing, Stage(embed, name="embedding") as embedding:

            def hand_on() -> None:
                embedding.put(tuple(batch))
                batch.clear()
                unwritten.append(set())

            for given in articles:
                marks = {given.id, given.origin or given.id}
                if any(marks & waiting for waiting in unwritten):
                    hand_on()
                    embedding.settle()
                    writing.settle()
                    unwritten.clear()
                    unwritten.append(set())
                article = identified(given, self._articles)
                if self._articles.is_current(article):
                    unchanged.append(article.id)
                    continue
                earlier = self._articles.replaced_by(article)
                if refusal := next(filter(None, (refuse_replacement(article, old) for old in earlier)), None):
                    refused.append(refusal)
                    continue
                tally.count(article.id, article.published, article.notices)
                (replaced if earlier else added).append(article.id)
                batch.append((article, self._cut(article)))
                unwritten[-1] |= marks | {article.id}
                if sum(len(passages) for _, passages in batch) >= BATCH:
                    hand_on()
            hand_on()
        return AddReport(tuple(added), tuple(replaced), tuple(unchanged), tally.groups(), tuple(refused))

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles, all or none, and every trace of their text.

        Raises ArticleNotFoundError for an unknown id.
        """
        with self._changing:
            self._articles.remove(ids)
            self._let_go()
            self._stores.seal()

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
        return np.concatenate(made) if made else np.zeros((0, 0), np.float32)

    def _write(self, batch: Sequence[tuple[Article, list[Passage]]], vectors: NDArray[np.float32]) -> None:
        if not batch:
            return
        with self._changing:
            self._articles.write_pending(batch, vectors)
            # Anything else pending was left by a change that failed.
            for entries in batches(self._articles, "passage", self._articles.pending("passage")):
                self._stores.dense.add(entries)
                self._stores.full_text["passage"].add(entries)
            for entries in batches(self._articles, "article", self._articles.pending("article")):
                self._stores.full_text["article"].add(entries)
            self._publish()

    def _publish(self) -> None:
        self._articles.publish()
        self._let_go()
        self._stores.seal()

    def _let_go(self) -> None:
        """Delete from the searches what the articles no longer have; wipe them if promised."""
        self._remembered.cache_clear()
        if self._articles.is_settled():
            return
        passages, articles = self._articles.tombstones("passage"), self._articles.tombstones("article")
        self._stores.dense.remove(passages)
        self._stores.full_text["passage"].remove(passages)
        self._stores.full_text["article"].remove(articles)
        if self._articles.tombstones("wipe"):
            for text in self._stores.full_text.values():
                text.wipe()
        self._articles.clear_tombstones()

    # Staying in step

    def _is_settled(self) -> bool:
        return self._articles.is_settled() and self._stores.are_complete()

    def _settle(self) -> None:
        """Finish what a dead process left half done, and rebuild what is damaged."""
        with self._changing:
            if not self._is_settled():
                self._stores.complete(self._embed_entries)
                self._publish()
            self._stores.seal()

    def _embed_entries(self, entries: Sequence[Entry]) -> NDArray[np.float32]:
        return self._embed([(entry.title, entry.text) for entry in entries])

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
        return list(self._remembered(self.revision(), question, k, filters or Filters()))

    def _retrieve(self, revision: int, question: str, k: int, filters: Filters) -> tuple[ScoredPassage, ...]:  # noqa: ARG002
        """Return what is found in one revision of the articles, so that the cache stays correct."""
        return tuple(self._retriever.retrieve(question, k=k, filters=filters))

    def article(self, id_: str) -> Article:
        """Return the article with this id. Raises ArticleNotFoundError."""
        return self._articles.article(id_)

    def near_copies(self, id_: str) -> list[ArticleInfo]:
        """Return the other articles that say mostly the same in the same words, such as a wire story elsewhere."""
        return self._articles.near_copies(id_)

    def versions(self, id_: str) -> list[ArticleVersion]:
        """Return the earlier versions of an article, the newest first."""
        return self._articles.versions.of(id_)

    def write_versions(self, id_: str, versions: Iterable[ArticleVersion]) -> None:
        """Make these, given the newest first, the earlier versions of an article; for copies of a collection."""
        with self._changing:
            self._articles.versions.write(id_, versions)

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

    def revision(self) -> int:
        """Return a number that changes whenever the collection does, whichever process changes it."""
        return self._articles.revision()

    def sizes(self) -> tuple[int, int]:
        """Return how many passages and articles are stored."""
        return self._articles.counts()


def open_articles(place: Engine | Path) -> AbstractContextManager[ReadableArticles]:
    """Open only the articles of a collection, to list and read them: at once, even while another process writes.

    Raises HomeError if there is no collection.
    """
    return as_engine(place).open_articles()
