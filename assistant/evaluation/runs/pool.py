"""Works on many items at once in threads, each with a time limit that holds even if the work hangs."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_LOOK = 0.25  # seconds between checks for work that has taken too long
_FAREWELL = 2.0  # seconds that threads get to end


@dataclasses.dataclass(slots=True, eq=False)
class _Job(Generic[_Item]):
    """An item whose result is decided once: by the thread that works on it, or by the timeout."""

    item: _Item
    began: float | None = None
    stopped: threading.Event = dataclasses.field(default_factory=threading.Event)
    _taken: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def settle(self) -> bool:
        """Return True to the first caller, and False from then on."""
        return self._taken.acquire(blocking=False)

    def is_late(self, timeout: float) -> bool:
        """Return whether the work has taken longer than `timeout` seconds."""
        return self.began is not None and time.monotonic() - self.began > timeout


class _Crew(Generic[_Item, _Result]):
    """Threads that work on jobs as they arrive."""

    def __init__(self, do: Callable[[_Item, threading.Event], _Result]) -> None:
        self._do = do
        self._threads: list[threading.Thread] = []
        self._waiting: queue.SimpleQueue[_Job[_Item] | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[tuple[_Job[_Item], _Result]] = queue.SimpleQueue()

    def give(self, jobs: Sequence[_Job[_Item]], workers: int) -> None:
        """Start this many threads for the jobs."""
        for job in jobs:
            self._waiting.put(job)
        for _ in range(workers):
            self._waiting.put(None)
            self.hire()

    def hire(self) -> None:
        """Start one more thread to replace one that hangs."""
        thread = threading.Thread(target=self._serve, name="dateline-evaluate", daemon=True)
        thread.start()
        self._threads.append(thread)

    def dismiss(self) -> None:
        """Wait up to two seconds for the threads to end."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        for _ in self._threads:
            self._waiting.put(None)
        until = time.monotonic() + _FAREWELL
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _serve(self) -> None:
        while (job := self._waiting.get()) is not None:
            job.began = time.monotonic()
            result = self._do(job.item, job.stopped)
            if not job.settle():
                return  # given up on, and replaced
            self.done.put((job, result))


def work(
    items: Sequence[_Item], do: Callable[[_Item, threading.Event], _Result], *, workers: int, timeout: float
) -> Iterator[tuple[_Item, _Result | None]]:
    """Yield each item with what `do` returns for it, as they are done; None after `timeout` seconds.

    `do` must not raise. A thread that takes too long is notified by its event, abandoned, and replaced.
    """
    jobs = [_Job(item) for item in items]
    pending = set(jobs)
    crew = _Crew(do)
    crew.give(jobs, min(workers, len(jobs)))
    try:
        while pending:
            for job in [job for job in pending if job.is_late(timeout) and job.settle()]:
                job.stopped.set()
                pending.discard(job)
                crew.hire()
                yield job.item, None
            with contextlib.suppress(queue.Empty):
                job, result = crew.done.get(timeout=min(_LOOK, timeout))
                pending.discard(job)
                yield job.item, result
    finally:
        for job in pending:
            job.settle()
            job.stopped.set()
        crew.dismiss()
