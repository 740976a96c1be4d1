"""Turns transcripts with times (WebVTT, SubRip) into Articles: what is said, in paragraphs, without the times."""

from __future__ import annotations

import dataclasses
import html
import itertools
import re
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.formats.format import Format, one_article
from index.sources.formats.text import compose
from index.sources.metadata.header import Header
from index.sources.text.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.article import Article

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = re.compile(rf"{_TIME}[ \t]{{1,9}}-->[ \t]{{1,9}}{_TIME}(?:\s.*)?")
_SPEAKER = re.compile(r"<v(?:\.[^<>\s]{1,60})?\s([^<>]{1,100})>")
_TAG = re.compile(r"<[^<>\n]{0,200}>|\{\\[^{}\n]{1,60}\}")
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_PAUSE = 3.0  # seconds without words, after which a paragraph begins
_BRIEF = 0.1  # seconds; scrolling captions have cues so brief between two
_LONG = 600  # characters, after which the next sentence begins one
_TURNS = ("- ", "– ", "— ", ">> ")  # what a line begins with when another speaks


@dataclasses.dataclass(frozen=True, slots=True)
class _Cue:
    begins: float
    ends: float
    speaker: str | None
    text: str


def read_captions(data: bytes, *, origin: str, url: str | None, charset: str | None) -> Article:
    """Return the transcript in a WebVTT or SubRip file. Raises SourceError if it has no cues with words."""
    lines = decode(data, name=origin, charset=charset).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cues = list(_cues(lines))
    if not any(cue.text for cue in cues):
        raise SourceError(f"{origin} has no words with times in it.", help="Check that it is a transcript.")
    return compose("\n\n".join(_paragraphs(cues)), Header(url=url), origin=origin, is_page=False)


def _cues(lines: list[str]) -> Iterator[_Cue]:
    """Yield the cues; notes, styles, and the names and numbers of cues are none."""
    starts = [number for number, line in enumerate(lines) if "-->" in line and _TIMES.fullmatch(line.strip())]
    for number, following in itertools.pairwise([*starts, len(lines)]):
        times = _TIMES.fullmatch(lines[number].strip())
        if times is None:
            continue
        shown: list[str] = []
        for line in lines[number + 1 : following]:
            if not line.strip():
                break
            shown.append(line)
        else:  # the number of the next cue may stand right below
            if following < len(lines) and shown and shown[-1].strip().isdecimal():
                shown.pop()
        text = "\n".join(shown)
        speaker = _SPEAKER.search(text)
        plain = html.unescape(_TAG.sub("", text))
        yield _Cue(
            _seconds(times.groups()[:4]), _seconds(times.groups()[4:]), speaker[1].strip() if speaker else None, plain
        )


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, rest = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{rest}")


def _paragraphs(cues: list[_Cue]) -> Iterator[str]:
    """Yield the words in paragraphs: one ends with the speaker's turn, a pause, or a sentence when it is long.

    Captions that scroll show each line again above the next one; it is taken once.
    """
    paragraph: list[str] = []
    length = 0
    shown: list[str] = []
    speaker: str | None = None
    ended = 0.0
    for cue in cues:
        lines = [" ".join(line.split()) for line in cue.text.split("\n")]
        lines = [line for line in lines if line]
        is_brief = cue.ends - cue.begins < _BRIEF
        new = _not_shown(lines, shown, is_brief=is_brief) if cue.begins - ended < _PAUSE else lines
        is_turn = cue.speaker is not None and cue.speaker != speaker
        speaker = cue.speaker or speaker
        is_apart = is_turn or cue.begins - ended >= _PAUSE or (length > _LONG and _is_end(paragraph[-1]))
        for number, line in enumerate(new):
            if paragraph and ((is_apart and number == 0) or line.startswith(_TURNS)):
                yield " ".join(paragraph)
                paragraph, length = [], 0
            paragraph.append(f"{speaker}: {line}" if is_turn and number == 0 else line)
            length += len(line)
        shown, ended = lines or shown, cue.ends
    if paragraph:
        yield " ".join(paragraph)


def _is_end(line: str) -> bool:
    return line.rstrip("\"'”’»)]").endswith((".", "!", "?", "…", "。"))


def _not_shown(lines: list[str], shown: list[str], *, is_brief: bool) -> list[str]:
    """Return the lines after those that were shown at the end of the cue before; who says "No." twice says it twice."""
    for size in range(min(len(lines) - (not is_brief), len(shown)), 0, -1):
        if shown[-size:] == lines[:size]:
            return lines[size:]
    return lines


FORMAT = Format(
    name="captions",
    label="transcripts (.vtt, .srt)",
    suffixes=(".vtt", ".srt"),
    media_types=("text/vtt", "application/x-subrip"),
    read=one_article(
        lambda data, content, _: read_captions(data, origin=content.origin, url=content.url, charset=content.charset)
    ),
    holds="one article",
    begins=lambda data: data.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"),
)
