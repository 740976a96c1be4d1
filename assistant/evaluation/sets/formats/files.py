"""Turns files into plain data: JSON, JSON Lines, tables and YAML, with each row's line for messages."""

from __future__ import annotations

import bisect
import csv
import dataclasses
import functools
import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.formats.rows import Row, RowProblem
from assistant.evaluation.sets.formats.values import cell
from index.errors import SourceError
from index.sources.text.decoding import decode
from index.sources.text.plain_yaml import PlainLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Keys = tuple[str | int, ...]

_DELIMITERS = ",;\t|"
_MOST_BYTES = 500 * 2**20
# The size YAML may expand to, because a few lines of it can refer to each other endlessly.
_MOST_VALUES = 5_000_000
_DEEPEST = 100
_SPACE = re.compile(r"\s*")


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """The value in a JSON or YAML file, and where in the file its parts are."""

    path: Path
    value: object
    line_of: Callable[[Keys], int]

    def row(self, values: dict[str, Any], keys: Keys) -> Row:
        """Return the row at `keys` in the value, such as ("questions", 3)."""
        return Row(values, functools.partial(self._place, keys))

    def rows(self, items: Sequence[object], keys: Keys) -> list[Row | RowProblem]:
        """Return a row for each object in the list at `keys`, and a problem for anything else in it."""
        return [
            self.row(item, (*keys, number)) if isinstance(item, dict) else self._no_object((*keys, number))
            for number, item in enumerate(items)
        ]

    def _no_object(self, keys: Keys) -> RowProblem:
        return RowProblem(f"{self._place(keys)} is not an object.", 'Write it as {"question": ..., "answers": [...]}.')

    def _place(self, keys: Keys) -> str:
        return f"{self.path}, line {self.line_of(keys)}"


def read_text(path: Path) -> str:
    """Return the text of a file. Raises QuestionSetError if it cannot be read, is too large, or is not text."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise QuestionSetError(f"{path} is larger than 500 MB.", help="Split it into several files.")
        return decode(path.read_bytes(), name=str(path)).removeprefix("\ufeff")
    except OSError as error:
        raise QuestionSetError(
            f"{path} could not be read: {error.strerror}.", help="Check that it is there and readable."
        ) from None
    except SourceError as error:
        raise QuestionSetError(str(error), help=error.help) from None


def read_json(path: Path) -> Document:
    """Return the value in a JSON file. Raises QuestionSetError if there is none."""
    text = read_text(path)
    try:
        value = _parse(text)
    except ValueError as error:
        raise QuestionSetError(f"{path} is not JSON: {error}.", help="Correct it there, or export it again.") from None
    return Document(path, value, _JsonLines(text).line_of)


def read_jsonl(path: Path) -> Iterator[Row | RowProblem]:
    """Yield the object on each line, and a problem for a line without one; empty lines are skipped."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            value = _parse(line.strip())
        except ValueError as error:
            yield RowProblem(f"{place} is not JSON: {error}.", "Write one JSON object on each line.")
            continue
        if isinstance(value, dict):
            yield Row(value, functools.partial(str, place))
        else:
            yield RowProblem(f"{place} is not an object.", 'Write it as {"question": ..., "answers": [...]}.')


def _parse(text: str) -> object:
    """Return the JSON value in `text`; a ValueError explains why there is none."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text.strip() else f"column {error.colno}"
        raise ValueError(f"{error.msg} at {where}") from None
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number in JSON")


class _JsonLines:
    """Finds the line of each value in a JSON text; each list and object is scanned once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: dict[Keys, dict[str | int, int]] = {}

    @functools.cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    def line_of(self, keys: Keys) -> int:
        """Return the line on which the value at `keys` begins."""
        position = _skip(self._text, 0)
        for depth, key in enumerate(keys):
            inside = keys[:depth]
            if inside not in self._places:
                self._places[inside] = self._find_places(position)
            position = self._places[inside][key]
        return bisect.bisect_left(self._ends, position) + 1

    def _find_places(self, position: int) -> dict[str | int, int]:
        """Return where the values begin in the list or object that begins at a place."""
        decoder, text = json.JSONDecoder(), self._text
        is_list = text[position] == "["
        places: dict[str | int, int] = {}
        position = _skip(text, position + 1)
        while text[position] not in "]}":
            key: str | int = len(places)
            if not is_list:
                key, position = decoder.raw_decode(text, position)
                position = _skip(text, _skip(text, position) + 1)
            places.setdefault(key, position)
            _, position = decoder.raw_decode(text, position)
            position = _skip(text, position)
            position = _skip(text, position + 1) if text[position] == "," else position
        return places


