"""Authentication of requests: keys for the API, users for the chat, and rate limits."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from limits import RateLimitItemPerMinute
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response

from ui.access.names import AccessError, checked_name
from ui.access.rate_limit import RateLimit
from ui.access.throttle import place_of
from ui.access.visitor import Role, Visitor, visitor_in
from ui.http import session_cookie
from ui.http.failures import ErrorResponse, refuse, route_path
from ui.http.page import say
from ui.http.security import is_api

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.access.access import Access

_OPEN = frozenset({"/health", "/ready", "/docs", "/openapi.json", "/login", "/login.css", "/logout"})
_NOTES_OF_WRONG_KEYS = RateLimitItemPerMinute(1)  # from one network
_log = logging.getLogger("dateline.access")


class Entrance:
    """Admits a request, with its `visitor` in its state, or refuses it."""

    def __init__(self, app: ASGIApp, *, access: Access, rate: RateLimit | None) -> None:
        self._app = app
        self._access = access
        self._rate = rate
        self._notes = RateLimit(_NOTES_OF_WRONG_KEYS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a request or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = route_path(scope)
        if is_api(scope) or path == "/metrics":
            refusal: ErrorResponse | Response | None = self._admit_key(scope)
        elif path in _OPEN or path.startswith("/docs/"):
            refusal = None
        else:
            refusal = await self._admit_user(scope)
            send = _not_kept(send) if visitor_in(scope).is_user else send
        if refusal is None:
            await self._app(scope, receive, send)
        elif isinstance(refusal, Response):
            await refusal(scope, receive, send)
        else:
            await refuse(refusal, scope, receive, send)

    def _admit_key(self, scope: Scope) -> ErrorResponse | None:
        guards = self._access.guards()
        if closed := guards.why_api_is_closed:
            return ErrorResponse(
                status=403,
                code="closed",
                message=closed,
                help="Create one with `dateline keys create NAME` to open it.",
            )
        found = self._access.keys.find(_key_in(scope)) if guards.keys else None
        place = place_of(address_of(scope))
        if self._rate and (refusal := too_often(self._rate.count(found[0] if found else place))):
            return refusal
        if found:
            _let_in(scope, *found)
        elif guards.keys:
            self._note_wrong_key(scope, place)
            return _NO_KEY
        else:
            _let_in(scope, f"address:{place}", Role.ADMIN)
        return None

    def _note_wrong_key(self, scope: Scope, place: str) -> None:
        if _key_in(scope) and self._notes.count(place) is None:
            _log.warning("a wrong key was sent from %s", place)
            self._access.audit.record("nobody", "key refused", address=place, request_id=_request_id(scope))

    async def _admit_user(self, scope: Scope) -> ErrorResponse | Response | None:
        guards = self._access.guards()
        if closed := guards.why_chat_is_closed:
            return say("The chat is closed", closed, status=403)
        if not guards.users:
            _let_in(scope, f"address:{place_of(address_of(scope))}", Role.ADMIN)
            return None
        found = await asyncio.to_thread(self._user_of, scope)
        if found:
            name, role = found
            _let_in(scope, f"user:{name}", role)
            return None
        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            return RedirectResponse(f"{scope.get('root_path', '')}/login", 303, {"Cache-Control": "no-store"})
        return _NO_LOGIN

    def _user_of(self, scope: Scope) -> tuple[str, Role] | None:
        """Return the user that a trusted proxy names, else the user of the session."""
        proxied = scope.get("state", {}).get("proxied_user")
        if proxied:
            try:
                return checked_name(proxied), self._access.users.role_of(proxied) or Role.READER
            except AccessError:
                return None
        token = session_cookie.read(scope)
        user = self._access.sessions.user_of(token) if token else None
        role = self._access.users.role_of(user) if user else None
        return (user, role) if user and role else None


_NO_KEY = ErrorResponse(
    status=401,
    code="unauthorized",
    message="This needs one of the server's API keys.",
    help="Send it as `Authorization: Bearer KEY`.",
    headers={"WWW-Authenticate": 'Bearer realm="dateline"'},
)
_NO_LOGIN = ErrorResponse(
    status=401,
    code="unauthorized",
    message="You are not signed in, or your session has ended.",
    help="Reload the page to sign in.",
    headers={"WWW-Authenticate": 'Session realm="dateline"', "Cache-Control": "no-store"},
)


def too_often(seconds: int | None) -> ErrorResponse | None:
    """Return the response for a client that must wait, None if there is no need to wait."""
    if seconds is None:
        return None
    return ErrorResponse(
        status=429,
        code="rate_limited",
        message="Too many requests.",
        help=f"Try again in {seconds} second{'' if seconds == 1 else 's'}.",
        headers={"Retry-After": str(seconds)},
    )


def address_of(scope: Scope) -> str:
    """Return the address that a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _not_kept(send: Send) -> Send:
    """Keep browsers from caching what only a user may see, unless the response allows it."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
        await send(message)

    return send_on


def _let_in(scope: Scope, id_: str, role: Role) -> None:
    visitor = Visitor(id=id_, role=role, address=address_of(scope), request_id=_request_id(scope))
    scope.setdefault("state", {})["let_in"] = visitor


def _request_id(scope: Scope) -> str:
    return str(scope.get("state", {}).get("request_id", ""))


def _key_in(scope: Scope) -> str:
    headers = Headers(scope=scope)
    kind, _, given = headers.get("authorization", "").partition(" ")
    return (given if kind.lower() == "bearer" else headers.get("x-api-key", "")).strip()
