"""Adding articles in the background, and for each job its progress and report."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import logging
import secrets
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from assistant.records import EVERY_FIELD, document_as
from index.errors import DatelineError, SourceError
from index.notices import NoticeGroup, joined
from ui.service.background import ENDED, BackgroundQueue, TaskCancelledError, TaskStatus
from ui.service.errors import BusyError, JobNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from index import AddReport, Article, ArticleIndex
    from ui.service.uploads import SourceToAdd

_log = logging.getLogger("dateline.jobs")
_RETRY_AFTER = 10  # seconds
_SKIPPED = 1000  # problems that are listed
# Characters of the articles added in one batch: about what the index writes at a time.
_BATCH = 250_000
_LONGEST_BATCH = 256  # articles
_STOP = 2  # seconds to wait for a reader when the server stops


@dataclasses.dataclass(frozen=True, slots=True)
class SkippedSource:
    """Something that could not be added."""

    source: Annotated[str, Field(description="The file, page or article, as it was sent.", examples=["notes.txt"])]
    message: Annotated[str, Field(description="What happened.", examples=["notes.txt is empty."])]
    help: Annotated[str | None, Field(description="What to do.", examples=["Check that it was saved."])]


@document_as("AddReport")
@dataclasses.dataclass(frozen=True, slots=True)
class JobReport:
    """What became of what was sent."""

    __pydantic_config__ = EVERY_FIELD

    added: Annotated[
        tuple[str, ...], Field(description="Ids of the articles that are new.", examples=[["ferry-late"]])
    ] = ()
    replaced: Annotated[
        tuple[str, ...], Field(description="Ids of the articles that replaced one.", examples=[[]])
    ] = ()
    unchanged: Annotated[
        tuple[str, ...], Field(description="Ids of the articles that were there already.", examples=[[]])
    ] = ()
    notices: Annotated[
        tuple[NoticeGroup, ...],
        Field(description="What was left out, repaired, guessed or not read, by kind and rule.", examples=[[]]),
    ] = ()
    skipped: Annotated[
        tuple[SkippedSource, ...], Field(description="What could not be added, and why.", examples=[[]])
    ] = ()
    skipped_more: Annotated[
        int, Field(description="How many more there are than are listed under skipped.", examples=[0])
    ] = 0

    @property
    def is_of_use(self) -> bool:
        """Whether any article was usable."""
        return bool(self.added or self.replaced or self.unchanged)


class NothingUsableError(SourceError):
    """Nothing that was sent could be added; `report` says why for each item."""

    def __init__(self, message: str, *, help: str | None, report: JobReport) -> None:  # noqa: A002 - as above
        super().__init__(message, help=help)
        self.report = report


@dataclasses.dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is."""

    __pydantic_config__ = EVERY_FIELD

    sources: Annotated[int, Field(description="Files, pages or articles that were sent.", examples=[3])]
    sources_done: Annotated[int, Field(description="How many of them have been read.", examples=[1])] = 0
    passages: Annotated[int, Field(description="Passages embedded so far.", examples=[118])] = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The state of a job and its owner; `error` is set if it failed."""

    id: str
    owner: str
    status: TaskStatus
    progress: JobProgress
    report: JobReport
    created_at: dt.datetime
    ended_at: dt.datetime | None = None
    error: BaseException | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ENDED


class _JobTask:
    """A job that is not finished: its state, its sources, and a future for its end."""

    def __init__(self, sources: Sequence[SourceToAdd], owner: str, on_end: Callable[[], None] | None) -> None:
        self.sources = sources
        self.on_end = on_end
        self.ended: Future[Job] = Future()
        self.ended.set_running_or_notify_cancel()  # a caller that stops waiting must not cancel it for others
        self.is_cancelled = False
        self.job = Job(
            id=secrets.token_hex(8),
            owner=owner,
            status="queued",
            progress=JobProgress(len(sources)),
            report=JobReport(),
            created_at=dt.datetime.now(dt.UTC),
        )


class Jobs:
    """Adds what is submitted to the index, one job after the other, in its own thread; thread-safe.

    At most `waiting` jobs may wait; the last `kept` finished ones can still be read.
    """

    def __init__(self, index: Callable[[], ArticleIndex], *, waiting: int = 20, kept: int = 100) -> None:
        self._index = index
        self._waiting = waiting
        self._kept = kept
        self._tasks: dict[str, _JobTask] = {}  # oldest first
        self._queue: BackgroundQueue[_JobTask] = BackgroundQueue(self._work, name="jobs", waiting=waiting)
        self._changed = threading.Condition()
        self._is_changing_index = False

    def submit(
        self, sources: Sequence[SourceToAdd], *, owner: str = "", on_end: Callable[[], None] | None = None
    ) -> Job:
        """Queue sources of an owner to be read and added.

        `on_end` is always called once they are no longer needed. Raises BusyError if too many jobs are waiting, and
        NotReadyError if the index is not open.
        """
        try:
            self._index()
            with self._changed:
                advice = f"Try again in {_RETRY_AFTER} seconds."
                busy = BusyError(
                    f"{self._waiting} additions are already waiting.", retry_after=_RETRY_AFTER, help=advice
                )
                self._queue.require_room(busy)
                task = _JobTask(sources, owner, on_end)
                self._tasks[task.job.id] = task
                self._queue.put(task)
                return task.job
        except BaseException:
            if on_end:
                on_end()
            raise

    def get(self, id_: str) -> Job:
        """Return the state of a job. Raises JobNotFoundError."""
        return self._task(id_).job

    def list(self) -> list[Job]:
        """Return all known jobs, the newest first."""
        with self._changed:
            return [task.job for task in reversed(self._tasks.values())]

    def ended(self, id_: str) -> Future[Job]:
        """Return a future for the finished job. Raises JobNotFoundError."""
        return self._task(id_).ended

    def cancel(self, id_: str) -> Job:
        """Cancel a job: at once if it is waiting, else before its next article or batch; what was added stays.

        Raises JobNotFoundError.
        """
        with self._changed:
            task = self._task(id_)
            task.is_cancelled = True
        if self._queue.withdraw(task):
            self._end(task, "cancelled")
        return task.job

    def close(self) -> None:
        """Cancel all jobs, accept no more, and return once none is changing the index."""
        with self._changed:
            self._queue.close()
            ids = list(self._tasks)
        for id_ in ids:
            with contextlib.suppress(JobNotFoundError):
                self.cancel(id_)
        with self._changed:
            self._changed.wait_for(lambda: not self._is_changing_index)
        self._queue.join(_STOP)  # a page may still be being read, which does no harm

    def _task(self, id_: str) -> _JobTask:
        with self._changed:
            task = self._tasks.get(id_)
        if task is None:
            raise JobNotFoundError.of(id_)
        return task

    # In the worker's thread

    def _work(self, task: _JobTask) -> None:
        with self._changed:
            task.job = dataclasses.replace(task.job, status="running")
        try:
            self._run(task)
        except TaskCancelledError:
            self._end(task, "cancelled")
        except Exception as error:
            if not isinstance(error, DatelineError):
                _log.error("A job failed.", exc_info=error)
            self._end(task, "failed", error)
        else:
            self._end(task, "done")

    def _run(self, task: _JobTask) -> None:
        with contextlib.closing(_batches(task)) as batches:
            for batch in batches:
                with self._alone_with_index(task) as index:
                    made = index.add(batch, on_embedded=lambda number: _count(task, passages=number))
                    _record(task, made)
                for refusal in made.refused:
                    _skip(task, SkippedSource(str(refusal).split(" ", 1)[0], str(refusal), refusal.help))
        if not task.job.report.is_of_use:
            raise _nothing_usable(task.job.report)

    @contextlib.contextmanager
    def _alone_with_index(self, task: _JobTask) -> Iterator[ArticleIndex]:
        """Change the index while `close` waits for it. Raises TaskCancelledError if the job was cancelled."""
        with self._changed:
            _check(task)
            self._is_changing_index = True
        try:
            yield self._index()
        finally:
            with self._changed:
                self._is_changing_index = False
                self._changed.notify_all()

    def _end(self, task: _JobTask, status: TaskStatus, error: BaseException | None = None) -> None:
        """Record a job's end, release its sources, notify those who wait, and forget the oldest jobs."""
        task.sources = ()
        if task.on_end:
            with contextlib.suppress(OSError):
                task.on_end()
        with self._changed:
            task.job = dataclasses.replace(task.job, status=status, error=error, ended_at=dt.datetime.now(dt.UTC))
            ended = [id_ for id_, other in self._tasks.items() if other.job.has_ended]
            for id_ in ended[: max(0, len(ended) - self._kept)]:
                del self._tasks[id_]
        task.ended.set_result(task.job)


