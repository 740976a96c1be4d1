"""The REST endpoint: the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from ui.access.visitor import Role, visitor_in
from ui.rest import requests, schemas

if TYPE_CHECKING:
    from ui.access.access import Access

router = APIRouter(tags=["Server"])


@router.get(
    "/api/audit",
    summary="Read the audit log",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses({200: {"model": schemas.AuditLog, "description": "A page of the log."}}),
)
def read_audit(asked: Annotated[requests.PageQuery, Query()], request: Request) -> JSONResponse:
    """Return who did what, when and from where, the newest first; for admins."""
    visitor_in(request.scope).require(Role.ADMIN, "read the audit log")
    access: Access = request.app.state.access
    entries = access.audit.entries(limit=asked.limit, offset=asked.offset)
    return JSONResponse({"total": access.audit.count(), "entries": [entry.as_json() for entry in entries]})
