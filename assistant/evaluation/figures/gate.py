"""Decides whether a run passes: rules on metrics, broken only by a whole interval and never passed by NaN."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, Literal

from assistant.evaluation.figures.metrics import METRICS
from assistant.evaluation.runs.run import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.evaluation.figures.compare import Comparison
    from assistant.evaluation.runs.run import Run

RuleKind = Literal["max-drop", "min", "max"]
GateStatus = Literal["pass", "regression", "unmeasured"]
PASS, REGRESSION, UNMEASURED = 0, 3, 4
EXIT_CODES: dict[GateStatus, int] = {"pass": PASS, "regression": REGRESSION, "unmeasured": UNMEASURED}


@dataclasses.dataclass(frozen=True, slots=True)
class MetricRule:
    """A limit on a metric: how far it may fall behind the baseline, or its lowest or highest allowed value."""

    kind: RuleKind
    metric: str
    bound: float

    def __str__(self) -> str:
        """Return the rule as written on the command line."""
        return f"--{self.kind} {self.metric}={self.bound:g}"


@dataclasses.dataclass(frozen=True, slots=True)
class RuleResult:
    """The result of a rule, as a sentence."""

    rule: str
    status: GateStatus
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's verdict, and why. A failure to measure takes precedence over a regression."""

    status: GateStatus
    findings: tuple[RuleResult, ...]

    @property
    def exit_code(self) -> int:
        """0 for a pass, 3 for a regression, 4 for what could not be measured."""
        return EXIT_CODES[self.status]

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {**dataclasses.asdict(self), "exit_code": self.exit_code}


def parse_rule(kind: RuleKind, text: str) -> MetricRule:
    """Return the rule written as METRIC=NUMBER. Raises EvaluationError; an unknown metric is detected later."""
    metric, equals, bound = text.rpartition("=")
    try:
        value = float(bound)
    except ValueError:
        value = math.nan
    if not (metric and equals and math.isfinite(value)):
        raise EvaluationError(f"--{kind} {text!r} is not a rule.", help=f"Write it as --{kind} recall@5=0.02.")
    if kind == "max-drop" and value < 0:
        raise EvaluationError(
            f"--{kind} {text!r} has a negative margin.", help="Write how much the metric may get worse."
        )
    return MetricRule(kind, metric.strip(), value)


def decide(
    run: Run, rules: Sequence[MetricRule], *, comparison: Comparison | None = None, max_failed: float = 0.0
) -> Verdict:
    """Return the verdict on a run.

    `max-drop` is broken if the whole 95 % interval of the paired difference lies beyond the margin, `min` and `max` if
    the whole interval of the metric lies beyond the bound. What could not be measured does not pass: too many failures,
    a metric that is unknown or undefined, a baseline that cannot be compared.
    """
    findings = [_check_failures(run, comparison, max_failed)]
    if comparison and comparison.problem:
        findings.append(RuleResult("--baseline", "unmeasured", comparison.problem))
    findings += [
        _check_drop(rule, comparison) if rule.kind == "max-drop" else _check_bound(rule, run) for rule in rules
    ]
    found = {finding.status for finding in findings}
    status: GateStatus = "unmeasured" if "unmeasured" in found else "regression" if "regression" in found else "pass"
    return Verdict(status, tuple(findings))


def _check_failures(run: Run, comparison: Comparison | None, most: float) -> RuleResult:
    """Check whether too many questions could not be measured, in the run or, if compared, the baseline."""
    total = len(run.rows)
    failed = max(run.failed, len(comparison.failed) if comparison and not comparison.problem else 0)
    kinds = sorted({failure.kind for _, failure in run.failures})
    summary = f"{failed} of {total} questions could not be measured" + (f" ({', '.join(kinds)})" if kinds else "")
    passes = failed / max(1, total) <= most
    return RuleResult(f"--max-failed {most:g}", "pass" if passes else "unmeasured", f"{summary}.")


def _check_drop(rule: MetricRule, comparison: Comparison | None) -> RuleResult:
    name = str(rule)
    if rule.metric not in METRICS:
        return _unknown(rule)
    if comparison is None:
        return RuleResult(name, "unmeasured", "There is no baseline to compare with.")
    if comparison.problem:
        return RuleResult(name, "unmeasured", "It was not compared with the baseline.")
    found = comparison.differences.get(rule.metric)
    if found is None or found.problem or found.difference is None or found.lower is None or found.upper is None:
        why = found.problem if found and found.problem else "neither run has it."
        return RuleResult(name, "unmeasured", f"{rule.metric} could not be compared: {why}")
    summary = (
        f"{rule.metric} went from {found.before:.4f} to {found.after:.4f}, by {found.difference:+.4f}"
        f" ({found.lower:+.4f} to {found.upper:+.4f}) over {found.n} questions"
    )
    least_loss = -found.upper if METRICS[rule.metric].better == "higher" else found.lower
    if least_loss > rule.bound:
        return RuleResult(name, "regression", f"{summary}: worse by more than {rule.bound:g}.")
    return RuleResult(name, "pass", f"{summary}.")


def _check_bound(rule: MetricRule, run: Run) -> RuleResult:
    if rule.metric not in METRICS:
        return _unknown(rule)
    found = run.metrics.get(rule.metric)
    if found is None or found.lower is None or found.upper is None:
        return RuleResult(str(rule), "unmeasured", f"This run has nothing to measure {rule.metric} with.")
    summary = f"{rule.metric} is {found.value:.4f} ({found.lower:.4f} to {found.upper:.4f}) over {found.n} questions"
    missed = found.upper < rule.bound if rule.kind == "min" else found.lower > rule.bound
    if missed:
        return RuleResult(
            str(rule), "regression", f"{summary}: {'below' if rule.kind == 'min' else 'above'} {rule.bound:g}."
        )
    return RuleResult(str(rule), "pass", f"{summary}.")


def _unknown(rule: MetricRule) -> RuleResult:
    return RuleResult(str(rule), "unmeasured", f"There is no metric {rule.metric!r}; docs/evaluation.md lists them.")
