from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from assistant.evaluation.figures.compare import compare
from assistant.evaluation.figures.gate import MetricRule, decide, parse_rule
from assistant.evaluation.report.summaries import to_junit, to_markdown
from assistant.evaluation.runs.run import EvaluationError, EvaluationFailure
from tests.evaluating import alter, make_row, make_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.evaluation.figures.gate import Verdict
    from assistant.evaluation.runs.run import EvaluationRow, Run

QUESTIONS = 400


@pytest.fixture(scope="module")
def baseline() -> Run:
    random = np.random.default_rng(7)
    return make_run(
        [
            make_row(
                f"q{number}", {"recall@5": float(random.random() < 0.95), "right": 1.0}, confidence=random.random()
            )
            for number in range(QUESTIONS)
        ]
    )


def drop(run: Run, points: float) -> Run:
    """Return a run in which so many points of recall@5 are lost."""
    hit = [row.id for row in run.rows if row.scores["recall@5"]]
    lost = set(hit[:: len(hit) // round(points / 100 * len(run.rows))][: round(points / 100 * len(run.rows))])
    return alter(
        run, lambda row: dataclasses.replace(row, scores={"recall@5": 0.0, "right": 1.0}) if row.id in lost else row
    )


def judge(before: Run, after: Run, *rules: str, resamples: int = 500) -> Verdict:
    parsed = [parse_rule("max-drop", rule) for rule in rules]
    return decide(after, parsed, comparison=compare(before, after, resamples=resamples))


def test_a_drop_of_five_points_fails_the_gate_and_one_within_the_margin_does_not(baseline: Run) -> None:
    verdict = judge(baseline, drop(baseline, 5), "recall@5=0.02")
    assert (verdict.status, verdict.exit_code) == ("regression", 3)
    assert "-0.0500" in verdict.findings[-1].message
    assert judge(baseline, drop(baseline, 2), "recall@5=0.02").exit_code == 0
    assert judge(baseline, baseline, "recall@5=0").exit_code == 0
    assert judge(drop(baseline, 5), baseline, "recall@5=0").exit_code == 0  # better


@pytest.mark.slow
def test_two_runs_of_one_system_fail_the_gate_at_most_once_in_twenty(baseline: Run) -> None:
    """A/A at a margin of nothing: the second run answers each question by the same chances as the first."""
    random = np.random.default_rng(11)
    chances = random.beta(4, 1, QUESTIONS)
    trips = 0
    for _ in range(200):
        subset = random.choice(QUESTIONS, QUESTIONS // 2, replace=False)
        before, after = (
            make_run([make_row(f"q{at}", {"recall@5": float(random.random() < chances[at])}) for at in subset])
            for _ in range(2)
        )
        trips += judge(before, after, "recall@5=0", resamples=400).exit_code != 0
    assert 0 < trips <= 10  # were it 0, the gate would see nothing at all


def test_a_bound_is_broken_only_if_the_whole_interval_is_beyond_it(baseline: Run) -> None:
    found = baseline.metrics["recall@5"]
    assert found.lower is not None
    assert found.upper is not None

    def code(rule: MetricRule) -> int:
        return decide(baseline, [rule]).exit_code

    assert code(MetricRule("min", "recall@5", found.upper + 1e-6)) == 3
    assert code(MetricRule("min", "recall@5", found.upper)) == 0
    assert code(MetricRule("max", "recall@5", found.lower - 1e-6)) == 3
    assert code(MetricRule("max", "recall@5", found.lower)) == 0


def test_for_metrics_that_are_better_lower_a_rise_is_a_loss() -> None:
    before = make_run([make_row(f"q{at}", {"right": 1.0}, confidence=0.95) for at in range(60)])
    after = alter(before, lambda row: dataclasses.replace(row, confidence=0.4))
    assert judge(before, after, "ece=0.1").exit_code == 3
    assert judge(after, before, "ece=0.1").exit_code == 0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (MetricRule("min", "recall@7", 0.1), "no metric"),
        (MetricRule("max-drop", "recal@5", 0.1), "no metric"),
        (MetricRule("min", "refused.f1", 0.1), "nothing to measure"),
        (MetricRule("max-drop", "refused.f1", 0.1), "could not be compared"),
    ],
)
def test_unmeasured_metrics_never_pass(baseline: Run, rule: MetricRule, words: str) -> None:
    verdict = decide(baseline, [rule], comparison=compare(baseline, baseline, resamples=50))
    assert verdict.exit_code == 4
    assert words in verdict.findings[-1].message


def test_a_drop_without_a_comparable_baseline_is_unmeasured(baseline: Run) -> None:
    rule = parse_rule("max-drop", "recall@5=0.1")
    assert decide(baseline, [rule]).exit_code == 4
    other = dataclasses.replace(baseline, options={**baseline.options, "k": 3})
    comparison = compare(other, baseline, resamples=50)
    assert decide(baseline, [rule], comparison=comparison).exit_code == 4
    assert decide(baseline, [], comparison=comparison).exit_code == 4


def fail(number: int) -> Callable[[EvaluationRow], EvaluationRow]:
    def change(row: EvaluationRow) -> EvaluationRow:
        if int(row.id[1:]) >= number:
            return row
        return make_row(row.id, outcome="failed", failures=(EvaluationFailure("answer", "timeout", "It was late."),))

    return change


def test_failures_are_tolerated_up_to_a_share_and_weigh_more_than_regressions(baseline: Run) -> None:
    broken = alter(baseline, fail(8))
    assert decide(broken, []).exit_code == 4
    assert decide(broken, [], max_failed=0.019).exit_code == 4
    assert decide(broken, [], max_failed=0.02).exit_code == 0
    assert "timeout" in decide(broken, []).findings[0].message
    assert decide(broken, [MetricRule("min", "recall@5", 1.1)]).exit_code == 4
    assert decide(broken, [MetricRule("min", "recall@5", 1.1)], max_failed=0.5).exit_code == 3
    comparison = compare(broken, baseline, resamples=50)
    assert decide(baseline, [], comparison=comparison, max_failed=0.01).exit_code == 4  # the baseline failed there
    everything = alter(baseline, fail(QUESTIONS))
    assert decide(everything, [MetricRule("min", "recall@5", 0.5)], max_failed=1.0).exit_code == 4


@pytest.mark.parametrize(
    "text", ["recall@5", "=0.1", "recall@5=", "recall@5=nan", "recall@5=inf", "recall@5=a", "x=-1"]
)
def test_rules_are_read_strictly(text: str) -> None:
    with pytest.raises(EvaluationError):
        parse_rule("max-drop", text)


def test_markdown_shows_the_verdict_and_escapes_questions(baseline: Run) -> None:
    rows = [
        *baseline.rows[:40],
        make_row(
            "odd|`id`",
            {"right": 0.0},
            question="<script> @all | [x](http://a) `b`",
            failures=(EvaluationFailure("judge", "crash", "<b>\n| no"),),
        ),
    ]
    odd = make_run(rows)
    verdict = decide(odd, [MetricRule("min", "recall@5", 0.5)])
    before = alter(odd, lambda row: dataclasses.replace(row, right=True) if "odd" in row.id else row)
    text = to_markdown(odd, verdict, compare(before, odd, resamples=50))
    assert "could not be measured" in text.splitlines()[0]
    assert "| `recall@5` | " in text
    for raw in ("<script>", "<b>", "@all", "[x](http"):
        assert raw not in text
    assert "Got worse: 1" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_junit_has_a_case_for_each_rule_and_question(baseline: Run) -> None:
    broken = alter(baseline, fail(2))
    broken = make_run([*broken.rows, make_row("odd", question="a\x00b <&> \ud800")])
    rules = [MetricRule("min", "recall@5", 0.5), MetricRule("min", "recall@5", 1.1), MetricRule("min", "em", 0.1)]
    root = ET.fromstring(to_junit(broken, decide(broken, rules)))  # noqa: S314 - our own
    gate, questions = root.findall("testsuite")
    assert [(gate.get("tests"), gate.get("failures"), gate.get("errors"))] == [("4", "1", "2")]
    assert (questions.get("tests"), questions.get("errors"), questions.get("skipped")) == ("401", "2", "0")
    tolerated = ET.fromstring(to_junit(broken, decide(broken, [], max_failed=0.5)))  # noqa: S314 - our own
    assert tolerated.findall(".//error") == []
    assert len(tolerated.findall(".//skipped")) == 2
