"""Error responses: one form for REST, OpenAI's for /v1, and the status of each."""

from __future__ import annotations

import dataclasses
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from assistant.chat_models.chat_model import ModelError
from index.errors import DatelineError
from ui.service.error_codes import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request
    from starlette.types import Receive, Scope, Send

_RETRY_AFTER = 5  # seconds, if nothing better is known
_UNEXPECTED = 500

_STATUSES = {
    "article_not_found": 404,
    "job_not_found": 404,
    "watch_not_found": 404,
    "evaluation_not_found": 404,
    "question_set_not_found": 404,
    "evaluation_not_done": 409,
    "name": 422,
    "questions": 422,
    "evaluation": 422,
    "conversation_not_found": 404,
    "forbidden": 403,
    "quota": 429,
    "filter": 422,
    "fetch": 422,
    "source": 422,
    "busy": 503,
    "invalid": 422,
    "too_many_files": 429,
    "not_ready": 503,
    "timeout": 504,
    "model": 502,
    "locked": 503,
    "index_mismatch": 503,
    "home": 503,
    "embedding": 502,
    "settings": 500,
    "failed": 500,
}
"""The status of each code."""
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "rate_limited",
}
_HELP = {
    404: "The paths are listed at /docs.",
    405: "The paths and their methods are listed at /docs.",
    422: "The fields are listed at /docs.",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """A failure as a client sees it; `field` is the field of the request that is at fault."""

    status: int
    code: str
    message: str
    help: str | None = None
    field: str | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the body that REST sends."""
        return {"error": {"code": self.code, "message": self.message, "help": self.help}}

    def as_openai_json(self) -> dict[str, Any]:
        """Return the body that /v1 sends, which OpenAI's clients turn into their own errors."""
        kind = "server_error" if self.status >= _UNEXPECTED else "invalid_request_error"
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            kind = "rate_limit_error"
        message = f"{self.message} {self.help}" if self.help else self.message
        return {"error": {"message": message, "type": kind, "param": self.field, "code": self.code}}


def explain(error: BaseException, *, request_id: str | None = None) -> ErrorResponse:
    """Return the response for an error: an expected one in full, any other with only the request's id."""
    if isinstance(error, RequestValidationError):
        return _explain_invalid(error)
    if isinstance(error, HTTPException):
        return _explain_http(error)
    described = describe(error, request_id=request_id)
    failure = ErrorResponse(status=_STATUSES.get(described.code, _UNEXPECTED), **described._asdict())
    return _with_retry(failure, error) if isinstance(error, DatelineError) else failure


def _with_retry(failure: ErrorResponse, error: DatelineError) -> ErrorResponse:
    """Add when to retry, if retrying may help."""
    after: float | None = getattr(error, "retry_after", None)
    status = failure.status
    if isinstance(error, ModelError) and error.may_pass:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    if after is None and status == HTTPStatus.SERVICE_UNAVAILABLE:
        after = _RETRY_AFTER
    headers = {} if after is None else {"Retry-After": str(max(1, math.ceil(after)))}
    return dataclasses.replace(failure, status=int(status), headers=headers)


def _explain_invalid(error: RequestValidationError) -> ErrorResponse:
    """Name the first invalid field, but not its value, which may be long or secret."""
    problem = error.errors()[0]
    place = [str(part) for part in problem["loc"] if part not in {"body", "query", "path", "header"}]
    field = ".".join(place) or None
    message = f"{field}: {problem['msg']}." if field else f"The request is not valid: {problem['msg']}."
    return ErrorResponse(status=422, code="invalid", message=message, help=_HELP[422], field=field)


def _explain_http(error: HTTPException) -> ErrorResponse:
    phrase = HTTPStatus(error.status_code).phrase
    own = error.detail if error.detail and error.detail != phrase else None
    messages = {404: "There is nothing at this path.", 405: "This path does not support this method."}
    return ErrorResponse(
        status=error.status_code,
        code=_CODES.get(error.status_code, "failed"),
        message=own or messages.get(error.status_code, f"{phrase}."),
        help=_HELP.get(error.status_code),
        headers=dict(error.headers or {}),
    )


def respond(failure: ErrorResponse, path: str) -> JSONResponse:
    """Return the response for a failure, in the form for its path (without the root path)."""
    body = failure.as_openai_json() if path.startswith("/v1/") else failure.as_json()
    return JSONResponse(body, failure.status, dict(failure.headers))


async def refuse(failure: ErrorResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an error response from a middleware."""
    await respond(failure, route_path(scope))(scope, receive, send)


def route_path(scope: Scope) -> str:
    """Return the path as the routes see it: without the path that a proxy adds."""
    from starlette._utils import get_route_path  # the routes' own function, so that no check disagrees with them

    return get_route_path(scope)


def add_handlers(app: FastAPI) -> None:
    """Make the app answer every failure of its routes in the documented form."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        failure = explain(error)
        if failure.status == HTTPStatus.METHOD_NOT_ALLOWED:
            failure = dataclasses.replace(failure, headers={**failure.headers, **_allowed(request)})
        return respond(failure, route_path(request.scope))

    for kind in (DatelineError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, handle)


def _allowed(request: Request) -> dict[str, str]:
    """Return the header with all methods of a path, because each route knows only its own."""
    path = getattr(request.scope.get("route"), "path_format", "")
    methods = request.app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(sorted(method.upper() for method in methods))} if methods else {}
