"""Finds and rewrites citation markers in the text of a model as it arrives, however it is split into chunks.

The text is processed one character at a time, so how it was split into chunks cannot matter: output and statements
depend on the characters alone.
"""

from __future__ import annotations

import collections
import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.support.marker_places import Marker, mark
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    Resolve = Callable[[str, tuple[int, ...]], tuple[int, ...]]

HELD = 40
"""The longest marker in characters, and thus about how many characters are ever held back."""
MAX_RANGE = 20
"""The most numbers that a range such as [1-9] stands for."""
# White space before a marker belongs to it; a longer run is layout and stays.
_SPACE = r"\s{0,8}"
_NUMBERS = r"\d{1,4}(?:\s{0,2}[-–—,;]\s{0,2}\d{1,4}){0,12}"
_BODY = rf"\s{{0,2}}(?P<numbers>{_NUMBERS})(?::\d{{1,3}})?\s{{0,2}}(?:†[^\]】］\n]{{0,20}})?"
_SINGLE = re.compile(rf"[\[【［]{_BODY}[\]】］]")
_DOUBLE = re.compile(rf"\[\[{_BODY}\]\]")
# What may still become a marker. Each part can follow the previous one in only one way, so no match backtracks far.
_OPENING = re.compile(r"(?:[\[【［]|\[\[)\s{0,2}(?:\d[\d\s,;:\-–—]{0,38}(?:†[^\]】］\n]{0,20})?\]?)?")
_LEAD = re.compile(_SPACE)
_PLAIN = re.compile(r"[^\s\[【［]+")  # cannot be part of a marker unless one is open
_BETWEEN = re.compile(r"\s{0,2}[,;]?\s{0,2}")
# A number with commas, as in "[10,000]" inserted into a quotation, is not a list of passages.
_GROUPED_DIGITS = re.compile(r"\s*\d{1,3}(?:,\d{3})+\s*")
_RANGE = re.compile(r"(\d{1,4})(?:\s*[-–—]\s*(\d{1,4}))?")
_BULLET = re.compile(r"\s*+(?:(?:[-*+•–—]|\d{1,3}[.)]|#{1,6}|>)\s++)+")
_LEAVES_NO_GAP = frozenset(".,;:!?)]}”’\"'…。，")
_OPENERS = frozenset("([{“‘\"'«")
_OPENS_QUOTATION = frozenset('"“„«')
_CLOSES_QUOTATION = frozenset('"”»')
_ENDS_IN_BRACKET = re.compile(r"[\[【［][\s\d,;:\-–—]*\Z")
# In a very long line, only this many characters are searched for the sentence that a marker ends.
_LINE_READ = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class MarkedStatement:
    """A statement without its markers, and the final numbers of its citations in order of first use."""

    text: str
    numbers: tuple[int, ...]


