"""Signing in and out: a small page of our own, and the session behind it."""

from __future__ import annotations

import asyncio
import logging
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from ui.access.names import shown_name
from ui.http import session_cookie
from ui.http.entrance import address_of

if TYPE_CHECKING:
    from ui.access.access import Access
    from ui.access.throttle import Throttle

router = APIRouter(include_in_schema=False)

_LONGEST_NAME = 100
_FORM_BYTES = 16 * 1024
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in to Dateline</title><link rel="icon" href="data:,"><link rel="stylesheet" href="login.css"></head>
<body><main><h1>Dateline</h1><p>Answers from your articles, every quotation checked</p>
{problem}<form method="post" action="login">
<label>Name<input name="username" autocomplete="username" autocapitalize="off" spellcheck="false" maxlength="100"
 required {focus_name} value="{name}"></label>
<label>Password<input name="password" type="password" autocomplete="current-password" maxlength="1024" required
 {focus_password}></label>
<button type="submit">Sign in</button></form></main></body></html>
"""
_log = logging.getLogger("dateline.access")


def _page(*, problem: str = "", name: str = "", status: int = 200, wait: int | None = None) -> HTMLResponse:
    notice = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    focus_name, focus_password = ("", "autofocus") if name else ("autofocus", "")
    page = _PAGE.format(
        problem=notice, name=escape(name, quote=True), focus_name=focus_name, focus_password=focus_password
    )
    return HTMLResponse(page, status, _HEADERS | ({"Retry-After": str(wait)} if wait else {}))


@router.get("/login.css")
def style() -> Response:
    """Return the style sheet of the page."""
    text = (files("ui.http") / "login.css").read_text()
    return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/login")
def show(request: Request) -> Response:
    """Ask for name and password, if the chat requires them."""
    return _page() if _access(request).guards().users else _to(request, "/")


@router.post("/login")
async def sign_in(request: Request) -> Response:
    """Start a session if the password is right."""
    access = _access(request)
    throttle: Throttle = request.app.state.throttle
    name, password = await _read(request)
    address = address_of(request.scope)
    if (seconds := throttle.wait(name, address)) is not None:
        minutes = max(1, round(seconds / 60))
        problem = f"Too many attempts. Please wait {minutes} minute{'' if minutes == 1 else 's'}."
        return _page(problem=problem, name=name, status=429, wait=seconds)
    async with throttle.checking:
        is_right = await asyncio.to_thread(access.users.check, name, password)
    about = {"address": address, "request_id": request.state.request_id}
    if not is_right:
        if throttle.count_wrong(name, address):
            _log.warning("a wrong password was given for %r from %s", shown_name(name), address)
        access.audit.record(f"user:{shown_name(name)}", "login refused", **about)
        return _page(problem="The name or the password is wrong.", name=name, status=401)
    token = access.sessions.begin(name)
    access.audit.record(f"user:{name}", "login", **about)
    response = _to(request, "/")
    session_cookie.put(response, request.scope, token)
    return response


@router.post("/logout")
def sign_out(request: Request) -> Response:
    """End the session."""
    access = _access(request)
    token = session_cookie.read(request.scope)
    user = access.sessions.user_of(token) if token else None
    if token and user:
        access.sessions.end(token)
        access.audit.record(
            f"user:{user}", "logout", address=address_of(request.scope), request_id=request.state.request_id
        )
    response = _to(request, "/login")
    session_cookie.drop(response, request.scope)
    return response


async def _read(request: Request) -> tuple[str, str]:
    """Return name and password as entered. Raises HTTPException."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Send name and password as a form.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _FORM_BYTES:
            raise HTTPException(413, "The name or the password is too long.")
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    name, password = (given.get(field, [""])[0] for field in ("username", "password"))
    return name.strip()[:_LONGEST_NAME], password


def _to(request: Request, path: str) -> Response:
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}{path}", 303, {"Cache-Control": "no-store"})


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access
