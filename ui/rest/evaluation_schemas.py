"""What clients send to and receive from /api/evaluations, with all fields."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from assistant.evaluation.figures.compare import Change, Difference  # noqa: TC001 - pydantic reads them
from assistant.evaluation.runs.run import EvaluationRow  # noqa: TC001 - pydantic reads it
from assistant.records import document_as
from ui.rest.requests import PageQuery, Request
from ui.rest.schemas import Error  # noqa: TC001 - pydantic reads it
from ui.service.background import TaskStatus  # noqa: TC001 - pydantic reads it
from ui.service.evaluation_store import NAME

MOST_QUESTIONS = 20_000
_MOST_ROWS = 100
_ID = "5f0a6e0c9b1d4c3a"
_ROW: dict[str, Any] = {
    "id": "grushko-1",
    "question": "What did Grushko demand?",
    "answers": ["ironclad security guarantees"],
    "articles": ["grushko-guarantees"],
}


def _read_whole(value: Any) -> Any:
    """Return 8 for 8.0, as JSON has numbers of one kind only."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Limit = Annotated[int, Field(ge=1, le=MOST_QUESTIONS), BeforeValidator(_read_whole)]
SetName = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$", max_length=80)]
EvaluationIdText = Annotated[str, StringConstraints(min_length=1, max_length=80)]


# Sent


class EvaluationRequest(Request):
    """The questions to run, or the name of a question set: one of the two is needed."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["questions"]}, {"required": ["name"]}],
            "examples": [{"questions": [_ROW]}, {"name": "samples", "limit": 5}],
        }
    )

    questions: list[dict[str, Any]] = Field(
        default=[],
        min_length=1,
        max_length=MOST_QUESTIONS,
        description="The rows of a question set (see docs/question-sets.md), including those of other tools.",
        examples=[[_ROW]],
    )
    name: SetName | None = Field(
        default=None,
        description="With questions: the name to save them under, replacing any set of it. Without: the set to run.",
        examples=["samples"],
    )
    limit: Limit | None = Field(default=None, description="Only this many, from the first.", examples=[5])
    baseline: EvaluationIdText | None = Field(
        default=None, description="The id of an evaluation to compare this one with.", examples=[None]
    )
    reader: Literal["dateline", "dateline-extractive"] = Field(
        default="dateline",
        description="The reader: the server's configured one, or the extractive one.",
        examples=["dateline-extractive"],
    )


class EvaluationQuery(BaseModel):
    """What to return of an evaluation besides its figures."""

    model_config = ConfigDict(extra="forbid")

    baseline: EvaluationIdText | None = Field(
        default=None,
        description="The id of an evaluation to compare with, instead of the one it was started with.",
        examples=[_ID],
    )
    rows: int = Field(
        default=0, ge=0, le=_MOST_ROWS, description="How many questions to return, with their answers.", examples=[10]
    )
    offset: int = Field(default=0, ge=0, le=10**9, description="How many questions to skip.", examples=[0])


class ReportQuery(BaseModel):
    """What the report compares with."""

    model_config = ConfigDict(extra="forbid")

    baseline: EvaluationIdText | None = Field(
        default=None,
        description="The id of an evaluation to compare with, instead of the one it was started with.",
        examples=[_ID],
    )


class EvaluationsQuery(PageQuery):
    """Which page of evaluations."""


# Returned


class EvaluationAccepted(BaseModel):
    """Where an evaluation can be followed."""

    id: str = Field(description="Its id.", examples=[_ID])
    url: str = Field(description="The address of the evaluation.", examples=[f"/api/evaluations/{_ID}"])


class EvaluationProgress(BaseModel):
    """The progress of an evaluation."""

    done: int = Field(description="Questions that have been asked.", examples=[12])
    total: int = Field(description="Questions in all.", examples=[55])


class Figure(BaseModel):
    """A figure with its 95 % bootstrap interval."""

    value: float = Field(description="The figure.", examples=[0.91])
    lower: float | None = Field(description="Where its interval begins.", examples=[0.83])
    upper: float | None = Field(description="Where it ends.", examples=[0.97])
    n: int = Field(description="Number of questions it is based on.", examples=[55])


@document_as("Comparison")
class ComparisonRecord(BaseModel):
    """An evaluation compared with another, by a paired bootstrap over the questions that both have."""

    baseline: str = Field(description="The id of the other.", examples=[_ID])
    problem: str | None = Field(description="Why the two cannot be compared.", examples=[None])
    common: int = Field(description="Questions that both have.", examples=[55])
    differences: dict[str, Difference] = Field(description="The differences by metric.", examples=[{}])
    changes: list[Change] = Field(description="Questions that changed sides.")
    system: dict[str, list[Any]] = Field(
        description="What differs between the two systems: before and after.", examples=[{"evidence": [8, 4]}]
    )
    notes: list[str] = Field(description="Further notes on the comparison.", examples=[[]])


@document_as("Evaluation")
class EvaluationRecord(BaseModel):
    """The state of an evaluation."""

    id: str = Field(description="Its id.", examples=[_ID])
    name: str = Field(description="The name of the question set.", examples=["samples"])
    status: TaskStatus = Field(description="Its status; the last three are final.", examples=["done"])
    progress: EvaluationProgress = Field(description="Its progress.")
    reader: str = Field(description="Who reads.", examples=["dateline"])
    owner: str = Field(description="Who started it; empty if unknown.", examples=["key:tests"])
    baseline: str | None = Field(description="The evaluation it is compared with.", examples=[None])
    metrics: dict[str, Figure] | None = Field(description="The figures, once it is done, by metric.")
    outcomes: dict[str, int] | None = Field(
        description="How many questions had which outcome.", examples=[{"right": 50}]
    )
    failed: int = Field(description="Questions that could not be measured in full.", examples=[0])
    whole: bool = Field(
        description="Whether rows, report and comparisons are available: once it is done, until an article that "
        "it mentions is removed.",
        examples=[True],
    )
    comparison: ComparisonRecord | None = Field(description="Against the baseline; only for a single evaluation.")
    rows: list[EvaluationRow] | None = Field(description="The requested questions; only for a single evaluation.")
    error: Error | None = Field(description="Why it failed.", examples=[None])
    created_at: dt.datetime = Field(description="When it was sent.", examples=["2026-11-02T08:15:00+00:00"])
    ended_at: dt.datetime | None = Field(description="When it ended.", examples=[None])


class EvaluationList(BaseModel):
    """A page of evaluations."""

    total: int = Field(description="How many are kept.", examples=[1])
    question_sets: list[str] = Field(description="The names of question sets that can be run.", examples=[["samples"]])
    evaluations: list[EvaluationRecord] = Field(description="The newest first.")
