"""The OpenAI wire format: chat completions, streamed and not, and the models that stand for the readers."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from assistant import Ask, DoneEvent, PassagesEvent, WaitingEvent
from assistant.ask import READERS
from index.errors import DatelineError
from ui.http.event_stream import EventStream, comment
from ui.http.failures import ErrorResponse, explain, respond, route_path
from ui.http.leaving import CLIENT_GONE, unless_left
from ui.openai.schemas import ChatCompletion, ChatRequest, ErrorBody, ModelList, ModelObject
from ui.openai.wire import Chunks, Frame, complete
from ui.service.acting import acting_in
from ui.service.messages import read_messages
from ui.service.service import service_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from assistant import Answer, Event

HEARTBEAT = 5.0
"""Seconds of silence in a stream after which a comment keeps the connection alive."""
_PATIENCE = 1.0  # seconds in which a failure still gets its own status; then the stream begins
_STARTED = int(time.time())
_log = logging.getLogger(__name__)


ModelName = Annotated[str, Path(description="Name of the model.", examples=["dateline"])]


class _Route(APIRoute):
    """Answers a request that is not valid with 400, as OpenAI does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route."""
        handle = super().get_route_handler()

        async def handle_or_refuse(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return respond(dataclasses.replace(explain(error), status=400), route_path(request.scope))

        return handle_or_refuse


def _failures(descriptions: dict[int | str, str]) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorBody, "description": description} for status, description in descriptions.items()}


_ERRORS = _failures(
    {
        401: "The key is missing or wrong.",
        429: "Too many requests, or questions in a day; `Retry-After` says when to try again.",
        "default": "Any other failure.",
    }
)
_NO_MODEL = _failures({404: "There is no such model."})
_NO_ANSWER = _failures(
    {
        400: "The request is invalid, or asks for something unsupported.",
        413: "The request is larger than the server takes.",
        500: "Something unexpected happened in the server.",
        502: "The language model failed.",
        503: "The server or the model is busy or not ready; `Retry-After` says when to come back.",
        504: "The answer took too long.",
    }
)
_EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string", "description": "A chunk as JSON, an `error`, or `[DONE]`."}},
}
_COMPLETION: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ChatCompletion,
        "description": "The answer; with `stream` chunks as server-sent events, the last of them with `annotations` in "
        "its delta, `citations`, `search_results` and `answer`, then `[DONE]`. If the model fails midway, its "
        "text is followed by a line that says so and the answer; the annotations refer to that answer alone.",
        "content": {
            "text/event-stream": {
                "itemSchema": _EVENT,
                "example": 'data: {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1767225600, '
                '"model": "dateline", "choices": [{"index": 0, "delta": {"content": "In June [1]."}, '
                '"finish_reason": null}]}\n\ndata: [DONE]\n\n',
            }
        },
    },
}
router = APIRouter(prefix="/v1", tags=["OpenAI"], route_class=_Route, responses=_ERRORS)


@router.get("/models", response_model=ModelList)
async def list_models() -> dict[str, Any]:
    """List the models: each represents a reader."""
    return {"object": "list", "data": [_model(name) for name in READERS]}


@router.get("/models/{name}", response_model=ModelObject, responses=_NO_MODEL)
async def read_model(name: ModelName, request: Request) -> Any:
    """Describe a model."""
    return _model(name) if name in READERS else _no_model(name, request)


@router.post("/chat/completions", response_model=ChatCompletion, responses=_COMPLETION | _NO_MODEL | _NO_ANSWER)
async def complete_chat(asked: ChatRequest, request: Request) -> Response:
    """Answer the last question of a chat from the articles, with citations.

    Works with OpenAI's clients and compatible chat front ends; docs/openai.md describes what they get.
    """
    reader = next((name for name in READERS if name == asked.model), None)
    if reader is None:
        return _no_model(asked.model, request)
    question, conversation = read_messages(asked.messages)
    ask = Ask(question, conversation=conversation, reader=reader)
    events = Events(acting_in(request.scope, service_of(request)).stream(ask))
    frame = Frame(asked.model, str(request.base_url).rstrip("/"))
    if not asked.stream:
        answer = await _whole(events, request)
        return Response(status_code=CLIENT_GONE) if answer is None else JSONResponse(complete(answer, frame))
    try:
        first = await events.take(_PATIENCE) or []
    except BaseException:
        await events.close()
        raise
    with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    chunks = Chunks(frame, with_usage=with_usage)
    return EventStream(_encoded(first, events, chunks), close=events.close)


class Events:
    """The events of an answer, collected by a separate task; must be closed.

    Events wait for the next `take`, so a slow client gets few large pieces.
    """

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._arrived: list[Event] = []
        self._news = asyncio.Event()
        self._collecting = asyncio.create_task(self._collect(events))

    async def _collect(self, events: AsyncGenerator[Event, None]) -> None:
        try:
            async with contextlib.aclosing(events):
                async for event in events:
                    if not isinstance(event, PassagesEvent | WaitingEvent):
                        self._arrived.append(event)
                        self._news.set()
        finally:
            self._news.set()

    async def take(self, timeout: float) -> list[Event] | None:
        """Return the events since the last call, nothing after `timeout` seconds, and None at the end.

        Raises the error that ended the events, once all earlier events have been returned.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._news.wait()
        taken, self._arrived = self._arrived, []
        if taken:
            if not self._collecting.done():
                self._news.clear()
            return taken
        if self._collecting.done():
            self._collecting.result()
            return None
        return []

    async def close(self) -> None:
        """End the work on the answer."""
        self._collecting.cancel()
        await asyncio.gather(self._collecting, return_exceptions=True)


async def _encoded(first: list[Event], events: Events, chunks: Chunks) -> AsyncGenerator[bytes, None]:
    """Yield the stream: the events, and a comment after a long silence."""
    yield chunks.begin() + chunks.encode(first)
    try:
        while (some := await events.take(HEARTBEAT)) is not None:
            if lines := chunks.encode(some) if some else comment("working"):
                yield lines
    except Exception as error:
        if not isinstance(error, DatelineError):
            _log.exception("An answer failed in the middle of its stream.")
        yield chunks.fail(explain(error).as_openai_json()["error"])


async def _whole(events: Events, request: Request) -> Answer | None:
    """Return the answer, None if the client disconnected first."""
    try:
        return await unless_left(_read(events), request)
    finally:
        await events.close()


async def _read(events: Events) -> Answer | None:
    answer = None
    while (some := await events.take(HEARTBEAT)) is not None:
        answer = next((event.answer for event in some if isinstance(event, DoneEvent)), answer)
    return answer


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _STARTED, "owned_by": "dateline"}


def _no_model(name: str, request: Request) -> JSONResponse:
    failure = ErrorResponse(
        status=404,
        code="model_not_found",
        message=f"There is no model {name!r:.80}.",
        help=f"Ask {' or '.join(READERS)}; GET /v1/models lists them.",
        field="model",
    )
    return respond(failure, route_path(request.scope))
