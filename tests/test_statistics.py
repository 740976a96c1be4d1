from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from assistant.evaluation.figures.statistics import (
    aurc,
    auroc,
    bin_of,
    interval,
    once,
    percentile,
    ratio,
    resample,
    risk_coverage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIDENCE = np.array([0.9, 0.8, 0.8, 0.4, 0.4, 0.1])
RIGHT = np.array([True, False, True, True, False, False])


def test_every_resample_draws_as_many_questions_as_there_are_and_the_seed_decides() -> None:
    weights = resample(7, seed=3, resamples=50)
    assert weights.shape == (50, 7)
    assert set(weights.sum(axis=1)) == {7.0}
    assert (weights == resample(7, seed=3, resamples=50)).all()
    assert (weights != resample(7, seed=4, resamples=50)).any()
    assert resample(0).shape[1] == 0


def test_a_ratio_of_sums_is_not_a_mean_of_ratios_and_zero_over_zero_is_nan() -> None:
    numerators, denominators = np.array([[1.0, 0], [1, 0]]), np.array([[4.0, 0], [1, 0]])
    figures = ratio(once(2), numerators, denominators)[0]
    assert figures[0] == pytest.approx(2 / 5)
    assert np.isnan(figures[1])


def test_auroc_counts_ties_half() -> None:
    # Pairs won by the three right: 0.9 beats 3; 0.8 ties 1 and beats 2; 0.4 ties 1 and beats 1.
    assert auroc(once(6), CONFIDENCE, RIGHT)[0] == pytest.approx((3 + 2.5 + 1.5) / 9)
    assert np.isnan(auroc(once(6), CONFIDENCE, np.ones(6, bool))[0])


def test_aurc_is_the_mean_over_all_orders_of_tied_questions() -> None:
    def area(order: tuple[int, ...]) -> float:
        wrong = np.cumsum(~RIGHT[list(order)])
        return float(np.mean(wrong / np.arange(1, len(order) + 1)))

    orders = [order for order in itertools.permutations(range(6)) if list(CONFIDENCE[list(order)]) == list(CONFIDENCE)]
    assert len(orders) == 4
    assert aurc(once(6), CONFIDENCE, RIGHT)[0] == pytest.approx(np.mean([area(order) for order in orders]))


def test_the_bins_of_the_picture_are_of_equal_width() -> None:
    assert list(bin_of(np.array([0.0, 0.05, 0.1, 0.99, 1.0]))) == [0, 0, 1, 9, 9]


@pytest.mark.parametrize("statistic", [auroc, aurc])
def test_a_weight_says_how_often_a_question_is_there(statistic: Callable[..., Any]) -> None:
    for weights in resample(6, seed=1, resamples=20):
        times = weights.astype(int)
        repeated = statistic(once(6), np.repeat(CONFIDENCE, times), np.repeat(RIGHT, times))
        assert statistic(weights[None], CONFIDENCE, RIGHT) == pytest.approx(repeated, nan_ok=True)


def test_the_interval_has_about_its_nominal_coverage() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for seed in range(200):
        values = (random.random(150) < 0.7).astype(float)[:, None]
        bounds = interval(ratio(resample(150, seed=seed, resamples=300), values, np.ones((150, 1)))[:, 0])
        assert bounds is not None
        covered += bounds.lower <= 0.7 <= bounds.upper
    assert 180 <= covered <= 199


def test_there_is_no_interval_if_most_resamples_are_undefined() -> None:
    assert interval(np.array([np.nan, np.nan, np.nan, 1.0])) is None
    assert interval(np.array([])) is None
    bounds = interval(np.array([1.0, 1.0, np.nan]))
    assert bounds is not None
    assert (bounds.lower, bounds.upper) == (1, 1)


def test_risk_and_coverage_go_by_levels_of_confidence() -> None:
    assert risk_coverage(CONFIDENCE, RIGHT) == [
        (0.9, pytest.approx(1 / 6), 0.0),
        (0.8, pytest.approx(3 / 6), pytest.approx(1 / 3)),
        (0.4, pytest.approx(5 / 6), pytest.approx(2 / 5)),
        (0.1, 1.0, 0.5),
    ]


def test_percentiles_are_values_that_were_measured() -> None:
    assert [percentile([4.0, 1.0, 3.0, 2.0], share) for share in (0.5, 0.95, 0.0)] == [2, 4, 1]
