"""Reading an archive that anyone may have made: nothing in it is trusted unchecked.

An archive is a zip file of a manifest and the files it names. Names, sizes and hashes must agree. Links and folders
have no effect, because every file is written only under its name in the manifest.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from index.engines.embedded.backups import manifest as manifests
from index.engines.embedded.backups.manifest import Manifest
from index.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.engines.embedded.backups.manifest import HomeFile

_MOST_AT_ONCE = 8 * 2**20  # bytes: of the manifest, and of what zipfile reads in one go, such as the list of files
_PIECE = 2**20
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError)


class _Bounded(io.FileIO):
    """A file that limits how much is read at once to what a valid archive needs."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MOST_AT_ONCE:
            raise zipfile.BadZipFile("its list of files is too long")
        return super().read(_MOST_AT_ONCE if size is None or size < 0 else size) or b""


class Archive:
    """An archive that is open for reading; `manifest` fits what is in it by name and size."""

    def __init__(self, path: Path, opened: zipfile.ZipFile, size: int) -> None:
        self.path = path
        self._zip = opened
        self.manifest = self._read_manifest(size)

    def verify(self) -> None:
        """Read all files and raise BackupError for the first that differs from when the archive was made."""
        for member in self.manifest.members:
            for _ in self._pieces(member):
                pass

    def unpack(self, folder: Path) -> None:
        """Write all files below a folder, readable by their owner only. Raises as `verify` does, and OSError."""
        for member in self.manifest.members:
            place = folder / member.name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                for piece in self._pieces(member):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())

    def _read_manifest(self, size: int) -> Manifest:
        listed = self._zip.infolist()
        entries = {entry.filename: entry for entry in listed}
        if manifests.NAME not in entries:
            raise self._broken("is not a Dateline backup")
        if len(listed) > manifests.MOST_FILES or len(entries) < len(listed):
            raise self._broken("lists too many files, or the same file twice")
        if any(entry.compress_type not in _METHODS or entry.flag_bits & 1 for entry in listed):
            raise self._broken("is compressed in a way that Dateline does not use")
        # Entries that share their bytes are how a small file unpacks to a huge one.
        if sum(entry.compress_size for entry in listed) > size:
            raise self._broken("claims to hold more than its bytes can unpack to")
        if entries[manifests.NAME].file_size > _MOST_AT_ONCE:
            raise self._broken("has a manifest that is too long")
        with self._reading(manifests.NAME) as file:
            manifest = Manifest.read(file.read(_MOST_AT_ONCE))
        expected = {member.name: member.size for member in manifest.members}
        actual = {entry.filename: entry.file_size for entry in listed if entry.filename != manifests.NAME}
        if expected != actual:
            raise self._broken("does not hold the files that its manifest names")
        return manifest

    def _pieces(self, member: HomeFile) -> Iterator[bytes]:
        """Yield a file in pieces, no more than its size in the manifest, and compare its hash at the end."""
        hashed, remaining = hashlib.sha256(), member.size
        with self._reading(member.name) as file:
            while piece := file.read(_PIECE):
                remaining -= len(piece)
                if remaining < 0:
                    break
                hashed.update(piece)
                yield piece
        if remaining or hashed.hexdigest() != member.sha256:
            raise self._broken(f"is damaged: {member.name} is not as it was written")

    @contextlib.contextmanager
    def _reading(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(name) as file:
                yield file
        except _BROKEN as error:
            raise self._broken(f"is damaged: {error}") from error

    def _broken(self, problem: str) -> BackupError:
        return broken(self.path, problem)


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive. Raises BackupError if it is not one, is damaged, or was made by a newer Dateline."""
    with contextlib.ExitStack() as stack:
        try:
            if not path.is_file():
                raise BackupError(f"There is no file {path}.", help="Give the path of an archive.")
            file = stack.enter_context(_Bounded(path))
            opened = stack.enter_context(zipfile.ZipFile(file))
            archive = Archive(path, opened, path.stat().st_size)
        except _BROKEN as error:
            raise broken(path, f"is not a backup, or is incomplete: {error}") from error
        except OSError as error:
            raise BackupError(f"{path} could not be read: {error.strerror}.", help="Check the path.") from error
        yield archive


def broken(path: Path, problem: str) -> BackupError:
    """Return the error of an archive that `what`, such as "is damaged"."""
    return BackupError(f"{path} {problem}.", help="Nothing was changed. Use another backup.")
