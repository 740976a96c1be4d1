"""Finds the shortest exact words that answer, by rules for each kind of answer; None if no rule is certain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.readers.descriptions import describe, described_in
from assistant.understanding.answer_types import find_names
from index.terms import terms

if TYPE_CHECKING:
    from assistant.readers.sentence_features import ParsedQuestion, Sentence, Sentences

# A name with such an ending is not a person's.
_GROUP = re.compile(
    r"\b(?:Corporation|Company|Council|Association|University|College|Party|Court|Church|Club|Army|Union|League|Act|Inc"
    r"|Committee|Commission|Parliament|Congress|Senate|Agency|Institute|Museum|School|Times|Post|Bridge|Street|River)$"
)
_AT_SENTENCE_START = re.compile(r"^[\s“\"'‘(•-]*$")
# Of several candidates, one is taken only if this share of the question's terms is near it.
_LEAST_NEARNESS = 0.3
_ASKS_YEAR = re.compile(r"\b(?:what|which) years?\b", re.IGNORECASE)
_YEAR = re.compile(r"\b\d{4}\b")
_HOW_MANY = re.compile(r"\bhow many (?P<things>(?:\S+ ){1,3})", re.IGNORECASE)
_NEXT_WORDS = re.compile(r"(?:\W*+\w++){1,5}")
# "said on Sunday that": when it was said, not when it is.
_DAY_OF_REPORT = re.compile(
    r"\b(?:said|told|announced|reported|released|confirmed|wrote)\b(?:\s\w+){0,3}\s(?:on|in)\s$"
    r"|\b(?:said|announced|told \w+)\s$"
)
_OF_PLACE = re.compile(r"\b(?:in|at|near|from|outside|into)\s(?:the\s)?$")


def find_short_answer(sentences: Sentences, sentence: Sentence) -> tuple[int, int] | None:
    """Return the span of the words that answer, from the start of the sentence; None if no rule is certain."""
    question = sentences.question
    name = described_in(question.text)
    if question.kind == "person" and name is not None and find_names(name) == [(0, len(name))]:
        return describe(sentence.text, name)
    if question.kind in {"reason", "other"}:
        return None
    spans = [span for span in sentences.new_answers(sentence) if _fits(question, sentence.text, span)]
    near = [sentences.nearness(sentence, span) for span in spans]
    if not near or (len(near) > 1 and (question.kind == "name" or max(near) < _LEAST_NEARNESS)):
        return None
    start, end = spans[near.index(max(near))]
    year = _YEAR.search(sentence.text, start, end) if _ASKS_YEAR.search(question.text) else None
    if year is not None:
        return year.span()
    return _strip(sentence.text, start, end - (question.kind == "quote" and sentence.text[end - 1] in ",."))


def _fits(question: ParsedQuestion, text: str, span: tuple[int, int]) -> bool:
    """Return whether the words of a span can be the answer to this question."""
    words, before = text[slice(*span)], text[: span[0]]
    match question.kind:
        case "number":
            return _counts_what_is_asked(question, text, span)
        case "date":
            return _DAY_OF_REPORT.search(before) is None
        case "person" | "name" | "place":
            single_at_start = " " not in words and _AT_SENTENCE_START.match(before) is not None
            of_question = not question.names.isdisjoint(terms(words))
            nobody = question.kind == "person" and (_OF_PLACE.search(before) or _GROUP.search(words))
            return not (single_at_start or of_question or nobody or words.isupper())
        case _:
            return True


def _counts_what_is_asked(question: ParsedQuestion, text: str, span: tuple[int, int]) -> bool:
    """Return whether the figure counts the things that "how many ..." asks for: one of the next words names them."""
    asked = _HOW_MANY.search(question.text)
    if asked is None:
        return True
    following = _NEXT_WORDS.match(text, span[1])
    named = set(terms(text[slice(*span)])) | set(terms(following[0] if following else ""))
    return not named.isdisjoint(terms(asked["things"]))


def _strip(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span without white space and commas at its ends; None if nothing is left."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    end -= len(words) - len(words.rstrip(" \n,;:"))
    return (start, end) if start < end else None
