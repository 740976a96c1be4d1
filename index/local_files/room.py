"""Whether the disk has space: on a full disk, the libraries behind the stores hang or fail in words of their own."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

from index.errors import HomeError

if TYPE_CHECKING:
    from pathlib import Path

_NEEDED = 48 * 2**20
"""Free bytes without which nothing is added: what a batch and the merging of its full text may take for a while."""

_LEAST = 16 * 2**20
"""Free bytes below which a failure is taken to come from the disk: what failed has given back what it had taken."""

_NUMBERS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WORDS = ("no space left", "disk is full", "file too large", "quota exceeded", "os error 28", "os error 27")


class DiskFullError(HomeError):
    """The disk that holds the home is full."""


def require_room(folder: Path) -> None:
    """Raise DiskFullError if there is too little space to add anything, and HomeError if the folder is gone."""
    try:
        free = shutil.disk_usage(folder).free
    except FileNotFoundError as error:
        raise vanished(folder) from error
    if free < _NEEDED:
        raise _full(folder, f"{free // 2**20} MiB are left, adding needs {_NEEDED // 2**20}")


def vanished(path: Path) -> HomeError:
    """Return the error that says that a file or folder of the home is no longer there."""
    return HomeError(
        f"{path} is gone: its folder was moved or deleted, or its disk was disconnected.",
        help="Put it back and run the command again; restart any server.",
    )


def disk_full(error: BaseException, folder: Path) -> DiskFullError | None:
    """Return the error to raise instead of one that comes from a full disk; None if it has another cause."""
    says = str(error).casefold()
    # A write that fails is, but for a failing disk, one that found no room; SQLite does not say which.
    sqlite = getattr(error, "sqlite_errorname", "")
    if (
        sqlite == "SQLITE_IOERR_WRITE"
        or getattr(error, "errno", None) in _NUMBERS
        or any(words in says for words in _WORDS)
    ):
        return _full(folder)
    while not folder.exists():
        folder = folder.parent
    return _full(folder) if shutil.disk_usage(folder).free < _LEAST else None


def _full(folder: Path, why: str = "") -> DiskFullError:
    return DiskFullError(
        f"The disk that holds {folder} is full{f': {why}' if why else ''}.",
        help="Free some space on it and run the command again; articles already added are kept and not added twice.",
    )
