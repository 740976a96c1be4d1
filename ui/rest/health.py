"""The state of the server: alive, ready, and its metrics."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ui.rest.schemas import Failure
from ui.service.service import service_of

router = APIRouter(tags=["Server"])
_NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Failure, "description": "Not ready yet, or stopping."}}
_GUARDED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The figures.", "content": {"text/plain": {"schema": {"type": "string"}}}},
    401: {"model": Failure, "description": "The key is missing or wrong."},
    403: {"model": Failure, "description": "The server has users but no keys."},
    429: {"model": Failure, "description": "Too many requests; `Retry-After` says when to try again."},
}


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = Field(default="ok", description="Always `ok`.", examples=["ok"])


class Readiness(BaseModel):
    """The server answers questions."""

    status: Literal["ready"] = Field(default="ready", description="Always `ready`.", examples=["ready"])


@router.get("/health")
async def health() -> Health:
    """Say that the process answers; needs no key."""
    return Health()


@router.get("/ready", responses=_NOT_READY)
async def ready(request: Request) -> Readiness:
    """Say that the collection is open and the models are loaded; needs no key."""
    service_of(request).assistant()
    return Readiness()


@router.get("/metrics", response_class=Response, responses=_GUARDED)
def metrics(request: Request) -> Response:
    """Return the server's metrics in Prometheus' text format."""
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
