"""The figures over the rows of a run, each with its interval, also by type and field, and the points of the plots."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.evaluation.figures import calibration, statistics
from assistant.evaluation.figures.metrics import CUTS, METRICS
from assistant.evaluation.runs.run import CalibrationBin, CoveragePoint, Curves, Estimate, RecallPoint

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from assistant.evaluation.figures.statistics import Floats, Weights
    from assistant.evaluation.runs.run import EvaluationRow

_DIGITS = 6
_MOST_VALUES = 30  # a field with more values than this does not classify questions
_BY_CONFIDENCE = {"auroc": statistics.auroc, "aurc": statistics.aurc, "ece": calibration.ece}


def estimate(rows: Sequence[EvaluationRow], weights: Weights) -> dict[str, Estimate]:
    """Return the metrics that rows have, by name; `weights` are those of `statistics.resample` for these rows.

    A metric that cannot be computed, such as precision if nothing was answered, is omitted.
    """
    values = sample(rows, statistics.once(len(rows)))
    samples = sample(rows, weights)
    estimates = {}
    for name, value in values.items():
        if np.isfinite(value[0]):
            bounds = statistics.interval(samples[name])
            estimates[name] = Estimate(
                value=round(float(value[0]), _DIGITS),
                lower=round(bounds.lower, _DIGITS) if bounds else None,
                upper=round(bounds.upper, _DIGITS) if bounds else None,
                n=count(rows, name),
            )
    return estimates


def sample(
    rows: Sequence[EvaluationRow], weights: Weights, wanted: Collection[str] = METRICS.keys()
) -> dict[str, Floats]:
    """Return the metrics for each resample, by name in the order of METRICS; NaN where a resample gives none."""
    unanswerable = any(not row.answerable for row in rows)
    names = [
        name
        for name in METRICS
        if name in wanted
        and any(_adds(row, name) for row in rows)
        and (unanswerable or not name.startswith("refused."))
    ]
    parts = np.array([[row.part(name) or (0.0, 0.0) for name in names] for row in rows]).reshape(
        len(rows), len(names), 2
    )
    ratios = statistics.ratio(weights, parts[:, :, 0], parts[:, :, 1])
    samples = {name: ratios[:, column] for column, name in enumerate(names)}
    samples |= _sample_confidence(rows, weights, wanted)
    return {name: samples[name] for name in METRICS if name in samples}


def count(rows: Sequence[EvaluationRow], name: str) -> int:
    """Return how many questions a metric is over."""
    if name in _BY_CONFIDENCE:
        return len(_with_confidence(rows, name))
    return sum(_adds(row, name) for row in rows)


def has(row: EvaluationRow, name: str) -> bool:
    """Return whether a question takes part in a metric."""
    return bool(_with_confidence([row], name)) if name in _BY_CONFIDENCE else row.part(name) is not None


def _adds(row: EvaluationRow, name: str) -> bool:
    part = row.part(name)
    return part is not None and part[1] > 0


def _with_confidence(rows: Sequence[EvaluationRow], name: str) -> list[int]:
    """Return the indices of the rows that a metric of confidence covers."""
    known = [index for index, row in enumerate(rows) if row.confidence is not None]
    return known if name == "auroc" else [index for index in known if rows[index].right is not None]


def _sample_confidence(rows: Sequence[EvaluationRow], weights: Weights, wanted: Collection[str]) -> dict[str, Floats]:
    samples = {}
    for name, statistic in _BY_CONFIDENCE.items():
        if name not in wanted:
            continue
        places = _with_confidence(rows, name)
        labels = np.array([_label(rows[index], name) for index in places], dtype=bool)
        if places and (name != "auroc" or 0 < labels.sum() < len(labels)):
            samples[name] = statistic(weights[:, places], _confidences([rows[index] for index in places]), labels)
    return samples


def _label(row: EvaluationRow, name: str) -> bool:
    return row.answerable if name == "auroc" else answered_right(row)


def answered_right(row: EvaluationRow) -> bool:
    """Return whether a question was answered correctly, the event whose probability its confidence estimates."""
    return row.answerable and bool(row.right)


def _confidences(rows: Sequence[EvaluationRow]) -> Floats:
    return np.array([row.confidence or 0.0 for row in rows])


def break_down(
    rows: Sequence[EvaluationRow], weights: Weights, fields: Sequence[str]
) -> dict[str, dict[str, dict[str, Estimate]]]:
    """Return the metrics by field and its value, for `type` and further fields of the questions.

    A field whose values are nearly all different is omitted.
    """
    broken: dict[str, dict[str, dict[str, Estimate]]] = {}
    for field in fields:
        values = [field_value(row, field) for row in rows]
        kinds = sorted({value for value in values if value is not None})
        if kinds and len(kinds) <= _MOST_VALUES:
            broken[field] = {}
            for kind in kinds:
                places = [index for index, value in enumerate(values) if value == kind]
                broken[field][kind] = estimate([rows[index] for index in places], weights[:, places])
    return broken


def field_value(row: EvaluationRow, field: str) -> str | None:
    """Return a field of a question as text; None if it has none."""
    known: dict[str, Any] = {"type": row.type, "answerable": row.answerable} | dict(row.fields)
    value = known.get(field)
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def draw_curves(rows: Sequence[EvaluationRow], metrics: Mapping[str, Estimate]) -> Curves:
    """Return the points of the plots."""
    known = [rows[index] for index in _with_confidence(rows, "aurc")]
    confidence, right = _confidences(known), np.array([answered_right(row) for row in known], dtype=bool)
    return Curves(
        recall=_recall(metrics, "recall"),
        span_recall=_recall(metrics, "span_recall"),
        risk_coverage=tuple(
            CoveragePoint(confidence=level, coverage=round(covered, _DIGITS), risk=round(risk, _DIGITS))
            for level, covered, risk in (statistics.risk_coverage(confidence, right) if known else ())
        ),
        calibration=_calibrate(confidence, right),
    )


def _recall(metrics: Mapping[str, Estimate], name: str) -> tuple[RecallPoint, ...]:
    return tuple(RecallPoint(k=k, estimate=metrics[f"{name}@{k}"]) for k in CUTS if f"{name}@{k}" in metrics)


def _calibrate(confidence: Floats, right: Any) -> tuple[CalibrationBin, ...]:
    bins = []
    places = statistics.bin_of(confidence)
    for number in range(statistics.BINS):
        inside = places == number
        if inside.any():
            bins.append(
                CalibrationBin(
                    start=number / statistics.BINS,
                    end=(number + 1) / statistics.BINS,
                    n=int(inside.sum()),
                    confidence=round(float(confidence[inside].mean()), _DIGITS),
                    right=round(float(right[inside].mean()), _DIGITS),
                )
            )
    return tuple(bins)
