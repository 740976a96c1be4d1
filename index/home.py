"""The home folder: where it lies, what it is made of, and who may use it at the moment."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import logging
import os
import threading
from typing import TYPE_CHECKING

from index.disk import make_private, network_of
from index.errors import HomeError, HomeLockedError
from index.replacing import finish_replacing, is_replacing
from index.stores.seal import seal_path

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger("dateline.index")
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
    def table(self) -> Path:
        """The folder of the vectors that filtered searches look at."""
        return self.folder / "table"

    @property
    def lexical(self) -> Path:
        """The folder of the full-text indexes."""
        return self.folder / "lexical"

    @property
    def derived(self) -> tuple[Path, ...]:
        """What can be made again from the articles: folders, and notes about how their files were left."""
        return self.vectors, seal_path(self.vectors), self.table, seal_path(self.table), self.lexical

    @property
    def next(self) -> Path:
        """A folder for an index that is being made anew and not yet used."""
        return self.folder / "next"

    def exists(self) -> bool:
        """Say whether there is a collection here."""
        return self.articles.exists() or is_replacing(self.folder)

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
                help="See who owns it and that its disk is not read-only, or choose another with --home.",
            )
        make_private(self.folder)
        network = network_of(self.folder)
        if network:
            _log.warning(
                "The home %s is on a network file system (%s), where SQLite's locks may fail and damage it: "
                "use it from one machine alone, or move it to a local disk.",
                self.folder,
                network,
            )


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """Who uses a home, as it says in a note beside the lock; `url` is where a server answers for it."""

    pid: int
    purpose: str
    since: str
    url: str | None = None

    def __str__(self) -> str:
        """Say who it is."""
        return f"`{self.purpose}` (process {self.pid}, since {self.since})"


class HomeLock:
    """Many may read a home at once; who writes has it alone. The operating system frees it when a process dies."""

    def __init__(self, home: Home) -> None:
        from filelock import ReadWriteLock

        self._home = home
        try:
            self._lock = ReadWriteLock(home.folder / "lock", is_singleton=False)
        except OSError as error:
            raise HomeError(
                f"The home {home.folder} cannot be written to: {error.strerror}.",
                help="Readers take a lock in it, too: it has to be on a disk that is not read-only.",
            ) from error
        self._note = home.folder / "lock.json"
        self.may_write = False
        """Whether it is held for writing."""

    def acquire(self, *, write: bool, purpose: str, url: str | None = None) -> None:
        """Take the lock; `url` is where a server answers for the collection meanwhile.

        Raises HomeLockedError, naming the holder, where it is taken: at once by a server, within two seconds by
        another command. What a process that died has left of replacing the home's files is done first.
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
                f"A restore of {self._home.folder} was cut short and cannot be finished: {error.strerror}.",
                help="See that the folder can be written to, then run any command again.",
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
        """Give the lock back."""
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
            advice = "Wait until it is done or stop it, or choose another collection with --home."
        return HomeLockedError(
            f"The collection in {self._home.folder} is in use by {holder or 'another process'}.", help=advice
        )

    def _write_note(self, purpose: str, url: str | None) -> None:
        """Say who holds the lock, in one step, so that nobody ever reads half a note."""
        holder = Holder(os.getpid(), purpose, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), url)
        made = self._note.with_name(f"lock.{holder.pid}.{threading.get_ident()}.json")
        with contextlib.suppress(OSError):  # the note helps a person; the lock does not need it
            try:
                made.write_text(json.dumps(dataclasses.asdict(holder)))
                made.replace(self._note)
            finally:
                made.unlink(missing_ok=True)

    def _holder(self) -> Holder | None:
        """Return whom the note names; None where there is no note, or its writer is no more."""
        try:
            note = json.loads(self._note.read_text())
            holder = Holder(int(note["pid"]), str(note["purpose"]), str(note["since"]), note.get("url"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return holder if _is_alive(holder.pid) else None


def _is_alive(pid: int) -> bool:
    """Say whether there is such a process, as far as that can be told here."""
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
    """Do what a process that died has left of replacing a home's files, before they are read without the lock."""
    if is_replacing(home.folder):
        lock = HomeLock(home)
        lock.acquire(write=True, purpose="dateline restore")
        lock.release()
