"""Understands the time in a question: "news since Monday", "as of 1 March", "the latest estimate".

A date filter hides articles, and articles without a date altogether; so a time is only read where the question
asks for reports of that time, and left alone wherever it may belong to the fact asked about. The rules:

1. "as of <day>" keeps what was published by that day. A month or year after "as of" is content: such articles say
   "as of March 2015" themselves.
2. Words for articles beside a time ("articles published before 2024-05-01", "news from May", "what was reported in
   March 2025", "last week's headlines") keep what was published at that time. Not beside it, or with two mentions of
   articles, they say nothing: "news about the 2014 strike".
3. A time told from today ("yesterday", "last week", "in the past 3 days", "two weeks ago", "this month") keeps what was
   published from its beginning until today, for nothing is reported before it happens. Likewise "since" with a weekday
   or a day without a year. Not so
   - where it is compared with, or is the end of something ("than last year", "until today", "the last week of May");
   - where two such times are named, or a year follows ("this week in 1945");
   - where the question looks ahead ("What will happen this week?", "What was forecast for yesterday?");
   - for "today" in the sense of nowadays: only a question in the past tense means the day;
   - for spans of more than a year ("in the past 6000 years").
4. "latest", "most recent", "newest", "current", "currently", "right now" early in the question prefer newer articles
   and hide none.
5. Everything else is content: years, dates and months, "on Tuesday", "since the 2022 invasion", names such as "USA
   Today" (a capital inside the question), and whatever stands in quotation marks. 03/04/2025 has two readings and is
   not read. A date without a year is the latest one that is not in the future; weeks begin on Monday.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import math
import re

from index.english import MONTH, WEEKDAYS, month_number

_DAY = dt.timedelta(days=1)
_LONGEST = 366  # most days that a time relative to today may span
_FIRST_YEAR = 1000  # numbers below this in a date are days
_EARLY = 10  # words before "latest"; later ones describe, as in "an article about the latest release"

_DAYS_AGO = {"yesterday": 1, "last night": 1, "the day before yesterday": 2} | dict.fromkeys(
    ("today", "tonight", "this morning", "this afternoon", "this evening"), 0
)
_NUMBERS = {"a": 1, "an": 1, "couple": 2, "few": 5, "several": 7} | {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
}
_UNITS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 31, "year": 366}


def _pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern in which a space stands for any white space between words."""
    return re.compile(text.replace(" ", r"\s++"))


_WEEKDAY = rf"(?i:{'|'.join(WEEKDAYS)})\b"
_MONTH = rf"(?i:{MONTH})"
_YEAR = r"(?:1[5-9]|20)\d\d\b"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?\b"
_COUNT = rf"(?:a (?=couple|few))?(?:\d{{1,3}}|{'|'.join(_NUMBERS)})(?: of)?"
_UNIT = rf"(?:{'|'.join(_UNITS)})"
# Case counts: "Yesterday" inside a question is a song, "This Week" a programme.
_TOLD_FROM_TODAY = (
    rf"(?:(?:{'|'.join(sorted(_DAYS_AGO, key=len, reverse=True))})\b"
    rf"|(?:the last|the past|past) (?:{_COUNT} {_UNIT}s?|{_UNIT})\b"
    rf"|(?:this|last) (?:week|month|year)\b|last (?:weekend\b|{_WEEKDAY})"
    rf"|(?<![\d,.]){_COUNT} {_UNIT}s? ago\b)"
)
_DAY_AND_MONTH = rf"(?:{_NTH} (?:of )?{_MONTH}|{_MONTH} {_NTH})"
_DATED_DAY = rf"(?:{_YEAR}-\d\d-\d\d\b|{_DAY_AND_MONTH}(?:,? {_YEAR})?)"
_DATE = rf"(?:{_DATED_DAY}|{_MONTH}(?: {_YEAR})?|{_YEAR}(?![-/]))"
_TIME = rf"(?:{_TOLD_FROM_TODAY}|{_WEEKDAY}|{_DATE})"

