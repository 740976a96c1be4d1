"""Who is at the other end: a logged-in user, or a browser that is told apart by a random cookie."""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    import gradio as gr
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COOKIE = "dateline_visitor"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR = 365 * 24 * 3600


class Visitors:
    """Gives each browser that opens a page a cookie of its own, which no script of a page can read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a page goes out with a cookie where the browser has none yet."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _wants_page(scope) or _token(scope):
            await self._app(scope, receive, send)
            return
        secure = "; Secure" if scope["scheme"] == "https" else ""
        cookie = f"{_COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def user_of(request: gr.Request) -> str:
    """Return a name for who asks, the same whenever they come back.

    A browser that keeps no cookies is another user with each page it opens.
    """
    if request.username:
        return f"user:{request.username}"
    token = _token(request.request.scope) if request.request else None
    if token is None:
        return f"page:{request.session_hash}"
    return f"visitor:{hashlib.sha256(token.encode()).hexdigest()[:32]}"


def _wants_page(scope: Scope) -> bool:
    return b"text/html" in _header(scope, b"accept")


def _token(scope: Scope) -> str | None:
    """Return what the browser's cookie says, if it can be one of ours."""
    try:
        cookie = SimpleCookie(_header(scope, b"cookie").decode("latin-1")).get(_COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie is not None and _TOKEN.fullmatch(cookie.value) else None


def _header(scope: Scope, name: bytes) -> bytes:
    return b"; ".join(value for key, value in scope["headers"] if key == name)
