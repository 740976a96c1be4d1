"""The calibration error and its interval on forecasters whose true error is known."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assistant.evaluation.figures.calibration import ece
from assistant.evaluation.figures.statistics import interval, once, resample

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.evaluation.figures.statistics import Floats

_resample = functools.lru_cache(resample)
FORECASTS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "all over": lambda random, n: random.random(n),
    "high": lambda random, n: 0.8 + 0.2 * random.random(n),
    "nearly sure": lambda random, n: 0.95 + 0.05 * random.random(n),
    "always the same": lambda _, n: np.full(n, 0.7),
    "all or little": lambda random, n: np.where(random.random(n) < 0.5, 0.1, 0.95),
}


def draws(forecast: str, questions: int, *, off: float, times: int) -> list[tuple[float, float, float]]:
    """Measure a forecaster who says `off` too much so many times: value and interval."""
    random = np.random.default_rng([questions, round(100 * off)])
    weights = _resample(questions, resamples=400)
    found = []
    for _ in range(times):
        confidence = FORECASTS[forecast](random, questions)
        right = random.random(questions) < np.clip(confidence - off, 0, 1)
        bounds = interval(ece(weights, confidence, right))
        assert bounds is not None
        found.append((float(ece(once(questions), confidence, right)[0]), bounds.lower, bounds.upper))
    return found


@pytest.mark.parametrize("questions", [50, 200, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("forecast", FORECASTS)
def test_the_interval_of_a_perfect_forecaster_reaches_zero(forecast: str, questions: int) -> None:
    found = draws(forecast, questions, off=0, times=100)
    assert sum(lower == 0 for _, lower, _ in found) >= 93
    assert np.mean([value for value, _, _ in found]) < 0.5 / np.sqrt(questions)


@pytest.mark.slow
@pytest.mark.parametrize("forecast", ["all over", "high", "always the same"])
def test_the_interval_excludes_zero_with_a_larger_error_or_more_questions(forecast: str) -> None:
    share = {
        (off, questions): np.mean([lower > 0 for _, lower, _ in draws(forecast, questions, off=off, times=60)])
        for off in (0.1, 0.2)
        for questions in (50, 200, 1000)
    }
    for questions in (50, 200, 1000):
        assert share[0.2, questions] >= share[0.1, questions]
    for off in (0.1, 0.2):
        assert share[off, 50] <= share[off, 200] <= share[off, 1000]
    assert share[0.1, 1000] > 0.95
    assert share[0.2, 200] > 0.9
    assert share[0.2, 50] > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("forecast", ["high", "always the same"])
def test_the_interval_covers_the_error_of_a_wrong_forecaster(forecast: str) -> None:
    for off, questions in ((0.1, 1000), (0.2, 200), (0.2, 1000)):
        found = draws(forecast, questions, off=off, times=100)
        assert sum(lower <= off <= upper for _, lower, upper in found) >= 86
        assert np.mean([value for value, _, _ in found]) == pytest.approx(off, abs=0.01)


def test_it_equals_the_result_calculated_by_hand() -> None:
    # One bin of six, 0.8 said and three right: the distance is 0.3, the variance of their share 0.3 / 6.
    confidence, right = np.full(6, 0.8), np.array([True, True, True, False, False, False])
    assert ece(once(6), confidence, right)[0] == pytest.approx(np.sqrt(0.3**2 - 0.3 / 6))
    # All right: no variance is seen, and 0.8 would have 0.16.
    assert ece(once(6), confidence, np.ones(6, bool))[0] == pytest.approx(np.sqrt(0.2**2 - 0.16 / 6))
    assert ece(once(1), np.array([0.8]), np.ones(1, bool))[0] == 0


def test_all_right_by_chance_still_has_variance() -> None:
    bounds = interval(ece(resample(50), np.full(50, 0.95), np.ones(50, bool)))
    assert bounds is not None
    assert bounds.lower == 0
    assert bounds.upper > 0.04


def test_certain_and_empty_runs_give_finite_figures() -> None:
    sure = np.array([1.0] * 5 + [0.0] * 5)
    assert not ece(resample(10), sure, sure == 1).any()
    assert np.allclose(ece(resample(10), sure, sure == 0), 1)
    for n in range(1, 40):
        random = np.random.default_rng(n)
        made = ece(resample(n, resamples=20), random.random(n), random.random(n) < 0.5)
        assert np.isfinite(made).all()
        assert ((made >= 0) & (made < 2)).all()
    assert np.isnan(ece(once(0), np.array([]), np.array([], bool))).all()
