"""The REST endpoint: articles to list, read, add and remove."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from assistant import article_json, versions_json, whole_article_json
from assistant.build import chosen_limits, limits
from assistant.records import ArticleRecord
from index.filters import NAME_FILTERS
from index.sources.formats.registry import READABLE
from ui.http.failures import explain
from ui.rest import requests, schemas
from ui.rest.acting import acting
from ui.rest.jobs import report_json
from ui.service.jobs import JobReport, NothingUsableError
from ui.service.uploads import SourceToAdd, Uploads, from_records, from_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.settings import Settings
    from index import ArticleIndex
    from index.sources import Limits
    from ui.service.jobs import Job
    from ui.service.service import Service

router = APIRouter(tags=["Articles"])

ArticleId = Annotated[
    str,
    Path(alias="id", description="The article's id, percent-encoded.", examples=["grushko-guarantees"]),
]
_PATIENCE = 2.0  # seconds that a client waits for an addition if it does not say how long
_LONGEST = 60.0
_MAX_FILES = 1000
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [
                    requests.inline(requests.PageToAdd),
                    requests.inline(requests.ArticlesToAdd),
                ]
            },
            "examples": {
                "articles": {"value": {"articles": [{"id": "ferry-late", "text": "The ferry to Skerrin is late."}]}},
                "page": {"value": {"url": "https://example.org/news/ferry"}},
            },
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "additionalProperties": False,
                "properties": {
                    "files": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": _MAX_FILES,
                        "items": {"type": "string", "format": "binary"},
                        "description": f"Files whose names' endings say what they are: {READABLE}.",
                    },
                    "fields": {
                        "type": "string",
                        "description": "Your names for the fields of rows: text=body,date=pub.",
                    },
                    "ids": {
                        "type": "string",
                        "enum": ["file", "global"],
                        "description": "Whether equal ids of rows in two files mean one article.",
                    },
                },
            },
        },
    },
}


@router.get(
    "/api/articles",
    summary="List articles",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses({200: {"model": schemas.Articles, "description": "A page of articles."}}),
)
def list_articles(asked: Annotated[requests.ArticleQuery, Query()], request: Request) -> JSONResponse:
    """Return what is known of the articles that meet the filters and have all the words of `q` somewhere."""
    index, filters = _index(request), asked.as_filters()
    found = index.articles(filters=filters, words=asked.q, sort=asked.sort, offset=asked.offset, limit=asked.limit)
    total = index.count(filters=filters, words=asked.q)
    return JSONResponse({"total": total, "articles": [article_json(article) for article in found]})


@router.get(
    "/api/filters",
    summary="List the values to filter by",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses({200: {"model": schemas.Facets, "description": "Publishers, authors and days."}}),
)
def list_filters(asked: Annotated[requests.NamesQuery, Query()], request: Request) -> JSONResponse:
    """Return publishers and authors with their numbers of articles, and the first and last day of publication."""
    index = _index(request)
    first, last = (next(iter(index.articles(sort=sort, limit=1)), None) for sort in ("oldest", "newest"))
    return JSONResponse(
        {
            "articles": index.count(),
            **{known.name: _named(index.names(known.name), asked) for known in NAME_FILTERS},
            "since": first.published.isoformat() if first and first.published else None,
            "until": last.published.isoformat() if last and last.published else None,
        }
    )


@router.get(
    "/api/versions/{id:path}",
    summary="Read the earlier versions of an article",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses({200: {"model": schemas.VersionList, "description": "The versions."}}, 404),
)
def list_versions(id_: ArticleId, request: Request) -> JSONResponse:
    """Return what an article said before it was replaced, the newest version first, and what was corrected in each."""
    index = _index(request)
    return JSONResponse({"versions": versions_json(index.article(id_), index.versions(id_))})


@router.get(
    "/api/articles/{id:path}",
    summary="Read an article",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses(
        {
            200: {
                "model": ArticleRecord,
                "description": "The article.",
                "headers": {"ETag": {"schema": {"type": "string"}, "description": "Changes when the article does."}},
            },
            304: {"description": "The client already has the current version."},
        },
        404,
    ),
)
def get_article(
    id_: ArticleId,
    request: Request,
    if_none_match: Annotated[str | None, Header(description="ETag of the version that the client has.")] = None,
) -> Response:
    """Return an article with its text."""
    article = _index(request).article(id_)
    response = JSONResponse(whole_article_json(article, also_in=_index(request).near_copies(id_)))
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    known = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and _matches(if_none_match, tag):
        return Response(status_code=304, headers=known)
    response.headers.update(known)
    return response


@router.delete(
    "/api/articles/{id:path}",
    summary="Remove an article",
    status_code=204,
    response_class=Response,
    responses=schemas.responses({204: {"description": "It has been removed."}}, 404),
)
def remove_article(id_: ArticleId, request: Request) -> None:
    """Remove an article and every trace of its text."""
    acting(request).remove([id_])


@router.post(
    "/api/articles",
    summary="Add articles",
    response_class=JSONResponse,
    response_model=None,
    openapi_extra={"requestBody": _BODY},
    responses=schemas.responses(
        {
            201: {"model": JobReport, "description": "What happened to what was sent."},
            202: {
                "model": schemas.JobAccepted,
                "description": "It takes longer; the job shows its progress.",
                "headers": {"Location": {"schema": {"type": "string"}, "description": "The address of the job."}},
            },
            422: {"model": schemas.NothingUsable, "description": "Nothing that was sent can be used."},
        },
        415,
        502,
    ),
    status_code=201,
)
async def add_articles(
    request: Request,
    prefer: Annotated[
        str | None,
        Header(
            description="`respond-async` to get the job at once, `wait=10` to wait that many seconds "
            "first ([RFC 7240](https://www.rfc-editor.org/rfc/rfc7240)).",
            examples=["respond-async"],
        ),
    ] = None,
) -> Response:
    """Add files, a page on the web, or articles as JSON. Safe to repeat: what is there already is skipped.

    What cannot be used is reported under `skipped`; everything else is added.
    """
    service: Service = request.app.state.service
    _ = service.index  # read nothing if the server is not ready or the visitor may not add
    mine = acting(request)
    mine.require_change()
    sources, on_end = await _read_sources(request, service.settings)
    job = mine.add(sources, on_end=on_end)
    ended = asyncio.wrap_future(service.jobs.ended(job.id))
    wait, applied = _read_preference(prefer)
    await asyncio.wait({ended}, timeout=wait)
    if ended.done() and ended.result().status != "cancelled":
        return _finished(ended.result())
    url = f"{request.scope.get('root_path', '')}/api/jobs/{job.id}"
    headers = {"Location": url} | ({"Preference-Applied": applied} if applied else {})
    return JSONResponse({"id": job.id, "url": url}, 202, headers)


def _finished(job: Job) -> Response:
    if job.error is None:
        return JSONResponse(report_json(job.report), 201)
    if not isinstance(job.error, NothingUsableError):
        raise job.error
    failure = explain(job.error)
    return JSONResponse(failure.as_json() | {"report": report_json(job.report)}, failure.status)


async def _read_sources(request: Request, settings: Settings) -> tuple[list[SourceToAdd], Callable[[], None] | None]:
    """Return what was sent, and a function to call when it is no longer needed."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_form(request, settings)
    if kind != "application/json":
        raise HTTPException(415, "Send files as multipart/form-data, or a url or articles as application/json.")
    return await asyncio.to_thread(_sources_in, await request.body(), limits(settings)), None


