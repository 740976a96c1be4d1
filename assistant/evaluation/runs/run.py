"""A run: the result of every question of a set, the figures over them, and both as files."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping  # noqa: TC003 - pydantic reads the types of the fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from assistant.records import EVERY_FIELD
from index.errors import DatelineError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "dateline-run-1"


class EvaluationError(DatelineError):
    """A question set could not be run, or a run could not be read or compared."""


Outcome = Literal[
    "right",
    "right refusal",
    "partly right",  # the answer says what it must, but leads with something else
    "wrong answer",  # the answer lacks what it must say, or says what it must not
    "not retrieved",  # the evidence was not among the passages read
    "retrieved but not used",  # the evidence was read, but the answer cites something else
    "wrong span",  # the answer cites the evidence, but does not contain a gold answer
    "wrongly refused",  # the evidence was read, but the answer is "not found"
    "wrongly answered",  # the collection has no answer, but one was given
    "not judged",  # answered, but the right answer is not known
    "failed",  # there is no answer to judge
]
FailureStage = Literal["search", "answer", "judge"]
FailureKind = Literal["timeout", "model", "fell back", "crash", "not a number", "unparsable judge"]


@dataclasses.dataclass(frozen=True, slots=True)
class EvaluationFailure:
    """Why one stage of one question could not be measured. It is counted and listed, and never becomes a score."""

    stage: Annotated[FailureStage, Field(description="search, answer or judge.", examples=["answer"])]
    kind: Annotated[FailureKind, Field(description="timeout, model, crash and so on.", examples=["timeout"])]
    reason: Annotated[str, Field(description="What happened.", examples=["It was not answered within 300 s."])]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GoldEvidence:
    """A piece of evidence and its position in its article (characters), if it was found there.

    `rank` is how many passages of the search it takes to cover it, None if the search did not find it.
    """

    __pydantic_config__ = EVERY_FIELD

    article: Annotated[str, Field(description="The article.", examples=["grushko-guarantees"])]
    quote: Annotated[str, Field(description="Its words.", examples=["Grushko demanded ironclad guarantees."])]
    start: Annotated[int | None, Field(description="Where it begins, if it was found.", examples=[120])] = None
    end: Annotated[int | None, Field(description="Where it ends.", examples=[157])] = None
    rank: Annotated[
        int | None, Field(description="How many passages of the search are needed to cover it.", examples=[1])
    ] = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """One question of a run.

    `scores` are its values of the metrics that are means over questions; `counts` its numerator and denominator in
    those that are ratios of sums. `answer` is the answer in the agreed JSON form without its timings, `retrieved` the
    passages of a search as deep as the run's `k`, without their texts. `key` identifies the question and its gold.
    """

    id: Annotated[str, Field(description="The question's id.", examples=["grushko-1"])]
    key: Annotated[str, Field(description="Identifies the question and its gold.", examples=["9f86d081884c7d65"])]
    question: Annotated[str, Field(description="The question.", examples=["What did Grushko demand?"])]
    type: Annotated[str | None, Field(description="Its type.", examples=["fact"])]
    fields: Annotated[Mapping[str, Any], Field(description="Further fields of its row.", examples=[{}])]
    answerable: Annotated[bool, Field(description="Whether the articles answer it.", examples=[True])]
    answers: Annotated[tuple[str, ...], Field(description="Gold answers.", examples=[["ironclad security guarantees"]])]
    articles: Annotated[tuple[str, ...], Field(description="Gold articles.", examples=[["grushko-guarantees"]])]
    evidence: Annotated[tuple[GoldEvidence, ...], Field(description="Gold evidence.")]
    article_rank: Annotated[int | None, Field(description="The rank of the first gold article.", examples=[1])]
    outcome: Annotated[
        Outcome,
        Field(
            description="right, right refusal, partly right, wrong answer, "
            "not retrieved, retrieved but not used, wrong span, wrongly refused, "
            "wrongly answered, not judged, or failed.",
            examples=["right"],
        ),
    ]
    right: Annotated[bool | None, Field(description="Whether the outcome is right; null if unknown.")]
    confidence: Annotated[float | None, Field(description="The answer's.", examples=[0.93])]
    failures: Annotated[tuple[EvaluationFailure, ...], Field(description="What could not be measured.")]
    scores: Annotated[
        Mapping[str, float], Field(description="Its values for metrics that are means.", examples=[{"f1": 1.0}])
    ]
    counts: Annotated[
        Mapping[str, tuple[float, float]],
        Field(
            description="What it adds to the numerator and denominator of the others.",
            examples=[{"supported": [1.0, 1.0]}],
        ),
    ]
    judged: Annotated[
        Mapping[str, Any] | None, Field(description="What a judging language model said.", examples=[None])
    ]
    answer: Annotated[
        Mapping[str, Any] | None, Field(description="The answer as /api/ask returns it, without its timings.")
    ]
    retrieved: Annotated[
        tuple[Mapping[str, Any], ...] | None,
        Field(description="The passages of a deep search, without their texts."),
    ]

    def part(self, metric: str) -> tuple[float, float] | None:
        """Return what the question adds to the numerator and the denominator of a metric; None if it takes no part."""
        if metric in self.counts:
            return self.counts[metric]
        return (self.scores[metric], 1.0) if metric in self.scores else None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure, its 95 % bootstrap interval if there is one, and the number of questions it is based on."""

    value: float
    lower: float | None
    upper: float | None
    n: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CollectionState:
    """The articles that were asked: `fingerprint` changes with any of them or with how they are indexed, `articles`
    with their ids alone.
    """

    fingerprint: str
    articles: str
    size: int
    embedder: str
    chunking: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecallPoint:
    """The recall of articles or spans in the first `k`."""

    k: int
    estimate: Estimate


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePoint:
    """The share of questions with at least this confidence, and the share of these that were answered wrongly."""

    confidence: float
    coverage: float
    risk: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Questions with a confidence from `start` to `end`: their number, mean confidence, and the share right."""

    start: float
    end: float
    n: int
    confidence: float
    right: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The data of a report's plots."""

    recall: tuple[RecallPoint, ...] = ()
    span_recall: tuple[RecallPoint, ...] = ()
    risk_coverage: tuple[CoveragePoint, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What language models read and wrote for the answers of a run; `cost` where the settings have a price."""

    answers: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A question set as one system answered it from one collection.

    `system` describes what was asked without secrets; `options` are those of the run. `breakdown` has the metrics by
    field and value. `timings_ms` are milliseconds by question and stage; they are kept apart because everything else is
    reproducible.
    """

    name: str
    questions: str
    collection: CollectionState
    system: Mapping[str, Any]
    options: Mapping[str, Any]
    metrics: Mapping[str, Estimate]
    breakdown: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    curves: Curves
    outcomes: Mapping[Outcome, int]
    tokens: Tokens | None
    warnings: tuple[str, ...]
    rows: tuple[EvaluationRow, ...]
    timings_ms: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict)
    format: str = FORMAT

    @property
    def failures(self) -> tuple[tuple[str, EvaluationFailure], ...]:
        """Every failure with the id of its question."""
        return tuple((row.id, failure) for row in self.rows for failure in row.failures)

    @property
    def failed(self) -> int:
        """How many questions could not be measured as a whole."""
        return sum(bool(row.failures) for row in self.rows)

    def stages(self) -> dict[str, dict[str, float]]:
        """Return the p50 and p95 of each stage in seconds: `search`, then those of the answer."""
        from assistant.evaluation.figures.statistics import percentile

        names = dict.fromkeys(stage for spent in self.timings_ms.values() for stage in spent)
        values = {name: [spent[name] / 1e3 for spent in self.timings_ms.values() if name in spent] for name in names}
        return {
            name: {"p50": round(percentile(each, 0.5), 4), "p95": round(percentile(each, 0.95), 4)}
            for name, each in values.items()
        }

    def summary_json(self) -> dict[str, Any]:
        """Return the run without its questions and times, as plain values."""
        value: dict[str, Any] = _adapter().dump_python(dataclasses.replace(self, rows=(), timings_ms={}), mode="json")
        del value["rows"], value["timings_ms"]
        listed = [{"id": id_} | dataclasses.asdict(failure) for id_, failure in self.failures]
        return {"format": value.pop("format")} | value | {"failed": self.failed, "failures": listed}

    def rows_json(self) -> list[dict[str, Any]]:
        """Return the questions as plain values."""
        rows: list[dict[str, Any]] = _adapter().dump_python(self, mode="json", include={"rows"})["rows"]
        return rows

    def times_json(self) -> dict[str, Any]:
        """Return how long everything took: seconds by stage, and milliseconds by question and stage."""
        return {"seconds": self.stages(), "questions_ms": {id_: dict(spent) for id_, spent in self.timings_ms.items()}}

    def as_json(self) -> dict[str, Any]:
        """Return the whole run as plain values, its times apart."""
        return self.summary_json() | {"rows": self.rows_json()}


