"""Middleware before the routes: limits on request bodies, CORS, and security headers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware

from ui.http.failures import ErrorResponse, refuse, route_path
from ui.http.security import is_api

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MIB = 2**20
_SMALL_BODY = 4 * _MIB
# Where files are uploaded; everything else is questions.
_UPLOADS = ("/api/articles", "/api/evaluations", "/page/uploads")

_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# For every response without its own policy (the chat's page has one): it is not a page, and runs nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class RootPath:
    """Sets the root path under which a proxy serves the server, whether the proxy passes it on or strips it."""

    def __init__(self, app: ASGIApp, *, root: str) -> None:
        self._app = app
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its full path."""
        if self._root and scope["type"] == "http":
            path = scope["path"]
            within = path == self._root or path.startswith(f"{self._root}/")
            scope["root_path"], scope["path"] = self._root, path if within else self._root + path
        await self._app(scope, receive, send)


class Cors:
    """Lets pages of some origins call the API, and of none the chat."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", "X-API-Key", "X-Request-ID"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-ID"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser's preflight request, or pass the request on."""
        app = self._open if scope["type"] == "http" and is_api(scope) else self._app
        await app(scope, receive, send)


class SafeHeaders:
    """Adds security headers to every response that does not have its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete the response's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = route_path(scope)
        is_docs = path == "/docs" or path.startswith("/docs/")

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", _DOCS_POLICY if is_docs else _POLICY)
                if is_api(scope) and "etag" not in headers:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_safely)


class Bodies:
    """Refuses request bodies that are too large or too slow; at most `timeout` seconds between pieces."""

    def __init__(self, app: ASGIApp, *, largest: int, timeout: float) -> None:
        self._app = app
        self._largest = largest
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, watching its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._largest if route_path(scope).startswith(_UPLOADS) else min(self._largest, _SMALL_BODY)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            await refuse(_too_large(limit), scope, receive, send)
            return
        await _Watched(scope, receive, send, limit=limit, timeout=self._timeout).run(self._app)


class _Watched:
    """One request whose body is counted; a violation becomes the response, whatever the app does."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, limit: int, timeout: float) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._limit, self._timeout = limit, timeout
        self._received = 0
        self._complete = False
        self._started = False
        self._failure: ErrorResponse | None = None

    async def run(self, app: ASGIApp) -> None:
        """Let the app answer, unless the body breaks a limit."""
        try:
            await app(self._scope, self.receive, self.send)
        except Exception:
            if self._failure is None or self._started:
                raise
        if self._failure and not self._started:
            await refuse(self._failure, self._scope, self._receive, self._send)

    async def receive(self) -> Message:
        """Return the next piece, or a disconnect if the body breaks a limit."""
        if self._complete:
            return await self._receive()
        if self._failure is None:
            try:
                async with asyncio.timeout(self._timeout):
                    message: Message = await self._receive()
            except TimeoutError:
                self._failure = _too_slow(self._timeout)
            else:
                self._received += len(message.get("body", b""))
                self._complete = not message.get("more_body", False)
                if self._received <= self._limit:
                    return message
                self._failure = _too_large(self._limit)
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Send a piece of the response, unless the body broke a limit."""
        if self._failure and not self._started:
            return
        self._started = True
        await self._send(message)


def _too_large(limit: int) -> ErrorResponse:
    return ErrorResponse(
        status=413,
        code="too_large",
        message=f"The request is larger than {limit // _MIB} MiB.",
        help="Send less at a time, or raise DATELINE_MAX_UPLOAD_MB.",
        headers={"Connection": "close"},
    )


def _too_slow(timeout: float) -> ErrorResponse:
    return ErrorResponse(
        status=408,
        code="too_slow",
        message=f"No part of the request arrived for {timeout:g} seconds.",
        help="Send it again.",
        headers={"Connection": "close"},
    )
