"""An archive becomes a home: unpacked beside the old one, opened once, and only then put in its place."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from typing import TYPE_CHECKING

from index.article_index import ArticleIndex
from index.engines.embedded.backups import databases
from index.engines.embedded.backups.archive import open_archive
from index.engines.embedded.home import Home, HomeLock
from index.engines.embedded.replacing import gather, kept_files, remove, replace_by_gathered
from index.errors import BackupError, HomeError, IndexMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.engines.embedded.backups.archive import Archive
    from index.engines.embedded.backups.manifest import Manifest
    from index.passages.embedding import Embedder


@dataclasses.dataclass(frozen=True, slots=True)
class Restored:
    """How many articles and passages there are now, the archive's manifest, and what is left to do."""

    articles: int
    passages: int
    manifest: Manifest
    mismatch: IndexMismatchError | None = None


def restore(archive: Path, folder: Path, *, embedder: Embedder, replace: bool = False) -> Restored:
    """Restore the collection in `folder` to the state in the archive; with `replace`, overwriting what is there.

    Nothing is touched before the whole archive has been read and compared, and the old collection stays in use until
    the new one has been opened. Raises BackupError if the archive is incomplete, HomeError if there is a collection or
    the home is not writable, and HomeLockedError if it is in use.
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
                    f"There is already a collection in {folder}.",
                    help="Choose another home with --home, or use --replace to overwrite it with the backup.",
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
    """Build the derived stores, as far as this embedder can."""
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
            help="The old collection is unchanged. Free some space, or choose another home with --home.",
        ) from error