def _batches(task: _JobTask) -> Generator[list[Article], None, None]:
    """Yield the articles of all sources in batches, and add problems to the report."""
    batch: list[Article] = []
    size = 0
    for source in task.sources:
        with contextlib.closing(source.read()) as items:
            for item in items:
                _check(task)
                if isinstance(item, SourceError):
                    _skip(task, SkippedSource(source.name, str(item), item.help))
                    continue
                batch.append(item)
                size += len(item.text)
                if size >= _BATCH or len(batch) >= _LONGEST_BATCH:
                    yield batch
                    batch, size = [], 0
        _count(task, sources_done=1)
    if batch:
        yield batch


def _record(task: _JobTask, made: AddReport) -> None:
    report = task.job.report
    report = dataclasses.replace(
        report,
        added=report.added + made.added,
        replaced=report.replaced + made.replaced,
        unchanged=report.unchanged + made.unchanged,
        notices=joined(report.notices, made.notices),
    )
    task.job = dataclasses.replace(task.job, report=report)


def _check(task: _JobTask) -> None:
    if task.is_cancelled:
        raise TaskCancelledError


def _count(task: _JobTask, *, sources_done: int = 0, passages: int = 0) -> None:
    progress = task.job.progress
    progress = dataclasses.replace(
        progress, sources_done=progress.sources_done + sources_done, passages=progress.passages + passages
    )
    task.job = dataclasses.replace(task.job, progress=progress)


def _skip(task: _JobTask, skipped: SkippedSource) -> None:
    report = task.job.report
    if len(report.skipped) < _SKIPPED:
        report = dataclasses.replace(report, skipped=(*report.skipped, skipped))
    else:
        report = dataclasses.replace(report, skipped_more=report.skipped_more + 1)
    task.job = dataclasses.replace(task.job, report=report)


def _nothing_usable(report: JobReport) -> DatelineError:
    if not report.skipped:
        return NothingUsableError("There was nothing to add.", help="Send at least one article.", report=report)
    first, more = report.skipped[0], len(report.skipped) + report.skipped_more - 1
    others = f" {more} more could not be used either." if more else ""
    return NothingUsableError(f"{first.message}{others}", help=first.help, report=report)
