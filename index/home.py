"""The home folder: where it lies, what it is made of, and who may use it at the moment."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
from typing import TYPE_CHECKING

from index.errors import HomeError, HomeLockedError

if TYPE_CHECKING:
    from pathlib import Path

_WAIT = 1.5  # seconds for a short command to get out of the way


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """The places of one collection's files."""

    folder: Path

    @property
    def articles(self) -> Path:
        """The SQLite file: the source of truth."""
        return self.folder / "articles.db"

    @property
    def vectors(self) -> Path:
        """Chroma's folder."""
        return self.folder / "chroma"

    @property
    def lexical(self) -> Path:
        """The folder of the full-text indexes."""
        return self.folder / "lexical"

    @property
    def next(self) -> Path:
        """A folder for an index that is being made anew and not yet used."""
        return self.folder / "next"

    def exists(self) -> bool:
        """Say whether there is a collection here."""
        return self.articles.exists()

    def require(self) -> None:
        """Raise HomeError where there is no collection here."""
        if not self.exists():
            raise HomeError(
                f"There is no collection in {self.folder} yet.",
                help="Add articles with `dateline add PATH`, or the sample collection with `dateline add --sample`.",
            )

    def create(self) -> None:
        """Make the folder, readable by its owner only. Raises HomeError where that is not possible."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise HomeError(
                f"The home {self.folder} cannot be made: {error.strerror}.",
                help="Choose another with --home or DATELINE_HOME.",
            ) from error
        if not os.access(self.folder, os.W_OK):
            raise HomeError(
                f"The home {self.folder} cannot be written to.",
                help="Choose another with --home or DATELINE_HOME.",
            )


class HomeLock:
    """Many may read a home at once; who writes has it alone. The operating system frees it when a process dies."""

    def __init__(self, home: Home) -> None:
        from filelock import ReadWriteLock

        self._home = home
        self._lock = ReadWriteLock(home.folder / "lock", is_singleton=False)
        self._holder = home.folder / "lock.json"

    def acquire(self, *, write: bool, purpose: str) -> None:
        """Take the lock. Raises HomeLockedError within two seconds, naming the holder, where it is taken."""
        from filelock import Timeout

        take = self._lock.acquire_write if write else self._lock.acquire_read
        try:
            take(timeout=_WAIT)
        except Timeout:
            raise HomeLockedError(
                f"The collection in {self._home.folder} is in use by {self._describe_holder()}.",
                help="Wait until it is done or stop it, or choose another collection with --home.",
            ) from None
        note = {
            "pid": os.getpid(),
            "purpose": purpose,
            "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
        with contextlib.suppress(OSError):  # the note helps a person; the lock does not need it
            self._holder.write_text(json.dumps(note))

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()

    def _describe_holder(self) -> str:
        try:
            note = json.loads(self._holder.read_text())
            return f"`{note['purpose']}` (process {note['pid']}, since {note['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"
