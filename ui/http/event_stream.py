"""Server-sent events: their format, and a response that notices when the client has gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from starlette.types import Receive, Scope, Send

T = TypeVar("T")


class EventStream(StreamingResponse):
    """A response of server-sent events; `close` ends the work behind them once all are sent or the client has gone."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes], *, close: Callable[[], Awaitable[None]]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._close()


def event(name: str, data: Any) -> bytes:
    """Return one event with its data as JSON."""
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def message(data: str) -> bytes:
    """Return one event without a name, with its data unchanged."""
    return format_sse_event(data_str=data)


def comment(text: str) -> bytes:
    """Return a comment, which clients ignore; it keeps proxies from closing an idle connection."""
    return format_sse_event(comment=text)


async def with_beats(pieces: AsyncGenerator[T, None], *, every: float) -> AsyncGenerator[T | None, None]:
    """Yield the items, and None whenever there was none for this many seconds."""
    coming: asyncio.Future[T] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(pieces))
            await asyncio.wait({coming}, timeout=every)
            if not coming.done():
                yield None
                continue
            ready, coming = coming, None
            with contextlib.suppress(StopAsyncIteration):
                yield ready.result()
                continue
            return
    finally:
        if coming is None:
            await pieces.aclose()
        else:
            coming.cancel()  # which also closes the generator that it waits for
