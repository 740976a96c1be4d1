"""Reads values of fields as they are written in JSON, YAML and table cells. A ValueError says what is wrong.

The error's words follow the field's name: "is not a text".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from assistant.evaluation.sets.formats.frames import is_printed_array, parse_printed
from index.article import normalise
from index.errors import FilterError
from index.filters import FILTERS, Filters, parse_day

if TYPE_CHECKING:
    import datetime as dt

_LONGEST_CELL = 1_000_000  # characters of a cell that is read as a list
# Columns whose cells are taken as right answers, and how a cell with several of them begins.
_GOLD = ("answer", "articles", "context", "evidence", "expected", "ground_truth", "reference")
_IS_LIST = re.compile(r"array\(|[\[{]\s{0,100}['\"\[{]|[\[{]\s{0,100}(?:np\.)?array\(")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_FILTERS = {known.name: known for known in FILTERS}
_ROLES = {"user": "question", "assistant": "answer"}


def text(value: object) -> str:
    """Return a text or a number as a text without white space around it; it must not be empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("is not a text")
    if not (written := normalise(str(value)).strip()):
        raise ValueError("is empty")
    return written


def _gold(value: object) -> str:
    """Return a text that is taken as a right answer; a printed array is not."""
    written = text(value)
    if is_printed_array(written):
        raise ValueError("is an array as a data frame prints it")
    return written


def word(value: object) -> str:
    """Return a text on one line."""
    return " ".join(text(value).split())


def texts(value: object) -> tuple[str, ...]:
    """Return one text or a list of them, each once."""
    pieces = value if isinstance(value, list) else [value]
    try:
        return tuple(dict.fromkeys(_gold(piece) for piece in pieces))
    except ValueError:
        if not isinstance(value, list):
            raise
        raise ValueError("is not a list of texts") from None


def words(value: object) -> tuple[str, ...]:
    """Return one text or a list of them, each once and on one line."""
    return tuple(dict.fromkeys(" ".join(piece.split()) for piece in texts(value)))


def alternatives(value: object) -> tuple[tuple[str, ...], ...]:
    """Return a list of texts, or of lists of them of which one each will do."""
    if not isinstance(value, list):
        raise ValueError("is not a list of lists of texts")
    return tuple(texts(alternative) for alternative in value)


def some_alternatives(value: object) -> tuple[int, tuple[tuple[str, ...], ...]]:
    """Return how many of several lists of texts have to be met, and the lists."""
    if not isinstance(value, dict) or set(value) != {"n", "of"}:
        raise ValueError('is not an object such as {"n": 2, "of": [["bridge"], ["ferry"], ["tram"]]}')
    lists = alternatives(value["of"])
    if not isinstance(value["n"], int) or not 0 <= value["n"] <= len(lists):
        raise ValueError(f"has an n that is not a number from 0 to {len(lists)}")
    return value["n"], lists


def flag(value: object) -> bool:
    """Return true or false, even if written as yes, no, 1 or 0."""
    written = str(value).strip().lower()
    if written not in _TRUE | _FALSE:
        raise ValueError("is neither true nor false")
    return written in _TRUE


def day(value: object) -> dt.date:
    """Return a day written as YYYY-MM-DD."""
    try:
        return parse_day(text(value))
    except FilterError:
        raise ValueError(f"is {value!r:.40}, which is not a date such as 2025-03-17") from None


def evidence(value: object) -> list[tuple[str, str]]:
    """Return (article, quote) for each piece: an object, or a quote alone, whose article is then empty."""
    pieces = value if isinstance(value, list) else [value]
    return [_piece(piece) for piece in pieces]


def _piece(piece: object) -> tuple[str, str]:
    if isinstance(piece, str):
        return "", _gold(piece)
    if not isinstance(piece, dict) or not set(piece) <= {"article", "quote"}:
        raise ValueError('is not a list of {"article": ..., "quote": ...}')
    if piece.get("quote") is None:
        raise ValueError("has a piece without a quote")
    article = piece.get("article")
    return word(article) if article not in (None, "") else "", _gold(piece["quote"])


def filters(value: object) -> Filters:
    """Return filters from an object as in a request: source, author and articles are one text or a list."""
    if not isinstance(value, dict):
        raise ValueError('is not an object such as {"source": ["The Bay Gazette"], "since": "2025-03-17"}')
    if unknown := sorted(set(value) - set(_FILTERS), key=str):
        raise ValueError(f"has {unknown[0]!r:.40}, but there are only {', '.join(_FILTERS)}")
    given = {name: item for name, item in value.items() if item not in (None, "", [])}
    try:
        made: dict[str, Any] = {
            name: day(item) if _FILTERS[name].is_day else words(item) for name, item in given.items()
        }
        return Filters(**made)
    except FilterError as error:
        raise ValueError(f"cannot be met: {str(error).rstrip('.')}") from None


def history(value: object) -> list[tuple[str, str]]:
    """Return (question, answer) for each turn: of objects with these two, or of chat messages with role and content."""
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        raise ValueError('is not a list of {"question": ..., "answer": ...}')
    if value and "role" in value[0]:
        value = _turns_of(value)
    if not all(set(turn) == {"question", "answer"} for turn in value):
        raise ValueError('has a turn that is not {"question": ..., "answer": ...}')
    return [(text(turn["question"]), str(turn["answer"] or "").strip()) for turn in value]


def _turns_of(messages: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the turns in messages that alternate, starting with the user's."""
    roles = [message.get("role") for message in messages]
    if roles != ["user", "assistant"] * (len(messages) // 2):
        raise ValueError("has messages that do not alternate between user and assistant")
    pairs = zip(messages[::2], messages[1::2], strict=True)
    return [{_ROLES[str(message["role"])]: message.get("content") for message in pair} for pair in pairs]


def cell(name: str, written: str) -> object:
    """Return the value of a table cell: JSON, a list as Python prints it, or for answers and articles one per line."""
    stripped = written.strip()
    if stripped.startswith(("[", "{", "array(")):
        value = _listed(stripped)
        if isinstance(value, dict | list):
            return value
        if name.startswith(_GOLD) and _IS_LIST.match(stripped):
            raise ValueError(f"starts like a list but is not one: {value}")
    if name in {"answers", "articles"} and "\n" in stripped:
        return [line.strip() for line in stripped.splitlines() if line.strip()]
    return stripped


def _listed(written: str) -> object:
    """Return the list or object in a text, or why it is not one."""
    try:
        return json.loads(written) if len(written) <= _LONGEST_CELL else "it is too long"
    except (ValueError, RecursionError):
        pass
    try:
        return parse_printed(written)
    except ValueError as error:
        return str(error)
