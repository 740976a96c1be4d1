"""A run as Markdown for a pull request, and its gate and questions as JUnit XML for a build server."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from assistant.evaluation.figures.metrics import METRICS
from assistant.evaluation.report.html import render_report
from assistant.evaluation.runs.run import EvaluationError, write_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from assistant.evaluation.figures.compare import Change, Comparison
    from assistant.evaluation.figures.gate import Verdict
    from assistant.evaluation.runs.run import Estimate, Run

_LISTED = 20  # questions, failures or warnings that Markdown lists of each kind
_TITLES = {"pass": "✅ passed", "regression": "❌ regression", "unmeasured": "⚠️ could not be measured"}
# Characters that XML 1.0 does not allow.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_report(
    folder: Path,
    run: Run,
    verdict: Verdict,
    comparison: Comparison | None = None,
    *,
    baseline: Run | None = None,
) -> None:
    """Write the run, report.html, summary.md, junit.xml, gate.json and, with a baseline, comparison.json into a folder.

    Everything except timings.json and the times in report.html is the same for the same run. With the `baseline`'s run
    the plots show both. Raises EvaluationError if a file cannot be written.
    """
    write_run(run, folder)
    files = {
        "report.html": render_report(run, comparison, verdict, baseline=baseline),
        "summary.md": to_markdown(run, verdict, comparison),
        "junit.xml": to_junit(run, verdict),
        "gate.json": json.dumps(verdict.as_json(), ensure_ascii=False, indent=1) + "\n",
    }
    if comparison:
        files["comparison.json"] = json.dumps(comparison.as_json(), ensure_ascii=False, indent=1) + "\n"
    else:
        (folder / "comparison.json").unlink(missing_ok=True)  # of an earlier report
    try:
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise EvaluationError(
            f"The report cannot be written to {folder}: {error.strerror}.", help="Choose another folder with --report."
        ) from error


# Markdown


def to_markdown(run: Run, verdict: Verdict, comparison: Comparison | None = None) -> str:
    """Return the verdict, the main figures and what failed, as Markdown fit for a pull request's comment."""
    reader, size = _escape(str(run.system.get("reader"))), run.collection.size
    parts = [
        f"### Evaluation of {_escape(run.name)}: {_TITLES[verdict.status]}",
        f"{len(run.rows)} questions, {size:,} articles, reader {reader}.",
        *_gate_lines(verdict),
        _metric_table(run, comparison),
        "**Outcomes:** " + ", ".join(f"{outcome} {number}" for outcome, number in run.outcomes.items()),
        *_broken_down(run),
        *_failure_list(run),
        *(_change_lists(comparison) if comparison else ()),
        *_details("Warnings", [_escape(warning) for warning in run.warnings]),
    ]
    return "\n\n".join(parts) + "\n"


def _gate_lines(verdict: Verdict) -> list[str]:
    marks = {"pass": "✅", "regression": "❌", "unmeasured": "⚠️"}
    lines = [f"- {marks[finding.status]} `{finding.rule}`: {_escape(finding.message)}" for finding in verdict.findings]
    return ["\n".join(lines)]


def _metric_table(run: Run, comparison: Comparison | None) -> str:
    compared = comparison is not None and not comparison.problem
    heads = ["metric", "value", "95 % interval", "n", *(["baseline", "difference"] if compared else [])]
    rows = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for name, estimate in run.metrics.items():
        if not METRICS[name].main:
            continue
        cells = [f"`{name}`", f"{estimate.value:.3f}", format_interval(estimate), str(estimate.n)]
        if compared and comparison:
            found = comparison.differences.get(name)
            known = found is not None and found.difference is not None
            cells += [f"{found.before:.3f}", _difference(found)] if known and found else ["–", "–"]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _difference(found: object) -> str:
    difference, lower, upper = (getattr(found, name) for name in ("difference", "lower", "upper"))
    return f"{difference:+.3f} ({lower:+.3f} to {upper:+.3f})"


