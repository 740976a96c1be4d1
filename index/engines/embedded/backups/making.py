"""Making an archive of a home: each SQLite file is copied as of one moment, packed, read back, then put in place."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import tempfile
import time
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from index.engines.embedded.backups import databases, manifest
from index.engines.embedded.backups.archive import open_archive
from index.engines.embedded.backups.manifest import HomeFile, Manifest
from index.engines.embedded.home import Home, settle
from index.engines.embedded.replacing import kept_files, remove, sync_folder
from index.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORKPLACE = ".dateline-backup-"
_LEVEL = 3  # most of what deflate gains, at several times the speed of its default
_PIECE = 2**20
_BEGINNING = 60  # seconds that a process gets to lock its temporary folder


def make_backup(folder: Path, target: Path) -> Manifest:
    """Write an archive of the collection in `folder` to `target`, even while it is in use; return what it holds.

    The archive is written beside `target`, read back and compared before it takes that name, and is readable only by
    its owner. Raises HomeError if there is no collection, and BackupError if the archive cannot be made or would
    overwrite a file that is not a backup.
    """
    home = Home(folder)
    home.require()
    settle(home)
    target = _checked(target)
    try:
        with _workplace(target.parent) as place:
            made = place / "archive"
            packed = _pack(folder, made, place)
            with open_archive(made) as archive:
                archive.verify()
            made.replace(target)
            sync_folder(target.parent)
            return packed
    except OSError as error:
        free = "Free some space there" if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else "Check it"
        raise BackupError(
            f"The backup {target} could not be written: {error.strerror}.", help=f"{free}, or choose another location."
        ) from error


def _checked(target: Path) -> Path:
    """Return where the archive goes; raises BackupError if that would overwrite something else."""
    target = target.resolve()
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.", help="Create it, or choose another location.")
    if target.exists():
        try:
            with open_archive(target):
                return target
        except BackupError:
            raise BackupError(
                f"{target} already exists and is not a Dateline backup.", help="Choose a file name that is not taken."
            ) from None
    return target


@contextlib.contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder in `folder`, deleted at the end; those of dead processes are deleted first."""
    from filelock import FileLock, Timeout

    for leftover in folder.glob(f"{_WORKPLACE}*"):
        with contextlib.suppress(Timeout, OSError):
            if time.time() - leftover.stat().st_mtime > _BEGINNING:
                with FileLock(leftover / "lock", timeout=0):
                    remove(leftover)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_WORKPLACE) as made:
        place = Path(made)
        with FileLock(place / "lock"):
            yield place


def _pack(folder: Path, archive: Path, place: Path) -> Manifest:
    """Write the archive, and make sure that it is on the disk."""
    counts = (0, 0)
    members: list[HomeFile] = []
    with os.fdopen(os.open(archive, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed:
            for path in kept_files(folder):
                name = path.relative_to(folder).as_posix()
                if not manifest.is_file_name(name):
                    continue  # not of our making
                source = path
                if path.suffix == ".db":
                    source = place / path.name
                    databases.copy_database(path, source)
                    if path.name == "articles.db":
                        counts = databases.count_rows(source)
                with contextlib.suppress(FileNotFoundError):  # an evaluation that was removed meanwhile
                    members.append(_add(packed, source, name))
                if source != path:
                    source.unlink()
            made = Manifest(
                version=version("dateline"),
                created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                articles=counts[0],
                passages=counts[1],
                members=tuple(members),
            )
            packed.writestr(zipfile.ZipInfo(manifest.NAME), made.as_bytes())
        file.flush()
        os.fsync(file.fileno())
    return made


def _add(packed: zipfile.ZipFile, source: Path, name: str) -> HomeFile:
    """Pack a file and return its size and hash, both as they were read."""
    hashed, size = hashlib.sha256(), 0
    with source.open("rb") as file:
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with packed.open(entry, "w", force_zip64=True) as into:
            while piece := file.read(_PIECE):
                hashed.update(piece)
                size += len(piece)
                into.write(piece)
    return HomeFile(name, size, hashed.hexdigest())
