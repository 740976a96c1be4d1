"""The home folder: where it is, what it contains, and who may use it at the moment."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import threading
from typing import TYPE_CHECKING

from index.engines.embedded.replacing import finish_replacing, is_replacing
from index.engines.embedded.seal import seal_path
from index.errors import HomeError, HomeLockedError
from index.local_files.disk import create_folder

if TYPE_CHECKING:
    from pathlib import Path

_WAIT = 1.5  # seconds to wait for a short command to finish


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """The paths of one collection's files."""

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
    def table(self) -> Path:
        """The folder of the vectors that filtered searches use."""
        return self.folder / "table"

    @property
    def lexical(self) -> Path:
        """The folder of the full-text indexes."""
        return self.folder / "lexical"

    @property
    def derived(self) -> tuple[Path, ...]:
        """What can be rebuilt from the articles: folders, and the seals on their files."""
        return self.vectors, seal_path(self.vectors), self.table, seal_path(self.table), self.lexical

    @property
    def next(self) -> Path:
        """A folder for an index that is being rebuilt and not used yet."""
        return self.folder / "next"

    def exists(self) -> bool:
        """Return whether there is a collection here."""
        return self.articles.exists() or is_replacing(self.folder)

    def require(self) -> None:
        """Raise HomeError if there is no collection here."""
        if not self.exists():
            raise HomeError(
                f"There is no collection in {self.folder} yet.",
                help="Add articles with `dateline add PATH`, or the sample collection with `dateline add --sample`.",
            )

    def create(self) -> None:
        """Create the folder, readable only by its owner. Raises HomeError if that is not possible."""
        create_folder(self.folder)


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """Who is using a home, from the note beside the lock; `url` is where a server answers for it."""

    pid: int
    purpose: str
    since: str
    url: str | None = None

    def __str__(self) -> str:
        """Describe the holder."""
        return f"`{self.purpose}` (process {self.pid}, since {self.since})"


class HomeLock:
    """Many processes may read a home at once; a writer has it alone. The system frees the lock when a process dies."""

    def __init__(self, home: Home) -> None:
        from filelock import ReadWriteLock

        self._home = home
        try:
            self._lock = ReadWriteLock(home.folder / "lock", is_singleton=False)
        except OSError as error:
            raise HomeError(
                f"The home {home.folder} cannot be written to: {error.strerror}.",
                help="Readers take a lock in it too, so it cannot be on a read-only disk.",
            ) from error
        self._note = home.folder / "lock.json"
        self.may_write = False
        """Whether it is held for writing."""

    def acquire(self, *, write: bool, purpose: str, url: str | None = None) -> None:
        """Take the lock; `url` is where a server answers for the collection meanwhile.

        Raises HomeLockedError, naming the holder, if it is taken: at once if by a server, within two seconds if by
        another command. If a process died while replacing the home's files, that is finished first.
        """
        if not write and is_replacing(self._home.folder):
            self.acquire(write=True, purpose=purpose, url=url)
            self.release()
        self._take(write=write)
        if write:
            self._finish_replacing()
        self.may_write = write
        self._write_note(purpose, url)

    def _finish_replacing(self) -> None:
        try:
            finish_replacing(self._home.folder)
        except OSError as error:
            self._lock.release()
            raise HomeError(
                f"A restore of {self._home.folder} was interrupted and cannot be finished: {error.strerror}.",
                help="Make the folder writable, then run any command again.",
            ) from error

    def _take(self, *, write: bool) -> None:
        from filelock import Timeout

        take = self._lock.acquire_write if write else self._lock.acquire_read
        try:
            take(timeout=0)
        except Timeout:
            holder = self._holder()
            if holder and holder.url:  # it will be there for long
                raise self._taken() from None
            try:
                take(timeout=_WAIT)
            except Timeout:
                raise self._taken() from None

    def release(self) -> None:
        """Release the lock."""
        holder = self._holder()
        if holder and holder.pid == os.getpid():
            with contextlib.suppress(OSError):
                self._note.unlink()
        self._lock.release()

    def _taken(self) -> HomeLockedError:
        holder = self._holder()
        if holder and holder.url:
            advice = f"Give `--server {holder.url}` to work through it, or stop it, or choose another with --home."
        else:
            advice = "Wait until it is done, stop it, or choose another collection with --home."
        return HomeLockedError(
            f"The collection in {self._home.folder} is in use by {holder or 'another process'}.", help=advice
        )

    def _write_note(self, purpose: str, url: str | None) -> None:
        """Write down who holds the lock, in one step, so that nobody ever reads half a note."""
        holder = Holder(os.getpid(), purpose, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), url)
        made = self._note.with_name(f"lock.{holder.pid}.{threading.get_ident()}.json")
        with contextlib.suppress(OSError):  # the note helps a person; the lock does not need it
            try:
                made.write_text(json.dumps(dataclasses.asdict(holder)))
                made.replace(self._note)
            finally:
                made.unlink(missing_ok=True)

    def _holder(self) -> Holder | None:
        """Return the holder named in the note; None if there is no note, or its writer is dead."""
        try:
            note = json.loads(self._note.read_text())
            holder = Holder(int(note["pid"]), str(note["purpose"]), str(note["since"]), note.get("url"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return holder if _is_alive(holder.pid) else None


def _is_alive(pid: int) -> bool:
    """Return whether such a process exists, as far as can be told here."""
    if os.name == "nt":  # there, sending signal 0 would do something
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is there and somebody else's
        return True
    return True


def settle(home: Home) -> None:
    """Finish replacing a home's files if a process died doing so, before they are read without the lock."""
    if is_replacing(home.folder):
        lock = HomeLock(home)
        lock.acquire(write=True, purpose="dateline restore")
        lock.release()
