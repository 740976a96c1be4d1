"""Makes the words that a scorer found the whole answer and no more: a figure with its unit, "1943" for "what year"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.readers.reader import Span
from assistant.understanding.answer_types import find_answers, find_names

if TYPE_CHECKING:
    from assistant.readers.sentence_features import ParsedQuestion

_ASKS_YEAR = re.compile(r"\b(?:what|which) year\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_ASKS_LENGTH = re.compile(r"\bhow (?:old|long)\b", re.IGNORECASE)
_ASKS_WHERE_OR_WHEN = re.compile(r"\b(?:where|when)\b", re.IGNORECASE)
# A figure goes on with these: a span that ends before them is cut.
_UNIT_AFTER = re.compile(r"(?:\s?%|[ -](?:percent|per cent|hundred|thousand|million|billion|trillion)\b|(?:,\d{3})+)")
_CURRENCY_BEFORE = re.compile(r"(?:US|A|C)?[$£€¥]\s?$")
# "State Route" before 99 and "M." before Theo Kearney belong to the name.
_NAME_BEFORE = re.compile(r"(?:\b[A-Z][\w'’-]{0,40} ){1,4}$")
_LONGEST_NAME = 4  # words
_INITIAL_AT_END = re.compile(r"\b[A-Z]$")
_NAME_AFTER = re.compile(r"\.(?: [A-Z][\w-]{1,40}){1,3}")
_LONGEST_DATE = 30  # characters
_HALF_OF_DAY = re.compile(r"\b[ap]\.m$", re.IGNORECASE)
_PREPOSITION = re.compile(r"(?:at|in|on)\s+(?=\S)", re.IGNORECASE)
_INFINITIVE = re.compile(r"to\s+(?=\S)", re.IGNORECASE)
_AGO = re.compile(r"(?<!\s)\s++ago$")
_REMARK_AT_END = re.compile(r"(?<!\s)\s++\([^()]{1,80}\)$")


def whole_answer(question: ParsedQuestion, span: Span) -> Span:
    """Return the span with the rest of a figure or name that it cuts, and without words that do not answer."""
    span = _whole_name(question, _whole_date(question, _whole_figure(span)))
    if _ASKS_YEAR.search(question.text):
        years = list(_YEAR.finditer(span.text))
        if len(years) == 1:
            return _part(span, *years[0].span())
    if _ASKS_LENGTH.search(question.text) and (ago := _AGO.search(span.text)) is not None:
        span = _part(span, 0, ago.start())
    if (remark := _REMARK_AT_END.search(span.text)) is not None:
        span = _part(span, 0, remark.start())
    needless = _PREPOSITION if _ASKS_WHERE_OR_WHEN.search(question.text) else _INFINITIVE
    if (first := needless.match(span.text)) is not None:
        span = _part(span, first.end(), len(span.text))
    return span


def _part(span: Span, start: int, end: int) -> Span:
    return Span(span.passage, span.start + start, span.start + end)


def _whole_figure(span: Span) -> Span:
    """Return the span with the rest of a figure that it cuts: a sign of money before it, "million" or % after it."""
    text, at = span.passage.text, span.passage.start
    start, end = span.start, span.end
    if text[end - at - 1 : end - at].isdigit() and (after := _UNIT_AFTER.match(text, end - at)) is not None:
        end = after.end() + at
    if (
        text[start - at : start - at + 1].isdigit()
        and (before := _CURRENCY_BEFORE.search(text[: start - at])) is not None
    ):
        start -= len(before[0])
    return Span(span.passage, start, end)


def _whole_date(question: ParsedQuestion, span: Span) -> Span:
    """Return the span with the rest of a date or time of day that it cuts, and the point that belongs to "p.m."."""
    if question.kind not in {"date", "time"} or _ASKS_YEAR.search(question.text):
        return span
    text, at = span.passage.text, span.passage.start
    first = max(0, span.start - at - _LONGEST_DATE)
    around = text[first : span.end - at + _LONGEST_DATE]
    start, end = span.start - at - first, span.end - at - first
    for begin, finish in find_answers(around, "date"):
        if begin <= start < finish or begin < end <= finish:
            start, end = min(start, begin), max(end, finish)
    if _HALF_OF_DAY.search(around[start:end]) is not None and around[end : end + 1] == ".":
        end += 1
    return Span(span.passage, at + first + start, at + first + end)


def _whole_name(question: ParsedQuestion, span: Span) -> Span:
    """Return the span with the words of a name before a number ("State Route 99") or after an initial."""
    text, at = span.passage.text, span.passage.start
    if span.text.isdecimal() and question.kind in {"name", "place", "other"}:
        before = _NAME_BEFORE.search(text[max(0, span.start - at - 80) : span.start - at])
        return span if before is None else Span(span.passage, span.start - len(before[0]), span.end)
    if question.kind == "person" and not span.text.isupper():
        start, end = span.start - at, span.end - at
        around = next((each for each in find_names(text) if each[0] <= start and end <= each[1]), None)
        if around is not None and len(text[slice(*around)].split()) <= _LONGEST_NAME:
            return Span(span.passage, span.start, around[1] + at)
    after = _NAME_AFTER.match(text, span.end - at) if _INITIAL_AT_END.search(span.text) else None
    return span if after is None else Span(span.passage, span.start, after.end() + at)