def format_interval(estimate: Estimate) -> str:
    """Return the interval of a figure in three digits; a dash if it has none."""
    if estimate.lower is None or estimate.upper is None:
        return "–"
    return f"{estimate.lower:.3f} to {estimate.upper:.3f}"


def _broken_down(run: Run) -> list[str]:
    """Return a table for each field with the main metrics of its values."""
    tables = []
    for field, kinds in run.breakdown.items():
        names = [name for name in METRICS if METRICS[name].main and any(name in each for each in kinds.values())]
        names = [name for name in names if name in {"recall@5", "f1", "answer_in_text", "right", "citation_recall"}]
        rows = [f"| {_escape(field)} | {' | '.join(f'`{name}`' for name in names)} |", f"|---|{'---:|' * len(names)}"]
        for kind, each in kinds.items():
            cells = [f"{each[name].value:.3f} (n {each[name].n})" if name in each else "–" for name in names]
            rows.append(f"| {_escape(kind)} | {' | '.join(cells)} |")
        if names:
            tables.append("\n".join(rows))
    return tables


def _failure_list(run: Run) -> list[str]:
    lines = [
        f"`{_code(id_)}`: {failure.stage}, {failure.kind}: {_escape(failure.reason)}" for id_, failure in run.failures
    ]
    return _details("Could not be measured", lines)


def _change_lists(comparison: Comparison) -> list[str]:
    def lines(changes: Iterable[Change]) -> list[str]:
        return [
            f"`{_code(change.id)}` {_escape(change.question)}: {change.before} → {change.after}" for change in changes
        ]

    return [
        *_details("Got worse", lines(change for change in comparison.changes if not change.better)),
        *_details("Got better", lines(change for change in comparison.changes if change.better)),
        *_details("About the comparison", [_escape(note) for note in comparison.notes]),
    ]


def _details(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    shown = [f"- {line}" for line in lines[:_LISTED]]
    shown += [f"- and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return [f"<details><summary>{title}: {len(lines)}</summary>\n\n" + "\n".join(shown) + "\n\n</details>"]


def _escape(text: str) -> str:
    """Return a text that Markdown shows unchanged, without mentions or links."""
    text = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_{}\[\]|~#@])", r"\\\1", text).replace("\\@", "@\u200b")


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").split())


# JUnit


def to_junit(run: Run, verdict: Verdict) -> str:
    """Return JUnit XML: a suite of the gate's rules, and one of the questions.

    A broken rule is a failure and what could not be measured an error. A question is an error only if it could not be
    measured and that breaks the gate; its outcome is in its output, because a wrong answer does not fail a build.
    """
    root = ET.Element("testsuites", name="dateline evaluate")
    rules = ET.SubElement(root, "testsuite", name="gate")
    for finding in verdict.findings:
        case = ET.SubElement(rules, "testcase", classname="dateline.gate", name=_xml(finding.rule))
        if finding.status != "pass":
            kind = "failure" if finding.status == "regression" else "error"
            ET.SubElement(case, kind, message=_xml(finding.message), type=finding.status)
        else:
            ET.SubElement(case, "system-out").text = _xml(finding.message)
    questions = ET.SubElement(root, "testsuite", name="questions")
    tolerated = verdict.findings[0].status == "pass"
    for row in run.rows:
        name = f"dateline.questions.{run.name}"
        case = ET.SubElement(questions, "testcase", classname=_xml(name), name=_xml(f"{row.id}: {row.question}"))
        for failure in row.failures[:1]:
            element = ET.SubElement(case, "skipped" if tolerated else "error", message=_xml(failure.reason))
            element.set("type", failure.kind)
        ET.SubElement(case, "system-out").text = _xml(row.outcome)
    for suite in (rules, questions):
        counts = {"tests": len(suite), "failures": len(suite.findall("testcase/failure"))}
        counts |= {"errors": len(suite.findall("testcase/error")), "skipped": len(suite.findall("testcase/skipped"))}
        for key, value in counts.items():
            suite.set(key, str(value))
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
