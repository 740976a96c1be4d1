"""Dates and times of day in a text, as values that can be compared however they were written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING

from index.english import MONTHS, WEEKDAYS, month_number

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![^\W\d_])"
)
_WEEKDAY = r"(?P<weekday>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?P<year>1\d{3}|20\d\d)(?![\d%]|,\d{3}|\.\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\d%]|[.,:]\d)"
_LAST_DAY = r"(?:\s?(?:-|–|to|and|until|through)\s?(?P<last>[0-3]?\d)(?:st|nd|rd|th)?(?![\d%:]|[.,]\d))?"
# The first patterns match the longer dates; a stretch that one has matched is not read again.
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<number>[01]\d)-(?P<day>[0-3]\d)\b",
        rf"(?:\b{_WEEKDAY},?\s(?:the\s)?)?\b{_MONTH}\s(?:the\s)?{_DAY}{_LAST_DAY}(?:,?\s{_YEAR})?",
        rf"(?:\b{_WEEKDAY},?\s(?:the\s)?)?\b{_DAY}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?",
        rf"\b{_MONTH}(?:\sof)?,?\s{_YEAR}",
        # "May" and "March" are also ordinary words: alone, they are months only after a preposition.
        rf"\b(?!Ma[yr]){_MONTH}",
        r"(?:(?<=\b[Ii]n )|(?<=\bsince )|(?<=\b[Bb]y )|(?<=\buntil )|(?<=\blast )|(?<=\bnext )|(?<=\bof ))"
        rf"(?=Ma){_MONTH}",
        rf"\b{_WEEKDAY}(?=s?\b)",
        r"(?<![\w$£€.,-])(?P<year>1\d{3}|20\d\d)(?P<decade>['’]?s)?(?!\w|,\d|\.\d|\s?%|[-–]\d\d?\b(?!\d))",
    )
)
_CLOCK = re.compile(
    r"(?<![\d:.,$])(?P<hour>[0-2]?\d)(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap])\.?\s?m\b\.?"
    r"|(?<![\d:.,$])(?P<hour2>[0-2]?\d):(?P<minute2>[0-5]\d)(?![\d:])|\b(?P<word>noon|midnight)\b",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Date:
    """The parts of a date that are given: year, month (1 to 12), day, weekday (0 is Monday), time; a decade's first
    year.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    decade: bool = False
    clock: int | None = None
    """Minutes since midnight; a time without "a.m." or "p.m." is taken as written."""

    def parts(self) -> dict[str, int]:
        """Return the parts that are given, with the weekday of a full date."""
        named = {"year": self.year, "month": self.month, "day": self.day, "weekday": self.weekday, "clock": self.clock}
        known = {name: value for name, value in named.items() if value is not None}
        if "weekday" not in known and {"year", "month", "day"} <= known.keys():
            known["weekday"] = dt.date(known["year"], known["month"], known["day"]).weekday()
        return known

    def agrees(self, other: Date, *, elsewhere: frozenset[tuple[str, int]] = frozenset()) -> bool:
        """Return whether a passage that gives `other` confirms this date.

        No part may differ, and each part of this one must be in the other or, by its name, in `elsewhere`. News often
        omits the year because the page has it, so with a month the year may be missing.
        """
        if self.decade != other.decade:
            return False
        mine, its = self.parts(), other.parts()
        shared = mine.keys() & its.keys()
        if not shared or any(mine[name] != its[name] for name in shared):
            return False
        given = {"year": self.year, "month": self.month, "day": self.day, "weekday": self.weekday, "clock": self.clock}
        missing = {name for name, value in given.items() if value is not None} - its.keys()
        if "month" in shared and "year" in missing and not any(name == "year" for name, _ in elsewhere):
            missing.discard("year")
        return all((name, mine[name]) in elsewhere for name in missing)


def find_dates(text: str) -> Iterator[tuple[int, int, Date]]:
    """Yield (start, end, date) of the dates and times of a text; both ends of "March 3 to 5" get the same place."""
    taken = bytearray(len(text))
    for pattern in (*_DATES[:4], _CLOCK, *_DATES[4:]):
        for match in pattern.finditer(text):
            start, end = match.span()
            if start < end and not any(taken[start:end]):
                dates = [_read_clock(match)] if pattern is _CLOCK else _read_date(match)
                for date in dates:
                    yield start, end, date
                if dates:
                    taken[start:end] = b"\1" * (end - start)


def _read_clock(match: re.Match[str]) -> Date:
    if match["word"]:
        return Date(clock=12 * 60 if match["word"].lower() == "noon" else 0)
    hour, minute = int(match["hour"] or match["hour2"]), int(match["minute"] or match["minute2"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    return Date(clock=60 * hour + minute)


def _read_date(match: re.Match[str]) -> list[Date]:
    """Return the date of a match, or two for the ends of "March 3 to 5"; none if there is no such day."""
    parts = match.groupdict()
    month = int(parts["number"]) if parts.get("number") else None
    if parts.get("month"):
        month = month_number(parts["month"])
    weekday = None
    if parts.get("weekday"):
        weekday = next(index for index, name in enumerate(WEEKDAYS) if name.startswith(parts["weekday"].lower()))
    year = int(parts["year"]) if parts.get("year") else None
    days: list[int | None] = [int(parts[name]) for name in ("day", "last") if parts.get(name)]
    days = days or [None]
    decade = bool(parts.get("decade"))
    dates = [Date(year, month, day, weekday if index == 0 else None, decade) for index, day in enumerate(days)]
    return dates if all(_exists(date) for date in dates) else []


def _exists(date: Date) -> bool:
    if date.day is None:
        return date.month is None or 1 <= date.month <= len(MONTHS)
    try:
        dt.date(date.year or 2000, date.month or 1, date.day)
    except ValueError:
        return False
    return True
