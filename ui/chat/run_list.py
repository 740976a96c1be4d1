"""The runs of question sets as a list in HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.chat.answers import written_day
from ui.chat.markup import label, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.service.evaluation_store import Evaluation

_FIGURES = ("right", "recall@5", "f1")
_STATES = {
    "queued": "Waiting",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Stopped",
}


def runs_html(evaluations: Sequence[Evaluation]) -> str:
    """Return the runs, the newest first, with what can be done about each."""
    if not evaluations:
        return '<p class="no-runs">There are no runs yet. Choose a question set, or upload one, and run it.</p>'
    items = "".join(map(_item, evaluations))
    return f'<ul class="run-list" aria-label="Runs">{items}</ul>'


def label_of(evaluation: Evaluation) -> str:
    """Return a name for a run that tells it from others, as plain text."""
    return f"{evaluation.name}, {_when(evaluation)}"


def _item(evaluation: Evaluation) -> str:
    called = label(label_of(evaluation))
    title = f'<span class="run-name">{shown(evaluation.name)}</span>'
    if evaluation.is_whole:
        opens = f'data-report="{evaluation.id}" data-label="{called}"'
        title = f'<button type="button" class="run-open" {opens}>{title}</button>'
    about = [_when(evaluation), _questions(evaluation.total)]
    if evaluation.reader == "dateline-extractive":
        about.append("without a language model")
    return (
        f'<li class="run {evaluation.status}">{title}<p class="byline">{shown(" · ".join(about))}</p>'
        f'<div class="run-state">{_state(evaluation)}</div>'
        f'<div class="run-tools">{_tools(evaluation, called)}</div></li>'
    )


def _state(evaluation: Evaluation) -> str:
    if evaluation.status == "running":
        done, total = evaluation.done, evaluation.total
        return f'<progress max="{max(1, total)}" value="{done}"></progress> {done:,} of {total:,}'
    if evaluation.status == "failed" and evaluation.error:
        told = f"{evaluation.error.get('message') or ''} {evaluation.error.get('help') or ''}".strip()
        return f'<span class="run-problem">{shown(told)}</span>'
    if evaluation.status != "done":
        return _STATES[evaluation.status]
    told = _figures(evaluation)
    if evaluation.failed:
        told += f'<span class="run-problem">{evaluation.failed:,} failed</span>'
    if not evaluation.is_whole:
        told += '<span class="byline">An article of it was removed: only the figures are left.</span>'
    return told


def _figures(evaluation: Evaluation) -> str:
    told = ""
    for name in _FIGURES:
        figure = (evaluation.metrics or {}).get(name)
        if figure is None:
            continue
        told += f'<span class="run-figure"><span>{name}</span> <b>{figure["value"]:.3f}</b>{_interval(figure)}</span>'
    return told or "Done"


def _interval(figure: object) -> str:
    lower, upper = (figure.get(name) if hasattr(figure, "get") else None for name in ("lower", "upper"))
    return f" <small>{lower:.3f} to {upper:.3f}</small>" if lower is not None and upper is not None else ""


def _tools(evaluation: Evaluation, called: str) -> str:
    if not evaluation.has_ended:
        return f'<button type="button" data-stop="{evaluation.id}" aria-label="Stop {called}">Stop</button>'
    report = (
        f'<button type="button" data-report="{evaluation.id}" data-label="{called}" aria-label="Report of {called}">'
        "Report</button>"
        if evaluation.is_whole
        else ""
    )
    return (
        f'{report}<button type="button" data-remove-run="{evaluation.id}" aria-label="Remove {called}">Remove</button>'
    )


def _when(evaluation: Evaluation) -> str:
    at = evaluation.created_at
    return f"{written_day(at.date().isoformat())}, {at:%H:%M:%S} UTC"


def _questions(number: int) -> str:
    return f"{number:,} question{'' if number == 1 else 's'}"
