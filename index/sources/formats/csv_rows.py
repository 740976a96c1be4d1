"""The rows of a table in text, as spreadsheets and databases write them and people edit them."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import re
from typing import TYPE_CHECKING, TextIO

from index.errors import SourceError
from index.notices import Notice
from index.sources.metadata import field_names
from index.sources.metadata.dates import parse_date
from index.sources.text.numbered_lines import NumberedLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from index.sources.limits import Limits

_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)  # how Excel names the delimiter
_LONGEST_HEADER = 10_000  # characters
_MOST_LINES = 1000  # of a cell that is not closed
_TRIED = 5  # lines above the one that names the columns


@dataclasses.dataclass(frozen=True, slots=True)
class TableRow:
    """A row with the words that name it in errors, and what was repaired in it."""

    place: str
    fields: Mapping[str, object]
    notices: tuple[Notice, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Columns:
    """The names of a table's columns, what stands between its cells, and which column holds dates."""

    names: tuple[str, ...]
    delimiter: str
    date: int | None

    def is_row(self, cells: Sequence[str]) -> bool:
        """Return whether these are the cells of a whole row."""
        if len(cells) != len(self.names) or len(cells) == 1:
            return False
        if self.date is None or not cells[self.date].strip():
            return True
        try:
            parse_date(cells[self.date], day_first=True)
        except ValueError:
            return False
        return True


def csv_rows(
    lines: TextIO, *, name: str, limits: Limits, own_names: Mapping[str, str]
) -> Iterator[TableRow | SourceError]:
    """Yield the rows of a table as mappings from column to cell, or what is wrong with a row.

    Raises SourceError if no column holds texts.
    """
    # The limit is Python's for the whole process, and its default is shorter than a long article.
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_bytes))
    source = NumberedLines(lines, longest=limits.max_bytes)
    columns = _read_columns(source, name=name, own_names=own_names)
    while line := source.take():
        number = source.number
        place = f"{name}, line {number}"
        cells, notices = _read_row(line, source, columns, limits=limits)
        if cells is None:
            yield SourceError(
                f"{place} cannot be read as a table: a quotation mark is not closed.", help="Check its quotation marks."
            )
            continue
        while len(cells) > len(columns.names) and not cells[-1].strip():
            cells.pop()
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns.names):
            yield SourceError(
                f"{place} has {len(cells)} cells, but there are {len(columns.names)} columns.",
                help="Put quotation marks around cells that contain the delimiter.",
            )
            continue
        yield TableRow(place, dict(zip(columns.names, cells, strict=False)), notices)


def _read_columns(source: NumberedLines, *, name: str, own_names: Mapping[str, str]) -> _Columns:
    """Return the columns, which the first line names that names one for texts."""
    given = None
    first = None
    wanted = {field_names.squash(column) for column in own_names.values()}
    for _ in range(_TRIED):
        line = source.take()
        while line and not line.strip(" \t\r\n,;|\ufeff"):
            line = source.take()
        if separator := _SEPARATOR_LINE.fullmatch(line):
            given = separator[1]
            line = source.take()
        block, _ = _take_block(line, source, delimiter=given or max(_DELIMITERS, key=line.count), most=_LONGEST_HEADER)
        found = _columns_of(block, given, wanted)
        if wanted.intersection(map(field_names.squash, found.names)) or any(map(field_names.is_prose, found.names)):
            return found
        first = first or found
        if not line:
            break
    raise SourceError(
        f"{name} has no column named text, body or content.",
        help="Name the columns in the first row, and the column with the articles' texts text."
        " `--fields text=COLUMN` says which column has them.",
    )


def _columns_of(block: list[str], delimiter: str | None, wanted: set[str]) -> _Columns:
    """Return the columns that a header names, with the delimiter that makes the most of it."""
    headers = {
        mark: tuple(" ".join(cell.split()).lower() for cell in next(csv.reader(block, delimiter=mark), []))
        for mark in (delimiter or _DELIMITERS)
    }

    def known(mark: str) -> int:
        return sum(field_names.is_known(cell) or field_names.squash(cell) in wanted for cell in headers[mark])

    chosen = max(headers, key=known)
    names = headers[chosen]
    date = next(
        (number for number, cell in enumerate(names) if field_names.squash(cell) in field_names.PUBLISHED), None
    )
    return _Columns(names, chosen, date)


