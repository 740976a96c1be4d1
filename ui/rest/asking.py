"""The REST endpoint: asking and searching. Articles and jobs have modules of their own."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from assistant import Answer, DoneEvent, passage_json
from assistant.events import SENT_EVENTS, event_json
from index.errors import DatelineError
from index.filters import Filters
from ui.http.event_stream import EventStream, comment, event, with_beats
from ui.http.failures import explain
from ui.http.leaving import CLIENT_GONE, unless_left
from ui.http.request_logs import current_request_id
from ui.rest import articles, jobs, requests, schemas, watches
from ui.rest.acting import acting
from ui.service.service import service_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from assistant import Event

_log = logging.getLogger("dateline.server")
_HEARTBEAT = 10.0  # seconds; proxies give up after 30 to 60
_STILL_HERE = comment("still here")

_STREAM_EXAMPLE = """event: passages
data: {"standalone_question": "What did Grushko demand?", "passages": []}

event: text
data: {"text": "Ironclad guarantees [1]."}

event: done
data: {"question": "What did Grushko demand?", "text": "Ironclad guarantees [1].", "found": true}
"""
_EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": [*SENT_EVENTS, "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
_ANSWERED: dict[int, dict[str, Any]] = {
    200: {
        "model": Answer,
        "description": "The answer; with `stream`, events: "
        + ", ".join(f"`{name}` ({data})" for name, data in SENT_EVENTS.items())
        + ". After a failure the last is `error` (in the shape of every failure). Comments keep the connection alive.",
        "content": {"text/event-stream": {"itemSchema": _EVENT, "example": _STREAM_EXAMPLE}},
    }
}


async def _wait_until_open(request: Request) -> None:
    """Let requests wait while the server starts, so that clients need not retry."""
    await service_of(request).wait_until_open()


router = APIRouter(dependencies=[Depends(_wait_until_open)])


@router.post(
    "/api/ask",
    tags=["Questions"],
    summary="Ask a question",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses(_ANSWERED, 502, 504),
)
async def ask(asked: requests.AskRequest, request: Request) -> Response:
    """Answer a question from the articles, each claim with a checked citation.

    If the articles do not answer it, the answer has `found` false. The work ends if the client disconnects.
    """
    events = acting(request).stream(asked.as_ask())
    if not asked.stream:
        return await _answer(events, request)
    pieces = with_beats(events, every=_HEARTBEAT)
    first = await anext(pieces)  # an early failure still gets its own status
    return EventStream(_as_sent(first, pieces), close=pieces.aclose)


@router.post(
    "/api/search",
    tags=["Questions"],
    summary="Search for passages",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses({200: {"model": schemas.Passages, "description": "The passages."}}, 504),
)
async def search(searched: requests.SearchRequest, request: Request) -> Response:
    """Return the passages that bear on a query, best first."""
    found, spent = await acting(request).search(searched.query, k=searched.k, filters=_filters(searched.filters))
    timings = {"retrieve": round(spent, 1), "total": round(spent, 1)}
    return JSONResponse({"passages": [passage_json(scored) for scored in found], "timings_ms": timings})


router.include_router(articles.router)
router.include_router(jobs.router)
router.include_router(watches.router)


def _filters(given: requests.ArticleFilters | None) -> Filters:
    return given.as_filters() if given else Filters()


async def _answer(events: AsyncGenerator[Event, None], request: Request) -> Response:
    """Return the complete answer; stop the work if the client disconnects first."""
    last = await unless_left(_last(events), request)
    return Response(status_code=CLIENT_GONE) if last is None else JSONResponse(last.answer.as_json())


async def _last(events: AsyncGenerator[Event, None]) -> DoneEvent:
    async with contextlib.aclosing(events):
        async for latest in events:
            if isinstance(latest, DoneEvent):
                return latest
    raise TypeError("the events ended without an answer")


async def _as_sent(first: Event | None, events: AsyncGenerator[Event | None, None]) -> AsyncGenerator[bytes, None]:
    """Yield encoded events; a failure is the last of them."""
    async with contextlib.aclosing(events):
        yield _encode(first)
        try:
            async for latest in events:
                yield _encode(latest)
        except Exception as error:
            if not isinstance(error, DatelineError):
                _log.exception("an answer failed midway")
            yield event("error", explain(error, request_id=current_request_id()).as_json())


def _encode(happening: Event | None) -> bytes:
    sent = event_json(happening) if happening else None
    return event(*sent) if sent else _STILL_HERE
