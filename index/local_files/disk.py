"""The disk under a home: who owns its files, and what kind of disk it is."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

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
        with contextlib.suppress(OSError):  # somebody else's, or gone meanwhile
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & 0o077:
                path.chmod(stat.S_IMODE(mode) & 0o700)
