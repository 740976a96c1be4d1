"""Joins the lines of a page into paragraphs again, over the ends of columns and pages as well."""

from __future__ import annotations

import dataclasses
import itertools
import re
import statistics
from typing import TYPE_CHECKING

from index.english import STOP_WORDS
from index.sources.text.hyphens import Hyphens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.sources.formats.pdf_lines import Line

_BULLET = re.compile(r"(?:[•◦▪‣·*–—-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’»)\]]*+$")
_INNER_END = re.compile(r"[.!?][\"'”’)\]]*+\s")
_TIED = re.compile(r"\w[—–/]$")
_JOINT = 60  # characters before a line that show how it continues
_WIDE_PITCH = 1.35  # of the usual distance between lines: more ends a paragraph
_WIDEST_PITCH = 2.6  # of it, over which a sentence goes on that begins small
_OTHER_SIZE = 0.12
_INDENT = 0.7  # heights of a line
_SAME_LEFT = 10.0  # points
_FEWEST_ITEMS = 4
_ITEMS = 0.9  # of the lines of a list that begin with a capital, a figure or a sign
_LONG = 100  # characters: more is no heading
_SLACK = 1.2  # a word that would have had room by less may not have had any


@dataclasses.dataclass(slots=True)
class _Paragraph:
    """A paragraph in pieces, as a text would be copied for each line it grows by."""

    pieces: list[str]
    lines: int
    last: Line

    @property
    def end(self) -> str:
        return "".join(self.pieces[-3:])[-_JOINT:]

    @property
    def is_finished(self) -> bool:
        """Whether it ends as a sentence does."""
        return _SENTENCE_END.search(self.end) is not None

    @property
    def is_in_midsentence(self) -> bool:
        """Whether it certainly goes on: it is unfinished, and no heading is so long or ends in such a word."""
        if self.is_finished:
            return False
        is_long = self.lines > 1 or sum(map(len, self.pieces)) > _LONG
        return is_long or self.ends_in_small_word or _INNER_END.search(self.pieces[-1]) is not None

    @property
    def ends_in_small_word(self) -> bool:
        words = self.end.split()
        return bool(words) and words[-1] in STOP_WORDS


@dataclasses.dataclass(frozen=True, slots=True)
class _Column:
    """What is usual in a column: where lines end, how many characters they have, whether each says something else."""

    right: float
    characters: int
    is_list: bool


def join_lines(lines: Sequence[Line]) -> str:
    """Return lines in paragraphs, with a blank line between them; rows of a table stay lines of one paragraph."""
    if not lines:
        return ""
    hyphens = Hyphens([line.text for line in lines])
    columns = _columns(lines)
    body, pitch = _body_height(lines), _usual_pitch(lines)
    paragraphs: list[_Paragraph] = []
    text: _Paragraph | None = None  # the last one in the size of the text, which goes on under a footnote
    for line in lines:
        before = paragraphs[-1] if paragraphs else None
        if (
            before is not None
            and line.column != before.last.column
            and text is not None
            and _same_size(line, text.last)
        ):
            before = text
        joint = _joint(before, line, columns, pitch, hyphens) if before is not None else None
        if before is None or joint is None:
            before = _Paragraph([line.text], 1, line)
            paragraphs.append(before)
        else:
            end, between = joint
            if before.pieces[-1].endswith("-") and not end.endswith("-"):
                before.pieces[-1] = before.pieces[-1][:-1]
            before.pieces += [between, line.text]
            before.lines += 1
            before.last = line
        if abs(line.height - body) <= _OTHER_SIZE * body:
            text = before
    return "\n\n".join("".join(paragraph.pieces) for paragraph in paragraphs)


