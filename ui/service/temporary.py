"""Temporary files of this process; those of a process that was killed are deleted by the next one."""

from __future__ import annotations

import atexit
import contextlib
import functools
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

_PREFIX = "dateline-files-"
_LOCK = "lock"
_held: list[FileLock] = []  # until the process ends


@functools.cache
def temporary_folder() -> Path:
    """Return the folder of this process, which only its user can read. It is locked as long as the process lives."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
    _held.append(lock := FileLock(folder / _LOCK))
    lock.acquire()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for other in folder.parent.glob(f"{_PREFIX}*"):
        if other != folder:
            _delete_if_left(other, owner=folder.stat().st_uid)
    return folder


def _delete_if_left(folder: Path, *, owner: int) -> None:
    """Delete a folder of the same user whose process is dead."""
    with contextlib.suppress(OSError):  # Timeout is one: its process lives
        # Of somebody else's, even the lock may be a link to a file of ours. Without a lock it is just being made.
        if folder.lstat().st_uid == owner and (folder / _LOCK).is_file():
            with FileLock(folder / _LOCK, blocking=False):
                pass
            shutil.rmtree(folder, ignore_errors=True)
