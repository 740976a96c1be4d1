"""Builds a new index beside the old one, then swaps it in."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from index.article_index import ArticleIndex, bring_up_to_date, open_articles
from index.engines.embedded.home import Home, HomeLock
from index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from index.passages.embedding import Embedder


def reindex(folder: Path, *, embedder: Embedder, on_embedded: Callable[[int], None] | None = None) -> int:
    """Split and embed every article again, as after a change of embedder; return how many there are.

    The new index is built beside the old one, which keeps answering until the new one is complete and replaces it.
    Raises HomeError and HomeLockedError as `ArticleIndex.open` does.
    """
    home = Home(folder)
    home.require()
    bring_up_to_date(home)
    lock = HomeLock(home)
    lock.acquire(write=False, purpose="dateline reindex")
    try:
        shutil.rmtree(home.next, ignore_errors=True)
        _copy(home, embedder, on_embedded)
    finally:
        lock.release()
    lock.acquire(write=True, purpose="dateline reindex")
    try:
        count = _copy(home, embedder, on_embedded)  # what was changed while nobody held the lock
        take_place(home)
    finally:
        lock.release()
    return count


def _copy(home: Home, embedder: Embedder, on_embedded: Callable[[int], None] | None) -> int:
    """Make the next index hold exactly the articles of the current one; return how many."""
    with open_articles(home.folder) as present, ArticleIndex.open(home.next, embedder=embedder, write=True) as new:
        ids = [info.id for info in present.articles(Filters())]
        new.remove({info.id for info in new.articles()} - set(ids))
        new.add((present.article(id_) for id_ in ids), on_embedded=on_embedded)
        return len(ids)


def take_place(home: Home) -> None:
    """Replace the current index with the next one.

    Replacing the articles' file is the commit. Derived files are removed before it and moved in after it, so after a
    crash they may be missing but never belong to the other index; the next opening rebuilds them.
    """
    new = Home(home.next)
    for old in home.derived:
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    for leftover in home.folder.glob("articles.db-*"):  # both are closed, so there is nothing in these
        leftover.unlink()
    new.articles.replace(home.articles)
    for old, made in zip(home.derived, new.derived, strict=True):
        if made.exists():
            made.replace(old)
    shutil.rmtree(home.next, ignore_errors=True)
