"""Cancels work when the client that requested it disconnects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from fastapi import Request

T = TypeVar("T")

CLIENT_GONE = 499
"""The status of a response that nobody receives, as in nginx's logs."""


async def unless_left(work: Coroutine[Any, Any, T], request: Request) -> T | None:
    """Return the result of the work; cancel it and return None if the client disconnects first."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
