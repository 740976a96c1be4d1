"""Compares the short answers of two articles: whether both can be true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.understanding.answer_types import find_names
from index.terms import terms

if TYPE_CHECKING:
    from assistant.understanding.answer_types import Kind

_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_UNIT = re.compile(
    r"[$£€¥%]|per ?cent\b|\b(?:years?|months?|weeks?|days?|hours?|minutes?|kilomet|met|km|miles?|tonnes?)\w*"
)


def differ(kind: Kind, one: str, other: str) -> bool:
    """Return whether two answers to a question of that kind are values of one type and exclude each other.

    Places do not: one may lie in the other.
    """
    match kind:
        case "number":
            figures = [_figures(text) for text in (one, other)]
            return all(figures) and _unit(one) == _unit(other) and figures[0].isdisjoint(figures[1])
        case "date" | "time":
            return bool(_figures(one) and _figures(other)) and set(terms(one)).isdisjoint(terms(other))
        case "person":
            return bool(find_names(one) and find_names(other)) and set(terms(one)).isdisjoint(terms(other))
        case _:
            return False


def _figures(text: str) -> set[str]:
    return set(_FIGURE.findall(text))


def _unit(text: str) -> str:
    """Return the sign of money or the word that a figure counts, in the form in which units are compared."""
    unit = _UNIT.search(text)
    return unit[0].strip().lower() if unit else ""
