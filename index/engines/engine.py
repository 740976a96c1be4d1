"""The seam between the index and the engine that keeps one collection: everything the index asks of an engine.

An engine has one truth, the articles with the places and vectors of their passages, and two kinds of search over it:
dense and full text. Nothing above the seam knows where they are kept or which processes use them.

A change has four steps: articles are written as *pending*, the searches are given their entries, the articles become
*live*, and what they replaced, which has left *tombstones*, is deleted from the searches. Only live articles are ever
seen. Wherever a process dies, the tombstones and pending articles tell the next one what is left to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

    from index.article import Article, ArticleInfo, ArticleVersion, Passage, Sort
    from index.engines.entries import Entry, EntryKind
    from index.filters import Criteria, Filters


class Versions(Protocol):
    """The earlier versions of articles. An article that replaces others takes over theirs."""

    def of(self, id_: str) -> list[ArticleVersion]:
        """Return the earlier versions of an article, the newest first."""

    def write(self, id_: str, versions: Iterable[ArticleVersion]) -> None:
        """Make these, given the newest first, the earlier versions of an article."""


class ReadableArticles(Protocol):
    """The articles that are live, to list and read."""

    def revision(self) -> int:
        """Return a number that changes whenever the stored articles do, whichever process changes them.

        It is compared only with others from the same object.
        """

    def articles(
        self, filters: Filters, *, words: str = "", sort: Sort = "newest", offset: int = 0, limit: int | None = None
    ) -> list[ArticleInfo]:
        """Return the articles that have all the words; undated and untitled ones come last where it matters."""

    def count(self, filters: Filters, *, words: str = "") -> int:
        """Return how many articles match the filters and have all the words."""

    def ids(self, filters: Filters) -> list[str]:
        """Return the ids of articles in the order they were added."""

    def names(self, name: str) -> dict[str, int]:
        """Return the names that a filter can choose from with their numbers of articles, most frequent first."""

    def article(self, id_: str) -> Article:
        """Return an article. Raises ArticleNotFoundError."""

    def near_copies(self, id_: str) -> list[ArticleInfo]:
        """Return the other articles that say mostly the same in the same words, in the order they were added."""

    @property
    def versions(self) -> Versions:
        """The earlier versions of the articles."""


class StoredArticles(ReadableArticles, Protocol):
    """The truth: all articles, the places and vectors of their passages, and what the collection was made with.

    Any number of threads may read while one changes it.
    """

    def manifest(self) -> dict[str, str]:
        """Return what the passages and vectors were made with; empty for a new collection."""

    def write_manifest(self, manifest: dict[str, str]) -> None:
        """Record what the passages and vectors are made with."""

    def is_current(self, article: Article) -> bool:
        """Return whether the newest version of this article that is stored has the same content."""

    def id_at(self, origin: str) -> str | None:
        """Return the id of the live article that was read from this origin, the newest if there are several."""

    def replaced_by(self, article: Article) -> list[Article]:
        """Return the live articles that would make way for this one: those of its id, or of its origin."""

    def write_pending(self, batch: Sequence[tuple[Article, Sequence[Passage]]], vectors: NDArray[np.float32]) -> None:
        """Store articles, their passages and the vectors of those, in order, as pending, all or none.

        Raises EmbeddingError where the vectors are of another dimension than those stored.
        """

    def publish(self) -> None:
        """Make every pending article live, all or none; those it replaces become its earlier versions."""

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles, all or none; pending and earlier versions, too. Raises ArticleNotFoundError."""

    def pending(self, kind: EntryKind) -> list[int]:
        """Return the numbers of the passages or articles that wait to be made live."""

    def tombstones(self, kind: str) -> list[int]:
        """Return the numbers of removed passages or articles that the searches may still have.

        "wipe" has an entry after a removal, while the searches may still contain traces of it.
        """

    def clear_tombstones(self) -> None:
        """Delete the tombstones, once the searches have deleted what they stand for; no trace of a removed text is
        left."""

    def is_settled(self) -> bool:
        """Return whether nothing is pending and there are no tombstones."""

    def counts(self) -> tuple[int, int]:
        """Return how many passages and articles there are, pending ones too."""

    def entries(self, kind: EntryKind, numbers: Iterable[int]) -> Iterator[Entry]:
        """Yield what the searches hold of passages or articles."""

    def criteria(self, filters: Filters) -> Criteria:
        """Return the filters as the searches read them: in terms of the facets of entries."""

    def live_articles_of(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return, for those of the passages that are live, the number of their article."""

    def places(self, id_: str) -> list[tuple[str, int, int]]:
        """Return id, start and end of each passage of a live article."""

    def passages(self, numbers: Sequence[int]) -> dict[int, tuple[Passage, ArticleInfo]]:
        """Return the live passages with these numbers, each with what is known about its article."""


class DenseSearch(Protocol):
    """The nearest passages by the cosine of their vectors, which it takes from the truth."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Index passages; those already there are replaced."""

    def remove(self, numbers: Sequence[int]) -> None:
        """Delete passages; unknown numbers are ignored."""

    def search(self, vector: NDArray[np.float32], *, k: int, criteria: Criteria) -> dict[int, float]:
        """Return up to `k` numbers that meet the criteria with their cosine, nearest first."""


class FullText(Protocol):
    """Texts with their titles, ranked by BM25."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Index texts; those already there are replaced."""

    def remove(self, numbers: Sequence[int]) -> None:
        """Delete texts; unknown numbers are ignored."""

    def wipe(self) -> None:
        """Leave no trace of a text that was deleted."""

    def search(self, question: str, *, k: int, criteria: Criteria) -> dict[int, float]:
        """Return up to `k` numbers that meet the criteria with their score, best first; empty if no term occurs."""


class Stores(Protocol):
    """A collection that is open: its truth and the searches over it. Only one thread changes it at a time."""

    @property
    def may_write(self) -> bool:
        """Whether it is open for writing."""

    @property
    def articles(self) -> StoredArticles:
        """The truth."""

    @property
    def dense(self) -> DenseSearch:
        """Search by the vectors of passages."""

    @property
    def full_text(self) -> Mapping[EntryKind, FullText]:
        """Search by the words of passages, and of whole articles."""

    def are_complete(self) -> bool:
        """Return whether the searches hold as much as they should."""

    def complete(self, embed: Callable[[Sequence[Entry]], NDArray[np.float32]]) -> None:
        """Make the searches hold exactly what the truth says, pending articles too, whatever state they are in.

        `embed` makes vectors for passages that have lost theirs.
        """

    def seal(self) -> None:
        """Note that a change has ended: truth and searches agree."""

    def close(self) -> None:
        """Close everything, and let others write."""


@runtime_checkable
class Engine(Protocol):
    """The place of one collection. Its registry entry is called with the home folder and a location."""

    def open(self, *, embedder: str, write: bool, purpose: str, url: str | None = None) -> Stores:
        """Open the collection; with `write`, as its only writer, and create it if there is none.

        `embedder` names what makes its vectors. Those who are kept out are told the `purpose`, and the `url` if a
        server can answer meanwhile. Raises HomeError if there is no collection, and HomeLockedError if it is in use.
        """

    def lock(self, *, write: bool, purpose: str) -> AbstractContextManager[None]:
        """Hold the lock that `open` takes, while a `with` lasts. Raises as `open` does."""

    def open_articles(self) -> AbstractContextManager[ReadableArticles]:
        """Open only the articles, at once, even while another process writes. Raises HomeError."""
