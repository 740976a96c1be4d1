"""Verifying, repairing, backing up and restoring a collection, for engines that can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.article_index import ArticleIndex
from index.engines.capabilities import BackingUp, Checking, need
from index.engines.registry import as_engine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from index.article import Article
    from index.engines.capabilities import Backup, CheckReport, Fill, Restored
    from index.engines.engine import Engine
    from index.passages.embedding import Embedder


def check(place: Engine | Path, *, embedder: Embedder) -> CheckReport:
    """Verify everything in a collection. Raises UnsupportedError, and HomeError as `ArticleIndex.open` does."""
    return need(as_engine(place), Checking, "check its files").check(embedder=embedder.name)


def repair(place: Engine | Path, *, embedder: Embedder) -> CheckReport:
    """Verify a collection, repair what can be repaired, and verify it again. Raises as `check` does."""
    checking = need(as_engine(place), Checking, "repair its files")
    return checking.repair(embedder=embedder.name, fill=_fill("dateline check", embedder))


def back_up(place: Engine | Path, target: Path) -> Backup:
    """Write an archive of everything in a collection that cannot be made again, even while it is in use.

    Raises UnsupportedError, HomeError if there is no collection, and BackupError if the archive cannot be written.
    """
    return need(as_engine(place), BackingUp, "write a backup").back_up(target)


def restore(archive: Path, place: Engine | Path, *, embedder: Embedder, replace: bool = False) -> Restored:
    """Restore a collection to the state in an archive; with `replace`, overwriting what is there.

    Raises UnsupportedError, BackupError if the archive is incomplete, HomeError if there is a collection already, and
    HomeLockedError if it is in use.
    """
    backing_up = need(as_engine(place), BackingUp, "restore a backup")
    return backing_up.restore(archive, replace=replace, fill=_fill("dateline restore", embedder))


def _fill(purpose: str, embedder: Embedder) -> Fill:
    def fill(engine: Engine, articles: Iterable[Article]) -> None:
        with ArticleIndex.open(engine, embedder=embedder, write=True, purpose=purpose) as index:
            index.add(articles)

    return fill
