"""The engine of one machine, whose collection is files in a home folder."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from index.engines.embedded.article_migrations import is_outdated
from index.engines.embedded.articles import ArticleStore
from index.engines.embedded.home import Home, HomeLock, settle
from index.engines.embedded.stores import EmbeddedStores

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.engines.capabilities import Backup, CheckReport, Fill, Restored


class EmbeddedEngine:
    """The collection in the home at `folder`; it has no other location."""

    def __init__(self, folder: Path, location: str = "") -> None:  # noqa: ARG002 - as every engine
        self.home = Home(folder)

    def at(self, folder: Path) -> EmbeddedEngine:
        """Return the engine of another home."""
        return EmbeddedEngine(folder)

    def open(self, *, embedder: str, write: bool, purpose: str, url: str | None = None) -> EmbeddedStores:
        """Take the home's lock and open its stores. Raises HomeError and HomeLockedError."""
        self._prepare(write=write)
        return EmbeddedStores.open(self.home, embedder=embedder, write=write, purpose=purpose, url=url)

    @contextlib.contextmanager
    def lock(self, *, write: bool, purpose: str) -> Iterator[None]:
        """Hold the home's lock while the `with` lasts."""
        self._prepare(write=write)
        lock = HomeLock(self.home)
        lock.acquire(write=write, purpose=purpose)
        try:
            yield
        finally:
            lock.release()

    def _prepare(self, *, write: bool) -> None:
        if write:
            self.home.create()
        else:
            self.home.require()

    @contextlib.contextmanager
    def open_articles(self) -> Iterator[ArticleStore]:
        """Open only the articles' file, without the lock, even while another process writes.

        Raises HomeLockedError where its format is older and another process, which may be an older Dateline, uses it.
        """
        self.home.require()
        settle(self.home)
        if is_outdated(self.home.articles):
            with self.lock(write=True, purpose="dateline"):
                ArticleStore(self.home.articles).close()
        with contextlib.closing(ArticleStore(self.home.articles)) as articles:
            yield articles

    # What not every engine can do

    def begin_rebuilding(self) -> EmbeddedEngine:
        """Return an empty home inside this one."""
        shutil.rmtree(self.home.next, ignore_errors=True)
        return self.at(self.home.next)

    def finish_rebuilding(self) -> None:
        """Replace this home's files by those of the home inside it.

        Replacing the articles' file is the commit. Derived files are removed before it and moved in after it, so after
        a crash they may be missing but never belong to the other index; the next opening rebuilds them.
        """
        home, new = self.home, Home(self.home.next)
        for old in home.derived:
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        for leftover in home.folder.glob("articles.db-*"):  # both are closed, so there is nothing in these
            leftover.unlink()
        new.articles.replace(home.articles)
        for old, made in zip(home.derived, new.derived, strict=True):
            if made.exists():
                made.replace(old)
        shutil.rmtree(home.next, ignore_errors=True)

    def check(self, *, embedder: str) -> CheckReport:
        """Verify every article, vector and file; the home may be read meanwhile."""
        from index.engines.embedded.checking import check

        return check(self, embedder=embedder)

    def repair(self, *, embedder: str, fill: Fill) -> CheckReport:
        """Verify the home and rebuild what is damaged."""
        from index.engines.embedded.checking import repair

        return repair(self, embedder=embedder, fill=fill)

    def back_up(self, target: Path) -> Backup:
        """Write an archive of everything in the home that cannot be rebuilt."""
        from index.engines.embedded.backups.making import make_backup

        return make_backup(self.home.folder, target).summary

    def restore(self, archive: Path, *, replace: bool, fill: Fill) -> Restored:
        """Replace the home's files by those in an archive."""
        from index.engines.embedded.backups.restoring import restore

        return restore(archive, self, replace=replace, fill=fill)
