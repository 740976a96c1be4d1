"""Detects that the files of a derived store were changed by something else.

The libraries behind the derived stores do not notice most damage to their files: some give wrong answers, some crash
the process. So each part is sealed when it is complete: a note records the length of each of its files, when it was
last written, and, once there was time to read it, its checksum. The note is compared when the part is opened, before
each change, and, if a library reads its files as it searches, before each search.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PIECE = 1 << 20


class DamagedFilesError(Exception):
    """Files of a derived store have changed. Users never see this: the store is rebuilt."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"changed on disk: {', '.join(names)[:200]}")


def seal_path(folder: Path) -> Path:
    """Return the path of the note about a folder."""
    return folder.with_name(f"{folder.name}.seal")


class Seal:
    """The note beside `folder` about the files in it, except those that `skip` excludes."""

    def __init__(self, folder: Path, *, skip: Callable[[Path], bool] = lambda file: file.suffix == ".lock") -> None:
        self._path = seal_path(folder)
        self._folder = folder
        self._skip = skip
        self._left: dict[str, Any] | None = None  # how the files were left, as far as is known; not during a change
        self._changing = False

    def require_whole(self) -> None:
        """Raise DamagedFilesError if `is_whole` is false."""
        if not self.is_whole():
            raise DamagedFilesError(self.wrong_files())

    def require_unchanged(self) -> None:
        """Raise DamagedFilesError if a file is gone, shorter, or written to by others; takes almost no time.

        Threads may call it while another begins and ends changes.
        """
        remaining = self._left
        if remaining is None:
            return
        try:
            for name, note in remaining.items():
                facts = os.stat(f"{self._folder}/{name}")  # noqa: PTH116 - Path.stat takes three times as long
                if note[:2] != [facts.st_size, facts.st_mtime_ns]:
                    break
            else:
                return
        except OSError:
            pass
        if self._left is remaining and not self.is_whole() and self._left is remaining:
            raise DamagedFilesError(self.wrong_files())

    def is_whole(self) -> bool:
        """Return whether all files are as they were sealed, without reading those of unchanged length and time.

        Files that were never sealed, or were unsealed by a change that did not finish, count as intact.
        """
        try:
            sealed = json.loads(self._path.read_text())
            found = self._files()
            if sealed.keys() != found.keys():
                return False
            whole = all(
                note[:2] == found[name] or (note[0] == found[name][0] and note[2] == self._sum(name))
                for name, note in sealed.items()
            )
            if whole and not self._changing:
                self._left = {name: [*found[name], note[2]] for name, note in sealed.items()}
            return whole
        except FileNotFoundError:
            return True
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return False

    def wrong_files(self) -> list[str]:
        """Return the files that are missing, new, or do not have the checksum they were sealed with; reads them all."""
        try:
            sealed: dict[str, Any] = json.loads(self._path.read_text())
            found = self._files()
            names = [*sealed.keys() ^ found.keys()]
            for name in sealed.keys() & found.keys():
                length, _, checksum = sealed[name]
                if length != found[name][0] or (checksum is not None and checksum != self._sum(name)):
                    names.append(name)
        except FileNotFoundError:
            return []
        except (ValueError, LookupError, TypeError, AttributeError):
            return [self._path.name]
        return sorted(names)

    def close(self, *, checksums: bool = False) -> None:
        """Seal the files as they are now; with `checksums`, read those whose checksum is not known.

        Raises DamagedFilesError if nothing was changed here and yet the files have changed.
        """
        if not self._changing:
            self.require_whole()
        known: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(self._path.read_text())
        notes: dict[str, Any] = {}
        for name, now in self._files().items():
            checksum = None
            with contextlib.suppress(LookupError, TypeError, ValueError):  # a note that is damaged
                length, written, known_checksum = known[name]
                checksum = known_checksum if [length, written] == now else None
            notes[name] = [*now, self._sum(name) if checksum is None and checksums else checksum]
        if notes != known or not self._path.exists():
            made = self._path.with_suffix(".new")
            made.write_text(json.dumps(notes))
            made.replace(self._path)
        self._left, self._changing = notes, False

    def begin(self) -> None:
        """Announce that files will change until `close`. Raises DamagedFilesError if they have already changed.

        The seal stays on, so if the change is interrupted, the files count as damaged.
        """
        if not self._changing:
            self.require_whole()
            self._left, self._changing = None, True

    def open(self) -> None:
        """Begin a change that the store survives even if it is interrupted: remove the seal. Raises as `begin`."""
        self.begin()
        self._path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Forget the recorded state of the files."""
        self._left = None
        self._path.unlink(missing_ok=True)

    def _files(self) -> dict[str, list[int]]:
        """Return length and time of each file."""
        found = {}
        for file in self._folder.rglob("*"):
            if file.is_file() and not self._skip(file):
                facts = file.stat()
                found[file.relative_to(self._folder).as_posix()] = [facts.st_size, facts.st_mtime_ns]
        return found

    def _sum(self, name: str) -> int:
        checksum = 0
        with (self._folder / name).open("rb") as file:
            while piece := file.read(_PIECE):
                checksum = zlib.crc32(piece, checksum)
        return checksum
