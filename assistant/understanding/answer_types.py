"""What kind of answer a question asks for, and where in a text words of that kind stand: rules, no model."""

from __future__ import annotations

import re
from typing import Literal

from index.english import MONTHS, WEEKDAYS
from index.terms import terms

AnswerType = Literal["person", "date", "time", "number", "place", "name", "quote", "reason", "other"]

_ROLES = (
    "person|man|woman|player|actor|actress|author|artist|singer|scientist|coach|king|queen|president|mayor|minister"
    "|leader|director|general|pope|emperor|writer|poet|composer|lawyer|judge|doctor"
)
_PLACES = (
    "country|countries|city|cities|town|village|state|region|province|continent|place|island|county|location|area"
    "|district|river|street|stadium"
)
_GROUPS = (
    "newspaper|company|team|organi[sz]ation|party|university|school|group|church|language|band|film|book|album|song"
    "|show|network|agency|religion|war|battle|treaty|law"
)
_FIGURES = (
    "number|percent|percentage|share|proportion|population|price|cost|fee|salary|rate|age|size|length|height|weight"
    "|distance|speed|temperature|turnout|amount|score|total|budget|area"
)
_SAYING = (
    "say|said|tell|told|call|called|described?|demand(?:ed)?|claim(?:ed)?|announced?|argued?|stated?|promised?"
    "|warn(?:ed)?|think|ask(?:ed)? for"
)
# Each pattern is searched for in the lower-case question. The earliest match decides; on a tie, the upper pattern.
_QUESTIONS: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    (
        "reason",
        re.compile(r"\bwhy\b|\b(?:what|which) (?:(?:was|is|were|are) the )?(?:caused?|reasons?)\b|\bhow come\b"),
    ),
    ("quote", re.compile(rf"\b(?:what|how) (?:did|does|do|has|have|had) .*\b(?:{_SAYING})\b")),
    ("time", re.compile(r"\b(?:what|which) time\b")),
    (
        "date",
        re.compile(r"\bwhen\b|\b(?:what|which)(?: \w+)? (?:year|day|date|month|decade|century|season|period)s?\b"),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|long|far|tall|high|old|big|large|fast|deep|heavy|wide|often|quickly|close)\b"
            rf"|\b(?:what|which)(?: \w+){{0,5}} (?:{_FIGURES})\b|\bwhat do(?:es)? .*\b(?:pay|cost|earn|weigh)\b"
        ),
    ),
    ("person", re.compile(rf"\bwho(?:m|se)?\b|\b(?:what|which) (?:\w+ )?(?:{_ROLES})s?\b")),
    ("place", re.compile(rf"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:{_PLACES})\b")),
    (
        "name",
        re.compile(rf"\bwhich\b|\bwhat (?:is|was|are|were) the names?\b|\b(?:called|named)\b|\bwhat (?:{_GROUPS})\b"),
    ),
)

