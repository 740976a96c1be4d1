"""The stores derived from the articles for searching: vectors in Chroma and in a table, and full text.

Each is a `Part`, which is rebuilt from the truth when it fails. The stores are brought in line with the truth by the
same steps after a crash, after damage, and when they are empty.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from index.engines.embedded.lexical import LexicalStore
from index.engines.embedded.part import Part, Store
from index.engines.embedded.vector_table import VectorTable
from index.engines.embedded.vectors import VectorStore
from index.engines.entries import BATCH, batches

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from typing import Any

    from index.engines.embedded.articles import ArticleStore
    from index.engines.embedded.home import Home
    from index.engines.entries import Entry, EntryKind

# How many texts share a full-text index. Both kinds of index have about the same size: a removal rewrites one in
# seconds.
_SHARDS: dict[EntryKind, int] = {"passage": 65_536, "article": 8_192}


class DerivedStores:
    """The derived stores of one home. Whoever changes the collection holds `changing`."""

    def __init__(
        self, home: Home, articles: ArticleStore, *, embedder: str, changing: threading.RLock, may_write: bool
    ) -> None:
        self._articles = articles
        part = functools.partial(Part, changing=changing, may_write=may_write)
        self.vectors: Part[VectorStore] = part(
            "vectors",
            home.vectors,
            open_store=functools.partial(VectorStore, home.vectors, embedder=embedder),
            fill=self._fill_vectors,
        )
        self.table: Part[VectorTable] = part(
            "table of vectors",
            home.table,
            open_store=functools.partial(VectorTable, home.table, embedder=embedder),
            fill=self._fill_table,
        )
        self.lexical: dict[EntryKind, Part[LexicalStore]] = {
            kind: part(
                f"full text of {kind}s",
                home.lexical / f"{kind}s",
                open_store=functools.partial(
                    LexicalStore,
                    home.lexical / f"{kind}s",
                    shard=shard,
                    stored=functools.partial(self._stored, kind),
                    may_write=may_write,
                ),
                fill=functools.partial(self._fill_lexical, kind),
            )
            for kind, shard in _SHARDS.items()
        }

    @property
    def parts(self) -> dict[str, Part[Any]]:
        """Return all stores, by name."""
        lexical = {f"full text of {kind}s": part for kind, part in self.lexical.items()}
        return {"vectors": self.vectors, "table of vectors": self.table, **lexical}

    def close(self) -> None:
        """Close all files."""
        for part in self.parts.values():
            part.close()

    def seal(self, *, checksums: bool = False) -> None:
        """Record the state of the files, now that all are complete."""
        for part in self.parts.values():
            part.use(lambda store: store.seal(checksums=checksums))

    def are_complete(self) -> bool:
        """Return whether each store opens and holds as many entries as it should."""
        passages, articles = self._articles.counts()
        wanted = {"full text of articles": articles}
        return all(
            part.use(lambda store: store.count()) == wanted.get(name, passages) for name, part in self.parts.items()
        )

    def complete(self) -> None:
        """Bring the stores in line with the article store, whatever state they are in.

        Stores whose format a migration of the articles' file has made outdated are rebuilt.
        """
        for name, part in self.parts.items():
            if self._articles.tombstones(name):
                part.discard()
        for part in self.parts.values():
            part.fill()

    def _fill_vectors(self, store: VectorStore, count: Callable[[int], None]) -> None:
        for entries in self._missing("passage", store):
            numbers = [entry.number for entry in entries]
            store.add(numbers, self._articles.vectors.of(numbers))
            count(len(numbers))

    def _fill_table(self, store: VectorTable, count: Callable[[int], None]) -> None:
        for entries in self._missing("passage", store):
            numbers = [entry.number for entry in entries]
            store.add(numbers, self._articles.vectors.of(numbers), [entry.facets for entry in entries])
            count(len(numbers))

    def _fill_lexical(self, kind: EntryKind, store: LexicalStore, count: Callable[[int], None]) -> None:
        for entries in self._missing(kind, store, at_once=16 * BATCH):
            store.add(entries)
            count(len(entries))

    def _missing(self, kind: EntryKind, store: Store, *, at_once: int = BATCH) -> Iterator[list[Entry]]:
        """Delete from a store what it should not hold, and yield what it lacks, in batches."""
        wanted, held = self._articles.numbers(kind), store.numbers()
        store.remove(held - wanted)
        return batches(self._articles, kind, wanted - held, at_once=at_once)

    def _stored(self, kind: EntryKind, numbers: range) -> Iterator[Entry]:
        """Yield what the stores should hold of a range of passages or articles."""
        return self._articles.entries(kind, sorted(self._articles.numbers(kind, within=numbers)))
