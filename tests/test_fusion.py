from __future__ import annotations

import pytest

from index.retrieval.fusion import fuse, scale


def test_scaling_maps_the_lowest_to_zero_and_the_best_to_one() -> None:
    assert scale({1: 4.0, 2: 2.0, 3: 3.0}, floor=2.0) == {1: 1.0, 2: 0.0, 3: 0.5}
    assert scale({1: 4.0, 2: 1.0}) == {1: 1.0, 2: 0.25}


def test_scaling_one_score_or_none() -> None:
    assert scale({7: 0.3}, floor=0.3) == {7: 1.0}
    assert scale({}) == {}


def test_fusion_adds_shares_and_counts_missing_scores_as_zero() -> None:
    fused = fuse([(0.75, {1: 1.0, 2: 0.5}), (0.25, {2: 1.0, 3: 1.0})])
    assert fused == {1: pytest.approx(0.75), 2: pytest.approx(0.625), 3: pytest.approx(0.25)}
    assert list(fused) == [1, 2, 3]


def test_ties_keep_the_smaller_number_first() -> None:
    assert list(fuse([(1.0, {9: 0.5, 2: 0.5, 5: 0.5})])) == [2, 5, 9]
    assert fuse([]) == {}