_MONTH = (
    r"(?:Jan(?:uary|\.)|Feb(?:ruary|\.)|Mar(?:ch|\.)|Apr(?:il|\.)|May|June?|July?|Aug(?:ust|\.)|Sept?(?:ember|\.)"
    r"|Oct(?:ober|\.)|Nov(?:ember|\.)|Dec(?:ember|\.))"
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?:1\d|20)\d\d"
_CLOCK = r"\b\d{1,2}(?::\d\d)?\s?(?:[ap]\.m\.|[ap]m\b)|\b\d{1,2}:\d\d\b|\bnoon\b|\bmidnight\b"
_TIME = re.compile(_CLOCK, re.IGNORECASE)
_DATE = re.compile(
    rf"(?:{_WEEKDAY},? )?(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:, {_YEAR})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? {_YEAR})?|{_MONTH}(?: of)?,? {_YEAR})(?!\d)"
    rf"|\b{_WEEKDAY}\b|(?<![\d,.$£€]){_YEAR}(?:s|[-–]\d\d(?:\d\d)?)?\b(?![,.]?\d|%)"
    rf"|{_CLOCK}|\b\d{{1,2}}(?:st|nd|rd|th)[- ]centur(?:y|ies)\b|\b\d+ (?:BCE?|AD)\b"
    r"|\b(?:yesterday|today|tomorrow|tonight)\b"
    r"|\b(?:last|next|this) (?:week|month|year|spring|summer|autumn|fall|winter)\b",
    re.IGNORECASE,
)
_NUMBER_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|trillion"
    r"|dozens?|half)"
)
_DURATION_UNIT = r"(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|centuries)"
_UNIT = (
    r"(?:percent|per cent|percentage points?|(?:(?:square|cubic) )?(?:kilo|centi|milli)?met(?:er|re)s?|km|cm|mm|miles?"
    rf"|feet|foot|inches|{_DURATION_UNIT}|tonnes?|tons?|(?:kilo)?grams?|kg|pounds|acres?|hectares|degrees?|mph|km/h"
    r"|dollars|euros|yards?|times)"
)
_FIGURE = r"\d+(?:,\d{3})*(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?:(?:US|A|C)?[$£€¥]\s?|(?<![\w.,:])){_FIGURE}(?:[-–]{_FIGURE})?(?![\d:])"
    rf"(?:\s?%|[- ]{_NUMBER_WORD}\b)?(?:[- ]{_UNIT}\b)?"
    rf"|\b{_NUMBER_WORD}(?:(?:[- ]| and (?:a )?){_NUMBER_WORD})*\b(?:[- ]{_UNIT}\b)?",
    re.IGNORECASE,
)
# For some questions the figure must have a certain form; without it, the figure measures something else.
_FIGURE_FORMS = (
    (
        re.compile(
            r"\bhow long\b.*\b(?:ago|last|take|took|stay|wait|spend|spent|been|be|was|were|is|did|will|would)\b"
        ),
        re.compile(rf"{_DURATION_UNIT}$"),
    ),
    (
        re.compile(r"\bhow (?:far|tall|high|wide|deep)\b"),
        re.compile(r"(?:met(?:er|re)s?|km|cm|mm|miles?|feet|foot|inches|yards?|[\d.]m)$"),
    ),
    (re.compile(r"\bhow (?:fast|quickly)\b"), re.compile(rf"(?:mph|km/h|knots|{_UNIT})$")),
    (re.compile(r"percent|proportion|\bshare of\b"), re.compile(r"%$|per ?cent$|half$")),
    (
        re.compile(r"\bhow much (?:did|does|do|has|have|had)\b.* (?:rise|risen|grow|grown|fall|fallen|drop(?:ped)?)\b"),
        re.compile(r"%$|per ?cent$|points?$|[^\W\d_]$"),
    ),
    (
        re.compile(r"\bhow much\b.*\b(?:pay|paid|spend|spent|worth|money|earn|raise)\b|\b(?:price|salary|fee|cost)\b"),
        re.compile(r"^(?:US|A|C)?[$£€¥]|dollars$|pounds$|euros$"),
    ),
    (re.compile(r"\bhow many\b"), re.compile(r"^(?!(?:1[5-9]|20)\d\d$)[^$£€¥%]+$")),
)
# A letter that is not a lower-case one of the languages of Western Europe.
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_NAME_WORD = rf"{_CAPITAL}(?:[\w&-]|\.(?=\w)|[’'](?!s\b)(?=\w))*"
_NAME = re.compile(
    rf"\b{_NAME_WORD}(?:(?:(?<=\b[^\W\d_])|(?<=\b[DM]r)|(?<=\bSt))\.)?"
    rf"(?: (?:(?:of|the|de|la|van|von|der|al|bin|del|di|du|of the) )?{_NAME_WORD}(?:(?<=\b[^\W\d_])\.)?)*"
)
_FUNCTION_WORDS = frozenset((*WEEKDAYS, *MONTHS)) | frozenset(
    """
    the a an in on at of for to from by with and or but if as so it its he she they we you i this that these
    those there his her their our my your when where while after before since until during although though
    because however also not no yes most many some all both each one two three then than now here what who how
    why which part as such other under over between among about despite following according overall meanwhile
    mr mrs ms sept oct nov dec jan feb aug
    """.split()
)
_QUOTE = re.compile(r"“([^“”]{2,400})”|\"([^\"]{2,400})\"")
_REASON = re.compile(
    r"\b(?:because|due to|owing to|as a result of|thanks to|caused by|blamed? on|so that|in order to|to avoid"
    r"|to protect|to prevent|led to|resulted in|reasons?)\b",
    re.IGNORECASE,
)
_BEFORE_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|on|into|outside|across|around|via|towards?|invade)\s(?:the\s)?"
    r"(?:(?:north|south|east|west)(?:ern)?\s|central\s)?$"
)


def kind_of(question: str) -> AnswerType:
    """Return the kind of answer that `question` asks for, "other" if no rule applies."""
    lowered = question.lower()
    found = [(match.start(), row) for row, (_, rule) in enumerate(_QUESTIONS) if (match := rule.search(lowered))]
    return _QUESTIONS[min(found)[1]][0] if found else "other"


def find_names(text: str) -> list[tuple[int, int]]:
    """Return the spans of the capitalised names in `text`, without the function words that they may begin with."""
    spans = (_trim_name(text, *match.span()) for match in _NAME.finditer(text))
    return [(start, end) for start, end in spans if start < end]


def name_terms(text: str) -> set[str]:
    """Return the terms of the names in `text`."""
    return {term for start, end in find_names(text) for term in terms(text[start:end])}


def _trim_name(text: str, start: int, end: int) -> tuple[int, int]:
    for word in re.finditer(r"\S+\s*", text[start:end]):
        if word[0].strip().rstrip(".").lower() not in _FUNCTION_WORDS:
            return start + word.start(), end
    return end, end


def find_answers(text: str, kind: AnswerType) -> list[tuple[int, int]]:
    """Return the spans of `text` that are words of that kind, in order; empty for "other"."""
    match kind:
        case "person" | "name":
            return find_names(text)
        case "place":
            return [span for span in find_names(text) if _BEFORE_PLACE.search(text[max(0, span[0] - 24) : span[0]])]
        case "quote":
            return [match.span(match.lastindex or 0) for match in _QUOTE.finditer(text)]
        case "date" | "time" | "number" | "reason":
            pattern = {"date": _DATE, "time": _TIME, "number": _NUMBER, "reason": _REASON}[kind]
            return [match.span() for match in pattern.finditer(text)]
        case _:
            return []


def has_form(question: str, figure: str) -> bool:
    """Say whether `figure` looks like what `question` asks for: a length of time, a sum of money, a share, a count."""
    lowered = question.lower()
    return all(form.search(figure) for asked, form in _FIGURE_FORMS if asked.search(lowered))
