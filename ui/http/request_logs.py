"""Logs one line per request, with an id that the client also gets; never a key, a body or a question."""

from __future__ import annotations

import contextvars
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from ui.access.visitor import visitor_in
from ui.http.failures import explain, refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.http.metrics import Metrics

_log = logging.getLogger("dateline.requests")
_request_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)
_WELL_FORMED = re.compile(r"[A-Za-z0-9_.:+/=-]{1,128}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_CLIENT_GONE = 499
_SHORTEST_SECRET = 6  # a shorter key would match ordinary text


class RequestLog:
    """Gives each request its id, logs and counts it, and answers unexpected errors."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id_ = _id_of(scope)
        _request_id.set(id_)
        scope.setdefault("state", {})["request_id"] = id_
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = id_
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            if status is not None:
                raise  # uvicorn aborts the response and logs why
            _log.exception("something unexpected happened")
            await refuse(explain(error, request_id=id_), scope, receive, send_with_id)
        finally:
            self._record(scope, status or _CLIENT_GONE, time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = _route_of(scope)
        visitor = visitor_in(scope)
        user = visitor.id if visitor.is_named else None
        named = {"user" if visitor.is_user else "key": user} if user else {"key": None}
        self._metrics.observe_request(method, route, status, seconds)
        fields = {"method": method, "route": route, "status": status, "ms": round(1e3 * seconds, 1), **named}
        _log.info("%s %s %d %.1f ms%s", method, route, status, 1e3 * seconds, f" {user}" if user else "", extra=fields)


def _id_of(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)


def _route_of(scope: Scope) -> str:
    """Return the path as declared, such as /api/articles/{id}, which does not reveal what was requested."""
    if scope.get("dateline.chat"):
        return "chat"
    return getattr(scope.get("route"), "path_format", None) or "none"


def current_request_id() -> str | None:
    """Return the id of the current request."""
    return _request_id.get()
