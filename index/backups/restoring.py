"""An archive becomes a home: unpacked beside what is there, opened once, and only then put in its place."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from typing import TYPE_CHECKING

from index.article_index import ArticleIndex
from index.backups import databases
from index.backups.archive import open_archive
from index.errors import BackupError, HomeError, IndexMismatchError
from index.home import Home, HomeLock
from index.replacing import gather, kept_files, remove, replace_by_gathered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.backups.archive import Archive
    from index.backups.manifest import Manifest
    from index.passages.embedding import Embedder


@dataclasses.dataclass(frozen=True, slots=True)
class Restored:
    """How many articles and passages there are now, what the archive says of itself, and what is left to do."""

    articles: int
    passages: int
    manifest: Manifest
    mismatch: IndexMismatchError | None = None


def restore(archive: Path, folder: Path, *, embedder: Embedder, replace: bool = False) -> Restored:
    """Make the collection in `folder` what it was when the archive was made; with `replace`, whatever is there goes.

    Nothing is touched before all of the archive has been read and compared, and what is there stays in use until the
    new collection has been opened. Raises BackupError for an archive that is not whole, HomeError where there is a
    collection or the home cannot be written, and HomeLockedError where somebody uses it.
    """
    with open_archive(archive) as opened:
        opened.verify()
        home = Home(folder)
        home.create()
        lock = HomeLock(home)
        lock.acquire(write=True, purpose="dateline restore")
        try:
            if not replace and (kept_files(folder)):
                raise HomeError(
                    f"There is a collection in {folder} already.",
                    help="Choose another home with --home, or give --replace to have the backup in its place.",
                )
            with _failures(folder):
                return _replace(opened, folder, embedder)
        finally:
            lock.release()


def _replace(opened: Archive, folder: Path, embedder: Embedder) -> Restored:
    free = shutil.disk_usage(folder).free
    if opened.manifest.size > free:
        raise BackupError(
            f"{opened.path} unpacks to {opened.manifest.size / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free.",
            help="Free some space, or choose another home with --home.",
        )
    gathered = gather(folder)
    try:
        opened.unpack(gathered)
        for path in gathered.glob("*.db"):
            databases.check_database(path)
        restored = _open_once(gathered, embedder, opened.manifest)
        replace_by_gathered(folder)
    finally:
        remove(gathered)
    return restored


def _open_once(folder: Path, embedder: Embedder, manifest: Manifest) -> Restored:
    """Have the derived stores made, as far as this embedder can."""
    try:
        with ArticleIndex.open(folder, embedder=embedder, write=True, purpose="dateline restore") as index:
            passages, articles = index.sizes()
            return Restored(articles, passages, manifest)
    except IndexMismatchError as error:  # whole all the same; another embedder is set, or Dateline is another version
        return Restored(*databases.count_rows(folder / "articles.db"), manifest, error)


@contextlib.contextmanager
def _failures(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError(
            f"The backup could not be restored to {folder}: {error.strerror}.",
            help="What was there before is there still. Free some space, or choose another home with --home.",
        ) from error
