"""Work in the background: a bounded queue and one thread that does its tasks one after the other."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from ui.service.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.service.errors import BusyError

T = TypeVar("T")

TaskStatus = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED: frozenset[TaskStatus] = frozenset({"done", "failed", "cancelled"})
"""The states after which nothing more happens to a task."""


class TaskCancelledError(Exception):
    """The running task has been cancelled and must end."""


class BackgroundQueue(Generic[T]):
    """Calls `work` with each task; it must not raise. Thread-safe.

    The thread starts with the first task. It is a daemon, so that a hanging task cannot keep a stopped server alive.
    """

    def __init__(self, work: Callable[[T], None], *, name: str, waiting: int) -> None:
        self._work = work
        self._name = name
        self._most_waiting = waiting
        self._tasks: deque[T] = deque()
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None
        self._is_closed = False

    def require_room(self, busy: BusyError) -> None:
        """Raise `busy` if the queue is full, and NotReadyError if it is closed."""
        with self._changed:
            if self._is_closed:
                raise NotReadyError("The server is stopping.", help="Try again in a few seconds.")
            if len(self._tasks) >= self._most_waiting:
                raise busy

    def put(self, task: T) -> None:
        """Queue a task."""
        with self._changed:
            self._tasks.append(task)
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._worker.start()
            self._changed.notify_all()

    def withdraw(self, task: T) -> bool:
        """Remove a waiting task from the queue; return False if it is not waiting any more."""
        with self._changed:
            is_waiting = task in self._tasks
            if is_waiting:
                self._tasks.remove(task)
            return is_waiting

    def close(self) -> None:
        """Accept no more tasks and start none."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def join(self, seconds: float) -> None:
        """Wait this long for the running task after the queue was closed."""
        if self._worker:
            self._worker.join(seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._tasks or self._is_closed)
                if self._is_closed:
                    return
                task = self._tasks.popleft()
            self._work(task)
