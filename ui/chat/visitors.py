"""Who is at the other end: a logged-in user, or a browser identified by a random cookie."""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from ui.access.visitor import visitor_in
from ui.service.acting import acting_in

if TYPE_CHECKING:
    import gradio as gr
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.service.acting import Acting
    from ui.service.service import Service

_COOKIE = "dateline_visitor"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR = 365 * 24 * 3600


class Visitors:
    """Gives each browser that opens the page a cookie.

    Scripts cannot read the cookie, and pages of other sites cannot make a browser send it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a page is sent with a cookie if the browser has none yet."""
        if scope["type"] != "http" or _token(scope) or scope["method"] != "GET" or not _wants_page(scope):
            await self._app(scope, receive, send)
            return
        secure = "; Secure" if scope["scheme"] == "https" else ""
        cookie = f"{_COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def visitor_of(scope: Scope) -> str | None:
    """Return a stable name for the sender of a request; None if they have not opened the page.

    If the chat requires users, it is the user's name, and nobody else gets this far; else it is the browser's.
    """
    visitor = visitor_in(scope)
    if visitor.is_user:
        return visitor.id
    token = _token(scope)
    return f"visitor:{hashlib.sha256(token.encode()).hexdigest()[:32]}" if token else None


def user_of(request: gr.Request) -> str:
    """Return the name of the sender of an event; every sender has one."""
    return (visitor_of(request.request.scope) if request.request else None) or f"page:{request.session_hash}"


def acting_for(request: gr.Request, service: Service) -> Acting:
    """Return the service on behalf of the visitor."""
    return acting_in(request.request.scope if request.request else {}, service)


def _wants_page(scope: Scope) -> bool:
    return b"text/html" in _header(scope, b"accept")


def _token(scope: Scope) -> str | None:
    """Return the value of the browser's cookie, if it can be one of ours."""
    try:
        cookie = SimpleCookie(_header(scope, b"cookie").decode("latin-1")).get(_COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie is not None and _TOKEN.fullmatch(cookie.value) else None


def _header(scope: Scope, name: bytes) -> bytes:
    return b"; ".join(value for key, value in scope["headers"] if key == name)
