"""The conversation as HTML: each question with its answer and its buttons."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from assistant import sources_json
from assistant.support.marker_places import markers_of
from index.filters import NAME_FILTERS
from ui import visible
from ui.chat.answers import headline, text_html, written_day
from ui.chat.export import as_text
from ui.chat.markup import render
from ui.chat.sources import NEAREST, cards_html
from ui.counts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant import Marker
    from ui.chat.turns import Chat, ChatTurn

# Kinds of questions as the page calls them; a single fact and small talk need no word.
_KINDS = {
    "record": "a question about the articles themselves",
    "summary": "a summary",
    "list": "a list",
    "comparison": "a comparison",
    "timeline": "a timeline",
    "yes_no": "a yes or no question",
    "reason": "a question after reasons",
    "quotation": "a question after a quotation",
}
_OPENING = 110  # characters that identify a passage
REASONS = ("Wrong", "Incomplete", "Wrong source", "Wrongly refused")
"""The reasons offered for a bad rating; users can add their own words."""


def chat_html(chat: Chat) -> list[str]:
    """Return the conversation as HTML, one string per turn."""
    last = len(chat.turns) - 1
    return [turn_html(turn, place=place, is_last=place == last, key=chat.key) for place, turn in enumerate(chat.turns)]


def turn_html(turn: ChatTurn, *, place: int, is_last: bool, key: str = "") -> str:
    """Return a question with its answer; only the last one can be asked again."""
    answer = _answer(turn.answer) if turn.answer is not None else _unfinished(turn)
    return render(
        "turn",
        state=turn.state,
        place=place,
        number=turn.number,
        key=key if is_last else "",
        is_last=is_last,
        question=turn.wish.question,
        understood=list(_understood(turn)),
        can_change=is_last and turn.state != "running",
        message=turn.message,
        passages=turn.passages,
        good=turn.feedback.good if turn.feedback else None,
        reason_given=turn.feedback.reason if turn.feedback else "",
        reasons=REASONS,
        plain=f"{visible.plain(turn.wish.question)}\n\n{as_text(turn.answer)}" if turn.answer is not None else "",
        **answer,
    )


def suggestions_html(questions: Sequence[str], *, after: str) -> str:
    """Return suggestions for the next question; `after` is the key of the conversation they belong to."""
    return render("asks", questions=questions, after=after)


def _unfinished(turn: ChatTurn) -> dict[str, Any]:
    """Return what is shown instead of an answer that is missing or incomplete."""
    written = text_html(turn.text, markers=turn.markers, citations=_coming(turn.markers)) if turn.text else ""
    return {"is_whole": False, "text": written, "sources": 0}


def _coming(markers: Sequence[Marker]) -> list[dict[str, Any]]:
    """Return placeholders for the citations of an answer in progress; its markers are final, their sources follow."""
    numbers = {marker.number for marker in markers}
    return [{"number": number, "title": "its passage comes with the finished answer"} for number in numbers]


def _answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a complete answer."""
    is_missing = not answer["found"] and not _is_talk(answer)
    short = answer["short_answer"]
    sources = sources_json(answer)
    # What a model wrote without support in an article is shown, and marked sentence by sentence.
    kind = ("unfounded" if answer["statements"] else "missing") if is_missing else ""
    return {
        "is_whole": True,
        "kind": kind,
        "short": short if not is_missing and short and short.strip() != answer["text"].strip() else "",
        "text": text_html(
            answer["text"], markers=markers_of(answer), citations=sources, statements=answer["statements"]
        ),
        "notice": answer.get("notice"),
        "nearest": [_near(passage) for passage in answer["passages"][:NEAREST]] if is_missing else [],
        "made": _made(answer),
        "sources": len(sources),
        "cards": cards_html(answer),
    }


def _is_talk(answer: Mapping[str, Any]) -> bool:
    """Return whether nothing was looked up: the answer only says what can be asked."""
    return answer["reader"] == "small talk" or answer.get("kind") == "request"


def _near(passage: Mapping[str, Any]) -> dict[str, Any]:
    opening = textwrap.shorten(passage["text"], _OPENING, placeholder=" …")
    return {"rank": passage["rank"], "opening": opening, "headline": headline(passage)}


def _made(answer: Mapping[str, Any]) -> str:
    """Return the small line that says how the answer was made."""
    reader = answer["reader"]
    if _is_talk(answer):
        return ""
    if answer.get("kind") == "record":
        return f"From the articles’ records · {_seconds(answer)}"
    origin = f"Written by {reader.removeprefix('llm:')}" if reader.startswith("llm:") else "Quoted word for word"
    if not answer["statements"]:
        origin = "No answer found" if answer["passages"] else "No passages to read"
    return " · ".join([origin, f"{count(len(answer['passages']), 'passage')} read", _seconds(answer)])


def _seconds(answer: Mapping[str, Any]) -> str:
    seconds = answer["timings_ms"]["total"] / 1e3
    return f"{seconds:.1f} s" if seconds >= 0.1 else "under 0.1 s"  # noqa: PLR2004 - a tenth is what is shown


def _understood(turn: ChatTurn) -> Iterator[dict[str, str]]:
    """Yield how the question was understood, as chips; `without` says what to leave out to ask it again."""
    answer = turn.answer or {}
    standalone = answer.get("standalone_question") or turn.standalone_question
    if standalone and standalone.casefold() != " ".join(turn.wish.question.split()).casefold():
        label = "Ask it exactly as written"
        yield {"text": f"Understood as: {standalone}", "without": "follows", "label": label}
    if meant := _KINDS.get(answer.get("kind", "fact")):
        yield {"text": f"Understood as {meant}", "without": "kind", "label": "Ask for a single fact instead"}
    if time := answer.get("time"):
        yield {"text": _time(time), "without": "times", "label": "Ask without this time"}
    for text in _filters(turn.wish.filters):
        yield {"text": text, "without": "", "label": ""}


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
    texts = [f"{known.label}: {name}" for known in NAME_FILTERS for name in filters.get(known.name) or ()]
    days = _days(filters.get("since"), filters.get("until"))
    return [*texts, f"Published {days}"] if days else texts