# A time that a question names, with its preposition; a lone "May" may be a verb.
NAMED_TIME = _pattern(
    r"\b(?:(?P<preposition>in|on|by|since|before|after|until|during|over|as of) )?"
    rf"(?:{_TOLD_FROM_TODAY}|{_DATED_DAY}|{_MONTH} {_YEAR}|{_WEEKDAY}|{_YEAR})"
)

# Rules 1 and 2.
_AS_OF = _pattern(rf"\bas (?:of|at) (?P<time>{_TIME})")
_PUBLISHED = r"(?:(?:that )?(?:were |have been )?(?:published|written|posted|printed|reported|released) )?"
_BEFORE = r"(?P<preposition>from before|from after|from|of|in|on|dated|during|since|before|after|until|till|up to|by)"
_RANGE = rf"(?:between|from) (?P<first>{_DATE}|\d{{1,2}}) (?:and|to|until|through|till) (?P<second>{_DATE})"
_ARTICLES = r"\b(?:news|headlines|coverage|articles?|(?:^|(?:the|any|all|do|what|which|news|press|media) )reports)"
_REPORTED = r"^what (?:(?:was|is|is being|had been) reported|(?:has|have) been (?:reported|published|written))"
_REPORTS_OF = [
    _pattern(rf"{_ARTICLES} (?P<phrase>{_PUBLISHED}{_RANGE})"),
    _pattern(rf"{_ARTICLES} (?P<phrase>{_PUBLISHED}{_BEFORE} (?P<time>{_TIME}))"),
    _pattern(rf"{_ARTICLES} (?P<phrase>{_PUBLISHED}(?P<time>{_TOLD_FROM_TODAY}))"),
    _pattern(rf"(?<!\w)(?P<phrase>(?P<time>{_TOLD_FROM_TODAY})['’]s?) (?:papers|{_ARTICLES})\b"),
    _pattern(rf"{_REPORTED} (?P<phrase>{_RANGE})"),
    _pattern(rf"{_REPORTED} (?P<phrase>(?:{_BEFORE} )?(?P<time>{_TIME}))"),
]
_MENTION = re.compile(r"\b(?:articles?|reports?)\b", re.IGNORECASE)
_OTHER_DAY = _pattern(rf"\b{_DATED_DAY}")

# Rule 3.
_EVENT = _pattern(
    rf"(?<!\w)(?:(?P<since>since) (?P<start>{_TOLD_FROM_TODAY}|{_WEEKDAY}|{_DAY_AND_MONTH}(?!,? \d))"
    rf"|(?:(?:in|over|during|within) (?=the |past ))?(?P<time>{_TOLD_FROM_TODAY}))"
)
_NOT_BEFORE = _pattern(
    r"\b(?:than(?: \w+){0,2}|until|till|to|with|from|of|even|still|as|through|before|after|by|between|like|vs\.?|versus"
    r"|the|a|song) $"
)
_NOT_AFTER = _pattern(rf"^(?:['’]s?)?(?: of\b|,? (?:in )?{_YEAR}| in history| before\b)")
_AHEAD = re.compile(r"\b(?:will|would|shall|won['’]t|going to|is to|are to|next|tomorrow|upcoming|plans?|agenda)\b")
_FORECAST = re.compile(r"\b(?:forecast\w*|predict\w*|expected|expects?|scheduled|planned|due)\b")
_TODAY = re.compile(r"today|tonight")
_PRESENT = re.compile(r"\b(?:is|are|am|does|known)\b|['’]re\b|^(?:what|how|why|where|when|who)\s+do\b")
_PAST = re.compile(
    r"\b(?:did|was|were|has|have|had|\w\w+ed|said|told|won|lost|met|left|fell|rose|took|made|went|began|spoke|new)\b"
)

