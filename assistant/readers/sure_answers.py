"""Decides whether the words that a scorer found may be shown as the short answer; a wrong one is worse than none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.readers.reader import Span
from assistant.understanding.answer_types import find_answers, find_names, has_form
from index.english import MONTHS
from index.terms import terms

if TYPE_CHECKING:
    from assistant.readers.sentence_features import ParsedQuestion
    from assistant.understanding.answer_types import Kind

_MOST_WORDS = 12
_SURE = 0.6
_CERTAIN = 0.75
"""The confidence from which words are shown that only may be of the type asked for, by the public question sets."""
_ASKS = re.compile(r"\b(?:or|who|whom|whose|what|what’s|what's|whats|which|when|where|how)\b", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"\b(?:what|which)\b", re.IGNORECASE)
# What is answered by a statement or by several things, not by a few words of one.
_ASKS_MORE = re.compile(
    r"\b(?:what (?:happened|changed|problems|else)|what do (?:we|you) know|what is known"
    r"|(?:what|which) (?:was|is|were|are) the (?:reasons?|differences?)|differ|differs|compare)\b"
    r"|\band (?:by |at |for |in )?(?:who|what|when|where|how|why)\b"
    r"|\bwhat (?:does|did|do) the (?:article|story|piece|report|text)\b",
    re.IGNORECASE,
)
# "How did they win?", but not "How did he describe it?", which words of his answer.
_ASKS_MANNER = re.compile(
    r"how (?:did|does|do|was|were|is|are|has|have|had|can|could|will|would|should)\b"
    r"(?!.*\b(?:call|describe|name|feel|refer|characteri[sz]e))",
    re.IGNORECASE,
)
_MANNER = re.compile(r"(?:by|with|through|via|using|from|in|on|as)\b|\w+ing\b|\w+ly\b", re.IGNORECASE)
_ASKS_DIFFERENCE = re.compile(r"\bby how (?:much|many)\b", re.IGNORECASE)
_SHARE = re.compile(r"%|per ?cent|points?$")
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_UNIT = re.compile(
    r"[$£€¥%]|per ?cent\b|\b(?:years?|months?|weeks?|days?|hours?|minutes?|kilomet|met|km|miles?|tonnes?)\w*"
)
_ASKS_COUNT = re.compile(r"\bhow\b|%|per ?cent|\b(?:number|price|cost|salary|population)\b", re.IGNORECASE)
_VAGUE = re.compile(
    r"\b(?:none|no|hundreds|thousands|millions|billions|dozens|many|few|several|once|twice)\b", re.IGNORECASE
)
_OFFERS = re.compile(r"\bor\b", re.IGNORECASE)
_ASKS_YEAR = re.compile(r"\b(?:what|which) year\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_DAY = re.compile(
    r"\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|spring|summer|autumn|fall|winter|weeks?|months?|years?|daily"
    r"|weekly|yearly|annually|mornings?|evenings?|nights?|today|tomorrow|yesterday|centur(?:y|ies)|easter|christmas"
    rf"|{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(r"what(?: is| was| are| were|’s|'s) ", re.IGNORECASE)
_VERB = re.compile(r"\b(?:will|has|have|had|is|was|were)\b", re.IGNORECASE)
_WHEN_CLAUSE = re.compile(r"(?:after|before|during|since|until|as|while|once|when|at|in|on|by|the)\b", re.IGNORECASE)
_WHO_IS = re.compile(r"^\W*who(?: is| was| are| were|’s|'s)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"^(?:he|she|it|they|we|i|that|who|which)\b", re.IGNORECASE)
# A figure goes on with these: a span that ends before them is cut.
_UNIT_AFTER = re.compile(r"(?:\s?%|[ -](?:percent|per cent|hundred|thousand|million|billion|trillion)\b|(?:,\d{3})+)")
_CURRENCY_BEFORE = re.compile(r"(?:US|A|C)?[$£€¥]\s?$")


def sure_answer(question: ParsedQuestion, span: Span | None, confidence: float) -> Span | None:
    """Return the words if they are of the type that the question asks for, figures and dates whole; None if not.

    Some types show only in part; there, `confidence` in the sentence decides.
    """
    if span is None or not _ASKS.search(question.text) or _ASKS_MORE.search(question.text):
        return None
    span = _whole_figure(span)
    words = span.text
    repeats = set(terms(words)) <= set(question.every_term) and not _OFFERS.search(question.text)
    predicate = _WHAT_IS.match(question.text) is not None and _VERB.search(words) is not None
    if "\n" in words or predicate or (confidence < _SURE and repeats):
        return None
    if confidence < _CERTAIN and (len(words.split()) > _MOST_WORDS or question.kind == "reason"):
        return None
    return _typed(question, span, is_certain=confidence >= _CERTAIN)


def differ(kind: Kind, one: str, other: str) -> bool:
    """Return whether two answers to a question of that kind are values of one type and exclude each other."""
    match kind:
        case "number":
            figures = [_figures(text) for text in (one, other)]
            return all(figures) and _unit(one) == _unit(other) and figures[0].isdisjoint(figures[1])
        case "date" | "time":
            return bool(_figures(one) and _figures(other)) and set(terms(one)).isdisjoint(terms(other))
        case "person" | "place":
            return bool(find_names(one) and find_names(other)) and set(terms(one)).isdisjoint(terms(other))
        case _:
            return False


def _figures(text: str) -> set[str]:
    return set(_FIGURE.findall(text))


def _unit(text: str) -> str:
    """Return the sign of money or the word that a figure counts, in the form in which units are compared."""
    unit = _UNIT.search(text)
    return unit[0].strip().lower() if unit else ""


def _typed(question: ParsedQuestion, span: Span, *, is_certain: bool) -> Span | None:
    """Return the part of the span that is of the type asked for; a manner, or a body without a name, shows in part."""
    words, kind = span.text, question.kind
    if kind == "date":
        return _date(question, span)
    if kind == "person":
        described = _WHO_IS.match(question.text) is not None and not _CLAUSE.match(words)
        fits = described or is_certain or bool(find_names(words))
    elif kind == "number":
        counted = _ASKS_COUNT.search(question.text) is not None
        fits = (
            not counted
            or _VAGUE.search(words) is not None
            or any(_has_form(question, words[slice(*at)]) for at in find_answers(words, "number"))
        )
    elif kind == "time":
        fits = bool(find_answers(words, "time"))
    elif _ASKS_MANNER.match(question.text):
        fits = is_certain or _MANNER.match(words) is not None
    else:
        fits = kind != "reason" or not find_answers(words, "number")
    return span if fits else None


def _has_form(question: ParsedQuestion, figure: str) -> bool:
    """Return whether a figure can be what is asked for; "by how much" asks for a share or a difference."""
    by = _ASKS_DIFFERENCE.search(question.text)
    return has_form(question.text, figure) and (by is None or _SHARE.search(figure) is not None)


def _date(question: ParsedQuestion, span: Span) -> Span | None:
    if _ASKS_YEAR.search(question.text):
        years = list(_YEAR.finditer(span.text))
        if len(years) == 1:
            return _part(span, *years[0].span())
    return span if find_answers(span.text, "date") or _DAY.search(span.text) or _WHEN_CLAUSE.match(span.text) else None


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
