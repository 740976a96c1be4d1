"""Bootstrap intervals over questions: ratios and ranking by confidence, all from one resampling.

Every statistic is a function of how often each question was drawn, so one matrix of weights, resamples by questions,
serves all metrics of a run and, with the same weights on two runs, their paired differences (Efron and Tibshirani
1993).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Weights = NDArray[np.float64]

RESAMPLES = 2000
BINS = 10
"""Bins of equal width for the calibration plot; `calibration` measures calibration."""
_LEVEL = 0.95
# If a smaller share of the resamples than this gives a figure, there is no interval.
_LEAST_DEFINED = 0.5


@dataclasses.dataclass(frozen=True, slots=True)
class Interval:
    """The middle 95 % of the resampled values."""

    lower: float
    upper: float


def resample(questions: int, *, seed: int = 0, resamples: int = RESAMPLES) -> Weights:
    """Return how often each question was drawn in each resample with replacement: `resamples` x `questions`."""
    if not questions:
        return np.zeros((resamples, 0))
    drawn = np.random.default_rng([seed, questions]).integers(questions, size=(resamples, questions))
    drawn += np.arange(resamples)[:, None] * questions
    counts = np.bincount(drawn.ravel(), minlength=resamples * questions)
    return counts.reshape(resamples, questions).astype(np.float64)


def once(questions: int) -> Weights:
    """Return the weights of the questions as they are: 1 x `questions`."""
    return np.ones((1, questions))


def interval(samples: Floats) -> Interval | None:
    """Return the percentile interval of resampled figures; None if too few of them are defined."""
    defined = samples[np.isfinite(samples)]
    if not len(defined) or len(defined) < _LEAST_DEFINED * len(samples):
        return None
    tail = (1 - _LEVEL) / 2
    lower, upper = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(lower), float(upper))


def ratio(weights: Weights, numerators: Floats, denominators: Floats) -> Floats:
    """Return the sum of the numerators over that of the denominators for each resample; NaN for 0 over 0.

    A mean is the ratio with denominators of 1. Arrays of `questions` x metrics give resamples x metrics.
    """
    below = weights @ denominators
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(below > 0, (weights @ numerators) / below, np.nan)
    return quotient


def auroc(weights: Weights, confidence: Floats, positive: NDArray[np.bool_]) -> Floats:
    """Return the chance that a positive has more confidence than a negative, ties half (Hanley and McNeil 1982)."""
    order, starts = _tied(confidence)
    ups = _sums(weights * positive, order, starts)
    downs = _sums(weights * ~positive, order, starts)
    won = (ups * (np.cumsum(downs, axis=1) - downs / 2)).sum(axis=1)
    pairs = ups.sum(axis=1) * downs.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance: Floats = np.where(pairs > 0, won / pairs, np.nan)
    return chance


def aurc(weights: Weights, confidence: Floats, right: NDArray[np.bool_]) -> Floats:
    """Return the area under the risk-coverage curve, the lower the better (Geifman and El-Yaniv 2017).

    That is the mean, over coverages 1..n, of the share wrong among the most confident; questions of equal confidence
    come in any order, and the mean over all orders is taken.
    """
    order, starts = _tied(-confidence)
    covered = np.cumsum(_sums(weights, order, starts), axis=1)
    wrong = np.cumsum(_sums(weights * ~right, order, starts), axis=1)
    before, wrong_before = _shifted(covered), _shifted(wrong)
    size = covered - before
    rate = np.divide(wrong - wrong_before, size, out=np.zeros_like(size), where=size > 0)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, int(covered[:, -1].max(initial=0)) + 1))])
    spread = harmonic[covered.astype(int)] - harmonic[before.astype(int)]
    area = ((wrong_before - rate * before) * spread + rate * size).sum(axis=1)
    whole: Floats = np.where(covered[:, -1] > 0, area / np.maximum(covered[:, -1], 1), np.nan)
    return whole


def risk_coverage(confidence: Floats, right: NDArray[np.bool_]) -> list[tuple[float, float, float]]:
    """Return the points (least confidence, coverage, risk); questions of equal confidence are covered together."""
    order, starts = _tied(-confidence)
    covered = np.cumsum(_sums(once(len(order)), order, starts)[0])
    wrong = np.cumsum(_sums(once(len(order)) * ~right, order, starts)[0])
    levels = confidence[order][starts]
    return [
        (float(level), float(count / len(order)), float(bad / count))
        for level, count, bad in zip(levels, covered, wrong, strict=True)
    ]


def bin_of(confidence: Floats) -> NDArray[np.intp]:
    """Return the bin of each confidence, 0 to 9; a confidence of 1 is in the last."""
    return np.clip(confidence * BINS, 0, BINS - 1).astype(np.intp)


def percentile(values: list[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    return sorted(values)[max(0, int(np.ceil(share * len(values))) - 1)]


def _tied(keys: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the ascending order of the keys, and where in it each run of equal keys starts."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(keys) else order
    return order, starts


def _sums(values: Floats, order: NDArray[np.intp], starts: NDArray[np.intp]) -> Floats:
    """Return the sums over runs of equal keys: resamples x runs."""
    if not len(starts):
        return np.zeros((len(values), 0))
    sums: Floats = np.add.reduceat(values[:, order], starts, axis=1)
    return sums


def _shifted(cumulative: Floats) -> Floats:
    """Return what each cumulative sum was one run before."""
    return np.concatenate([np.zeros((len(cumulative), 1)), cumulative[:, :-1]], axis=1)
