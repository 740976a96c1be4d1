"""Who is at the other end: a logged-in user, or a browser that is told apart by a random cookie."""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Callable

    import gradio as gr
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COOKIE = "dateline_visitor"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR = 365 * 24 * 3600


class Visitors:
    """Tells what stands behind it who is at the other end, and gives each browser that opens the page a cookie.

    No script of a page can read the cookie, and no page of another site can make a browser send it. `user` returns the
    name that a request is logged in with, None for nobody's; where it `must_log_in`, the cookie alone is nobody.
    """

    def __init__(self, app: ASGIApp, *, user: Callable[[Scope], str | None], must_log_in: bool) -> None:
        self._app = app
        self._user = user
        self._must_log_in = must_log_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a page goes out with a cookie where the browser has none yet."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token, user = _token(scope), self._user(scope)
        browser = _visitor(token) if token and not self._must_log_in else None
        scope.setdefault("state", {})["visitor"] = f"user:{user}" if user else browser
        if token or scope["method"] != "GET" or not _wants_page(scope):
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
    """Return a name for who sends a request, the same whenever they come back; None for whoever opened no page yet."""
    visitor: str | None = scope.get("state", {}).get("visitor")
    return visitor


def user_of(request: gr.Request) -> str:
    """Return a name for who sends an event of the page; nobody without one gets as far as that."""
    return (visitor_of(request.request.scope) if request.request else None) or f"page:{request.session_hash}"


def _visitor(token: str) -> str:
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
