"""What clients send and get at /api/evaluations, with each of its fields."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from ui.rest.requests import PageQuery, Request
from ui.rest.schemas import Error  # noqa: TC001 - pydantic reads it
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
Status = Literal["queued", "running", "done", "failed", "cancelled"]


# Sent


class EvaluationRequest(Request):
    """The questions to run, or the name of those to run: one of the two is needed."""

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
        description="The rows of a question set, as docs/question-sets.md describes them; those of other tools, too.",
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
    """What to tell of an evaluation beside its figures."""

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


# Told


class EvaluationAccepted(BaseModel):
    """Where an evaluation can be followed."""

    id: str = Field(description="Its id.", examples=[_ID])
    url: str = Field(description="Where it can be got.", examples=[f"/api/evaluations/{_ID}"])


class EvaluationProgress(BaseModel):
    """How far an evaluation is."""

    done: int = Field(description="Questions that have been asked.", examples=[12])
    total: int = Field(description="Questions in all.", examples=[55])


class Figure(BaseModel):
    """A figure with its 95 % bootstrap interval."""

    value: float = Field(description="The figure.", examples=[0.91])
    lower: float | None = Field(description="Where its interval begins.", examples=[0.83])
    upper: float | None = Field(description="Where it ends.", examples=[0.97])
    n: int = Field(description="Number of questions it is based on.", examples=[55])


class Difference(BaseModel):
    """A figure before and after, over the same questions, with the interval of the difference."""

    before: float | None = Field(description="The baseline's.", examples=[0.88])
    after: float | None = Field(description="This one's.", examples=[0.91])
    difference: float | None = Field(description="After minus before.", examples=[0.03])
    lower: float | None = Field(description="Where the 95 % interval of the difference begins.", examples=[-0.01])
    upper: float | None = Field(description="Where it ends.", examples=[0.07])
    n: int = Field(description="Number of questions for which both have it.", examples=[55])
    problem: str | None = Field(description="Why there is none.", examples=[None])


class Change(BaseModel):
    """A question that changed sides."""

    id: str = Field(description="The question's id.", examples=["grushko-1"])
    question: str = Field(description="The question.", examples=["What did Grushko demand?"])
    before: str = Field(description="Its outcome in the baseline.", examples=["wrong span"])
    after: str = Field(description="Its outcome here.", examples=["right"])
    better: bool = Field(description="Whether it got better.", examples=[True])


class Comparison(BaseModel):
    """An evaluation against another, by a paired bootstrap over the questions that both have."""

    baseline: str = Field(description="The id of the other.", examples=[_ID])
    problem: str | None = Field(description="Why the two cannot be compared.", examples=[None])
    common: int = Field(description="Questions that both have.", examples=[55])
    differences: dict[str, Difference] = Field(description="The differences by metric.", examples=[{}])
    changes: list[Change] = Field(description="Questions that changed sides.")
    system: dict[str, list[Any]] = Field(
        description="What differs between the two systems: before and after.", examples=[{"evidence": [8, 4]}]
    )
    notes: list[str] = Field(description="What else should be known.", examples=[[]])


class EvaluationFailure(BaseModel):
    """Why a stage of a question could not be measured."""

    stage: str = Field(description="search, answer or judge.", examples=["answer"])
    kind: str = Field(description="timeout, model, crash and so on.", examples=["timeout"])
    reason: str = Field(description="What happened.", examples=["It was not answered within 300 s."])


class GoldEvidence(BaseModel):
    """A piece of evidence and where it stands."""

    article: str = Field(description="The article.", examples=["grushko-guarantees"])
    quote: str = Field(description="Its words.", examples=["Grushko demanded ironclad guarantees."])
    start: int | None = Field(description="Where it begins, if it was found.", examples=[120])
    end: int | None = Field(description="Where it ends.", examples=[157])
    rank: int | None = Field(description="How many passages of the search are needed to cover it.", examples=[1])


class EvaluationRow(BaseModel):
    """A question and what became of it."""

    id: str = Field(description="The question's id.", examples=["grushko-1"])
    key: str = Field(description="Identifies the question and its gold.", examples=["9f86d081884c7d65"])
    question: str = Field(description="The question.", examples=["What did Grushko demand?"])
    type: str | None = Field(description="Its type.", examples=["fact"])
    fields: dict[str, Any] = Field(description="Further fields of its row.", examples=[{}])
    answerable: bool = Field(description="Whether the articles answer it.", examples=[True])
    answers: list[str] = Field(description="Gold answers.", examples=[["ironclad security guarantees"]])
    articles: list[str] = Field(description="Gold articles.", examples=[["grushko-guarantees"]])
    evidence: list[GoldEvidence] = Field(description="Gold evidence.")
    article_rank: int | None = Field(description="The rank of the first gold article.", examples=[1])
    outcome: str = Field(
        description="right, right refusal, not retrieved, retrieved but not used, wrong span, wrongly refused, "
        "wrongly answered, not judged, or failed.",
        examples=["right"],
    )
    right: bool | None = Field(description="Whether the outcome is right; null if unknown.")
    confidence: float | None = Field(description="The answer's.", examples=[0.93])
    failures: list[EvaluationFailure] = Field(description="What could not be measured.")
    scores: dict[str, float] = Field(description="Its values for metrics that are means.", examples=[{"f1": 1.0}])
    counts: dict[str, list[float]] = Field(
        description="What it adds to the numerator and denominator of the others.", examples=[{"supported": [1.0, 1.0]}]
    )
    judged: dict[str, Any] | None = Field(description="What a judging language model said.", examples=[None])
    answer: dict[str, Any] | None = Field(description="The answer as /api/ask returns it, without its timings.")
    retrieved: list[dict[str, Any]] | None = Field(description="The passages of a deep search, without their texts.")


class Evaluation(BaseModel):
    """An evaluation as it stands."""

    id: str = Field(description="Its id.", examples=[_ID])
    name: str = Field(description="The name of the question set.", examples=["samples"])
    status: Status = Field(description="Its status; the last three are final.", examples=["done"])
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
        description="Whether rows, report and comparisons can be had: once it is done, until an article that it "
        "mentions is removed.",
        examples=[True],
    )
    comparison: Comparison | None = Field(description="Against the baseline; only for a single evaluation.")
    rows: list[EvaluationRow] | None = Field(description="The requested questions; only for a single evaluation.")
    error: Error | None = Field(description="Why it failed.", examples=[None])
    created_at: dt.datetime = Field(description="When it was sent.", examples=["2026-11-02T08:15:00+00:00"])
    ended_at: dt.datetime | None = Field(description="When it ended.", examples=[None])


class EvaluationList(BaseModel):
    """A page of evaluations."""

    total: int = Field(description="How many are kept.", examples=[1])
    question_sets: list[str] = Field(description="The names of question sets that can be run.", examples=[["samples"]])
    evaluations: list[Evaluation] = Field(description="The newest first.")
