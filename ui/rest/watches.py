"""The REST endpoint: addresses that the server watches by itself."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from ui.rest import requests, schemas
from ui.rest.acting import acting
from ui.service.watches import Watch

router = APIRouter(tags=["Watched addresses"])

_FOUND: dict[int, dict[str, Any]] = {201: {"model": Watch, "description": "The address is watched."}}


@router.get(
    "/api/watches",
    summary="List watched addresses",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses({200: {"model": schemas.WatchList, "description": "The addresses."}}),
)
def list_watches(request: Request) -> JSONResponse:
    """Return the addresses that are watched, with their state, last error and next look."""
    return JSONResponse({"watches": [watch.as_json() for watch in acting(request).watches()]})


@router.post(
    "/api/watches",
    summary="Watch an address",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses(_FOUND, 400, 403, 503),
    status_code=201,
)
async def watch(asked: requests.AddressToWatch, request: Request) -> JSONResponse:
    """Add what is new or changed at an address, now and at intervals; one that is watched gets the new interval."""
    made = await asyncio.to_thread(acting(request).watch, asked.url, asked.every)
    return JSONResponse(made.as_json(), 201)


@router.delete(
    "/api/watches/{id}",
    summary="Watch an address no longer",
    response_model=None,
    responses=schemas.responses({204: {"description": "It is not watched any more."}}, 403, 404),
    status_code=204,
)
def unwatch(
    id_: Annotated[str, Path(alias="id", description="The id of the watch.", examples=["5f0a6e0c"])], request: Request
) -> Response:
    """Stop watching an address; its articles stay."""
    acting(request).unwatch(id_)
    return Response(status_code=204)
