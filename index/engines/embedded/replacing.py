"""Replaces a home's files all at once: a process that dies leaves either the old ones or the new ones.

New files are gathered in one folder of the home. Renaming that folder is the commit: from then on, the next process to
take the home's lock first moves any remaining files into place.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GATHERED, READY = "restoring", "restored"
KEPT = ("evaluations", "watches.json")
"""Folders and files of a home that cannot be made again; its SQLite files are what else cannot."""

_DERIVED = ("chroma", "table", "lexical", "next")
_ENDINGS = (".db", ".db-wal", ".db-shm", ".seal")  # a seal says how the files of a derived store were left
_ENTRIES = "entries.json"


def kept_files(folder: Path) -> list[Path]:
    """Return the files of a home that cannot be rebuilt: SQLite's, articles first, and others that are kept."""
    databases = sorted(folder.glob("*.db"), key=lambda path: (path.name != "articles.db", path.name))
    files = [path for name in KEPT for path in (folder / name, *sorted((folder / name).rglob("*")))]
    return [path for path in (*databases, *files) if path.suffix != ".new" and path.is_file()]  # .new is half written


def gather(folder: Path) -> Path:
    """Return an empty folder for the new files; anything an earlier attempt left there is deleted."""
    gathered = folder / GATHERED
    remove(gathered)
    gathered.mkdir(mode=0o700)
    return gathered


def replace_by_gathered(folder: Path) -> None:
    """Replace the home's files with the gathered ones. The caller holds the home's lock for writing."""
    gathered = folder / GATHERED
    names = sorted(path.name for path in gathered.iterdir() if not path.name.startswith("lock"))
    with (gathered / _ENTRIES).open("w", encoding="utf-8") as file:
        json.dump(names, file)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(gathered)
    gathered.rename(folder / READY)
    sync_folder(folder)
    finish_replacing(folder)


def is_replacing(folder: Path) -> bool:
    """Return whether a process died while replacing the files of a home."""
    return (folder / READY).is_dir()


def finish_replacing(folder: Path) -> None:
    """Finish a replacement that has begun, if any. The caller holds the lock for writing."""
    ready = folder / READY
    entries = ready / _ENTRIES
    if entries.is_file():  # goes last: without it everything is in place
        names = json.loads(entries.read_text(encoding="utf-8"))
        for path in _replaceable(folder):
            if path.name not in names:
                remove(path)
        for name in names:
            if (ready / name).exists():
                for suffix in ("-wal", "-shm"):  # belong to the file that goes
                    remove(folder / f"{name}{suffix}")
                if (folder / name).is_dir():
                    remove(folder / name)
                (ready / name).replace(folder / name)
        sync_folder(folder)
        entries.unlink()
    remove(ready)


def _replaceable(folder: Path) -> list[Path]:
    """Return which of a home's files are replaced; files that others put there are left alone."""
    named = [folder / name for name in (*KEPT, *_DERIVED)]
    found = [path for path in named if path.exists()]
    return [*found, *(path for ending in _ENDINGS for path in folder.glob(f"*{ending}"))]


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, if the system can."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
