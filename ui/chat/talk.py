"""Shows an answer in progress as frames for the page: a limited number per second, and none after a stop."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from typing import TYPE_CHECKING, Any

from assistant import Ask, Conversation, DoneEvent, PassagesEvent, RestartEvent, TextEvent
from index.errors import DatelineError
from ui.chat.turns import ChatTurn
from ui.service.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from assistant import Event
    from index import Filters
    from ui.chat.turns import QuestionWish
    from ui.service.acting import Acting

_log = logging.getLogger("dateline.chat")

_BETWEEN_FRAMES = 0.06  # seconds
# Seconds after which a frame is sent even if nothing is new, so that the server notices closed pages.
_SILENCE = 1.0
_STOPPED = "You stopped this answer."


async def frames(
    acting: Acting,
    wish: QuestionWish,
    *,
    conversation: Conversation,
    filters: Filters,
    stop: asyncio.Event,
    replaces: int | None = None,
) -> AsyncGenerator[ChatTurn, None]:
    """Yield the turn as its answer is written; the last one is no longer running.

    Errors are not raised but shown in the last turn. Closing the generator ends the work.
    """
    turn = ChatTurn(wish=wish, replaces=replaces)
    yield turn
    ask = Ask(
        wish.question,
        conversation=conversation if wish.follows else Conversation(),
        filters=filters,
        read_times=wish.read_times,
        read_kind=wish.read_kind,
    )
    try:
        async with contextlib.aclosing(_frames(acting, ask, turn, stop)) as coming:
            async for turn in coming:
                yield turn
        if turn.state == "running":
            yield dataclasses.replace(turn, state="stopped", message=_STOPPED)
    except BusyError as error:
        wait = f"Please try again in {error.retry_after} seconds."
        yield dataclasses.replace(turn, state="failed", message=f"The server is busy answering other questions. {wait}")
    except DatelineError as error:
        yield dataclasses.replace(turn, state="failed", message=f"{error} {error.help or ''}".strip())
    except Exception:
        _log.exception("an answer failed")
        yield dataclasses.replace(
            turn, state="failed", message="Something unexpected happened. See the server's log for details."
        )


async def _frames(acting: Acting, ask: Ask, turn: ChatTurn, stop: asyncio.Event) -> AsyncGenerator[ChatTurn, None]:
    """Yield a turn with what has happened since the last one, until the answer is complete or `stop` is set."""
    stopping = asyncio.ensure_future(stop.wait())
    upcoming: asyncio.Future[Event] | None = None
    shown = time.monotonic()
    is_new = False
    async with contextlib.aclosing(acting.stream(ask)) as events:
        try:
            while not stop.is_set():
                upcoming = upcoming or asyncio.ensure_future(anext(events))
                rest = (_BETWEEN_FRAMES if is_new else _SILENCE) - (time.monotonic() - shown)
                waiting: set[asyncio.Future[Any]] = {upcoming, stopping}
                await asyncio.wait(waiting, timeout=max(0, rest), return_when=asyncio.FIRST_COMPLETED)
                if upcoming.done():
                    event, upcoming = upcoming.result(), None
                    turn = _after(turn, event)
                    is_new = True
                    if isinstance(event, DoneEvent):
                        yield turn
                        return
                if time.monotonic() - shown >= (_BETWEEN_FRAMES if is_new else _SILENCE):
                    shown, is_new = time.monotonic(), False
                    yield turn
        finally:
            stopping.cancel()
            if upcoming is not None:
                upcoming.cancel()
                await asyncio.gather(upcoming, return_exceptions=True)
    yield turn


def _after(turn: ChatTurn, event: Event) -> ChatTurn:
    """Return the turn after an event."""
    if isinstance(event, PassagesEvent):
        return dataclasses.replace(turn, standalone_question=event.standalone_question, passages=len(event.passages))
    if isinstance(event, TextEvent):
        return dataclasses.replace(turn, text=turn.text + event.text, markers=(*turn.markers, *event.markers))
    if isinstance(event, RestartEvent):
        return dataclasses.replace(turn, text="", markers=())
    if isinstance(event, DoneEvent):
        return dataclasses.replace(turn, state="answered", answer=event.answer.as_json())
    return turn
