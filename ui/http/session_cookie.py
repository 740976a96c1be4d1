"""The cookie with a session's token: inaccessible to scripts and other sites, and sent only over TLS if possible."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

_NAME = "dateline_session"
_LONGEST = 200  # characters; more than a token ever has


def _name(scope: Scope) -> str:
    """Return the name; with TLS one with a prefix that keeps sibling hosts and plain HTTP pages from setting it."""
    return f"__Host-{_NAME}" if scope["scheme"] == "https" else _NAME


def read(scope: Scope) -> str | None:
    """Return the token in a request."""
    try:
        cookies = SimpleCookie("; ".join(Headers(scope=scope).getlist("cookie")))
    except CookieError:
        return None
    found = cookies.get(_name(scope))
    return found.value if found is not None and 0 < len(found.value) <= _LONGEST else None


def put(response: Response, scope: Scope, token: str) -> None:
    """Set the cookie, until the browser is closed or the session ends."""
    secure = scope["scheme"] == "https"
    response.set_cookie(_name(scope), token, path="/", httponly=True, samesite="lax", secure=secure)


def drop(response: Response, scope: Scope) -> None:
    """Delete the cookie."""
    secure = scope["scheme"] == "https"
    response.delete_cookie(_name(scope), path="/", httponly=True, samesite="lax", secure=secure)
