"""What the server sends, with all fields, and how failures are documented."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads it
from typing import Any

from pydantic import BaseModel, Field

from assistant.records import ArticleInfoRecord, ArticleRecord, PassageRecord, document_as
from ui.access.audit import AuditEntry  # noqa: TC001 - pydantic reads it
from ui.rest.filter_fields import counted
from ui.service.background import TaskStatus  # noqa: TC001 - pydantic reads it
from ui.service.jobs import JobProgress, JobReport  # noqa: TC001 - pydantic reads them
from ui.service.watches import Watch  # noqa: TC001 - pydantic reads it

# Answers: the answer itself is declared in assistant.answer, its parts in assistant.records


class Passages(BaseModel):
    """The passages that match a query, best first."""

    passages: list[PassageRecord] = Field(description="The passages.")
    timings_ms: dict[str, float] = Field(description="Milliseconds by stage.", examples=[{"total": 12.1}])


# Articles


class Articles(BaseModel):
    """A page of articles."""

    total: int = Field(description="How many there are in all.", examples=[24])
    articles: list[ArticleInfoRecord] = Field(description="Those on this page.")


class CorrectionRecord(BaseModel):
    """A place where the next version differs."""

    before: str = Field(description="What stood there; empty if nothing.", examples=["It opens on 3 May."])
    now: str = Field(description="What stands there in the next version.", examples=["It opens on 10 May."])


class Version(BaseModel):
    """An article as it was."""

    article: ArticleRecord = Field(description="The article.")
    replaced_at: dt.datetime = Field(description="Until when.", examples=["2026-05-03T08:15:00+00:00"])
    corrections: list[CorrectionRecord] = Field(description="What the next version changed.")


class VersionList(BaseModel):
    """The earlier versions of an article."""

    versions: list[Version] = Field(description="The newest first.")


class WatchList(BaseModel):
    """The addresses that are watched."""

    watches: list[Watch] = Field(description="In the order they were added.")


class NameCount(BaseModel):
    """A publisher or author with the number of articles."""

    name: str = Field(description="The name, as filters take it.", examples=["Dateline Samples Desk"])
    articles: int = Field(description="How many articles have it.", examples=[6])


@counted(of=NameCount)
class Facets(BaseModel):
    """The values to filter by."""

    articles: int = Field(description="Articles in all.", examples=[24])
    since: dt.date | None = Field(description="The first day of publication.", examples=["2024-01-08"])
    until: dt.date | None = Field(description="The last one.", examples=["2025-03-17"])


# Failures


class Error(BaseModel):
    """What went wrong."""

    code: str = Field(description="A code for programs.", examples=["article_not_found"])
    message: str = Field(description="What happened.", examples=["No article has the id 'x'."])
    help: str | None = Field(description="What to do.", examples=["GET /api/articles lists the ids."])


class Failure(BaseModel):
    """The form of every failure."""

    error: Error = Field(description="What went wrong.")


# Additions


class JobAccepted(BaseModel):
    """Where to follow an addition that takes longer."""

    id: str = Field(description="The job's id.", examples=["5f0a6e0c9b1d4c3a"])
    url: str = Field(description="The address of the job.", examples=["/api/jobs/5f0a6e0c9b1d4c3a"])


@document_as("Job")
class JobRecord(BaseModel):
    """The state of an addition."""

    id: str = Field(description="The job's id.", examples=["5f0a6e0c9b1d4c3a"])
    owner: str = Field(description="Who sent it.", examples=["key:importer"])
    status: TaskStatus = Field(description="Its status; the last three are final.", examples=["running"])
    progress: JobProgress = Field(description="Its progress.")
    report: JobReport = Field(description="What has happened so far to what was sent.")
    error: Error | None = Field(description="Why it failed.", examples=[None])
    created_at: dt.datetime = Field(description="When it was sent.", examples=["2026-11-02T08:15:00+00:00"])
    ended_at: dt.datetime | None = Field(description="When it ended.", examples=[None])


@document_as("Jobs")
class JobList(BaseModel):
    """A page of jobs."""

    total: int = Field(description="How many are known.", examples=[1])
    jobs: list[JobRecord] = Field(description="The newest first.")


# The audit log


class AuditLog(BaseModel):
    """A page of the audit log."""

    total: int = Field(description="How many entries there are.", examples=[17])
    entries: list[AuditEntry] = Field(description="The newest first.")


class NothingUsable(Failure):
    """The response if nothing that was sent could be added."""

    report: JobReport | None = Field(default=None, description="The reason for each item that was sent.")


USUAL = frozenset({400, 401, 403, 413, 422, 429, 500, 503})
"""The statuses that any request may get."""


def responses(well: dict[int, dict[str, Any]], *failing: int) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI documents a path: the successful responses, and the usual and further failures."""
    documented: dict[int | str, dict[str, Any]] = dict(well.items())
    for status in sorted({*USUAL, *failing} - {*well}):
        documented[status] = {"model": Failure, "description": _FAILURES[status]}
    return documented


_FAILURES = {
    400: "The request cannot be read.",
    401: "A key is needed and missing or wrong.",
    403: "This is not allowed.",
    404: "There is no such thing.",
    405: "The path does not support this method.",
    413: "The request is larger than the server accepts.",
    415: "The content type is not supported.",
    421: "The server does not answer to this host name.",
    422: "Something in the request cannot be used.",
    429: "Too many requests, or questions in a day; `Retry-After` says when to try again.",
    500: "Something unexpected happened in the server.",
    502: "The language model failed.",
    503: "The server is busy or still starting; `Retry-After` says when to try again.",
    504: "The answer took too long.",
}
