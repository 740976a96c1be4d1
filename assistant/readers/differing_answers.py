"""Compares the short answers of two articles: whether both can be true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.understanding.answer_types import find_names
from index.terms import terms

if TYPE_CHECKING:
    from assistant.understanding.answer_types import AnswerType

_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_UNIT = re.compile(
    r"[$£€¥%]|per ?cent\b|\b(?:years?|months?|weeks?|days?|hours?|minutes?|kilomet|met|km|miles?|tonnes?)\w*"
)


def differ(wanted: AnswerType, first: str, second: str) -> bool:
    """Return whether two answers to a question of that kind are values of one type and exclude each other.

    Places do not: one may lie in the other.
    """
    match wanted:
        case "number":
            figures = [_figures(text) for text in (first, second)]
            return all(figures) and _unit(first) == _unit(second) and figures[0].isdisjoint(figures[1])
        case "date" | "time":
            return bool(_figures(first) and _figures(second)) and set(terms(first)).isdisjoint(terms(second))
        case "person":
            return bool(find_names(first) and find_names(second)) and set(terms(first)).isdisjoint(terms(second))
        case _:
            return False


def _figures(text: str) -> set[str]:
    return set(_FIGURE.findall(text))


def _unit(text: str) -> str:
    """Return the sign of money or the word that a figure counts, in the form in which units are compared."""
    unit = _UNIT.search(text)
    return unit[0].strip().lower() if unit else ""
