from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from ui.service.answering import Answering
from ui.service.errors import AnswerTimeoutError, BusyError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

PATIENCE = 20


class Work:
    """Yields numbers without end, each when it is let on; knows whether it was closed."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.closed = threading.Event()
        self.steps = threading.Semaphore(0)

    def __call__(self) -> Generator[int, None, None]:
        self.began.set()
        try:
            number = 0
            while self.steps.acquire(timeout=PATIENCE):
                yield number
                number += 1
        finally:
            self.closed.set()

    def release(self) -> None:
        self.steps.release()


def run(test: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(test, PATIENCE))


async def wait_for(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, PATIENCE)


def test_pieces_arrive_at_once_and_in_order() -> None:
    async def test() -> None:
        answering, work = Answering(at_once=1, waiting=0, timeout=PATIENCE), Work()
        pieces = answering.stream(work)
        for expected in range(3):
            work.release()
            assert await anext(pieces) == expected
        await pieces.aclose()

    run(test())


def test_abandoned_work_is_closed() -> None:
    async def test() -> None:
        answering, work = Answering(at_once=1, waiting=0, timeout=PATIENCE), Work()
        pieces = answering.stream(work)
        work.release()
        await anext(pieces)
        await pieces.aclose()
        assert answering.running == 1  # it counts until it has really ended
        work.release()
        await wait_for(work.closed)
        await answering.drain(PATIENCE)
        assert answering.running == 0

    run(test())


def test_work_beyond_the_limit_is_refused_at_once() -> None:
    async def test() -> None:
        answering = Answering(at_once=1, waiting=1, timeout=PATIENCE)
        first, second = Work(), Work()
        reading = [asyncio.ensure_future(anext(answering.stream(work))) for work in (first, second)]
        await wait_for(first.began)
        await asyncio.sleep(0)
        assert (answering.running, answering.waiting) == (1, 1)
        assert not second.began.is_set()
        with pytest.raises(BusyError) as caught:
            await answering.run(lambda: 1)
        assert caught.value.retry_after > 0
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        first.release()
        await answering.drain(PATIENCE)
        assert not second.began.is_set()  # who went away while waiting costs nothing
        assert await answering.run(lambda: 1) == 1

    run(test())


def test_an_error_is_raised_to_the_caller() -> None:
    async def test() -> None:
        answering = Answering(at_once=1, waiting=0, timeout=PATIENCE)

        def fail() -> int:
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await answering.run(fail)
        assert await answering.run(lambda: 2) == 2

    run(test())


def test_work_that_takes_too_long_times_out() -> None:
    async def test() -> None:
        answering, work = Answering(at_once=1, waiting=0, timeout=0.05), Work()
        with pytest.raises(AnswerTimeoutError):
            await anext(answering.stream(work))
        work.release()
        await wait_for(work.closed)

    run(test())
