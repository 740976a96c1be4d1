"""Dates as people and programs write them; a date that can be read two ways is never guessed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re

from index.english import MONTH, month_number
from index.sources.metadata.calendar_names import foreign_month, is_foreign_weekday

_YEAR = r"\d{4}(?:\b|(?=\d{1,2}:\d{2}|(?-i:[A-Z][a-z])))"  # pages lose spaces: "May 6, 20249:12 AM", "2024Updated"
# A whole date inside a line: 6 May 2024, May 6th, 2024, 2024-05-06, 06/05/2024, 6 de mayo de 2024, 2024年5月6日.
_PHRASE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°)?\s+(?:of\s+|de\s+)?(?P<month>[^\W\d_]{{3,14}})\.?,?\s+"
    rf"(?:del?\s+)?(?P<year>{_YEAR})|(?P<name>{MONTH})\s+(?P<name_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<name_year>{_YEAR})"
    r"|(?P<iso_year>\d{4})(?P<iso>[/.-])(?P<iso_month>\d{1,2})(?P=iso)(?P<iso_day>\d{1,2})(?=\b|T\d)"
    r"|(?P<han_year>\d{4})\s?[年년]\s?(?P<han_month>\d{1,2})\s?[月월]\s?(?P<han_day>\d{1,2})\s?[日일]"
    rf"|(?P<first>\d{{1,2}})(?P<mark>[/.-])(?P<second>\d{{1,2}})(?P=mark)(?P<last_year>{_YEAR})"
    r"|(?P<hungarian_year>\d{4})\.?\s+(?P<hungarian>[^\W\d_]{3,14})\.?\s+(?P<hungarian_day>\d{1,2})\b\.?)",
    re.IGNORECASE,
)
_RUN_TOGETHER = re.compile(r"(?<=[A-Za-z0-9])(?=(?:Updated|Published|Posted)\b)")  # "9:12 AM UTCUpdated May 7"
_LABEL = re.compile(
    r"(?<![^\W\d_])(?P<first>first |last |originally |zuletzt |zuerst |dernière |última )?"
    r"(?P<label>published|posted|issued|created|date|updated|modified"
    r"|publiée?|veröffentlicht|erschienen|erstellt|publicad[oa]|pubblicat[oa]|gepubliceerd|geplaatst|publicerad|publisert"
    r"|udgivet|julkaistu|opublikowano|fecha:|datum:"
    r"|mise? à jour|modifiée?|aktualisiert|geändert|stand:|actualizad[oa]|atualizad[oa]|aggiornat[oa]|bijgewerkt"
    r"|uppdaterad|oppdatert|opdateret|päivitetty|aktualizacja)(?!\w)"
    r"(?: on| at| le| am| den| el| em| il| op)?(?!\w)\s*:?",
    re.IGNORECASE,
)
_ENGLISH_LABELS = frozenset({"published", "posted", "issued", "created", "date", "updated", "modified"})
_REVISION = re.compile(
    r"updated|modified|mise? à jour|modifiée?|aktualisiert|geändert|stand:|actualizad[oa]|atualizad[oa]|aggiornat"
    r"[oa]|bijgewerkt|uppdaterad|oppdatert|opdateret|päivitetty|aktualizacja",
    re.IGNORECASE,
)
# What stands beside a date and belongs to it: weekdays, times of day, time zones, and the words between them.
_BESIDE = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|(?<!\d)\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\.\d{1,9})?(?:\s*[ap]\.?m\b\.?)?|\b\d{1,2}\s*[ap]\.?m\b\.?"
    r"|(?<![^\W\d_])(?:[ECMP][SD]?T|GMT|UTC|BST|[CEW]ES?T|MESZ|MEZ|IST|AE[SD]T|JST|Z)(?![^\W\d_]|\w{5})(?:[+-]\d{1,2})?"
    r"|\b\d{1,2}\s?h\b|\b(?:\d{1,3}|an?) (?:minute|hour|day|week|month)s? ago\b|\b(?:at|on)\b",
    re.IGNORECASE,
)
# Words that other languages put between a date and a time of day.
_SMALL_WORDS = frozenset("à um uhr h alle ore às as a las om kl klo le den am el il lo godz г в".split())
_NUMERIC = re.compile(r"\b(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\b")
_LONGEST = 100
_FIRST_DAY, _LAST_DAY = 1900_01_01, 2100_12_31  # numbers of eight digits that are days, as yyyymmdd
_MILLISECONDS_FROM = 100_000_000_000  # in seconds that is the year 5138
_EPOCH_FROM = 100_000_000  # 1973: smaller numbers are more likely a year or a mistake
_MONTHS = 12

# Where 03/04/2025 is in March or in April. English says nothing, and neither do Canada and languages that write years
# first.
_DAY_FIRST_LANGUAGES = frozenset(
    "ar bg ca cs da de el es et eu fi fr gl he hi hr id it lv nb nl nn no pl pt ro ru sk sl sr sv tr uk vi".split()
)
_DAY_FIRST_COUNTRIES = frozenset("au gb ie in nz uk za ng ke gh".split())
_MONTH_FIRST_COUNTRIES = frozenset({"us"})
_MIXED_COUNTRIES = frozenset({"ca", "ph", "pr"})
_DAY_FIRST_CURRENCY = re.compile(r"[£€₹]\s?\d|\d\s?(?:€|zł|Kč)")


def parse_date(value: str | float, *, day_first: bool | None = None) -> dt.date:
    """Return the day `value` names: ISO 8601, any unambiguous wording, or seconds (or ms) since 1970.

    The day is taken as written, whatever its time zone; `day_first` says how 03/04/2025 is to be read, if that is
    known. Raises ValueError if there is no such day, if a part is missing ("May 2024"), or if it stays unclear.
    """
    if isinstance(value, int | float):
        return _from_number(value)
    text = value.strip()
    if not text or len(text) > _LONGEST:
        raise ValueError("not a date")
    if re.fullmatch(r"\d{4,14}(\.\d+)?", text):
        return _from_number(float(text))
    if clock := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ]\d{1,2}:\d{2}.*", text):
        return dt.date.fromisoformat(clock[1])  # the zone may be a name such as BST, which no ISO reader takes
    dated = read_date_line(text, day_first=day_first)
    if dated and not dated.words:
        day = dated.published or dated.updated
        if day is None or dated.is_range:
            raise ValueError("not one certain day")
        return day
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        return _from_words(text)


def is_missing(value: object) -> bool:
    """Return whether a value is what programs write for a missing one: nothing, NaN, "null", "0000-00-00"."""
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, str):
        if len(value) > _LONGEST:
            return value.isspace()
        return not value.strip(" -\t\r\n0:") or value.strip().lower() in _NOTHING
    return value is None or value == []


_NOTHING = frozenset({"nan", "nat", "none", "null", "n/a", "<na>", "nil", "undefined", "unknown"})


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
            except Exception as error:  # its parser raises all kinds of errors on numbers that are no times
                raise ValueError("not a date") from error
            readings.add(moment.date())
    if len(readings) != 1:
        raise ValueError("not one certain day")
    return readings.pop()


@dataclasses.dataclass(frozen=True, slots=True)
class DateLine:
    """The dates in a line, and `words`, the rest of the line; an ambiguous date is only in `unclear`.

    `is_labelled` says that the line calls its date one of publication or change, `is_first` that it calls `published`
    the first one, and `is_range` that it has several dates without saying which is which.
    """

    published: dt.date | None
    updated: dt.date | None
    words: str
    is_labelled: bool
    is_first: bool = False
    is_range: bool = False
    unclear: str | None = None


def read_date_line(line: str, *, day_first: bool | None = None) -> DateLine | None:
    """Return the dates in a line such as "Updated 4:48 PM EDT, Mon March 17, 2025"; None if it has none."""
    line = _RUN_TOGETHER.sub(" ", line)
    phrases = [phrase for phrase in _PHRASE.finditer(line) if _names_a_month(phrase)]
    if not phrases:
        return None
    labels = list(_LABEL.finditer(line))
    if any(label["label"].lower() not in _ENGLISH_LABELS for label in labels):
        day_first = True  # no language but English has the month first
    days: dict[bool, list[dt.date]] = {False: [], True: []}
    unclear = None
    is_revision = is_first = False
    start = 0
    for phrase in phrases:
        if above := [label for label in labels if start <= label.start() < phrase.start()]:
            is_revision = _REVISION.fullmatch(above[-1]["label"]) is not None
            is_first = is_first or (above[-1]["first"] or "").lower().strip() in {"first", "originally", "zuerst"}
        start = phrase.end()
        try:
            days[is_revision].append(_day_of(phrase, day_first=day_first))
        except ValueError:
            unclear = phrase[0]
    return DateLine(
        published=next(iter(days[False]), None),
        updated=next(iter(days[True]), None),
        words=_words_beside(line, phrases),
        is_labelled=bool(labels),
        is_first=is_first,
        is_range=len(set(days[False])) > 1,
        unclear=unclear,
    )


def _names_a_month(phrase: re.Match[str]) -> bool:
    """Return whether the word in "6 May 2024" is a month."""
    word = phrase["month"] or phrase["hungarian"]
    return not word or _month(word) is not None


def _month(word: str) -> int | None:
    if re.fullmatch(MONTH, word, re.IGNORECASE):
        return month_number(word)
    return foreign_month(word)


def _day_of(phrase: re.Match[str], *, day_first: bool | None) -> dt.date:
    """Return the day of a date inside a line. Raises ValueError if there is none, or two."""
    for year, month, day in (
        ("year", "month", "day"),
        ("name_year", "name", "name_day"),
        ("hungarian_year", "hungarian", "hungarian_day"),
    ):
        if phrase[year]:
            return dt.date(int(phrase[year]), _month(phrase[month]) or 0, int(phrase[day]))
    for kind in ("iso", "han"):
        if phrase[f"{kind}_year"]:
            return dt.date(*(int(phrase[f"{kind}_{part}"]) for part in ("year", "month", "day")))
    first, second = int(phrase["first"]), int(phrase["second"])
    if first <= _MONTHS and second <= _MONTHS and first != second and day_first is None:
        raise ValueError("day and month could be swapped")
    is_day_first = second <= _MONTHS and (day_first is not False or first > _MONTHS)
    return dt.date(int(phrase["last_year"]), second if is_day_first else first, first if is_day_first else second)


def _words_beside(line: str, phrases: list[re.Match[str]]) -> str:
    """Return what a line says besides its dates, their labels and times of day."""
    rest, start = [], 0
    for phrase in phrases:
        rest.append(line[start : phrase.start()])
        start = phrase.end()
    text = _BESIDE.sub(" ", _LABEL.sub(" ", " ".join([*rest, line[start:]])))
    words = [
        word
        for word in text.split()
        if word.lower().strip(".,()") not in _SMALL_WORDS and not is_foreign_weekday(word.strip(",()"))
    ]
    return " ".join(words).strip(" ,;:()/|•·–—-+")


def is_date(text: str) -> bool:
    """Return whether a text is nothing but one date."""
    phrase = _PHRASE.fullmatch(text)
    return phrase is not None and _names_a_month(phrase)


def is_date_label(line: str) -> bool:
    """Return whether a line is only the label of a date, such as "Published"."""
    return _LABEL.fullmatch(line) is not None


def numeric_order(text: str, *, language: str = "") -> bool | None:
    """Return whether 03/04/2025 has the day first: by the other dates in a text, its language, its currency.

    None means that nothing says so, or that they disagree.
    """
    if (order := order_of_dates([text])) is not None:
        return order
    if language and (order := _order_in(language)) is not None:
        return order
    return True if _DAY_FIRST_CURRENCY.search(text) else None


def order_of_dates(texts: list[str]) -> bool | None:
    """Return whether dates such as 13/05/2024 all have the day first; None if there are none, or they disagree."""
    orders = set()
    for text in texts:
        for date in _NUMERIC.finditer(text):
            first, second = int(date[1]), int(date[3])
            if (first > _MONTHS) != (second > _MONTHS):
                orders.add(first > _MONTHS)
    return orders.pop() if len(orders) == 1 else None


def _order_in(language: str) -> bool | None:
    """Return whether people who use this language ("en-US") put the day first."""
    name, *rest = re.split(r"[-_]", language.strip().lower())
    if _MIXED_COUNTRIES.intersection(rest):
        return None
    if name == "en":
        if _MONTH_FIRST_COUNTRIES.intersection(rest):
            return False
        return True if _DAY_FIRST_COUNTRIES.intersection(rest) else None
    return True if name in _DAY_FIRST_LANGUAGES and not _MONTH_FIRST_COUNTRIES.intersection(rest) else None
