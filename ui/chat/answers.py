"""The text of an answer as HTML: markers become chips, unsupported statements are marked, and all else is shown as
text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ui.chat.markup import label, shown, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant import Marker

_BULLET = re.compile(r"\s{0,8}(?:[-*+•–—]|(\d{1,3})[.)])\s+")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_BOLD = re.compile(r"\*\*(?=\S)(.{1,400}?)(?<=\S)\*\*")
# No line break before a chip, which would separate it from the text that it belongs to.
_CHIP = Markup(
    '&NoBreak;<button type="button" class="chip" data-card="{number}" aria-label="Source {number}: {about}">'
    "{number}</button>"
)
_UNSUPPORTED = Markup('<span class="unsupported">{}{}</span>')
_WHY = Markup('<span class="why">{}</span>')
_NO_SOURCE = "No passage of the articles says this."
_WEAK = "The cited passage does not clearly say this."


@dataclasses.dataclass(frozen=True, slots=True)
class _Doubt:
    """A stretch of the text that the articles do not support, and the reason."""

    start: int
    end: int
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Chip:
    """A stretch of the text that is replaced by a chip: a marker and the space before it."""

    start: int
    end: int
    html: Markup

    @classmethod
    def of(cls, marker: Marker, text: str, about: str) -> _Chip:
        space = int(text[marker.start - 1 : marker.start] in {" ", "\t"})
        return cls(marker.start - space, marker.end, chip(marker.number, about))


@dataclasses.dataclass(slots=True)
class _Block:
    """A paragraph ("p"), a heading ("h") or a list ("ul", "ol") with its lines; `first` is the number of the first
    item.
    """

    kind: str
    lines: list[Markup]
    first: int = 1

    def html(self) -> Markup:
        if self.kind == "p":
            return Markup("<p>{}</p>").format(Markup("<br>").join(self.lines))
        if self.kind == "h":
            return Markup("<p><strong>{}</strong></p>").format(self.lines[0])
        items = Markup("").join(Markup("<li>{}</li>").format(line) for line in self.lines)
        if self.kind == "ul":
            return Markup("<ul>{}</ul>").format(items)
        return Markup('<ol start="{}">{}</ol>').format(self.first, items)


def text_html(
    text: str,
    *,
    markers: Sequence[Marker] = (),
    citations: Sequence[Mapping[str, Any]] = (),
    statements: Sequence[Mapping[str, Any]] = (),
) -> Markup:
    """Return a text as paragraphs and lists; its markers become chips, all else is shown as text, whatever it looks
    like.

    Only Markdown's list items, headings and bold are rendered, so that nothing a model or an article writes can load,
    link or run anything.
    """
    labels = {citation["number"]: headline(citation) for citation in citations}
    chips = [_Chip.of(marker, text, labels[marker.number]) for marker in markers if marker.number in labels]
    doubts = _doubts(text, chips, statements)
    blocks: list[_Block] = []
    is_open = False  # the last block may continue
    for start, end in _lines(text):
        line = text[start:end]
        bullet = _BULLET.match(line)
        heading = None if bullet else _HEADING.match(line)
        inner = _inline(text, start + len((bullet or heading or [""])[0]), end, chips, doubts)
        kind = ("ol" if bullet[1] else "ul") if bullet else "h" if heading else "p"
        if not line.strip():
            is_open = False
        elif is_open and kind != "h" and blocks[-1].kind == kind:
            blocks[-1].lines.append(inner)
        else:
            blocks.append(_Block(kind, [inner], first=int(bullet[1]) if bullet and bullet[1] else 1))
            is_open = kind != "h"
    return Markup("").join(block.html() for block in blocks)


def headline(about: Mapping[str, Any]) -> str:
    """Return title, publisher and day of an article in one line of plain text."""
    return ", ".join(str(part) for part in (title_of(about), about.get("source"), day_of(about)) if part)


def title_of(about: Mapping[str, Any]) -> str:
    """Return the title of an article, or a substitute."""
    return about.get("title") or "Untitled article"


def day_of(about: Mapping[str, Any]) -> str | None:
    """Return the day of publication in words, such as "21 August 2024"."""
    published = about.get("published")
    return written_day(published) if published else None


def written_day(day: str) -> str:
    """Return a day given as YYYY-MM-DD in words; anything else unchanged."""
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return day
    return f"{date.day} {date:%B} {date.year}"


def chip(number: int, about: str) -> Markup:
    """Return the chip of a citation: a button that shows and opens its source."""
    return _CHIP.format(number=number, about=label(about))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _inline(text: str, start: int, end: int, chips: Sequence[_Chip], doubts: Sequence[_Doubt]) -> Markup:
    """Return a stretch within one line as HTML."""
    parts: list[Markup] = []
    position = start
    for doubt in doubts:
        first, last = max(doubt.start, position), min(doubt.end, end)
        if first >= last:
            continue
        parts.append(_words(text, position, first, chips))
        why = _WHY.format(shown(doubt.why)) if doubt.end <= end else ""
        parts.append(_UNSUPPORTED.format(_words(text, first, last, chips), why))
        position = last
    parts.append(_words(text, position, end, chips))
    return Markup("").join(parts)


def _words(text: str, start: int, end: int, chips: Sequence[_Chip]) -> Markup:
    parts: list[Markup] = []
    position = start
    for placed in chips:
        if position <= placed.end and placed.start < end and placed.end <= end:
            parts += (_plain(text[position : max(position, placed.start)]), placed.html) if placed.end > start else ()
            position = max(position, placed.end)
    return Markup("").join([*parts, _plain(text[position:end])])


def _plain(text: str) -> Markup:
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(words(text))))  # noqa: S704 - stars of what was escaped


def _doubts(text: str, chips: Sequence[_Chip], statements: Sequence[Mapping[str, Any]]) -> list[_Doubt]:
    """Find the unsupported statements in the text; statements do not contain the text's markers."""
    places = _places_without(chips, len(text))
    plain = "".join(text[place] for place in places)
    doubts: list[_Doubt] = []
    position = 0
    for statement in statements:
        found = plain.find(statement["text"], position) if statement["text"] else -1
        if found < 0:
            continue
        position = found + len(statement["text"])
        if statement["supported"]:
            continue
        end = places[position - 1] + 1
        for placed in chips:
            end = placed.end if placed.start == end else end
        doubts.append(_Doubt(places[found], end, _WEAK if statement["citations"] else _NO_SOURCE))
    return doubts


def _places_without(chips: Sequence[_Chip], length: int) -> list[int]:
    """Return the places of the characters of a text that no chip replaces."""
    places: list[int] = []
    position = 0
    for placed in chips:
        places += range(position, placed.start)
        position = placed.end
    return [*places, *range(position, length)]