# Rules 4 and 5.
_RECENT = _pattern(
    r"(?<!\bat\sthe\s)\b(?:latest|newest|most recent)\b"
    r"|\b(?:recent(?= (?:news|articles|reports|headlines|coverage|developments))|recently(?= about\b|[?.!]*$)|currently"
    r"|right now|as of (?:now|today)|at the moment(?! (?:of|when|that)\b))\b"
    r"|(?:\b(?:the|his|her|its|their|our|your)|['’]s?) (?P<current>current)"
    r"(?= (?!(?:of|in|through|from|to|and|is|was|that|flow\w*|accounts?|assets|liabilities)\b)\w)"
)
_QUOTED = re.compile(r"“[^“”]*”|\"[^\"]*\"|‘[^‘’]*’(?!\w)|(?<!\w)'[^']*'(?!\w)")


@dataclasses.dataclass(frozen=True, slots=True)
class TimeReading:
    """What a question says about when its answer was published.

    `since` and `until` are days, both included. `phrase` is the words that were understood, exactly as in the question,
    or None. `question` is what to search for: without the phrase where that would only mislead.
    """

    since: dt.date | None
    until: dt.date | None
    prefer_recent: bool
    phrase: str | None
    question: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Window:
    """Days of publication, and where the words for them begin and end in the question."""

    since: dt.date | None
    until: dt.date | None
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class _Span:
    """The first and the last day of a time."""

    first: dt.date
    last: dt.date


def read_time(question: str, *, today: dt.date) -> TimeReading:
    """Return the time of the reports that a question asks for; a time that belongs to the fact itself stays in the
    question.
    """
    text = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), question)
    if text[:1].isascii():
        text = text[:1].lower() + text[1:]  # a capital shows a name only inside the question
    recent = _recent(text)
    window = _as_of(text, today)
    if window is None and len(_MENTION.findall(text)) <= 1:
        window = _reports_of(text, today) or _event(text, today)
    if window is None:
        return TimeReading(None, None, recent is not None, question[slice(*recent)] if recent else None, question)
    return TimeReading(
        window.since,
        window.until,
        recent is not None,
        question[window.start : window.end],
        _without(question, window.start, window.end),
    )


def _as_of(text: str, today: dt.date) -> _Window | None:
    """Read "as of 1 March": the articles until then."""
    found = _AS_OF.search(text)
    span = found and _span(found["time"], today)
    if not found or not span or span.first != span.last or span.last >= today:
        return None
    return _Window(None, span.last, *found.span())


def _reports_of(text: str, today: dt.date) -> _Window | None:
    """Read a time beside a word for articles: those published then."""
    for found in filter(None, (pattern.search(text) for pattern in _REPORTS_OF)):
        parts = found.groupdict()
        start, end = found.span("phrase")
        span = _span(parts["time"], today) if "time" in parts else _range(parts["first"], parts["second"], today)
        if span and not _OTHER_DAY.search(f"{text[:start]} {text[end:]}"):
            return _Window(*_bounds(parts.get("preposition"), span), start, end)
    return None


def _event(text: str, today: dt.date) -> _Window | None:
    """Read a single time relative to today: what happened then was reported then or later."""
    times = list(_EVENT.finditer(text))
    if len(times) != 1 or _FORECAST.search(text):
        return None
    found = times[0]
    span = _span(found["start"] or found["time"], today)
    if (
        span is None
        or _NOT_BEFORE.search(text[: found.start()])
        or _NOT_AFTER.search(text[found.end() :])
        or (span.last >= today and _AHEAD.search(text))
        or (_TODAY.fullmatch(found[0]) and (_PRESENT.search(text) or not _PAST.search(text)))
    ):
        return None
    return _Window(span.first, None if found["since"] else today, *found.span())


def _recent(text: str) -> tuple[int, int] | None:
    """Return where the words that ask for the newest articles are."""
    found = _RECENT.search(text)
    if not found or "," in text[: found.start()] or len(text[: found.start()].split()) > _EARLY:
        return None
    return found.span("current") if found["current"] else found.span()


