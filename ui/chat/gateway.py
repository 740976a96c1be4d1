"""The gateway in front of Gradio: an allow-list of its routes, and of what each may carry.

Gradio serves far more than this page needs: files and addresses that a request names, calls of every listener by its
name, links that bring back a page's state, uploads into a folder that all share. Whatever is not listed here is not
served. What the page sends to the queue is parsed and serialised again, so Gradio sees nothing that was not validated.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import MutableHeaders

from ui.chat.page_events import read_event
from ui.chat.visitors import visitor_of
from ui.http.failures import ErrorResponse, refuse, route_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.chat.sessions import PageSessions

PAGE, JOIN, DATA = "/", "/gradio_api/queue/join", "/gradio_api/queue/data"
HEARTBEAT = "/gradio_api/heartbeat/"
FILES = re.compile(r"/(?:assets|static)/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*|/theme\.css")
APP = "/gradio_api/app_id"  # a page that lost the connection polls this until the server is back
_LARGEST_EVENT = 128 * 1024  # bytes; more than the longest question with the longest filters
_INLINE = re.compile(rb"<script(?:\s+data-[a-z-]+)?>([^<]*(?:<(?!/script>)[^<]*)*)</script>")

# Gradio's HTML components compile their templates with 'unsafe-eval', and Gradio uses style attributes everywhere.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self' blob:; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'self'; "
    "frame-ancestors 'none'"
)

_NOTHING = ErrorResponse(status=404, code="not_found", message="There is nothing at this path.")
_NO_PAGE = ErrorResponse(
    status=403, code="forbidden", message="This can only be used by an open page.", help="Open the chat in a browser."
)
_OTHERS = ErrorResponse(
    status=403, code="forbidden", message="This page is open in another browser.", help="Reload the page."
)
_TOO_MANY = ErrorResponse(
    status=429,
    code="rate_limited",
    message="Too many pages are open.",
    help="Close some of them.",
    headers={"Retry-After": "10"},
)


class Gateway:
    """Passes on to Gradio only what this page sends, and answers everything else itself.

    `listeners` are the numbers of the page's listeners, `head` is added at the end of the page's head. `forget` makes
    Gradio forget a session whose page was closed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        listeners: frozenset[int],
        sessions: PageSessions,
        forget: Callable[[str], Awaitable[None]],
        head: str,
    ) -> None:
        self._app = app
        self._listeners = listeners
        self._sessions = sessions
        self._forget = forget
        self._head = head.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, method = route_path(scope), scope["method"]
        send = _without_cors(send)
        if path == PAGE and method in {"GET", "HEAD"}:
            await _Rewritten(send, self._head).run(self._app, _with_query(scope, ""), receive)
        elif method in {"GET", "HEAD"} and FILES.fullmatch(path):
            await self._app(_with_query(scope, ""), receive, send)
        elif (method, path) == ("POST", JOIN):
            await self._join(scope, receive, send)
        elif (method, path) == ("GET", DATA):
            session = _session_in(scope)
            passed = _with_query(scope, urlencode({"session_hash": session}))
            await self._within(session, passed, receive, send)
        elif (method, path) == ("GET", APP):
            await self._app(_with_query(scope, ""), receive, send)
        elif method == "GET" and path.startswith(HEARTBEAT):
            await self._beat(path.removeprefix(HEARTBEAT), _with_query(scope, ""), receive, send)
        else:
            await refuse(_NOTHING, scope, receive, send)

    async def _within(self, session: object, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if its session belongs to its sender."""
        failure = self._not_theirs(session, scope)
        if failure:
            await refuse(failure, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _not_theirs(self, session: object, scope: Scope) -> ErrorResponse | None:
        visitor = visitor_of(scope)
        if visitor is None:
            return _NO_PAGE
        return None if self._sessions.is_of(session, visitor) else _OTHERS

    async def _beat(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep a page's session alive, up to the number of pages that one visitor may have open."""
        failure = self._not_theirs(session, scope)
        if failure:
            await refuse(failure, scope, receive, send)
            return
        with self._sessions.opened(session, visitor_of(scope) or "") as has_room:
            if has_room:
                await self._app(scope, receive, send)
            else:
                await refuse(_TOO_MANY, scope, receive, send)
        for outdated in self._sessions.take_outdated():
            await self._forget(outdated)

    async def _join(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a valid event of the page."""
        body = await _body(receive, _LARGEST_EVENT)
        try:
            event = read_event(body)
            if event["fn_index"] not in self._listeners:
                raise ValueError("fn_index: the page has no such listener")
        except ValueError as error:
            failure = ErrorResponse(status=422, code="invalid", message=f"This is not an event of the page ({error}).")
            await refuse(failure, scope, receive, send)
            return
        judged = json.dumps(event).encode()
        await self._within(event["session_hash"], _with_body(scope, judged), _whole(judged, receive), send)


def _with_query(scope: Scope, query: str) -> Scope:
    return {**scope, "query_string": query.encode()}


def _with_body(scope: Scope, body: bytes) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name not in {b"content-length", b"content-type"}]
    headers = [*kept, (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return {**_with_query(scope, ""), "headers": headers}


def _session_in(scope: Scope) -> str:
    return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), "")


async def _body(receive: Receive, limit: int) -> bytes:
    """Return a request's body, cut off, and thus invalid, if it is larger than an event can be."""
    body = bytearray()
    while len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def _whole(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body in one piece, and then whatever `receive` gives."""
    pieces: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return pieces.pop() if pieces else await receive()

    return give


def _without_cors(send: Send) -> Send:
    """Return a `send` without the headers by which Gradio lets pages of other sites read its responses."""

    async def send_without(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not name.startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return send_without


class _Rewritten:
    """Rewrites the page: adds our head, and a policy that lists its inline scripts."""

    def __init__(self, send: Send, head: bytes) -> None:
        self._send = send
        self._head = head
        self._start: Message | None = None
        self._html = bytearray()

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Let the app answer."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await app({**scope, "headers": headers}, receive, self.send)

    async def send(self, message: Message) -> None:
        """Collect a piece of the page; send the page when it is complete."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._html += message.get("body", b"")
        if message.get("more_body", False) or self._start is None:
            return
        html = bytes(self._html)
        if html:
            html = html.replace(b"</head>", self._head + b"</head>", 1)
        headers = MutableHeaders(raw=list(self._start["headers"]))
        if html:
            headers["content-length"] = str(len(html))
        headers["content-security-policy"] = _POLICY.format(scripts=" ".join(map(_source, _INLINE.findall(html))))
        await self._send({**self._start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": html})


def _source(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