def _sources_in(body: bytes, limits: Limits) -> list[SourceToAdd]:
    """Return the sources in a body; slow for a large body."""
    sent = _read_json(body)
    if isinstance(sent, requests.PageToAdd):
        return [from_url(sent.url, limits)]
    return from_records([article.model_dump(exclude_none=True) for article in sent.articles])


async def _read_form(request: Request, settings: Settings) -> tuple[list[SourceToAdd], Callable[[], None]]:
    """Return the files in a form, and what deletes their copies."""
    async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FILES) as form:
        sent = form.multi_items()
        files = [value for name, value in sent if name == "files" and isinstance(value, UploadFile)]
        chosen = {name: value for name, value in sent if name in {"fields", "ids"} and isinstance(value, str)}
        if not files or len(files) + len(chosen) != len(sent):
            raise _invalid("files", "Send files, each in a field of this name, and besides only fields and ids")
        if chosen.get("ids", "file") not in {"file", "global"}:
            raise _invalid("ids", "Send file or global")
        try:
            uploads = Uploads(chosen_limits(settings, **chosen))
        except ValueError as error:
            raise _invalid("fields", str(error)) from None
        try:
            read = [await asyncio.to_thread(uploads.put, file.filename or "", file.file) for file in files]
        except BaseException:
            uploads.delete()
            raise
        return read, uploads.delete


def _read_json(body: bytes) -> requests.PageToAdd | requests.ArticlesToAdd:
    """Return what a body asks to add. Raises RequestValidationError."""
    try:
        value = json.loads(body)
        kind = requests.PageToAdd if isinstance(value, dict) and "url" in value else requests.ArticlesToAdd
        return kind.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([problem | {"loc": ("body", *problem["loc"])} for problem in problems]) from None
    except (ValueError, RecursionError):
        raise _invalid(None, "It is not JSON") from None


def _invalid(field: str | None, message: str) -> RequestValidationError:
    return RequestValidationError(
        [{"loc": ("body", field) if field else ("body",), "msg": message, "type": "value_error"}]
    )


def _read_preference(prefer: str | None) -> tuple[float, str | None]:
    """Return how many seconds a client wants to wait, and which preference was applied."""
    wanted: dict[str, str] = {}
    for part in (prefer or "").split(","):
        name, _, value = part.partition(";")[0].partition("=")
        wanted.setdefault(name.strip().lower(), value.strip().strip('"'))
    wait = wanted.get("wait", "")
    if re.fullmatch(r"[0-9]{1,6}", wait):
        return min(float(wait), _LONGEST), f"wait={wait}"
    return (0.0, "respond-async") if "respond-async" in wanted else (_PATIENCE, None)


def _matches(if_none_match: str, tag: str) -> bool:
    """Return whether an If-None-Match header has a tag, by weak comparison."""
    tags = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in tags or tag in tags


def _named(names: dict[str, int], asked: requests.NamesQuery) -> list[dict[str, Any]]:
    return [{"name": name, "articles": count} for name, count in list(names.items())[: asked.limit]]


def _index(request: Request) -> ArticleIndex:
    service: Service = request.app.state.service
    return service.index
