from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assistant.evaluation.figures.compare import compare
from assistant.evaluation.runs.run import CollectionState, EvaluationFailure
from tests.evaluating import alter, make_row, make_run

if TYPE_CHECKING:
    from assistant.evaluation.runs.run import EvaluationRow, Run


def simulate(questions: int = 200, *, share: float = 0.8) -> Run:
    """Return a run in which that share of the questions is right; a question's right answer is surer than a wrong."""
    random = np.random.default_rng(questions)
    rows = []
    for number in range(questions):
        right = float(random.random() < share)
        confidence = round(0.3 + 0.4 * right + 0.2 * random.random(), 3)
        row = make_row(f"q{number:04}", {"right": right, "recall@5": right}, confidence=confidence)
        rows.append(dataclasses.replace(row, counts={"found.precision": (right, 1.0)}))
    return make_run(rows)


def worsen(row: EvaluationRow) -> EvaluationRow:
    """Turn every tenth question wrong."""
    if not row.id.endswith("0"):
        return row
    return make_row(row.id, {"right": 0.0, "recall@5": 0.0}, confidence=0.2, counts={"found.precision": (0.0, 1.0)})


def test_a_run_does_not_differ_from_itself() -> None:
    before = simulate()
    comparison = compare(before, before)
    assert comparison.problem is None
    assert (comparison.changes, comparison.failed, comparison.notes) == ((), (), ())
    assert {"right", "recall@5", "found.precision", "aurc", "ece"} <= comparison.differences.keys()
    for name, found in comparison.differences.items():
        assert (found.difference, found.lower, found.upper, found.problem) == (0, 0, 0, None), name
        assert found.n == 200


def test_the_difference_is_paired_so_its_interval_is_narrow() -> None:
    before = simulate()
    after = alter(before, worsen)
    found = compare(before, after).differences["recall@5"]
    assert found.before is not None
    assert found.lower is not None
    assert found.upper is not None
    lost = sum(row.id.endswith("0") and bool(row.right) for row in before.rows) / 200
    assert found.difference == pytest.approx(-lost)
    assert found.lower < -lost < found.upper < 0
    alone = before.metrics["recall@5"]
    assert alone.lower is not None
    assert alone.upper is not None
    assert found.upper - found.lower < alone.upper - alone.lower
    backwards = compare(after, before).differences["recall@5"]
    assert (backwards.lower, backwards.upper) == (-found.upper, -found.lower)


def test_the_questions_that_changed_sides_are_named() -> None:
    before = simulate(20, share=1)
    after = alter(before, worsen)
    changes = compare(before, after).changes
    assert [(one.id, one.before, one.after, one.better) for one in changes] == [
        ("q0000", "right", "wrong span", False),
        ("q0010", "right", "wrong span", False),
    ]
    assert [change.better for change in compare(after, before).changes] == [True, True]


def test_failures_are_excluded_and_counted() -> None:
    before = simulate(20, share=1)

    def fail(row: EvaluationRow) -> EvaluationRow:
        failure = EvaluationFailure("answer", "crash", "broke")
        return make_row(row.id, outcome="failed", failures=(failure,)) if row.id == "q0003" else row

    after = alter(before, fail)
    comparison = compare(before, after)
    assert comparison.failed == ("q0003",)
    assert comparison.differences["right"].n == 19
    assert comparison.differences["right"].difference == 0
    assert [(one.before, one.after, one.better) for one in comparison.changes] == [("right", "failed", False)]


def test_only_the_same_questions_with_the_same_gold_are_compared() -> None:
    before = simulate(20)
    after = alter(before, lambda row: dataclasses.replace(row, key="other") if row.id == "q0001" else row)
    after = make_run([*after.rows[:-1], make_row("new", {"right": 1.0})])
    comparison = compare(before, after)
    assert comparison.altered == ("q0001",)
    assert comparison.unpaired == ("new", "q0019")
    assert comparison.common == 18
    assert len(comparison.notes) == 2


def test_runs_with_few_common_questions_cannot_be_compared() -> None:
    before = simulate(20)
    others = CollectionState(fingerprint="d", articles="b", size=3, embedder="words-1", chunking="x")
    edited = dataclasses.replace(before.collection, fingerprint="d")
    for after, word in (
        (alter(before, lambda row: dataclasses.replace(row, id=f"other {row.id}")), "questions"),
        (alter(before, lambda row: dataclasses.replace(row, key="other")), "questions"),
        (dataclasses.replace(before, collection=others), "articles"),
        (dataclasses.replace(before, options={**before.options, "k": 10}), "deep"),
    ):
        comparison = compare(before, after)
        assert word in (comparison.problem or "")
        assert comparison.differences == {}
    assert compare(before, dataclasses.replace(before, collection=edited)).problem is None


def test_a_metric_that_one_run_lacks_has_a_problem_and_no_number() -> None:
    before = simulate(20)
    after = alter(before, lambda row: dataclasses.replace(row, counts={}))
    found = compare(before, after).differences["found.precision"]
    assert found.difference is None
    assert found.problem


def test_changes_of_the_system_are_listed() -> None:
    before = simulate(5)
    after = dataclasses.replace(before, system={"reader": "made", "parts": {"threshold": 0.2}})
    before = dataclasses.replace(before, system={"reader": "made", "parts": {"threshold": 0.1}, "old": 1})
    assert compare(before, after).system == {"old": (1, None), "parts.threshold": (0.1, 0.2)}
    json.dumps(compare(before, after).as_json(), allow_nan=False)
