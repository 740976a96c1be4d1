"""Excel's workbooks (.xlsx): the sheet `questions`, else the first, as a table with column names in its first row."""

from __future__ import annotations

import datetime as dt
import functools
import re
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from assistant.errors import QuestionSetError
from assistant.evaluation.sets.formats.rows import Row, RowProblem
from assistant.evaluation.sets.formats.values import cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MOST_BYTES = 100 * 2**20  # of what the file unpacks to
_MOST_PARTS = 2_000
_MOST_ROWS = 2**20  # as many as Excel has
_MOST_COLUMNS = 1_000
_MOST_CELLS = 2_000_000
_SHEET = "questions"
_PIECE = 2**20
# Excel writes UTF-8 without declarations; with them, a file could expand endlessly in an XML reader or open files.
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_BEFORE, _EBCDIC = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n", b"Lo\xa7\x94"
_ENCODED = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,20}<(?!\?xml[^>]{0,200}encoding=['\"](?!utf-8|us-ascii))", re.IGNORECASE)


def read_workbook(path: Path) -> list[Row | RowProblem]:
    """Return the rows of a workbook; empty rows and cells are skipped. Raises QuestionSetError."""
    _check_size(path)
    import openpyxl

    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about colours, pictures and the like, which are not read
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                return list(_rows(path, book))
            finally:
                book.close()
    except QuestionSetError:
        raise
    except Exception as error:  # for a file that is not a workbook, openpyxl may raise anything
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise QuestionSetError(
            f"{path} cannot be read as an Excel workbook: {why}.",
            help="Save it again as .xlsx, without a password, or as CSV.",
        ) from error


def _check_size(path: Path) -> None:
    """Refuse files that are not zip files or unpack to more than a question set needs; zipfile unpacks no more."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_BYTES:
                raise QuestionSetError(
                    f"{path} unpacks to more than 100 MB.", help="Save only the questions, or save it as CSV."
                )
            if not all(_is_plain(packed, part) for part in parts):
                raise QuestionSetError(
                    f"{path} holds XML that Excel does not write.", help="Save it again as .xlsx, or as CSV."
                )
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError) as error:
        raise QuestionSetError(
            f"{path} is not an Excel workbook, or is locked with a password.", help="Save it again as .xlsx, or as CSV."
        ) from error


def _is_plain(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Return whether a part is not XML, such as a picture, or is XML without declarations of its own."""
    with packed.open(part) as file:
        before = file.read(_PIECE)
        if before.lstrip(_BEFORE)[:1] != b"<" and not before.startswith(_EBCDIC):
            return True
        if not _ENCODED.match(before) or _DECLARED.search(before):
            return False
        while piece := file.read(_PIECE):
            if _DECLARED.search(before[-len(b"<!DOCTYPE") :] + piece):
                return False
            before = piece
    return True


def _rows(path: Path, book: Any) -> Iterator[Row | RowProblem]:
    sheets = {sheet.title.strip().lower(): sheet for sheet in reversed(book.worksheets)}
    if not sheets:
        raise QuestionSetError(f"{path} has no sheet of cells.", help="Put the questions on the first sheet.")
    sheet = sheets.get(_SHEET) or book.worksheets[0]
    sheet.reset_dimensions()  # the file may claim any size for it
    columns: list[str] | None = None
    cells_left = _MOST_CELLS
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells_left -= len(values)
        if number > _MOST_ROWS or cells_left < 0 or len(values) > _MOST_COLUMNS:
            raise QuestionSetError(
                f"{path}, row {number} is more than a question set may have.",
                help=f"At most {_MOST_CELLS:,} cells in {_MOST_COLUMNS:,} columns are allowed. Delete empty ones.",
            )
        if all(value is None or value == "" for value in values):
            continue
        if columns is None:
            columns = _columns(path, values)
            continue
        yield _row(f"{path}, row {number}", columns, values)


def _columns(path: Path, values: Sequence[object]) -> list[str]:
    names = ["" if value is None else str(value).strip() for value in values]
    named = [name for name in names if name]
    if len(set(named)) < len(named):
        raise QuestionSetError(
            f"{path} does not name each of its columns once in the first row.", help="Name them there, question first."
        )
    return names


def _row(place: str, columns: Sequence[str], values: Sequence[object]) -> Row | RowProblem:
    filled: dict[str, object] = {}
    for column, value in enumerate(values):
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        name = columns[column] if column < len(columns) else ""
        if not name:
            return RowProblem(
                f"{place} has a cell in column {column + 1}, which has no name.", "Name it in the first row."
            )
        try:
            filled[name] = cell(name.lower(), value) if isinstance(value, str) else _plain(value)
        except ValueError as error:
            return RowProblem(f"{place}: {name} {error}.", "Write the list as JSON.")
    return Row(filled, functools.partial(str, place))


def _plain(value: object) -> object:
    """Return a day, a time or a number as it would be typed."""
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, bool | int | float) else str(value)
