"""The runs of question sets as a list in HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.chat.answers import written_day
from ui.chat.markup import render
from ui.counts import count

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
    """Return the runs, the newest first, with their buttons."""
    return render("runs", runs=[_run(evaluation) for evaluation in evaluations])


def label_of(evaluation: Evaluation) -> str:
    """Return a distinctive name for a run, as plain text."""
    return f"{evaluation.name}, {_when(evaluation)}"


def _run(evaluation: Evaluation) -> dict[str, Any]:
    """Return the list entry of a run."""
    about = [_when(evaluation), count(evaluation.total, "question")]
    if evaluation.reader == "dateline-extractive":
        about.append("without a language model")
    error = evaluation.error if evaluation.status == "failed" and evaluation.error else {}
    return {
        "id": evaluation.id,
        "name": evaluation.name,
        "label": label_of(evaluation),
        "about": " · ".join(about),
        "status": evaluation.status,
        "state": _STATES[evaluation.status],
        "has_ended": evaluation.has_ended,
        "is_whole": evaluation.is_whole,
        "done": evaluation.done,
        "total": evaluation.total,
        "failed": evaluation.failed,
        "problem": f"{error.get('message') or ''} {error.get('help') or ''}".strip(),
        "figures": [_figure(name, figure) for name in _FIGURES if (figure := (evaluation.metrics or {}).get(name))],
    }


def _figure(name: str, figure: Any) -> dict[str, str]:
    lower, upper = (figure.get(bound) for bound in ("lower", "upper"))
    interval = f"{lower:.3f} to {upper:.3f}" if lower is not None and upper is not None else ""
    return {"name": name, "value": f"{figure['value']:.3f}", "interval": interval}


def _when(evaluation: Evaluation) -> str:
    created = evaluation.created_at
    return f"{written_day(created.date().isoformat())}, {created:%H:%M:%S} UTC"
