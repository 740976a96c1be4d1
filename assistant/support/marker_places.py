"""The positions of an answer's markers, recorded when its text is made and never searched for again.

An article may contain "[2]". In a quotation, this is text like any other, whatever it looks like.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

ITEM = "- "
"""What a statement that is an item of a list begins with."""

_LOOKS_LIKE_ONE = re.compile(r"\[(\d{1,4})\]")


@dataclasses.dataclass(frozen=True, slots=True)
class Marker:
    """A marker of a citation, in characters of the answer's text."""

    start: Annotated[int, Field(description="Where it begins.", examples=[22])]
    end: Annotated[int, Field(description="Where it ends.", examples=[25])]
    number: Annotated[int, Field(description="The number of its citation.", examples=[1])]

    def moved(self, by: int) -> Marker:
        """Return the marker shifted by this many characters."""
        return Marker(self.start + by, self.end + by, self.number)


def mark(text: str, numbers: Iterable[int], *, before: str = "") -> tuple[str, tuple[Marker, ...]]:
    """Return a text followed by these numbers, if any, as markers, separated from it by `before`."""
    markers: list[Marker] = []
    marked = text
    for number in numbers:
        marked += "" if markers else before
        written = f"[{number}]"
        markers.append(Marker(len(marked), len(marked) + len(written), number))
        marked += written
    return marked, tuple(markers)


def in_place(text: str, markers: Iterable[Marker], numbers: Collection[int]) -> tuple[Marker, ...]:
    """Return the markers that are in the text at their positions, in order, and have one of these numbers."""
    kept: list[Marker] = []
    position = 0
    for marker in markers:
        is_there = text[marker.start : marker.end] == f"[{marker.number}]"
        if marker.start >= position and is_there and marker.number in numbers:
            kept.append(marker)
            position = marker.end
    return tuple(kept)


def renumber(text: str, markers: Sequence[Marker], numbers: Mapping[int, int | None]) -> tuple[str, tuple[Marker, ...]]:
    """Return the text with its markers renumbered, and without markers that have no new number."""
    parts: list[str] = []
    placed: list[Marker] = []
    length = 0
    for piece in pieces(text, markers):
        if isinstance(piece, str):
            written = piece
        else:
            number = numbers.get(piece.number)
            if number is None:
                parts[-1:] = [part.rstrip(" ") for part in parts[-1:]]
                length = sum(map(len, parts))
                continue
            written = f"[{number}]"
            placed.append(Marker(length, length + len(written), number))
        parts.append(written)
        length += len(written)
    return "".join(parts), tuple(placed)


def pieces(text: str, markers: Iterable[Marker]) -> Iterator[str | Marker]:
    """Yield the words and markers of a text in order."""
    position = 0
    for marker in markers:
        if position < marker.start:
            yield text[position : marker.start]
        yield marker
        position = marker.end
    if position < len(text):
        yield text[position:]


def in_plain_text(text: str, markers: Iterable[Marker]) -> tuple[str, tuple[Marker, ...]]:
    """Return the text as shown in plain text, and its markers there.

    Text that only looks like a marker gets backslashes, as in Markdown: the article's "[2]" becomes "\\[2\\]".
    """
    parts: list[str] = []
    placed: list[Marker] = []
    length = 0
    for piece in pieces(text, markers):
        if isinstance(piece, str):
            parts.append(_LOOKS_LIKE_ONE.sub(r"\\[\1\\]", piece))
        else:
            parts.append(f"[{piece.number}]")
            placed.append(piece.moved(length - piece.start))
        length += len(parts[-1])
    return "".join(parts), tuple(placed)


def without_markers(text: str, markers: Iterable[Marker]) -> str:
    """Return the text without its markers and the white space before each."""
    words = (piece for piece in pieces(text, markers) if isinstance(piece, str))
    return "".join(word.rstrip(" \t") if word.endswith((" ", "\t")) else word for word in words)


def markers_of(answer: Mapping[str, Any]) -> tuple[Marker, ...]:
    """Return the markers of an answer in JSON, without invalid ones.

    Answers kept by earlier versions do not list their markers: in answers composed of statements they follow each
    statement, and in answers that a model wrote nothing else was left that looks like one.
    """
    text = answer["text"]
    numbers = {citation["number"] for name in ("citations", "records") for citation in answer.get(name, ())}
    if "markers" in answer:
        given: Iterable[Marker] = (
            Marker(marker["start"], marker["end"], marker["number"]) for marker in answer["markers"]
        )
    else:
        given = _derived(text, answer)
    return in_place(text, given, numbers)


def _derived(text: str, answer: Mapping[str, Any]) -> Sequence[Marker]:
    composed, markers = compose((part["text"], part["citations"]) for part in answer["statements"])
    if composed == text:
        return markers
    if not answer["reader"].startswith("llm:"):
        return ()
    return [Marker(*found.span(), int(found[1])) for found in _LOOKS_LIKE_ONE.finditer(text)]


def compose(statements: Iterable[tuple[str, Iterable[int]]]) -> tuple[str, tuple[Marker, ...]]:
    """Return statements as one text, each followed by the numbers of its citations as markers.

    One that begins with a dash is an item of a list, on a line of its own.
    """
    text = ""
    placed: list[Marker] = []
    for words, numbers in statements:
        text += ("\n" if words.startswith(ITEM) else " ") if text else ""
        marked, markers = mark(words, numbers, before=" ")
        placed += (marker.moved(len(text)) for marker in markers)
        text += marked
    return text, tuple(placed)
