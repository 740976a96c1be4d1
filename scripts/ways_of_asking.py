"""Makes of a question, by rule, the other ways in which people type it: keywords, an order, with polite words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.english import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_QUESTION_WORDS = frozenset("who whom whose what which when where why how much many".split())
_AUXILIARIES = frozenset(
    "is are was were be been am do does did has have had can could will would shall should may might must".split()
)
_WORD = re.compile(r"[^\s?!.,;:]+(?:[.,:][^\s?!.,;:]+)*")
_FINDS_OUT = re.compile(r"(?:when|where|why|how)\b", re.IGNORECASE)
# One question word for another, or for the same with a word that adds nothing; the first that fits.
_OTHER_WORDS = (
    (re.compile(r"\bhow many\b", re.IGNORECASE), "what number of"),
    (re.compile(r"\bhow much\b", re.IGNORECASE), "what amount of"),
    (re.compile(r"\b(?:in|on) (?:what|which) (?:year|day|date)\b", re.IGNORECASE), "when"),
    (re.compile(r"\b(?:what|which) (?:year|day|date)\b", re.IGNORECASE), "when"),
    (re.compile(r"^when\b", re.IGNORECASE), "at what time"),
    (re.compile(r"^where\b", re.IGNORECASE), "in what place"),
    (re.compile(r"^why\b", re.IGNORECASE), "for what reason"),
    (
        re.compile(r"^how\b(?! \w+ly\b)(?= (?:is|are|was|were|do|does|did|has|have|can)\b)", re.IGNORECASE),
        "in what way",
    ),
    (re.compile(r"^who\b", re.IGNORECASE), "which person"),
    (re.compile(r"\bwhat (?=(?:is|are|was|were|do|does|did|has|have|had|can|will)\b)", re.IGNORECASE), "what exactly "),
    (re.compile(r"\bwhich\b", re.IGNORECASE), "what"),
    (re.compile(r"\bwhat\b", re.IGNORECASE), "which"),
)


def _in_lower_case(question: str) -> str:
    return _bare(question).lower()


def _as_keywords(question: str) -> str:
    """Return the words that a search box would get; the question where it has none."""
    dropped = STOP_WORDS | _QUESTION_WORDS | _AUXILIARIES
    kept = [word for word in _WORD.findall(question) if word.lower() not in dropped]
    return " ".join(kept) or question


def _as_order(question: str) -> str:
    return f"{'Find out' if _FINDS_OUT.match(question) else 'Tell me'} {_begun_small(_bare(question))}"


def _with_polite_words(question: str) -> str:
    return f"hi, can you tell me {_begun_small(_bare(question))}, thanks"


def _in_other_words(question: str) -> str:
    """Return the question with another question word; the same where none fits."""
    for pattern, other in _OTHER_WORDS:
        if pattern.search(question):
            changed = pattern.sub(other, question, count=1)
            return changed[0].upper() + changed[1:]
    return question


def _bare(question: str) -> str:
    return question.strip().rstrip("?!. ")


def _begun_small(question: str) -> str:
    first = question.split(" ", 1)[0].lower()
    is_plain = first in _QUESTION_WORDS | _AUXILIARIES | STOP_WORDS
    return question[0].lower() + question[1:] if is_plain else question


AS_ASKED = "as asked"
WAYS: Mapping[str, Callable[[str], str]] = {
    AS_ASKED: str,
    "lower case": _in_lower_case,
    "keywords": _as_keywords,
    "order": _as_order,
    "polite": _with_polite_words,
    "other question word": _in_other_words,
}
"""Each way by its name."""
