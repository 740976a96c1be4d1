"""A run as one self-contained HTML file: figures with intervals, plots, and every question in detail."""

from __future__ import annotations

import functools
import importlib.resources
import json
from typing import TYPE_CHECKING, Any

from assistant.evaluation.figures.metrics import GROUPS, METRICS
from assistant.evaluation.report.html_data import describe_plots, describe_questions, describe_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2

    from assistant.evaluation.figures.compare import Comparison, Difference
    from assistant.evaluation.figures.gate import Verdict
    from assistant.evaluation.runs.run import Estimate, Outcome, Run

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""What the report may load and run: nothing but itself."""

_OUTCOMES: tuple[Outcome, ...] = (
    "right",
    "right refusal",
    "partly right",
    "wrong answer",
    "not retrieved",
    "retrieved but not used",
    "wrong span",
    "wrongly refused",
    "wrongly answered",
    "not judged",
    "failed",
)
_VERDICTS = {"pass": "Passed", "regression": "Regression", "unmeasured": "Could not be measured"}
_SCRIPTS = ("vendor/d3.min.js", "vendor/plot.umd.min.js", "report_plots.js", "report.js")


def render_report(
    run: Run, comparison: Comparison | None = None, verdict: Verdict | None = None, *, baseline: Run | None = None
) -> str:
    """Return a run as one HTML page that loads nothing. For the same run it is the same, except for the element
    `times`.

    With a `comparison` it shows what changed; with the `baseline`'s run the plots show both.
    """
    compared = comparison if comparison and not comparison.problem else None
    page = _environment().from_string(_read("report.html"))
    rendered = page.render(
        run=run,
        policy=POLICY,
        comparison=comparison,
        verdict=verdict,
        verdict_title=_VERDICTS[verdict.status] if verdict else None,
        groups=_figures(run, compared, baseline, main=True),
        all_groups=_figures(run, compared, baseline, main=False),
        outcomes=[(outcome, run.outcomes[outcome]) for outcome in _OUTCOMES if run.outcomes.get(outcome)],
        better=sum(change.better for change in compared.changes) if compared else 0,
        worse=sum(not change.better for change in compared.changes) if compared else 0,
        about=_about(run),
        style=_raw(_read("report.css")),
        scripts=[_raw(_read(name)) for name in _SCRIPTS],
        data=_raw(_embed(describe_plots(run, baseline) | describe_questions(run, compared))),
        times=_raw(_embed(describe_times(run))),
    )
    return rendered.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be encoded


def _embed(value: Any) -> str:
    """Return JSON that cannot end a script element, whatever it contains."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


# Figures


def _figures(
    run: Run, comparison: Comparison | None, baseline: Run | None, *, main: bool
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the metrics by group, as the page's table has them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, estimate in run.metrics.items():
        metric = METRICS.get(name)
        if metric is None or (main and not metric.main):
            continue
        difference = comparison.differences.get(name) if comparison else None
        row = {
            "name": name,
            "about": metric.about,
            "lower_is_better": metric.better == "lower",
            "estimate": estimate,
            "before": _before(name, difference, baseline),
            "difference": difference if difference and difference.difference is not None else None,
            "problem": difference.problem if difference else None,
            "sign": _sign(difference, better=metric.better),
        }
        groups.setdefault(GROUPS[metric.group], []).append(row)
    return list(groups.items())


def _before(name: str, difference: Difference | None, baseline: Run | None) -> Mapping[str, Any] | None:
    """Return the baseline's value, with its interval if the baseline's run is given."""
    if baseline and name in baseline.metrics:
        known = baseline.metrics[name]
        return {"value": known.value, "lower": known.lower, "upper": known.upper}
    if difference and difference.before is not None:
        return {"value": difference.before, "lower": None, "upper": None}
    return None


def _sign(difference: Difference | None, *, better: str) -> str:
    """Return "better" or "worse" if the interval of a difference excludes 0, else nothing."""
    if difference is None or difference.lower is None or difference.upper is None:
        return ""
    if difference.lower <= 0 <= difference.upper:
        return ""
    return "better" if (difference.lower > 0) == (better == "higher") else "worse"


def _about(run: Run) -> list[tuple[str, str]]:
    """Return what the run was made with, one value a line."""
    collection = run.collection
    lines = [
        ("Articles", f"{collection.size:,}, fingerprint {collection.fingerprint}"),
        ("Embedder", f"{collection.embedder}, chunking {collection.chunking}"),
        ("Questions", f"{len(run.rows):,}, fingerprint {run.questions}"),
    ]
    if run.tokens:
        cost = f", cost {run.tokens.cost:.4f}" if run.tokens.cost is not None else ""
        lines.append(("Tokens", f"{run.tokens.prompt_tokens:,} read, {run.tokens.completion_tokens:,} written{cost}"))
    lines += _flatten(run.options)
    return lines + _flatten(run.system)


def _flatten(value: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for name, each in value.items():
        if hasattr(each, "items"):
            lines += _flatten(each, f"{before}{name}.")
        elif each is not None:
            lines.append((f"{before}{name}", str(each)))
    return lines


# The page


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["interval"] = _interval
    environment.filters["signed"] = _signed
    return environment


def _raw(text: str) -> Any:
    """Return text that is inserted unescaped: our own, or JSON from `_embed`."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - nothing of an article, a model or a user comes here


def _interval(estimate: Estimate) -> str:
    if estimate.lower is None or estimate.upper is None:
        return "–"
    return f"{estimate.lower:.3f} to {estimate.upper:.3f}"


def _signed(value: float) -> str:
    text = f"{value:+.3f}"
    return "0.000" if float(text) == 0 else text.replace("-", "−")


def _read(name: str) -> str:
    return importlib.resources.files("assistant.evaluation.report").joinpath(name).read_text(encoding="utf-8")
