"""Two runs on the same questions: each metric's difference with its interval, and the questions that changed sides."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from assistant.evaluation.figures import estimates, statistics
from assistant.evaluation.figures.metrics import METRICS
from assistant.evaluation.runs.run import Outcome  # noqa: TC001 - pydantic reads it
from assistant.records import EVERY_FIELD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.evaluation.runs.run import EvaluationRow, Run

_DIGITS = 6
# If the runs share fewer of their questions than this, they are of different question sets.
_LEAST_COMMON = 0.5


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A metric before and after over the same `n` questions, and after minus before with its 95 % interval.

    If it cannot be compared, `problem` says why, and the numbers are None.
    """

    __pydantic_config__ = EVERY_FIELD

    before: Annotated[float | None, Field(description="The baseline's.", examples=[0.88])] = None
    after: Annotated[float | None, Field(description="This one's.", examples=[0.91])] = None
    difference: Annotated[float | None, Field(description="After minus before.", examples=[0.03])] = None
    lower: Annotated[
        float | None, Field(description="Where the 95 % interval of the difference begins.", examples=[-0.01])
    ] = None
    upper: Annotated[float | None, Field(description="Where it ends.", examples=[0.07])] = None
    n: Annotated[int, Field(description="Number of questions for which both have it.", examples=[55])] = 0
    problem: Annotated[str | None, Field(description="Why there is none.", examples=[None])] = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A question that was right in only one of the runs, or could be measured in only one."""

    id: Annotated[str, Field(description="The question's id.", examples=["grushko-1"])]
    question: Annotated[str, Field(description="The question.", examples=["What did Grushko demand?"])]
    before: Annotated[Outcome, Field(description="Its outcome in the baseline.", examples=["wrong span"])]
    after: Annotated[Outcome, Field(description="Its outcome here.", examples=["right"])]
    better: Annotated[bool, Field(description="Whether it got better.", examples=[True])]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run compared with a baseline. If they cannot be compared at all, `problem` says why.

    `altered` are questions whose words or gold differ, `unpaired` those that only one run has; both are excluded.
    `failed` are those that could not be measured in one of the runs.
    """

    baseline: str
    common: int
    differences: dict[str, Difference]
    changes: tuple[Change, ...]
    altered: tuple[str, ...]
    unpaired: tuple[str, ...]
    failed: tuple[str, ...]
    system: dict[str, tuple[Any, Any]]
    notes: tuple[str, ...]
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        return dataclasses.asdict(self)


def compare(
    baseline: Run, run: Run, *, seed: int = 0, resamples: int = statistics.RESAMPLES, metrics: Sequence[str] = ()
) -> Comparison:
    """Compare a run with a baseline by a paired bootstrap: both are resampled in the same way (Efron and Tibshirani
    1993).

    Only questions with the same words and gold in both take part, and in each metric those that have it in both.
    `metrics` limits the comparison to some.
    """
    earlier = {row.id: row for row in baseline.rows}
    pairs = [(earlier[row.id], row) for row in run.rows if row.id in earlier and earlier[row.id].key == row.key]
    altered = tuple(row.id for row in run.rows if row.id in earlier and earlier[row.id].key != row.key)
    unpaired = tuple(sorted(earlier.keys() ^ {row.id for row in run.rows}))
    problem = _find_problem(baseline, run, len(pairs))
    weights = statistics.resample(len(pairs), seed=seed, resamples=resamples)
    names = [name for name in METRICS if name in run.metrics or name in baseline.metrics]
    wanted = [name for name in names if not metrics or name in metrics]
    return Comparison(
        baseline=baseline.name,
        common=len(pairs),
        differences={} if problem else {name: _differ(name, pairs, weights) for name in wanted},
        changes=tuple(change for before, after in pairs if (change := _find_change(before, after))),
        altered=altered,
        unpaired=unpaired,
        failed=tuple(after.id for before, after in pairs if before.failures or after.failures),
        system=_find_changed_parts(baseline, run),
        notes=_find_notes(baseline, run, len(altered), len(unpaired)),
        problem=problem,
    )


def _find_problem(baseline: Run, run: Run, common: int) -> str | None:
    """Return why the two cannot be compared."""
    if baseline.options["k"] != run.options["k"]:
        return f"The baseline searched {baseline.options['k']} passages deep, this run {run.options['k']}."
    if baseline.collection.articles != run.collection.articles:
        return "The baseline was run on a collection with different articles."
    if common < _LEAST_COMMON * len(run.rows) or not common:
        return f"Of the {len(run.rows)} questions the baseline has {common} with the same words and gold."
    return None


def _find_notes(baseline: Run, run: Run, altered: int, unpaired: int) -> tuple[str, ...]:
    notes = []
    if baseline.collection.fingerprint != run.collection.fingerprint:
        notes.append("The articles' texts, or how they are indexed, differ from the baseline.")
    if altered:
        notes.append(f"{altered} questions have different words or gold in the baseline and do not count.")
    if unpaired:
        notes.append(f"{unpaired} questions are in only one of the runs and do not count.")
    return tuple(notes)


def _find_changed_parts(baseline: Run, run: Run) -> dict[str, tuple[Any, Any]]:
    """Return what differs between the two systems: before and after by name."""
    before, after = _flatten(baseline.system), _flatten(run.system)
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _flatten(value: Any, name: str = "") -> dict[str, Any]:
    if not hasattr(value, "items"):
        return {name: value}
    flat: dict[str, Any] = {}
    for key, each in value.items():
        flat |= _flatten(each, f"{name}.{key}" if name else key)
    return flat


def _differ(name: str, pairs: Sequence[tuple[EvaluationRow, EvaluationRow]], weights: statistics.Weights) -> Difference:
    places = [
        index
        for index, (before, after) in enumerate(pairs)
        if estimates.has(before, name) and estimates.has(after, name)
    ]
    sides = [[pairs[index][side] for index in places] for side in (0, 1)]
    once = statistics.once(len(places))
    values = [estimates.sample(rows, once, [name]).get(name) for rows in sides]
    before, after = (float(value[0]) if value is not None and np.isfinite(value[0]) else None for value in values)
    if before is None or after is None:
        which = "either run" if before is after else "the baseline" if before is None else "this run"
        return Difference(n=len(places), problem=f"There is nothing to measure it with in {which}.")
    samples = [estimates.sample(rows, weights[:, places], [name])[name] for rows in sides]
    bounds = statistics.interval(samples[1] - samples[0])
    if bounds is None:
        return Difference(n=len(places), problem="There are too few questions for an interval.")
    return Difference(
        before=round(before, _DIGITS),
        after=round(after, _DIGITS),
        difference=round(after - before, _DIGITS),
        lower=round(bounds.lower, _DIGITS),
        upper=round(bounds.upper, _DIGITS),
        n=len(places),
    )


def _find_change(before: EvaluationRow, after: EvaluationRow) -> Change | None:
    """Return the change of a question that changed sides; a failure is on neither side, so changing to or from it
    counts.
    """
    if before.right == after.right and (before.outcome == "failed") == (after.outcome == "failed"):
        return None
    better = bool(after.right) if before.right != after.right else before.outcome == "failed"
    return Change(id=after.id, question=after.question, before=before.outcome, after=after.outcome, better=better)