def write_run(run: Run, folder: Path) -> None:
    """Write run.json, rows.jsonl and timings.json into a folder; the first two are the same for the same run."""
    rows = [_dump(row) for row in run.rows_json()]
    head = json.dumps(run.summary_json(), ensure_ascii=False, allow_nan=False, indent=1)
    joined = ",\n  ".join(rows)
    whole = f'{head[: -len("}")].rstrip()},\n "rows": [\n  {joined}\n ]\n}}\n'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.json").write_text(whole, encoding="utf-8")
        (folder / "rows.jsonl").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        (folder / "timings.json").write_text(json.dumps(run.times_json(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise EvaluationError(
            f"The report cannot be written to {folder}: {error.strerror}.", help="Choose another folder with --report."
        ) from error


def read_run(path: Path) -> Run:
    """Return the run in a run.json or in its folder, with its times if they are there.

    Raises EvaluationError if it is not a run, or has a number that is not finite.
    """
    file = path / "run.json" if path.is_dir() else path
    try:
        value = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        times = _read_times(file.with_name("timings.json"))
        return run_from_json(value, times)
    except OSError as error:
        raise EvaluationError(
            f"The run {file} cannot be read: {error.strerror}.", help="Name the folder that --report wrote."
        ) from error
    except ValueError as error:
        lines = str(error).splitlines()
        raise EvaluationError(
            f"{file} is not a run: {' '.join(lines[:3])}.",
            help="Name the folder that --report wrote, or write the report again.",
        ) from error


def run_from_json(value: Any, times: Mapping[str, Any] | None = None) -> Run:
    """Return the run that `Run.as_json` and `Run.times_json` describe. Raises ValueError if it is not a run."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    known = {name: value[name] for name in value if name not in {"failed", "failures"}}
    run: Run = _adapter().validate_python(known | {"timings_ms": (times or {}).get("questions_ms", {})})
    return run


def _read_times(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    value = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    return value if isinstance(value, dict) else {}


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"it has {constant} instead of a number")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


@functools.cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Run)
