"""What `dateline evaluate` shows: progress on stderr, and a summary on stdout that fits a terminal and a log."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.evaluation.figures.metrics import GROUPS, METRICS
from assistant.evaluation.report.summaries import format_interval
from ui.commands.render import one_line, open_console, print_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.evaluation.figures.compare import Change, Comparison, Difference
    from assistant.evaluation.figures.gate import Verdict
    from assistant.evaluation.runs.run import Run

_LISTED = 10  # failures, changes or warnings that are listed of each kind
_WIDTH = 140  # of tables in a pipe
_STYLES = {"pass": "green", "regression": "red", "unmeasured": "yellow"}
_WORDS = {"pass": "passed", "regression": "regression", "unmeasured": "could not be measured"}


def print_run(run: Run, verdict: Verdict, comparison: Comparison | None = None) -> None:
    """Print the figures of a run, its failures, and the gate's verdict."""
    console = open_console()
    if not console.is_terminal:
        console.width = _WIDTH
    print_text(console, Text.assemble((f"{one_line(run.name)}: ", "bold"), _headline(run)))
    _print_table(console, _metric_table(run, comparison))
    print_text(console, Text("\nOutcomes: " + ", ".join(f"{name} {number}" for name, number in run.outcomes.items())))
    _print_breakdown(console, run)
    if comparison:
        _print_comparison(console, comparison)
    _print_list(
        console,
        "Could not be measured",
        [f"{id_}: {failure.stage}, {failure.kind}: {failure.reason}" for id_, failure in run.failures],
    )
    _print_list(console, "Warnings", run.warnings)
    _print_cost(console, run)
    console.print()
    for finding in verdict.findings:
        print_text(
            console, Text.assemble((f"{finding.rule}: ", "bold"), (one_line(finding.message), _STYLES[finding.status]))
        )
    print_text(console, Text(f"Verdict: {_WORDS[verdict.status]}", f"bold {_STYLES[verdict.status]}"))


def _headline(run: Run) -> str:
    return f"{len(run.rows):,} questions, {run.collection.size:,} articles, {run.system.get('reader')} reader"


def _metric_table(run: Run, comparison: Comparison | None) -> Table:
    differences = comparison.differences if comparison else {}
    table = Table(box=None, header_style="dim")
    for column in ("metric", "value", "95 % interval", "n", *(["from", "difference"] if differences else [])):
        table.add_column(column, justify="left" if column == "metric" else "right", no_wrap=True)
    group = None
    for name, estimate in run.metrics.items():
        metric = METRICS[name]
        if not metric.main:
            continue
        if metric.group != group:
            group = metric.group
            table.add_row(Text(GROUPS[group], "bold"))
        cells = [
            Text(f"  {name}"),
            Text(f"{estimate.value:.3f}"),
            Text(format_interval(estimate), "dim"),
            Text(str(estimate.n), "dim"),
        ]
        table.add_row(*cells, *_differing(differences.get(name), better=metric.better))
    return table


def _differing(found: Difference | None, *, better: str) -> list[Text]:
    """Return a metric's baseline and change, in colour if the interval excludes 0."""
    if found is None or found.difference is None or found.lower is None or found.upper is None:
        return []
    change = f"{found.difference:+.3f} ({found.lower:+.3f} to {found.upper:+.3f})"
    sign = 1 if better == "higher" else -1
    is_better, is_worse = (
        min(sign * found.lower, sign * found.upper) > 0,
        max(sign * found.lower, sign * found.upper) < 0,
    )
    return [Text(f"{found.before:.3f}"), Text(change, "green" if is_better else "red" if is_worse else "dim")]


def _print_breakdown(console: Console, run: Run) -> None:
    for field, kinds in run.breakdown.items():
        names = [
            name
            for name in ("recall@5", "f1", "answer_in_text", "right")
            if any(name in each for each in kinds.values())
        ]
        table = Table(box=None, header_style="dim")
        table.add_column(one_line(field), no_wrap=True)
        for name in (*names, "n"):
            table.add_column(name, justify="right", no_wrap=True)
        for kind, each in kinds.items():
            cells = [
                f"{each[name].value:.3f} ({format_interval(each[name])})" if name in each else "–" for name in names
            ]
            table.add_row(Text(one_line(kind)), *cells, str(max((estimate.n for estimate in each.values()), default=0)))
        console.print()
        _print_table(console, table)


def _print_comparison(console: Console, comparison: Comparison) -> None:
    console.print()
    if comparison.problem:
        print_text(console, Text(f"Not comparable: {comparison.problem}", "yellow"))
        return
    print_text(console, Text(f"Compared with the baseline over {comparison.common} questions that both have."))
    for name, (before, after) in comparison.system.items():
        print_text(console, Text(f"  {name}: {before} → {after}", "dim"))
    for note in comparison.notes:
        print_text(console, Text(f"  {note}", "yellow"))
    _print_changes(console, "Got worse", [change for change in comparison.changes if not change.better])
    _print_changes(console, "Got better", [change for change in comparison.changes if change.better])


def _print_changes(console: Console, title: str, changes: Sequence[Change]) -> None:
    _print_list(
        console, title, [f"{change.id} {change.question}: {change.before} → {change.after}" for change in changes]
    )


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    print_text(console, Text(f"\n{title}: {len(lines)}", "bold"))
    for line in lines[:_LISTED]:
        print_text(console, Text(f"  {one_line(line)}"))
    if len(lines) > _LISTED:
        print_text(console, Text(f"  and {len(lines) - _LISTED} more; --report lists them all", "dim"))


def _print_cost(console: Console, run: Run) -> None:
    stages = [f"{name} {spent['p50']:.2f} ({spent['p95']:.2f})" for name, spent in run.stages().items()]
    print_text(console, Text("\nSeconds by stage, p50 (p95): " + ", ".join(stages), "dim"))
    if run.tokens:
        tokens = run.tokens
        cost = f", cost {tokens.cost:.4f}" if tokens.cost is not None else ""
        line = f"Tokens: {tokens.prompt_tokens:,} read, {tokens.completion_tokens:,} written{cost}"
        print_text(console, Text(line, "dim"))


def _print_table(console: Console, table: Table) -> None:
    console.print(table)


class EvaluationBar:
    """The progress bar of an evaluation: passages embedded, then questions done."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self._passages = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("Opening", total=None)

    def add_passages(self, number: int) -> None:
        """Count passages as embedded."""
        self._passages += number
        self._bar.update(self._task, description="Embedding", completed=self._passages)

    def show(self, done: int, total: int) -> None:
        """Show how many of all questions are done."""
        self._bar.update(self._task, description="Asking", completed=done, total=total)

    @contextlib.contextmanager
    def shown(self) -> Iterator[EvaluationBar]:
        """Show the bar while the `with` lasts."""
        with self._bar:
            yield self


def progress() -> contextlib.AbstractContextManager[EvaluationBar]:
    """Return a progress bar on stderr, shown only on a terminal."""
    return EvaluationBar().shown()