def _skip(text: str, start: int) -> int:
    """Return the position of the first character from `at` that is not white space."""
    match = _SPACE.match(text, start)
    return match.end() if match else start


def read_table(path: Path) -> Iterator[Row | RowProblem]:
    """Yield the rows of a CSV or TSV file; the first row names the columns, empty cells count as missing.

    Raises QuestionSetError if two columns have the same name or there are none.
    """
    lines = read_text(path).splitlines(keepends=True)
    head = lines[0] if lines else ""
    delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([head], delimiter=mark), [])))
    csv.field_size_limit(max(csv.field_size_limit(), _MOST_BYTES))  # Python's own is shorter than a long article
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise QuestionSetError(
            f"{path}, line 1 cannot be read as a table: {error}.", help="Check its quotation marks."
        ) from None
    if len(set(columns)) < len(columns) or not any(columns):
        raise QuestionSetError(
            f"{path} does not name each of its columns once in the first row.", help="Name them there, question first."
        )
    while True:
        place = f"{path}, line {reader.line_num + 1}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield RowProblem(f"{place} cannot be read as a table: {error}.", "Check its quotation marks.")
            return
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            problem = f"has {len(cells)} cells, but there are {len(columns)} columns"
            yield RowProblem(f"{place} {problem}.", "Put quotation marks around cells that contain the delimiter.")
            continue
        yield _filled(place, columns, cells)


def _filled(place: str, columns: Sequence[str], cells: Sequence[str]) -> Row | RowProblem:
    filled: dict[str, object] = {}
    for name, text in zip(columns, cells, strict=True):
        try:
            if text.strip():
                filled[name] = cell(name.lower(), text)
        except ValueError as error:
            return RowProblem(f"{place}: {name} {error}.", "Write the list as JSON.")
    return Row(filled, functools.partial(str, place))


class _Loader(PlainLoader):
    """Reads every plain word as text except true, false and null: an answer may be `no`, `1943` or `12:30`."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def read_yaml(path: Path) -> Document:
    """Return the value in a YAML file. Raises QuestionSetError if there is none that is plain data."""
    text = read_text(path)
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        _check_plain(value)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it contains more than plain data"
        raise QuestionSetError(f"{path} is not YAML: {problem}{where}.", help="Correct it there.") from None
    except (ValueError, RecursionError, TypeError) as error:
        raise QuestionSetError(f"{path} is not YAML that can be read safely: {error}.", help="Correct it.") from None
    return Document(path, value, _YamlLines(text).line_of)


def _check_plain(value: object) -> None:
    """Raise ValueError if a value expands to too much, contains itself, or has names that are not text."""
    remaining = _MOST_VALUES
    waiting = [iter([value])]
    while waiting:
        for part in waiting[-1]:
            remaining -= 1
            if remaining < 0 or len(waiting) > _DEEPEST:
                raise ValueError("its aliases expand to too much")
            if isinstance(part, dict):
                if not all(isinstance(key, str) for key in part):
                    raise ValueError("a name in it is true, false or null")
                waiting.append(iter(part.values()))
                break
            if isinstance(part, list):
                waiting.append(iter(part))
                break
        else:
            waiting.pop()


class _YamlLines:
    """Finds the line of each value in a YAML text, which is parsed once."""

    def __init__(self, text: str) -> None:
        self._text = text

    @functools.cached_property
    def _root(self) -> yaml.Node | None:
        root: yaml.Node | None = yaml.compose(self._text, Loader=_Loader)
        return root

    def line_of(self, keys: Keys) -> int:
        """Return the line on which the value at `keys` begins."""
        node = self._root
        for key in keys:
            if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
                node = node.value[key]
            elif isinstance(node, yaml.MappingNode):
                node = next((value for name, value in node.value if name.value == key), node)
        return int(node.start_mark.line) + 1 if node else 1
