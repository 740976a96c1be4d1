"""Dates as people and programs write them; a date that can be read two ways is never guessed."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import math
import re

from index.english import MONTH

# A whole date inside a line: 6 May 2024, May 6th, 2024, 2024-05-06, 06/05/2024.
DATE_PHRASE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH},?\s+\d{{4}}"
    rf"|{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:first |last |originally )?(published|posted|issued|created|date|updated|modified)\b"
    r"(?: on| at)?\s*:?",
    re.IGNORECASE,
)
_REVISIONS = frozenset({"updated", "modified"})
# What stands beside a date and belongs to it: weekdays, times of day, time zones, and the words between them.
_BESIDE = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\s*[ap]\.?m\b\.?)?|\b\d{1,2}\s*[ap]\.?m\b\.?"
    r"|\b(?:[ECMP][SD]?T|GMT|UTC|BST|[CEW]ES?T|IST|AE[SD]T|JST|Z)\b(?:[+-]\d+)?|\b(?:at|on)\b",
    re.IGNORECASE,
)
_LONGEST = 100
_FIRST_DAY, _LAST_DAY = 1900_01_01, 2100_12_31  # numbers of eight digits that are days, as yyyymmdd
_MILLISECONDS_FROM = 100_000_000_000  # in seconds that is the year 5138
_EPOCH_FROM = 100_000_000  # 1973: smaller numbers are more likely a year or a mistake


def parse_date(value: str | float) -> dt.date:
    """Return the day `value` names: ISO 8601, any unambiguous wording, or seconds (or ms) since 1970.

    The day is taken as written, whatever its time zone. Raises ValueError if there is no such day, if a part is missing
    ("May 2024"), or if day and month could be swapped ("03/04/2025").
    """
    if isinstance(value, int | float):
        return _from_number(value)
    text = value.strip()
    if not text or len(text) > _LONGEST:
        raise ValueError("not a date")
    if re.fullmatch(r"\d{4,14}(\.\d+)?", text):
        return _from_number(float(text))
    if re.fullmatch(r"\d{4}[/.]\d{1,2}[/.]\d{1,2}", text):
        text = "-".join(part.zfill(2) for part in re.split(r"[/.]", text))
    if clock := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ]\d{1,2}:\d{2}.*", text):
        text = clock[1]  # the zone may be a name such as BST, which no ISO reader takes
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        return _from_words(text)


def _from_number(number: float) -> dt.date:
    """Read yyyymmdd, or seconds or milliseconds since 1970 (UTC)."""
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError("not a date")
    if _FIRST_DAY <= number <= _LAST_DAY and number == int(number):
        return dt.datetime.strptime(str(int(number)), "%Y%m%d").date()
    if number < _EPOCH_FROM:
        raise ValueError("too small for seconds since 1970")
    try:
        seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
        return dt.datetime.fromtimestamp(seconds, dt.UTC).date()
    except (OverflowError, OSError, ValueError) as error:
        raise ValueError("too large for seconds since 1970") from error


def _from_words(text: str) -> dt.date:
    """Read the value every way dateutil can, and accept it only if all readings agree."""
    from dateutil import parser

    # dateutil takes what is missing from a default: two defaults, and a date with gaps comes out twice.
    readings = set()
    for default in (dt.datetime(2001, 1, 1), dt.datetime(2004, 2, 2)):
        for dayfirst, yearfirst in ((False, False), (True, False), (False, True)):
            try:
                moment = parser.parse(text, default=default, ignoretz=True, dayfirst=dayfirst, yearfirst=yearfirst)
            except (ValueError, ArithmeticError, TypeError, AttributeError) as error:
                raise ValueError("not a date") from error
            readings.add(moment.date())
    if len(readings) != 1:
        raise ValueError("not one certain day")
    return readings.pop()


@dataclasses.dataclass(frozen=True, slots=True)
class DateLine:
    """The dates in a line, and `words`, the rest of the line; an ambiguous date is ignored.

    `is_labelled` says that the line calls its date one of publication or change.
    """

    published: dt.date | None
    updated: dt.date | None
    words: str
    is_labelled: bool


def read_date_line(line: str) -> DateLine | None:
    """Return the dates in a line such as "Updated 4:48 PM EDT, Mon March 17, 2025"; None if it has none."""
    phrases = list(DATE_PHRASE.finditer(line))
    if not phrases:
        return None
    days: dict[bool, dt.date] = {}
    start = 0
    is_revision = False
    for phrase in phrases:
        labels = _LABEL.findall(line[start : phrase.start()])
        is_revision = labels[-1].lower() in _REVISIONS if labels else is_revision
        start = phrase.end()
        with contextlib.suppress(ValueError):
            days.setdefault(is_revision, parse_date(phrase[0]))
    words = _BESIDE.sub(" ", _LABEL.sub(" ", DATE_PHRASE.sub(" ", line)))
    return DateLine(
        published=days.get(False),
        updated=days.get(True),
        words=" ".join(words.split()).strip(" ,;:()/|•·–—-"),
        is_labelled=_LABEL.search(line) is not None,
    )


def is_date_label(line: str) -> bool:
    """Return whether a line is only the label of a date, such as "Published"."""
    return _LABEL.fullmatch(line) is not None