def _read_row(
    line: str, source: NumberedLines, columns: _Columns, *, limits: Limits
) -> tuple[list[str] | None, tuple[Notice, ...]]:
    """Return the cells of the row that begins with a line, None if it cannot be told where they end.

    A quotation mark that is never closed would make one cell of all rows below, so it is closed where the next row
    begins; a notice says what was repaired.
    """
    number = source.number
    block, is_closed = _take_block(line, source, delimiter=columns.delimiter, most=limits.max_bytes)
    cells = _parse(block, columns.delimiter)
    if cells is not None and not _swallows_rows(block, columns, is_whole=len(cells) == len(columns.names)):
        return cells, ()
    notice = Notice(kind="repaired", rule="quotation mark", text=line.strip(), place=f"line {number}")
    if is_closed:
        cells = _parse_loosely("".join(block), columns.delimiter)
        is_whole = len(cells) == len(columns.names) and not _swallows_rows(block, columns, is_whole=False)
        if len(block) == 1 or is_whole:
            return cells, (notice,)
    source.put_back(block[1:])
    return _close_quote(line, source, columns), (notice,)


def _take_block(first: str, source: NumberedLines, *, delimiter: str, most: int) -> tuple[list[str], bool]:
    """Return a line with those after it up to where its cells are closed, at most `most` characters, and whether they
    are.
    """
    block, size = [first], len(first)
    is_open = _is_open(first, delimiter, was_open=False)
    while is_open and size < most and (line := source.take()):
        block.append(line)
        size += len(line)
        is_open = _is_open(line, delimiter, was_open=True)
    return block, not is_open


def _is_open(line: str, delimiter: str, *, was_open: bool) -> bool:
    """Return whether a cell in quotation marks goes on after a line; only a mark that begins a cell opens one."""
    start = 0
    is_open = was_open
    while True:
        if not is_open:
            if line.startswith('"', start):
                is_open, start = True, start + 1
            else:
                start = line.find(delimiter, start) + 1
                if not start:
                    return False
                continue
        end = line.find('"', start)
        if end < 0:
            return True
        start = end + 1
        if line.startswith('"', start):
            start += 1
        else:
            is_open, start = False, line.find(delimiter, start) + 1
            if not start:
                return False


def _parse(block: list[str], delimiter: str) -> list[str] | None:
    """Return the cells in the lines of one row; None where a quotation mark is not closed, or out of place."""
    for escape in (None, "\\"):
        if escape and '\\"' not in "".join(block):
            continue
        reader = csv.reader(block, delimiter=delimiter, strict=True, escapechar=escape, doublequote=escape is None)
        try:
            rows = list(itertools.islice(reader, 2))
        except csv.Error:
            continue
        if len(rows) <= 1:
            return rows[0] if rows else []
    return None


def _parse_loosely(text: str, delimiter: str) -> list[str]:
    """Return the cells of one row whose quotation marks are not doubled: one closes a cell if a delimiter follows."""
    text = text.rstrip("\r\n")
    closing = re.compile(rf'"(?={re.escape(delimiter)}|\Z)')
    cells, start = [], 0
    while start <= len(text):
        end = closing.search(text, start + 1) if text.startswith('"', start) else None
        if end:
            cells.append(text[start + 1 : end.start()].replace('""', '"'))
            start = end.end() + 1
        else:
            stop = text.find(delimiter, start)
            stop = len(text) if stop < 0 else stop
            cells.append(text[start:stop])
            start = stop + 1
    return cells


def _swallows_rows(block: list[str], columns: _Columns, *, is_whole: bool) -> bool:
    """Return whether a line inside a cell is a row of its own; in a row that is whole, it must have a date, too."""
    for line in block[1:]:
        cells = _parse([line], columns.delimiter)
        is_dated = cells and columns.date is not None and len(cells) > columns.date and cells[columns.date].strip()
        if cells and columns.is_row(cells) and (is_dated or not is_whole):
            return True
    return False


def _close_quote(line: str, source: NumberedLines, columns: _Columns) -> list[str] | None:
    """Return the cells of a row whose last quotation mark is not closed: it ends where the next row begins."""
    block = [line]
    while len(block) < _MOST_LINES and (more := source.take()):
        cells = _parse([more], columns.delimiter)
        if cells is None or columns.is_row(cells):
            source.put_back([more])
            break
        block.append(more)
    closed = [*block[:-1], block[-1].rstrip("\r\n") + '"']
    cells = _parse(closed, columns.delimiter)
    if cells is not None and len(cells) == len(columns.names):
        return cells
    source.put_back(block[1:])
    unquoted = line.rstrip("\r\n").split(columns.delimiter)
    return [cell.strip().removeprefix('"') for cell in unquoted] if columns.is_row(unquoted) else None
