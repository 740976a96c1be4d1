"""Explains an answer stage by stage, for `dateline ask --explain`: as plain values and as text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from assistant import DoneEvent, PassagesEvent
from assistant.answer import passage_json
from ui.visible import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant import Answer, Event
    from assistant.readers.reader import Draft
    from index import ScoredPassage

_SIGNALS = ("dense", "passage", "article", "fused", "after_reader")
_WIDTH = 110  # characters of a line


def explain(events: Iterable[Event]) -> dict[str, Any]:
    """Return every stage of an answer as plain values; `answer` is what `--json` alone prints."""
    found = done = None
    for event in events:
        if isinstance(event, PassagesEvent):
            found = event
        elif isinstance(event, DoneEvent):
            done = event
    if found is None or done is None:
        raise TypeError("the events ended without an answer")
    answer = done.answer.as_json()
    return {
        "understood": {
            "question": answer["question"],
            "standalone_question": found.standalone_question,
            "kind": answer["kind"],
            "time": answer["time"],
            "filters": found.filters.as_json(),
        },
        "passages": [_passage_json(scored) for scored in found.passages],
        "reader": {"name": answer["reader"], **_draft_json(done.draft)},
        "decision": _decide(done.answer, done.draft),
        "answer": answer,
    }


def _passage_json(scored: ScoredPassage) -> dict[str, Any]:
    signals = dataclasses.asdict(scored.signals) if scored.signals else {}
    signals["fused"] = scored.score if scored.retrieved is None else scored.retrieved
    signals["after_reader"] = scored.score
    return passage_json(scored) | {"signals": {name: round(value, 4) for name, value in signals.items()}}


def _draft_json(draft: Draft | None) -> dict[str, Any]:
    if draft is None:
        return {"found": False, "confidence": 0.0, "threshold": None, "judged": [], "statements": []}
    return {
        "found": draft.found,
        "confidence": round(draft.confidence, 4),
        "threshold": draft.threshold,
        "judged": [{"text": candidate.span.text, "score": round(candidate.score, 4)} for candidate in draft.judged],
        "statements": [
            {"text": statement.text, "support": round(statement.support, 4)} for statement in draft.statements
        ],
    }


def _decide(answer: Answer, draft: Draft | None) -> str:
    """Explain in one sentence why there is an answer, or why there is none."""
    if draft is None:
        return "Answered without a search: this is small talk."
    if not answer.passages:
        return "Answered from the articles' records." if answer.found else "Refused: no passage was found."
    if draft.found and not answer.found:
        return "Refused: no citation passed the check."
    if draft.threshold is not None:
        confidence, threshold = f"the confidence, {draft.confidence:.2f}", f"the threshold, {draft.threshold:.2f}"
        return (
            f"Answered: {confidence}, reaches {threshold}."
            if answer.found
            else f"Refused: {confidence}, is below {threshold}."
        )
    if answer.found:
        supported = sum(statement.supported for statement in answer.statements)
        return f"Answered: the articles support {supported} of {len(answer.statements)} statements."
    return "Refused: the reader found no answer in the passages."


def print_explanation(stages: dict[str, Any]) -> None:
    """Print what `explain` returned."""
    understood, reader = stages["understood"], stages["reader"]
    _print_stage(
        "Understood as",
        understood["standalone_question"],
        f"kind: {understood['kind']}",
        f"time: {_time_text(understood['time'])}",
        f"filters: {_filters_text(understood['filters'])}",
    )
    lines = ["".join(f"{name:>14}" for name in _SIGNALS)]
    for passage in stages["passages"]:
        lines.append("".join(f"{_figure(passage['signals'].get(name)):>14}" for name in _SIGNALS))
        lines.append(f"    {passage['rank']}. {passage['title'] or passage['article_id']}: {passage['text']}")
    _print_stage("Passages", *lines)
    _print_stage(
        f"Reader: {reader['name']}",
        f"confidence {reader['confidence']:.2f}, threshold {_figure(reader['threshold'])}",
        *(f"{passage['score']:7.2f}  {passage['text']}" for passage in reader["judged"]),
        *(f"statement, supported {passage['support']:.2f}: {passage['text']}" for passage in reader["statements"]),
    )
    _print_stage("Decision", stages["decision"])
    click.echo(f"\n{plain(stages['answer']['text'])}")


def _print_stage(title: str, *lines: str) -> None:
    click.echo(f"\n{title}")
    for line in lines:
        shown = plain(line.replace("\n", " "))
        click.echo(f"  {shown[:_WIDTH]}{'…' if len(shown) > _WIDTH else ''}")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _time_text(time: dict[str, Any] | None) -> str:
    if time is None:
        return "none"
    days = ", ".join(f"{name} {time[name]}" for name in ("since", "until") if time[name])
    return f"“{time['phrase']}”, {days or 'newer articles first'}"


def _filters_text(filters: dict[str, Any]) -> str:
    parts = [f"{name} {value if isinstance(value, str) else ', '.join(value)}" for name, value in filters.items()]
    return "; ".join(parts) or "none"
