"""Lists and arrays in a table's cells as Python, pandas and numpy print them, read without running anything.

['a', 'b']   ['a' 'b']   {'text': array(['a', 'b'], dtype=object), 'answer_start': array([3, 9])}   [np.str_('a')]
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import Any

_LONGEST = 1_000_000  # characters of a cell that is read as a list
_DEEPEST = 20
# Strings side by side are one to Python, and two to numpy, which puts no commas between them.
_SIDE_BY_SIDE = re.compile(r"['\"]\s+['\"]|\d\s+-?\d")
_LITERALS = frozenset({tokenize.STRING, tokenize.NUMBER, tokenize.NAME})
_WRAPPERS = frozenset(
    "array str_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bool_".split()
)
_NAMES = {"nan": None, "NaN": None, "None": None, "null": None, "true": True, "false": False}
_ARRAY = r"\s{0,100}(?:np\.)?array\("
_PRINTED = re.compile(
    rf"\s{{0,100}}[\[{{(]?\s{{0,100}}(?:['\"]\w{{1,40}}['\"]\s{{0,100}}:{_ARRAY}|{_ARRAY}\s{{0,100}}\[\s{{0,100}}['\"])"
)


def parse_printed(text: str) -> Any:
    """Return the list or dict that was printed. Raises ValueError if it is not one, or more than plain data."""
    if len(text) > _LONGEST:
        raise ValueError("it is too long")
    try:
        if _SIDE_BY_SIDE.search(text):
            text = _with_commas(text)
        return _value(ast.parse(text.strip(), mode="eval").body, _DEEPEST)
    except (SyntaxError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise ValueError("it is cut off, or was not written by Python") from error


def is_printed_array(text: str) -> bool:
    """Return whether a text is a printed array of texts, which is never an answer."""
    return bool(_PRINTED.match(text))


def _with_commas(text: str) -> str:
    """Return the text with commas between adjacent literals."""
    made: list[str] = []
    before = None
    for token in tokenize.generate_tokens(io.StringIO(f"({text})").readline):
        if token.type in {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}:
            continue
        negative = token.string == "-" and before is not None
        if before in _LITERALS and (token.type in _LITERALS or negative):
            made.append(",")
        made.append(token.string)
        before = token.type
    return " ".join(made)


def _value(node: ast.expr, deeper: int) -> Any:
    if deeper < 0:
        raise ValueError("it is nested too deeply")
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, deeper - 1) for item in items]
        case ast.Dict(keys=keys, values=values):
            named = [(_value(key, 0) if key else None, value) for key, value in zip(keys, values, strict=True)]
            if all(isinstance(name, str) for name, _ in named):
                return {name: _value(value, deeper - 1) for name, value in named}
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(attr=name, value=ast.Name(id="np" | "numpy")), args=[only]
        ):
            if name in _WRAPPERS:
                return _value(only, deeper - 1)
    raise ValueError("it contains more than lists, strings and numbers")
