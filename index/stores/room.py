"""Whether the disk has room: full disks make the libraries behind the stores hang or fail in words of their own."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

from index.errors import HomeError

if TYPE_CHECKING:
    from pathlib import Path

_NEEDED = 48 * 2**20
"""Free bytes without which nothing is added: what a batch and the merging of its full text may take for a while."""

_LEAST = 2**20
_NUMBERS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WORDS = ("no space left", "disk is full", "file too large", "quota exceeded", "os error 28", "os error 27")


class DiskFullError(HomeError):
    """The disk that holds the home has no room left."""


def require_room(folder: Path) -> None:
    """Raise DiskFullError where there is too little room on the disk to add anything."""
    free = shutil.disk_usage(folder).free
    if free < _NEEDED:
        raise _full(folder, f"{free // 2**20} MiB are left, adding needs {_NEEDED // 2**20}")


def disk_full(error: BaseException, folder: Path) -> DiskFullError | None:
    """Return the error to raise in place of one that comes from a full disk; None where it has another cause."""
    says = str(error).casefold()
    if getattr(error, "errno", None) in _NUMBERS or any(words in says for words in _WORDS):
        return _full(folder)
    while not folder.exists():
        folder = folder.parent
    return _full(folder) if shutil.disk_usage(folder).free < _LEAST else None


def _full(folder: Path, why: str = "") -> DiskFullError:
    return DiskFullError(
        f"The disk that holds {folder} is full{f': {why}' if why else ''}.",
        help="Free some space on it and run the command again; what was added stays, and is not added twice.",
    )