def title_above(lines: Sequence[Line]) -> Iterator[str]:
    """Yield what is set clearly larger than the text at the top of the first page, the largest first."""
    body = _body_height(lines)
    top = [line for line in lines[:12] if line.page == lines[0].page]
    groups: list[list[Line]] = []
    for line in top:
        if line.height < (1 + 1.5 * _OTHER_SIZE) * body:
            groups.append([])
        elif groups and groups[-1] and _same_size(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    for group in sorted(filter(None, groups), key=lambda group: -group[0].height):
        yield join_lines(group).replace("\n\n", " ")


def _joint(
    before: _Paragraph, line: Line, columns: dict[int, _Column], pitch: float, hyphens: Hyphens
) -> tuple[str, str] | None:
    """Return how a paragraph ends and what joins a line to it; None if the line begins another."""
    last = before.last
    is_beside = last.column == line.column
    if last.cells or line.cells:
        return (before.end, "\n") if last.cells and line.cells and is_beside else None
    if _BULLET.match(line.text) or not _same_size(last, line):
        return None
    distance = (last.bottom - line.bottom) / max(line.height, 1.0) / pitch if is_beside else 1.0
    is_small = line.text[0].islower()
    if (is_small or not before.is_finished) and distance < _WIDEST_PITCH:
        divided = hyphens.join(before.end, line.text) if is_small or distance < _WIDE_PITCH else None
        if divided is not None:
            return divided
    if is_small and not before.is_finished and distance < _WIDEST_PITCH:
        return before.end, _space(before.end)
    if distance > _WIDE_PITCH or _ends_early(before, line, columns, is_beside=is_beside):
        return None
    return before.end, _space(before.end)


def _space(end: str) -> str:
    """Return what joins a line to a text: nothing after a dash or a stroke that follows a word at once."""
    return "" if _TIED.search(end) else " "


def _ends_early(before: _Paragraph, line: Line, columns: dict[int, _Column], *, is_beside: bool) -> bool:
    """Return whether a paragraph ended with its last line, as the next word would still have had room in it."""
    last, column = before.last, columns[before.last.column]
    word = line.text.split(" ", 1)[0]
    needed = _SLACK * (line.right - line.left) / len(line.text) * (len(word) + 1)
    has_room = last.right + needed < column.right and len(last.text) + len(word) < column.characters
    is_indented = is_beside and line.left - last.left > _INDENT * line.height
    if column.is_list and before.lines == 1 and not before.ends_in_small_word:
        return True
    if before.is_finished:
        return has_room or is_indented or not is_beside
    if not is_beside:  # over the end of a page; a heading below begins with a capital, too
        is_figure = before.is_in_midsentence and word[0].isdigit() and not before.end[-1].isdigit()
        return has_room and not before.ends_in_small_word and not is_figure
    return has_room and not before.is_in_midsentence


def _same_size(before: Line, line: Line) -> bool:
    return abs(before.height - line.height) <= _OTHER_SIZE * max(before.height, line.height)


def _columns(lines: Sequence[Line]) -> dict[int, _Column]:
    grouped: dict[int, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.column, []).append(line)
    # Columns that begin at the same place are as wide as the widest, as one may have short lines only.
    places = {column: round(min(line.left for line in inside) / _SAME_LEFT) for column, inside in grouped.items()}
    together: dict[int, list[Line]] = {}
    for column, inside in grouped.items():
        together.setdefault(places[column], []).extend(inside)
    right = {place: max(line.right for line in inside) for place, inside in together.items()}
    characters = {place: max(len(line.text) for line in inside) for place, inside in together.items()}
    return {
        column: _Column(right[places[column]], characters[places[column]], _is_list(inside))
        for column, inside in grouped.items()
    }


def _is_list(lines: Sequence[Line]) -> bool:
    """Return whether nearly every line begins something, as sentences that go on do not."""
    begun = sum(not line.text[0].islower() for line in lines)
    return len(lines) >= _FEWEST_ITEMS and begun >= _ITEMS * len(lines)


def _body_height(lines: Sequence[Line]) -> float:
    """Return the height of the lines that most characters are in."""
    weights: dict[float, int] = {}
    for line in lines:
        height = round(line.height, 1)
        weights[height] = weights.get(height, 0) + len(line.text)
    return max(weights, key=lambda height: weights[height])


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance from line to line, in heights of a line."""
    distances = [
        (above.bottom - line.bottom) / max(line.height, 1.0)
        for above, line in itertools.pairwise(lines)
        if above.column == line.column and above.bottom > line.bottom and _same_size(above, line)
    ]
    return statistics.median_low(distances) if distances else 1.0
