"""An archive becomes a home: unpacked beside the old one, opened once, and only then put in its place."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from index.engines.capabilities import Restored
from index.engines.embedded.backups import databases
from index.engines.embedded.backups.archive import open_archive
from index.engines.embedded.replacing import gather, kept_files, remove, replace_by_gathered
from index.errors import BackupError, HomeError, IndexMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.engines.capabilities import Backup, Fill
    from index.engines.embedded.backups.archive import Archive
    from index.engines.embedded.engine import EmbeddedEngine


def restore(archive: Path, engine: EmbeddedEngine, *, replace: bool, fill: Fill) -> Restored:
    """Restore the collection of a home to the state in the archive; with `replace`, overwriting what is there.

    Nothing is touched before the whole archive has been read and compared, and the old collection stays in use until
    the new one has been opened. Raises BackupError if the archive is incomplete, HomeError if there is a collection or
    the home is not writable, and HomeLockedError if it is in use.
    """
    with open_archive(archive) as opened:
        opened.verify()
        folder = engine.home.folder
        with engine.lock(write=True, purpose="dateline restore"):
            if not replace and kept_files(folder):
                raise HomeError(
                    f"There is already a collection in {folder}.",
                    help="Choose another home with --home, or use --replace to overwrite it with the backup.",
                )
            with _failures(folder):
                return _replace(opened, engine, fill)


def _replace(opened: Archive, engine: EmbeddedEngine, fill: Fill) -> Restored:
    folder = engine.home.folder
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
        restored = _open_once(engine.at(gathered), opened.manifest.summary, fill)
        replace_by_gathered(folder)
    finally:
        remove(gathered)
    return restored


def _open_once(engine: EmbeddedEngine, backup: Backup, fill: Fill) -> Restored:
    """Build the derived stores, as far as this embedder can."""
    mismatch = None
    try:
        fill(engine, ())
    except IndexMismatchError as error:  # whole all the same; another embedder is set, or Dateline is another version
        mismatch = error
    passages_and_articles = databases.count_rows(engine.home.articles)
    return Restored(*passages_and_articles, backup, mismatch)


@contextlib.contextmanager
def _failures(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError(
            f"The backup could not be restored to {folder}: {error.strerror}.",
            help="The old collection is unchanged. Free some space, or choose another home with --home.",
        ) from error
