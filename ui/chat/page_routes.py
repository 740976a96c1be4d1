"""The page's own routes: its script and style, articles to read, reports of evaluations, and uploads."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from assistant.evaluation.report.html import POLICY
from index.errors import DatelineError
from ui.chat.markup import explained
from ui.chat.sources import article_html
from ui.chat.visitors import visitor_of
from ui.http.page import say
from ui.service.acting import acting_in
from ui.service.errors import TooManyFilesError

if TYPE_CHECKING:
    from starlette.requests import Request

    from ui.chat.sent_files import SentFiles
    from ui.service.service import Service

_FILES = importlib.resources.files("ui.chat")
# A report shows text of articles and models, so its scripts are isolated from everything else on this server.
_FRAMED = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'self'; sandbox allow-scripts",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}
_UNCACHED = {"Cache-Control": "no-store"}  # the next user of this browser may be somebody else
_YEAR = "public, max-age=31536000, immutable"  # each version of a file has its own address


def page_script() -> str:
    """Return the page's script."""
    return _FILES.joinpath("page.js").read_text(encoding="utf-8")


def page_style() -> str:
    """Return the page's style."""
    parts = sorted((path for path in _FILES.iterdir() if path.name.endswith(".css")), key=str)
    return "".join(path.read_text(encoding="utf-8") for path in parts)


def page_links() -> str:
    """Return the elements that load the page's script and style from relative addresses."""
    style, script = _version(page_style()), _version(page_script())
    return f'<link rel="stylesheet" href="./page/style-{style}.css"><script src="./page/script-{script}.js"></script>'


def page_routes(service: Service, sent: SentFiles) -> list[Route]:
    """Return the routes under /page; all except script and style require an open page."""
    script, style = page_script(), page_style()

    def file(text: str, kind: str) -> Any:
        async def serve(_: Request) -> Response:
            return Response(text, media_type=kind, headers={"Cache-Control": _YEAR})

        return serve

    async def article(request: Request) -> Response:
        """Return an article as HTML under `html`."""
        _visitor(request)
        given = request.query_params
        try:
            found = await asyncio.to_thread(lambda: service.index.article(given.get("id", "")))
        except DatelineError as error:
            html: str = Markup('<h2 id="article-title">This article cannot be shown</h2><p>{}</p>').format(
                explained(error)
            )
        else:
            versions = await asyncio.to_thread(service.index.versions, found.id)
            also_in = await asyncio.to_thread(service.index.near_copies, found.id)
            place = {"start": _whole(given.get("start")), "end": _whole(given.get("end"))}
            html = article_html(found, versions=versions, also_in=also_in, **place)
        return JSONResponse({"html": html}, headers=_UNCACHED)

    async def report(request: Request) -> Response:
        """Return an evaluation's report as a page for a frame, or a page that says why there is none."""
        _visitor(request)
        id_, baseline = request.query_params.get("id", ""), request.query_params.get("baseline") or None
        try:
            html = await asyncio.to_thread(lambda: acting_in(request.scope, service).report(id_, baseline=baseline))
        except DatelineError as error:
            return say("There is no report", explained(error), status=410, headers=_FRAMED)
        return HTMLResponse(html, headers=_FRAMED)

    async def upload(request: Request) -> Response:
        return JSONResponse({"id": await _received(request, sent)}, 201)

    return [
        Route(f"/page/script-{_version(script)}.js", file(script, "text/javascript")),
        Route(f"/page/style-{_version(style)}.css", file(style, "text/css")),
        Route("/page/article", article),
        Route("/page/report", report),
        Route("/page/uploads", upload, methods=["POST"]),
    ]


async def _received(request: Request, sent: SentFiles) -> str:
    """Store the one file of a request, and return its name for use in an event."""
    visitor = _visitor(request)
    with sent.arriving.begun(visitor) as has_room:
        if not has_room:
            raise TooManyFilesError("Too many files are being sent at once.", help="Send them one after the other.")
        async with request.form(max_files=1, max_fields=0) as form:
            given = form.get("file")
            if given is None or isinstance(given, str):
                raise HTTPException(422, "Send one file, as `file`.")
            return await asyncio.to_thread(sent.put, visitor, given.filename or "", given.file)


def _visitor(request: Request) -> str:
    visitor = visitor_of(request.scope)
    if visitor is None:
        raise HTTPException(403, "This can only be used by an open page.")
    return visitor


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0  # noqa: PLR2004


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
