"""The REST endpoint: follow and cancel additions that take longer."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from ui.http.failures import explain
from ui.rest import requests, schemas
from ui.rest.acting import acting

if TYPE_CHECKING:
    from ui.service.jobs import Job, JobReport

router = APIRouter(tags=["Jobs"])

JobId = Annotated[str, Path(alias="id", description="The job's id.", examples=["5f0a6e0c9b1d4c3a"])]
_FOUND: dict[int, dict[str, Any]] = {200: {"model": schemas.JobRecord, "description": "The job as it stands."}}


@router.get(
    "/api/jobs",
    summary="List additions",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses({200: {"model": schemas.JobList, "description": "A page of jobs."}}),
)
def list_jobs(asked: Annotated[requests.PageQuery, Query()], request: Request) -> JSONResponse:
    """Return waiting, running and recent additions, the newest first: your own, or all for admins."""
    jobs = acting(request).jobs()
    page = jobs[asked.offset : asked.offset + asked.limit]
    return JSONResponse({"total": len(jobs), "jobs": [job_json(job) for job in page]})


@router.get(
    "/api/jobs/{id}",
    summary="Follow an addition",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses(_FOUND, 404),
)
def get_job(id_: JobId, request: Request) -> JSONResponse:
    """Return the state of an addition."""
    return JSONResponse(job_json(acting(request).job(id_)))


@router.delete(
    "/api/jobs/{id}",
    summary="Cancel an addition",
    response_class=JSONResponse,
    response_model=None,
    responses=schemas.responses(_FOUND, 404),
)
def cancel_job(id_: JobId, request: Request) -> JSONResponse:
    """Cancel an addition: at once if it is waiting, else before its next article; what was added stays.

    Nothing happens if it has ended.
    """
    return JSONResponse(job_json(acting(request).cancel_job(id_)))


def job_json(job: Job) -> dict[str, Any]:
    """Return a job as plain values."""
    return {
        "id": job.id,
        "owner": job.owner,
        "status": job.status,
        "progress": dataclasses.asdict(job.progress),
        "report": report_json(job.report),
        "error": explain(job.error).as_json()["error"] if job.error else None,
        "created_at": job.created_at.isoformat(timespec="seconds"),
        "ended_at": job.ended_at.isoformat(timespec="seconds") if job.ended_at else None,
    }


def report_json(report: JobReport) -> dict[str, Any]:
    """Return what became of an addition as plain values."""
    return dataclasses.asdict(report)
