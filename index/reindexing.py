"""Builds a new index beside the old one, then swaps it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.article_index import ArticleIndex, open_articles
from index.engines.capabilities import Rebuilding, need
from index.engines.registry import as_engine
from index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from index.engines.engine import Engine
    from index.passages.embedding import Embedder

_PURPOSE = "dateline reindex"


def reindex(place: Engine | Path, *, embedder: Embedder, on_embedded: Callable[[int], None] | None = None) -> int:
    """Split and embed every article again, as after a change of embedder; return how many there are.

    The new index is built beside the old one, which keeps answering until the new one is complete and replaces it.
    Raises HomeError and HomeLockedError as `ArticleIndex.open` does, and UnsupportedError.
    """
    engine = as_engine(place)
    rebuilding = need(engine, Rebuilding, "rebuild its index")
    with open_articles(engine):  # gives a collection of an older format today's, which takes the lock for writing
        pass
    with engine.lock(write=False, purpose=_PURPOSE):
        new = rebuilding.begin_rebuilding()
        _copy(engine, new, embedder, on_embedded)
    with engine.lock(write=True, purpose=_PURPOSE):
        count = _copy(engine, new, embedder, on_embedded)  # what was changed while nobody held the lock
        rebuilding.finish_rebuilding()
    return count


def _copy(old: Engine, new: Engine, embedder: Embedder, on_embedded: Callable[[int], None] | None) -> int:
    """Make the new collection hold exactly the articles of the old one; return how many."""
    with open_articles(old) as present, ArticleIndex.open(new, embedder=embedder, write=True) as index:
        ids = [info.id for info in present.articles(Filters())]
        index.remove({info.id for info in index.articles()} - set(ids))
        index.add((present.article(id_) for id_ in ids), on_embedded=on_embedded)
        for id_ in ids:
            if versions := present.versions.of(id_):
                index.write_versions(id_, versions)
        return len(ids)
