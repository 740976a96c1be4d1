"""A home folder and the disk under it: who owns its files, and what kind of disk it is."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from pathlib import Path

from index.errors import HomeError

_log = logging.getLogger("dateline.index")

# SQLite relies on shared memory and locks, and neither works between machines.
_NETWORKS = ("nfs", "cifs", "smb", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs", "fuse.s3fs", "fuse.rclone")
_MOUNTS = Path("/proc/self/mounts")


def network_of(folder: Path, *, mounts: Path = _MOUNTS) -> str | None:
    """Return the kind of network file system a folder is on; None for a local disk, or if unknown."""
    path, best, kind = folder.resolve(), Path("/"), ""
    with contextlib.suppress(OSError):
        for line in mounts.read_text(errors="replace").splitlines():
            fields = line.split()
            if len(fields) > 2:  # noqa: PLR2004 - device, place, kind
                place = Path(fields[1].replace("\\040", " "))
                if path.is_relative_to(place) and place.is_relative_to(best):
                    best, kind = place, fields[2]
    return kind if kind.startswith(_NETWORKS) else None


def make_private(folder: Path) -> None:
    """Make the files and folders in a home readable only by their owner, whatever their rights were.

    The home itself is not changed: it may be a folder that others share.
    """
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another user's, or deleted meanwhile
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & 0o077:
                path.chmod(stat.S_IMODE(mode) & 0o700)


def create_folder(folder: Path) -> None:
    """Create a home folder, readable only by its owner. Raises HomeError if that is not possible."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HomeError(
            f"The home {folder} cannot be created: {error.strerror}.",
            help="Choose another with --home or DATELINE_HOME.",
        ) from error
    if not os.access(folder, os.W_OK):
        raise HomeError(
            f"The home {folder} cannot be written to.",
            help="Check who owns it and that its disk is not read-only, or choose another with --home.",
        )
    make_private(folder)
    network = network_of(folder)
    if network:
        _log.warning(
            "The home %s is on a network file system (%s), where SQLite's locks may fail and damage it: "
            "use it from one machine only, or move it to a local disk.",
            folder,
            network,
        )