def _bounds(preposition: str | None, span: _Span) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and last day of publication that a preposition before a time allows."""
    match (preposition or "in").split()[-1]:
        case "since":
            return span.first, None
        case "after":
            return span.last + _DAY, None
        case "before":
            return None, span.first - _DAY
        case "until" | "till" | "to" | "by":
            return None, span.last
        case _:
            return span.first, span.last


def _range(first: str, second: str, today: dt.date) -> _Span | None:
    """Read "March and May 2024" or "3 and 10 March": missing parts of the first are taken from the second."""
    end = _date(second, today)
    if end is None:
        return None
    is_day = re.fullmatch(r"\d{1,2}", first)
    start = _days(end.last.year, end.last.month, int(first)) if is_day else _date(first, end.last)
    return _Span(start.first, end.last) if start and start.first <= end.last else None


def _span(words: str, today: dt.date) -> _Span | None:
    """Return the days that the words for a time name, or None if there are no such days."""
    words = " ".join(words.lower().split())
    if words in _DAYS_AGO:
        day = today - _DAY * _DAYS_AGO[words]
        return _Span(day, day)
    if words in WEEKDAYS:
        day = today - _DAY * ((today.weekday() - WEEKDAYS.index(words)) % 7)
        return _Span(day, day)
    if period := re.fullmatch(r"(this|last) (\w+)", words):
        return _period(period[2], today, is_over=period[1] == "last")
    if counted := re.fullmatch(rf"(?:(?:the )?(?:last|past) )?(?:({_COUNT}) )?({_UNIT})s?(?: ago)?", words):
        return _counted(counted[1] or "one", counted[2], today)
    return _date(words, today)


def _period(name: str, today: dt.date, *, is_over: bool) -> _Span:
    """Return this or the last calendar week, month or year, the last weekend, or a day of last week."""
    monday = today - _DAY * today.weekday()
    if name in WEEKDAYS:
        day = monday - _DAY * (7 - WEEKDAYS.index(name))
        return _Span(day, day)
    if name == "weekend":
        return _Span(monday - 2 * _DAY, monday - _DAY)
    day = _beginning(name, today) - _DAY if is_over else today
    return _Span(_beginning(name, day), day)


def _beginning(name: str, day: dt.date) -> dt.date:
    """Return the first day of the week, month or year that a day is in."""
    match name:
        case "week":
            return day - _DAY * day.weekday()
        case "month":
            return day.replace(day=1)
        case _:
            return day.replace(month=1, day=1)


def _counted(number: str, unit: str, today: dt.date) -> _Span | None:
    """Return the days from this many units ago until today."""
    number = number.removeprefix("a ").removesuffix(" of")
    count = int(number) if number.isdecimal() else _NUMBERS[number]
    days = math.ceil(count * _UNITS[unit])
    return _Span(today - _DAY * days, today) if days <= _LONGEST else None


def _date(words: str, today: dt.date) -> _Span | None:
    """Return the days of a date, a month or a year. Without a year it is the latest one that has begun by today."""
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    month = re.search(_MONTH, words)
    if month is None:
        year, *rest = numbers
        return _days(year, *rest) if rest else _Span(dt.date(year, 1, 1), dt.date(year, 12, 31))
    number = month_number(month[0])
    days = [each for each in numbers if each < _FIRST_YEAR]
    years = [each for each in numbers if each >= _FIRST_YEAR]
    # Two 29ths of February may be eight years apart.
    spans = (_days(year, number, *days) for year in years or range(today.year, today.year - 9, -1))
    return next((span for span in spans if span and (years or span.first <= today)), None)


def _days(year: int, month: int, day: int | None = None) -> _Span | None:
    """Return a month, or one day of it; None if there is no such day."""
    try:
        first = dt.date(year, month, day or 1)
        return _Span(first, first if day is not None else first.replace(day=calendar.monthrange(year, month)[1]))
    except ValueError:
        return None


def _without(question: str, start: int, end: int) -> str:
    """Return the question without a phrase, or unchanged if it needs the phrase ("last week's summit") or has nothing
    else.
    """
    if re.match(r"['’]s?\s", question[end:]):
        return question
    before, after = question[:start].rstrip(" ,"), question[end:]
    if not re.search(r"\w", before + after):
        return question
    if before:
        return " ".join(f"{before}{after}".split())
    rest = after.lstrip(" ,")
    return rest[:1].upper() + rest[1:]
