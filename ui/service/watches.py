"""Addresses that a server watches: what is new or changed there is added by itself, at intervals."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import secrets
import threading
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from assistant.records import EVERY_FIELD, Moment, document_as
from index.errors import DatelineError
from index.sources import HttpFetcher, load
from index.sources.web.fetching import check_url
from index.sources.web.revisiting import RevisitingFetcher
from index.sources.web.watching import watched_address
from ui.service.errors import BusyError, WatchNotFoundError
from ui.service.uploads import DiscreetFetcher, SourceToAdd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from index.sources import Limits
    from ui.service.jobs import Job, Jobs
    from ui.service.uploads import Items

SHORTEST = 60
"""The shortest interval, in seconds."""

_MOST = 500
_AT_ONCE = 4  # of the additions that may wait, so that users' own find room
_AGAIN = 60  # seconds after which a busy server tries again
_FILE = "watches.json"


@document_as("Watch")
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An address that is watched."""

    __pydantic_config__ = EVERY_FIELD

    id: Annotated[str, Field(description="Its id.", examples=["5f0a6e0c"])]
    url: Annotated[str, Field(description="The page or feed.", examples=["https://example.org/feed.xml"])]
    every: Annotated[int, Field(description="Seconds between two looks.", examples=[900])]
    owner: Annotated[str, Field(description="Who watches it.", examples=["laptop"])]
    state: Annotated[
        Literal["waiting", "looking", "failed"],
        Field(description="What it does; failed if the last look found nothing to read.", examples=["waiting"]),
    ] = "waiting"
    next_at: Annotated[Moment, Field(description="When it looks next.", examples=["2026-11-02T08:30:00+00:00"])]
    looked_at: Annotated[
        Moment | None, Field(description="When it looked last.", examples=["2026-11-02T08:15:00+00:00"])
    ] = None
    error: Annotated[str | None, Field(description="What the last look could not read.", examples=[None])] = None
    articles: Annotated[int, Field(description="Articles that were added or changed so far.", examples=[12])] = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        values = dataclasses.asdict(self)
        moments = {name: value for name, value in values.items() if isinstance(value, dt.datetime)}
        return values | {name: moment.isoformat(timespec="seconds") for name, moment in moments.items()}


class Watches:
    """The watched addresses of a home, kept in a file there and looked at from `start` to `close`; thread-safe."""

    def __init__(
        self,
        home: Path,
        jobs: Jobs,
        limits: Limits,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._file = home / _FILE
        self._jobs = jobs
        self._limits = limits
        self._now = now
        self._fetcher = DiscreetFetcher(RevisitingFetcher(HttpFetcher(limits)))
        self._watches: dict[str, Watch] = {}
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read the addresses that are kept and begin to look at them."""
        with self._changed:
            self._watches = {watch.id: watch for watch in _read(self._file)}
        self._thread = threading.Thread(target=self._run, name="watches", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look at nothing more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()

    def list(self) -> list[Watch]:
        """Return all, in the order they were added."""
        with self._changed:
            return list(self._watches.values())

    def add(self, url: str, every: int, *, owner: str = "") -> Watch:
        """Watch an address from now on, or at another interval. Raises FetchError for what is none, and BusyError."""
        check_url(url)
        with self._changed:
            known = next((watch for watch in self._watches.values() if watch.url == url), None)
            if known is None and len(self._watches) >= _MOST:
                raise BusyError(
                    f"{_MOST} addresses are watched already.", retry_after=_AGAIN, help="Remove some first."
                )
            fresh = Watch(id=secrets.token_hex(4), url=url, every=every, owner=owner, next_at=self._now())
            watch = dataclasses.replace(known, every=every, next_at=self._now()) if known else fresh
            self._put(watch)
        return watch

    def remove(self, id_: str) -> None:
        """Watch an address no longer; its articles stay. Raises WatchNotFoundError."""
        with self._changed:
            if self._watches.pop(id_, None) is None:
                raise WatchNotFoundError.of(id_)
            self._write()

    # Looking

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._is_closed:
                    return
                now = self._now()
                looking = sum(watch.state == "looking" for watch in self._watches.values())
                waiting = sorted(
                    (watch for watch in self._watches.values() if watch.state != "looking"),
                    key=lambda watch: watch.next_at,
                )
                if looking >= _AT_ONCE or not waiting or waiting[0].next_at > now:
                    is_full = looking >= _AT_ONCE or not waiting
                    self._changed.wait(None if is_full else (waiting[0].next_at - now).total_seconds())
                    continue
                watch = dataclasses.replace(waiting[0], state="looking")
                self._watches[watch.id] = watch
            self._begin(watch)

    def _begin(self, watch: Watch) -> None:
        """Queue a look; its end is noted in the thread of the additions."""
        try:
            job = self._jobs.submit([SourceToAdd(watch.url, lambda: self._look(watch.url))], owner=watch.owner)
            self._jobs.ended(job.id).add_done_callback(lambda ended: self._end(watch.id, ended.result()))
        except DatelineError as error:
            later = self._now() + dt.timedelta(seconds=min(watch.every, _AGAIN))
            self._note(watch.id, state="failed", error=str(error), next_at=later)

    def _look(self, url: str) -> Items:
        yield from load(watched_address(url, self._fetcher, self._limits), limits=self._limits, fetcher=self._fetcher)

    def _end(self, id_: str, job: Job) -> None:
        report = job.report
        skipped = next((skipped.message for skipped in report.skipped), None)
        now = self._now()
        with self._changed:
            watch = self._watches.get(id_)
            if watch is None:
                return
            error = skipped or (str(job.error) if isinstance(job.error, DatelineError) else None)
            self._note(
                id_,
                state="failed" if job.error else "waiting",
                error=error or ("It failed; the server's log says why." if job.error else None),
                looked_at=now,
                next_at=now + dt.timedelta(seconds=watch.every),
                articles=watch.articles + len(report.added) + len(report.replaced),
            )

    def _note(self, id_: str, **changes: Any) -> None:
        with self._changed:
            if id_ in self._watches:
                self._put(dataclasses.replace(self._watches[id_], **changes))

    def _put(self, watch: Watch) -> None:
        self._watches[watch.id] = watch
        self._write()
        self._changed.notify_all()

    def _write(self) -> None:
        """Keep the addresses, whole or as they were. A full disk keeps none of it, which the next change mends."""
        new = self._file.with_suffix(".new")
        with contextlib.suppress(OSError):
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump([watch.as_json() for watch in self._watches.values()], file)
            new.replace(self._file)


def _read(file: Path) -> list[Watch]:
    """Return the addresses in a file; none if there is none, or it is damaged."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return [_watch(value) for value in values]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []


def _watch(value: dict[str, Any]) -> Watch:
    looked_at = value["looked_at"] and dt.datetime.fromisoformat(value["looked_at"])
    kept = value | {"looked_at": looked_at, "next_at": dt.datetime.fromisoformat(value["next_at"])}
    return Watch(**kept | {"state": "waiting" if kept["state"] == "looking" else kept["state"]})
