"""Runs work in threads for callers on an event loop, with limits on running and waiting work; a caller that leaves
cancels its work.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from ui.service.errors import AnswerTimeoutError, NotReadyError
from ui.service.fair_queue import FairQueue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

T = TypeVar("T")


class Answering:
    """Runs `at_once` tasks at a time; `waiting` more may wait, and beyond that BusyError is raised.

    Waiting callers get fair turns, by `client`. `timeout` (seconds) limits one task, including its wait. All
    methods belong to one event loop.
    """

    def __init__(self, *, at_once: int, waiting: int, timeout: float) -> None:
        self._queue = FairQueue(at_once=at_once, waiting=waiting)
        self._timeout = timeout
        self._heard: set[asyncio.Queue[tuple[Any, BaseException | None]]] = set()
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="answer")

    @property
    def running(self) -> int:
        """How many tasks are running."""
        return self._queue.running

    @property
    def waiting(self) -> int:
        """How many tasks are waiting."""
        return self._queue.waiting

    async def run(self, work: Callable[[], T], *, client: str = "") -> T:
        """Run `work` in a thread and return its result. Raises BusyError and AnswerTimeoutError."""

        def once() -> Generator[T, None, None]:
            yield work()

        async with contextlib.aclosing(self.stream(once, client=client)) as results:
            return await anext(results)

    async def stream(
        self, work: Callable[[], Generator[T, None, None]], *, client: str = ""
    ) -> AsyncGenerator[T, None]:
        """Run the generator that `work` returns in a thread and yield what it yields.

        Closing this generator closes the other at its next item. Raises BusyError and AnswerTimeoutError.
        """
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[tuple[T | None, BaseException | None]] = asyncio.Queue()
        unheard = threading.Event()

        def produce() -> None:
            end: BaseException | None = None
            try:
                if not unheard.is_set():
                    with contextlib.closing(work()) as pieces:
                        for piece in pieces:
                            if unheard.is_set():
                                break
                            loop.call_soon_threadsafe(arrived.put_nowait, (piece, None))
            except BaseException as error:
                end = error
            with contextlib.suppress(RuntimeError):  # the loop may be closed when a server is shut down
                loop.call_soon_threadsafe(self._queue.leave, client)
                loop.call_soon_threadsafe(arrived.put_nowait, (None, end or StopAsyncIteration()))

        place = self._queue.enter(
            client,
            start=lambda: self._threads.submit(produce),
            refuse=lambda error: arrived.put_nowait((None, error)),
        )
        too_late = AnswerTimeoutError(
            f"The answer was not ready within {self._timeout:g} seconds.",
            help="Try again later, or raise DATELINE_ANSWER_TIMEOUT.",
        )
        limit = loop.call_later(self._timeout, arrived.put_nowait, (None, too_late))
        self._heard.add(arrived)
        try:
            while True:
                piece, end = await arrived.get()
                if isinstance(end, StopAsyncIteration):
                    return
                if end is not None:
                    raise end
                yield piece  # type: ignore[misc]  # a piece, where nothing ended
        finally:
            unheard.set()
            limit.cancel()
            self._queue.give_up(place)
            self._heard.discard(arrived)

    async def drain(self, timeout: float) -> None:
        """Wait until no task is running, at most `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._queue.empty.wait(), timeout)

    def give_up(self) -> None:
        """End every stream with NotReadyError, because the server stops and can wait no longer."""
        for arrived in self._heard:
            arrived.put_nowait((None, NotReadyError("The server is stopping.", help="Ask again in a minute.")))

    def close(self) -> None:
        """Let the threads end, and accept no more work."""
        self._queue.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)
