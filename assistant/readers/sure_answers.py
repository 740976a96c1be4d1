"""Decides whether the words that a scorer found may be shown as the short answer; a wrong one is worse than none."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from assistant.readers.descriptions import described_in
from assistant.readers.excerpts import is_balanced
from assistant.readers.scoring import logistic, weigh
from assistant.readers.sure_weights import LEAST, SURE
from assistant.readers.whole_answers import whole_answer
from assistant.understanding.answer_types import find_answers, find_names, has_form
from index.english import MONTHS
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.reader import Span
    from assistant.readers.scoring import ScoredSentence
    from assistant.readers.sentence_features import ParsedQuestion, Sentences

_CERTAIN = 0.75
"""The confidence from which a body without a name is shown where a person is asked for."""
_FARTHEST = 3.0  # log-odds; a sentence that is further behind tells no more
_ASKS = re.compile(r"\b(?:or|who|whom|whose|what|what’s|what's|whats|which|why|when|where|how)\b", re.IGNORECASE)
# What is answered by a statement or by several things, not by a few words of one.
_ASKS_MORE = re.compile(
    r"\b(?:what (?:happened|changed|problems|else)|what do (?:we|you) know|what is known"
    r"|(?:what|which) (?:was|is|were|are) the differences?|differ|differs|compare)\b"
    r"|\band (?:by |at |for |in )?(?:who|what|when|where|how|why)\b"
    r"|\bwhat (?:does|did|do) the (?:article|story|piece|report|text)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b(?=.*\bor\b)", re.IGNORECASE
)
_ASKS_COUNT = re.compile(
    r"\b(?:how (?:many|much|long|old|far|tall|high|big|large|fast|deep|heavy|wide)|number of|price|cost|salary"
    r"|population)\b|%|per ?cent",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow many (?P<things>(?:\S+ ){1,2})", re.IGNORECASE)
_NEXT_WORDS = re.compile(r"(?:\W{1,3}\w+){1,3}")
_PLURAL = re.compile(r"(?<=[a-z]{3})s\b", re.IGNORECASE)
_ASKS_DIFFERENCE = re.compile(r"\bby how (?:much|many)\b", re.IGNORECASE)
_ASKS_AGE = re.compile(r"\W*how old\b", re.IGNORECASE)
_FOR_SO_LONG = re.compile(r"\bfor (?:\w+ )?$", re.IGNORECASE)
_SHARE = re.compile(r"%|per ?cent|points?$")
_VAGUE = re.compile(
    r"\b(?:none|no|hundreds|thousands|millions|billions|dozens|many|few|several|once|twice|often|never)\b",
    re.IGNORECASE,
)
_ASKS_AGE = re.compile(r"\bhow old\b", re.IGNORECASE)
_LONGEST_WHO = 12  # words; more of them tell a story
_ASKS_WHO = re.compile(r"\W{0,3}(?:(?:to|by|for|from|with) )?who(?:m|se)?\b", re.IGNORECASE)
_WHO_IS = re.compile(r"\W*who(?: is| was| are| were|’s|'s)\b", re.IGNORECASE)
_ASKS_WHEN = re.compile(r"\W*(?:since |until )?when\b", re.IGNORECASE)
_DAY = re.compile(
    r"\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|spring|summer|autumn|fall|winter|weeks?|months?|years?|daily"
    r"|weekly|yearly|annually|mornings?|evenings?|nights?|today|tomorrow|yesterday|centur(?:y|ies)|easter|christmas"
    rf"|wars?|{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)
_WHEN_CLAUSE = re.compile(r"(?:after|before|during|since|until|as|while|once|when|at|in|on|by|the)\b", re.IGNORECASE)
_WHAT_IS = re.compile(r"what(?: is| was| are| were|’s|'s) ", re.IGNORECASE)
_VERB = re.compile(r"\b(?:will|has|have|had|is|was|were)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:he|she|it|they|we|i|that|who|which)\b", re.IGNORECASE)
_KINDS = ("person", "number", "date", "time", "place", "name", "reason", "quote")


def typed_answer(question: ParsedQuestion, span: Span | None, confidence: float) -> Span | None:
    """Return the words whole if they can be of the type that the question asks for; None if not."""
    if span is None or _ASKS.search(question.text) is None or _ASKS_MORE.search(question.text) is not None:
        return None
    span = whole_answer(question, span)
    if _ASKS_AGE.match(question.text) and _FOR_SO_LONG.search(span.passage.text[: span.start - span.passage.start]):
        return None
    fits = (
        "\n" not in span.text
        and _is_of_type(question, span.text, is_certain=confidence >= _CERTAIN)
        and _may_describe(question, span)
        and not _is_time_spent(question, span)
    )
    return span if fits else None


def is_sure(sentences: Sentences, ranked: Sequence[ScoredSentence], scored: ScoredSentence, confidence: float) -> bool:
    """Return whether the words that a sentence answers with are likely enough to be right."""
    chance = logistic(weigh(SURE, measure(sentences, ranked, scored, confidence)))
    return chance >= LEAST[sentences.question.kind]


def measure(
    sentences: Sentences, ranked: Sequence[ScoredSentence], scored: ScoredSentence, confidence: float
) -> dict[str, float]:
    """Return what shows whether the words that a sentence answers with are right.

    `lead` is what the sentence is ahead of those that answer with other words, `ahead` what the words are ahead of
    others in the sentence. `counts` says that they count what is asked for, `counts_others` that they count something
    else, `agree` that another article has them. `near` is how much of the question stands beside them, `repeats` the
    share of them that the question has.
    """
    question, sentence, span = sentences.question, scored.sentence, scored.short_answer
    assert span is not None  # noqa: S101 - only such sentences are measured
    words = span.text
    own = set(terms(words))
    agreeing = [one for one in ranked if own and own <= set(one.sentence.terms)]
    others = [one.score for one in ranked if one not in agreeing and one is not scored and one.short_answer is not None]
    start = max(0, span.start - sentence.start)
    counted = _counted(question, span)
    return {
        "confidence": math.log((confidence + 0.01) / (1.01 - confidence)),
        "score": scored.score,
        "lead": min(_FARTHEST, scored.score - max(others, default=-math.inf)),
        "agree": float(len({one.sentence.source.article.id for one in (scored, *agreeing)}) > 1),
        "ahead": scored.lead,
        "counts": float(counted is True),
        "counts_others": float(counted is False),
        "near": sentences.nearness(sentence, (start, start + len(words))),
        "repeats": len(own & question.every_term) / len(own) if own else 1.0,
        "words": math.log(1 + len(words.split())),
        "capitals": float(bool(find_names(words))),
        "cut": float(not is_balanced(words) or words.count("(") != words.count(")")),
        "question_length": math.log(1 + len(question.terms)),
        **{name: float(question.kind == name) for name in _KINDS},
    }


def _counted(question: ParsedQuestion, span: Span) -> bool | None:
    """Return whether a figure counts the things that "how many ..." asks for; None where neither is seen."""
    asked = _HOW_MANY.search(question.text)
    if asked is None:
        return None
    following = _NEXT_WORDS.match(span.passage.text[span.end - span.passage.start :])
    after = following[0] if following is not None else ""
    named = {*terms(span.text), *terms(after)}
    if not named.isdisjoint(terms(asked["things"])):
        return True
    return False if _PLURAL.search(f"{span.text} {after}") is not None else None


def _is_of_type(question: ParsedQuestion, words: str, *, is_certain: bool) -> bool:
    """Return whether words can be of the type that a question asks for; what cannot be told counts as such."""
    text = question.text
    if _OFFERS.match(text):
        fits = not question.every_term.isdisjoint(terms(words))
    elif _ASKS_WHO.match(text):
        says_who = _WHO_IS.match(text) is not None and not _CLAUSE.match(words)
        is_brief = len(words.split()) <= _LONGEST_WHO
        fits = is_brief and (is_certain or says_who or bool(find_names(words)))
    elif _ASKS_WHEN.match(text):
        fits = bool(_DAY.search(words) or _WHEN_CLAUSE.match(words) or find_answers(words, "date"))
    elif question.kind == "reason":
        fits = find_answers(words, "number") != [(0, len(words))]
    elif question.kind == "number" and _ASKS_COUNT.search(text):
        figures = [words[slice(*at)] for at in find_answers(words, "number")]
        fits = _VAGUE.search(words) is not None or any(_has_form(text, figure) for figure in figures)
    elif question.kind == "time":
        fits = bool(find_answers(words, "time"))
    else:
        fits = not (_WHAT_IS.match(text) and _VERB.search(words))
    return fits


def _may_describe(question: ParsedQuestion, span: Span) -> bool:
    """Return whether words can say who or what somebody is, where that is asked: no figure, no other name.

    "Mayor" directly before the name is a title.
    """
    name = described_in(question.text)
    if name is None or find_names(name) != [(0, len(name))]:
        return True
    is_name = find_names(span.text) == [(0, len(span.text))]
    following = span.passage.text[span.end - span.passage.start :].lstrip()
    return not any(map(str.isdigit, span.text)) and (not is_name or following.startswith(name))


def _is_time_spent(question: ParsedQuestion, span: Span) -> bool:
    """Return whether "for 16 years" stands where an age is asked for."""
    before = span.passage.text[: span.start - span.passage.start]
    return _ASKS_AGE.search(question.text) is not None and before.endswith(("for ", "FOR "))


def _has_form(question: str, figure: str) -> bool:
    """Return whether a figure can be what is asked for; "by how much" asks for a share or a difference."""
    by = _ASKS_DIFFERENCE.search(question)
    return has_form(question, figure) and (by is None or _SHARE.search(figure) is not None)
