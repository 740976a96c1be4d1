"""The conversation as HTML: each question with its answer and what can be done about it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from assistant.marker_places import markers_of
from ui import visible
from ui.chat.answers import headline, text_html, written_day
from ui.chat.export import as_text
from ui.chat.icons import icon
from ui.chat.markup import escape, shown, words
from ui.chat.sources import NEAREST, cards_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant import Marker
    from ui.chat.turns import Chat, ChatTurn

_OPENING = 110  # characters of a passage that are enough to know it by
REASONS = ("Wrong", "Incomplete", "Wrong source", "Should have been found")
"""What may be the matter with an answer, to choose from; their own words can be added."""

_EXPORT = (
    '<span class="export">Export as'
    '<button type="button" class="quiet-button" data-export="markdown" aria-label="Export as Markdown">'
    "Markdown</button>"
    '<button type="button" class="quiet-button" data-export="json" aria-label="Export as JSON">JSON</button></span>'
)


def chat_html(chat: Chat) -> list[str]:
    """Return the conversation, one text of HTML for each turn."""
    last = len(chat.turns) - 1
    return [turn_html(turn, place=place, is_last=place == last, key=chat.key) for place, turn in enumerate(chat.turns)]


def turn_html(turn: ChatTurn, *, place: int, is_last: bool, key: str = "") -> str:
    """Return a question and what became of it; only the last one can be asked again."""
    busy = ' aria-busy="true"' if turn.state == "running" else ""
    return (
        f'<article class="turn {turn.state}" data-turn="{place}" data-number="{turn.number or ""}"'
        f' data-key="{escape(key) if is_last else ""}"{busy}>'
        '<h2 class="question" tabindex="-1"><span class="sr">You asked: </span>'
        f"<bdi>{words(turn.wish.question)}</bdi></h2>"
        f"{_understood(turn, can_change=is_last and turn.state != 'running')}"
        f"{_body(turn)}"
        f"{_tools(turn, is_last=is_last) if turn.state != 'running' else ''}"
        f"{_hidden(turn)}"
        "</article>"
    )


def _body(turn: ChatTurn) -> str:
    if turn.state == "failed":
        return f'<div class="answer failed" role="alert"><p>{shown(turn.message)}</p></div>'
    if turn.answer is None:
        return _unfinished(turn)
    answer = turn.answer
    if not answer["found"] and answer["reader"] != "small talk":
        return _not_found(answer)
    short = answer["short_answer"]
    in_short = (
        f'<p class="short"><span class="label">In short</span> {shown(short)}</p>'
        if short and short.strip() != answer["text"].strip()
        else ""
    )
    text = text_html(
        answer["text"], markers=markers_of(answer), citations=answer["citations"], statements=answer["statements"]
    )
    return f'<div class="answer">{in_short}<div class="text">{text}</div>{_notice(answer)}{_made(answer)}</div>'


def _unfinished(turn: ChatTurn) -> str:
    written = text_html(turn.text, markers=turn.markers, citations=_coming(turn.markers))
    text = f'<div class="text">{written}</div>' if turn.text else ""
    if turn.state == "stopped":
        return f'<div class="answer stopped">{text}<p class="notice">{shown(turn.message)}</p></div>'
    if text:
        return f'<div class="answer">{text}<span class="caret" aria-hidden="true"></span></div>'
    doing = "Looking through the articles" if turn.passages is None else f"Reading {_count(turn.passages, 'passage')}"
    dots = '<span class="dots" aria-hidden="true"></span>'
    return f'<div class="answer"><p class="doing" role="status">{doing}{dots}</p></div>'


def _coming(markers: Sequence[Marker]) -> list[dict[str, Any]]:
    """Return stand-ins for the citations of an answer in the making; its markers are final, their sources follow."""
    numbers = {marker.number for marker in markers}
    return [{"number": number, "title": "its passage comes with the whole answer"} for number in numbers]


def _not_found(answer: Mapping[str, Any]) -> str:
    nearest = answer["passages"][:NEAREST]
    links = "".join(
        f'<li><button type="button" class="near" data-card="p{passage["rank"]}">{shown(_opening(passage["text"]))}'
        f'<span class="near-title">{shown(headline(passage))}</span></button></li>'
        for passage in nearest
    )
    offered = f'<p class="label">The nearest passages</p><ul class="nearest">{links}</ul>' if nearest else ""
    # Where a model wrote something that no article says, it is shown, and marked sentence by sentence.
    kind = "unfounded" if answer["statements"] else "missing"
    text = text_html(answer["text"], statements=answer["statements"])
    return f'<div class="answer {kind}"><div class="text">{text}</div>{_notice(answer)}{offered}{_made(answer)}</div>'


def _opening(text: str) -> str:
    return textwrap.shorten(text, _OPENING, placeholder=" …")


def _notice(answer: Mapping[str, Any]) -> str:
    return f'<p class="notice">{shown(answer["notice"])}</p>' if answer.get("notice") else ""


def _made(answer: Mapping[str, Any]) -> str:
    """Return the quiet line that says how the answer was made."""
    reader = answer["reader"]
    if reader == "small talk":
        return ""
    who = f"Written by {reader.removeprefix('llm:')}" if reader.startswith("llm:") else "Quoted word for word"
    if not answer["statements"]:
        who = "No answer found" if answer["passages"] else "Nothing to read"
    read = _count(len(answer["passages"]), "passage") + " read"
    return f'<p class="made">{shown(" · ".join([who, read, _seconds(answer)]))}</p>'


def _seconds(answer: Mapping[str, Any]) -> str:
    seconds = answer["timings_ms"]["total"] / 1e3
    return f"{seconds:.1f} s" if seconds >= 0.1 else "under 0.1 s"  # noqa: PLR2004 - a tenth is what is shown


def _understood(turn: ChatTurn, *, can_change: bool) -> str:
    """Return what was made of the question, as chips that can be taken away where it can be asked again."""
    chips: list[str] = []
    answer = turn.answer or {}
    standalone = answer.get("standalone_question") or turn.standalone_question
    if standalone and standalone.casefold() != " ".join(turn.wish.question.split()).casefold():
        chips.append(_removable(f"Understood as: {standalone}", "follows", "Ask it as it was written", can_change))
    time = answer.get("time")
    if time:
        chips.append(_removable(_time(time), "times", "Ask without this time", can_change))
    chips += [f'<li class="known">{shown(text)}</li>' for text in _filters(turn.wish.filters)]
    return f'<ul class="understood" aria-label="How the question was understood">{"".join(chips)}</ul>' if chips else ""


def _removable(text: str, what: str, label: str, can_change: bool) -> str:
    button = (
        f'<button type="button" data-without="{what}" aria-label="{label}" title="{label}">{icon("close")}</button>'
        if can_change
        else ""
    )
    return f'<li class="known">{shown(text)}{button}</li>'


def _time(time: Mapping[str, Any]) -> str:
    days = _days(time["since"], time["until"])
    meant = f"published {days}" if days else "newest first"
    return f"“{time['phrase']}”: {meant}"


def _days(since: str | None, until: str | None) -> str:
    if since and until:
        return f"on {written_day(since)}" if since == until else f"from {written_day(since)} to {written_day(until)}"
    if since:
        return f"since {written_day(since)}"
    return f"until {written_day(until)}" if until else ""


def _filters(filters: Mapping[str, Any]) -> list[str]:
    texts = [f"Source: {name}" for name in filters.get("source") or ()]
    texts += [f"Author: {name}" for name in filters.get("author") or ()]
    days = _days(filters.get("since"), filters.get("until"))
    return [*texts, f"Published {days}"] if days else texts


def _tools(turn: ChatTurn, *, is_last: bool) -> str:
    answer = turn.answer
    tools: list[str] = []
    if answer and answer["citations"]:
        tools.append(_tool("sources", "sources", _count(len(answer["citations"]), "source"), name=True))
    if answer:
        tools.append(_tool("copy", "copy", "Copy with sources"))
    if is_last:
        tools += [_tool("again", "again", "Ask again"), _tool("edit", "edit", "Edit the question")]
    if turn.number:
        for tool, good, label in (("up", True, "Good answer"), ("down", False, "Bad answer")):
            chosen = turn.feedback is not None and turn.feedback.good is good
            tools.append(_tool(tool, tool, label, pressed=chosen))
    if is_last and answer:
        tools.append(_EXPORT)
    form = _reason_form(turn) if turn.number else ""
    return f'<div class="tools" role="group" aria-label="About this answer">{"".join(tools)}</div>{form}'


def _tool(what: str, drawing: str, label: str, *, name: bool = False, pressed: bool | None = None) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    inner = f"<span>{label}</span>" if name else ""
    return (
        f'<button type="button" class="tool" data-tool="{what}" aria-label="{label}" title="{label}"{state}>'
        f"{icon(drawing)}{inner}</button>"
    )


def _reason_form(turn: ChatTurn) -> str:
    given = turn.feedback.reason if turn.feedback else ""
    choices = "".join(f'<button type="button" class="reason">{reason}</button>' for reason in REASONS)
    return (
        '<form class="why-form" hidden><p class="label">Thank you. What was it?</p>'
        f'<div class="reasons">{choices}</div>'
        '<label class="sr" >A reason, in your own words</label>'
        f'<input type="text" name="reason" maxlength="500" autocomplete="off" aria-label="A reason, in your own words"'
        f' placeholder="In your own words (optional)" value="{escape(given)}">'
        '<button type="submit" class="quiet-button">Send</button></form>'
    )


def suggestions_html(questions: Sequence[str], *, after: str) -> str:
    """Return what could be asked next; `after` is the key of the conversation that it belongs to."""
    if not questions:
        return ""
    return f'<div class="follow" data-after="{escape(after)}"><p class="label">Ask next</p>{asks_html(questions)}</div>'


def asks_html(questions: Sequence[str]) -> str:
    """Return questions to click."""
    items = "".join(f'<li><button type="button" class="ask">{shown(question)}</button></li>' for question in questions)
    return f'<ul class="asks">{items}</ul>'


def _hidden(turn: ChatTurn) -> str:
    """Return what the page takes from the turn when it is wanted: its cards, and its text to copy."""
    if turn.answer is None:
        return ""
    plain = f"{visible.plain(turn.wish.question)}\n\n{as_text(turn.answer)}"
    return f'<div class="stock" hidden>{cards_html(turn.answer)}</div><pre class="plain" hidden>{escape(plain)}</pre>'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
