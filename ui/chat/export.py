"""Exports conversations as Markdown or JSON, and single answers as plain text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from assistant import sources_json
from assistant.support.marker_places import in_plain_text, markers_of, pieces
from ui.chat.markup import web_address
from ui.chat.sources import FIELD_NAMES
from ui.visible import plain, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant import Marker
    from ui.conversations.kept import KeptConversation, KeptTurn

_BULLET = re.compile(r"\s*(?:[-*+•]|(\d{1,3})[.)])\s+(?=\S)")
# Characters with a meaning in Markdown, anywhere and at the start of a line.
_SPECIAL = re.compile(r"[\\`*_\[\]<>&~$]|(?<=\w):(?=//)|(?<=\bwww)\.|(?<=\w)@(?=\w)", re.IGNORECASE)
_OPENING = re.compile(r"^(\d{0,9})([#+\-=.)|:])")


def as_markdown(conversation: KeptConversation) -> str:
    """Return a conversation as Markdown, each answer with its numbered sources.

    Text of articles, models and users is shown unchanged: nothing in it becomes a link, an image or HTML.
    """
    parts = [f"# {_text(conversation.title)}"]
    for turn in conversation.turns:
        parts += _turn_markdown(turn)
    return "\n\n".join(parts) + "\n"


def as_json(conversation: KeptConversation) -> str:
    """Return a conversation as JSON: the questions as asked and understood, the filters, and the complete answers."""
    turns = [
        {
            "question": turn.question,
            "standalone_question": turn.standalone_question,
            "filters": turn.filters,
            "asked_at": turn.asked_at.isoformat(timespec="seconds"),
            "answer": turn.answer,
            "feedback": {"good": turn.feedback.good, "reason": turn.feedback.reason} if turn.feedback else None,
        }
        for turn in conversation.turns
    ]
    return json.dumps({"title": conversation.title, "turns": turns}, ensure_ascii=False, indent=2) + "\n"


def as_text(answer: Mapping[str, Any]) -> str:
    """Return one answer as plain text with the sources it cites below it."""
    sources = []
    for source in sources_json(answer):
        about = ", ".join(part for part in (_about(source), web_address(source.get("url"))) if part)
        sources.append(f"[{source['number']}] {_quoted(source, plain(' '.join(source['quote'].split())))} — {about}")
    text, _ = in_plain_text(answer["text"], markers_of(answer))
    return "\n\n".join([plain(text.strip()), "\n".join(sources)]).strip() + "\n"


def _turn_markdown(turn: KeptTurn) -> Iterator[str]:
    answer = turn.answer
    yield f"## {_text(turn.question)}"
    notes = [turn.asked_at.strftime("%Y-%m-%d %H:%M UTC")]
    if turn.standalone_question != turn.question:
        notes.append(f"understood as: {_inline(turn.standalone_question)}")
    notes += [f"{name}: {_inline(_listed(value))}" for name, value in turn.filters.items() if value]
    yield "\\\n".join(notes)
    yield "\n\n".join(_paragraphs(answer))
    if sources := sources_json(answer):
        yield "\n".join(map(_source_markdown, sources))


def _source_markdown(source: Mapping[str, Any]) -> str:
    address = web_address(source.get("url"))
    about = _inline(_about(source)) + (f" <{address}>" if address else "")
    return f"- [{source['number']}] {_quoted(source, _inline(source['quote']))} — {about}"


def _quoted(source: Mapping[str, Any], words: str) -> str:
    """Return the cited words in quotation marks, or the cited field of a record with its name."""
    return f"{FIELD_NAMES[source['field']]}: {words}" if "field" in source else f"“{words}”"


def _paragraphs(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield each line of an answer as Markdown, with its markers."""
    text, markers = answer["text"], markers_of(answer)
    position = 0
    for line in text.splitlines(keepends=True):
        own = [marker.moved(-position) for marker in markers if position <= marker.start < position + len(line)]
        position += len(line)
        if line.strip():
            yield _paragraph(line.rstrip(), own)


def _paragraph(line: str, markers: Sequence[Marker]) -> str:
    """Return a line of an answer as Markdown; only list bullets and its markers are kept as markup."""
    bullet = _BULLET.match(line)
    lead = (f"{bullet[1]}. " if bullet[1] else "- ") if bullet else ""
    begin = bullet.end() if bullet else 0
    parts: list[str] = []
    for piece in pieces(line[begin:], [marker.moved(-begin) for marker in markers]):
        parts.append(_after(parts, piece) if isinstance(piece, str) else f"[{piece.number}]")
    return lead + "".join(parts).strip()


def _after(parts: list[str], text: str) -> str:
    """Return the text that follows these parts; after a marker, characters that would turn it into a link are
    escaped.
    """
    if not parts:
        return _text(text)
    return ("\\" if text[:1] in {"(", ":"} else "") + _inline(text)


def _text(text: str) -> str:
    """Return text as Markdown for the start of a line."""
    return _OPENING.sub(r"\1\\\2", _inline(text).lstrip())


def _inline(text: str) -> str:
    """Return text as Markdown for the middle of a line."""
    return _SPECIAL.sub(r"\\\g<0>", plain(re.sub(r"\s+", " ", text)))


def _about(citation: Mapping[str, Any]) -> str:
    named = ("title", "source", "author", "published")
    return ", ".join(plain_name(str(citation[name])) for name in named if citation.get(name))


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