class MarkerStream:
    """Rewrites the markers of a text that arrives in pieces; `statements` is complete after `finish`.

    `resolve` gets the statement before a group of markers, as far as it has been written, and the numbers as the model
    wrote them; it returns the final ones, none for numbers that must not be shown. `is_copied` is given the words of a
    quotation that is open, up to and with what looks like a marker; where it says that an article has just these, they
    are words and no marker.
    """

    def __init__(self, resolve: Resolve, *, is_copied: Callable[[str], bool] | None = None) -> None:
        self.statements: list[MarkedStatement] = []
        self.placed: list[Marker] = []  # the markers of all text that has been sent
        self._resolve = resolve
        self._is_copied = is_copied
        self._written = 0  # characters that have been sent
        self._out: list[str] = []
        self._last = ""  # the end of what has been sent, enough to see what comes before a marker
        self._plain: list[str] = []  # the text without markers
        self._line = ""  # its last line so far
        self._before = ""  # the last statement of the lines above
        self._length = 0
        self._marks: list[tuple[int, tuple[int, ...]]] = []  # how much plain text stands before each group
        self._held = ""
        self._queue: collections.deque[str] = collections.deque()  # characters to be read (again)
        self._group: _MarkerGroup | None = None

    def feed(self, delta: str) -> str:
        """Take the next piece and return the text that is final now."""
        position = 0
        while position < len(delta):
            plain = _match(_PLAIN, delta, position) if not self._held and self._group is None else ""
            if plain:
                self._write_plain(plain)
            else:
                self._queue.append(delta[position])
                while self._queue:
                    self._take(self._queue.popleft())
            position += len(plain) or 1
        return self._drain()

    def finish(self) -> str:
        """Return what was held back, and make `statements`."""
        while self._group is not None or self._held:
            if self._group is not None:
                self._close(self._held)
            else:
                self._release()
            while self._queue:
                self._take(self._queue.popleft())
        self.statements = _make_statements("".join(self._plain), self._marks)
        return self._drain()

    def _drain(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text

    def _take(self, character: str) -> None:
        self._held += character
        if self._group is not None:
            self._go_on(self._group)
        elif not self._waits():
            self._release()

    def _waits(self) -> bool:
        """Return whether the held characters may still become a marker; begin a group once they are one."""
        lead = _match(_LEAD, self._held)
        rest = self._held[len(lead) :]
        numbers = _parse(rest)
        if numbers is not None:
            self._group = _MarkerGroup(lead, numbers, rest)
            self._held = ""
            return True
        return len(rest) <= HELD and (not rest or _OPENING.fullmatch(rest) is not None)

    def _go_on(self, group: _MarkerGroup) -> None:
        """Check whether the held characters after a marker are another one that belongs to it."""
        gap = _match(_BETWEEN, self._held)
        rest = self._held[len(gap) :]
        numbers = _parse(rest)
        if numbers is not None:
            if len(group.written) + len(self._held) > HELD:
                self._write(group, follows="[")
                group = self._group = _MarkerGroup("", (), "")
            self._group = _MarkerGroup(group.lead, (*group.numbers, *numbers), group.written + self._held)
            self._held = ""
        elif len(rest) > HELD or (rest and _OPENING.fullmatch(rest) is None):
            self._close(self._held)

    def _close(self, tail: str) -> None:
        """Write the group, then read again what followed it."""
        group, self._group, self._held = self._group, None, ""
        if group is not None:
            written = self._write(group, follows=tail[:1])
            if not written and not self._line.strip() and "\n" not in tail:
                tail = tail.lstrip()  # a line that began with a dropped marker starts with its text
        self._queue.extendleft(reversed(tail))

    def _write(self, group: _MarkerGroup, *, follows: str) -> bool:
        """Send a group of markers, rewritten; return whether anything of it was left."""
        if not group.numbers:
            return True
        if self._stands_in_quotation(group):
            self._write_plain(group.lead + group.written)
            return True
        numbers = tuple(dict.fromkeys(self._resolve(self._statement(), tuple(dict.fromkeys(group.numbers)))))
        if "\n" in group.lead:
            self._write_plain(group.lead)
        if numbers:
            touches = not self._last or self._last[-1].isspace() or self._last[-1] in _OPENERS or self._after_marker()
            self._marks.append((self._length, numbers))
            self._emit("" if touches else " ")
            marked, markers = mark("", numbers)
            self.placed += (marker.moved(self._written) for marker in markers)
            # "[1](address)" would be shown as a link to wherever the model says.
            self._emit(marked + (" " if follows == "(" else ""))
        elif _ENDS_IN_BRACKET.search(self._last):
            self._write_plain("…")  # otherwise the rest of "[1[9]]" would be a marker
        elif "\n" not in group.lead and follows and not follows.isspace() and follows not in _LEAVES_NO_GAP:
            self._write_plain(group.lead or (" " if self._line and self._line[-1].isalnum() else ""))
        return bool(numbers)

    def _stands_in_quotation(self, group: _MarkerGroup) -> bool:
        """Return whether a group is part of a quotation from an article."""
        begin = _begin_of_quotation(self._line) if self._is_copied else None
        if self._is_copied is None or begin is None:
            return False
        return self._is_copied(self._line[begin:] + group.lead + group.written)

    def _after_marker(self) -> bool:
        return bool(self._marks) and self._marks[-1][0] == self._length

    def _release(self) -> None:
        """Send the first held character as plain text, and read the others again."""
        self._write_plain(self._held[0])
        self._queue.extendleft(reversed(self._held[1:]))
        self._held = ""

    def _write_plain(self, text: str) -> None:
        for character in text if "\n" in text or len(self._line) + len(text) > 2 * _LINE_READ else [text]:
            if character == "\n":
                self._before = self._statement()
                self._line = ""
            else:
                self._line += character
                if len(self._line) > 2 * _LINE_READ:
                    self._line = self._line[-_LINE_READ:]
        self._plain.append(text)
        self._length += len(text)
        self._emit(text)

    def _emit(self, text: str) -> None:
        self._out.append(text)
        self._written += len(text)
        self._last = (self._last + text)[-HELD:]

    def _statement(self) -> str:
        """Return the sentence before a marker at this place, without bullets."""
        sentences = _sentences_of(self._line[-_LINE_READ:])
        return sentences[-1][2] if sentences else self._before


@dataclasses.dataclass(frozen=True, slots=True)
class _MarkerGroup:
    """Adjacent markers: the white space before them, their numbers, and their original text."""

    lead: str
    numbers: tuple[int, ...]
    written: str


def _begin_of_quotation(line: str) -> int | None:
    """Return where the words of a quotation that is open at the end of a line begin; None if there is none."""
    begin: int | None = None
    for index, character in enumerate(line):
        if begin is None and character in _OPENS_QUOTATION:
            begin = index + 1
        elif begin is not None and character in _CLOSES_QUOTATION:
            begin = None
    return begin


def _match(pattern: re.Pattern[str], text: str, start: int = 0) -> str:
    found = pattern.match(text, start)
    return found[0] if found else ""


def _parse(text: str) -> tuple[int, ...] | None:
    """Return the numbers of a whole marker; None for anything else."""
    match = _SINGLE.fullmatch(text) or _DOUBLE.fullmatch(text)
    if match is None or len(text) > HELD or _GROUPED_DIGITS.fullmatch(match["numbers"]):
        return None
    numbers: list[int] = []
    for part in _RANGE.finditer(match["numbers"]):
        first = int(part[1])
        last = int(part[2]) if part[2] else first
        numbers += range(first, min(last, first + MAX_RANGE - 1) + 1) if last >= first else (first, last)
    return tuple(numbers)


def _sentences_of(line: str) -> list[tuple[int, int, str]]:
    """Return (start, end, text) of the sentences of a line that have a word, without its bullet."""
    begin = len(_match(_BULLET, line))
    spans = [(begin + start, begin + end) for start, end in split_sentences(line[begin:])]
    return [
        (start, end, line[start:end])
        for start, end in spans
        if any(character.isalnum() for character in line[start:end])
    ]


def _make_statements(plain: str, marks: list[tuple[int, tuple[int, ...]]]) -> list[MarkedStatement]:
    """Split the text into statements and give each the numbers of the groups that end or follow it.

    A group before the first statement belongs to that one, as there is no earlier one.
    """
    starts: list[int] = []
    texts: list[str] = []
    offset = 0
    for line in plain.split("\n"):
        for start, _, text in _sentences_of(line):
            starts.append(offset + start)
            texts.append(text)
        offset += len(line) + 1
    numbers: list[list[int]] = [[] for _ in texts]
    index = 0
    for position, group in marks:
        while index + 1 < len(starts) and starts[index + 1] < position:
            index += 1
        if numbers:
            numbers[index] += group
    return [MarkedStatement(text, tuple(dict.fromkeys(own))) for text, own in zip(texts, numbers, strict=True)]
