"""Turns Excel's workbooks into Articles: a sheet whose columns are named like a table's has one a row.

Sheets that are no such tables are the text of one article, with a line a row.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import re
import warnings
from typing import TYPE_CHECKING, Any

from index.article import Article
from index.errors import SourceError
from index.sources.formats import table
from index.sources.formats.format import Format
from index.sources.formats.packages import Package
from index.sources.formats.text import compose, title_from_name
from index.sources.metadata.header import Header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from index.sources.formats.format import Content
    from index.sources.limits import Limits

_MOST_CELLS = 5_000_000
_MOST_COLUMNS = 16_384  # as many as Excel has
# Excel writes no declarations; with them, a file could expand endlessly in an XML reader or open files.
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read_xlsx(stream: BinaryIO, content: Content, limits: Limits) -> Iterator[Article | SourceError]:
    """Yield the articles in a workbook. Raises SourceError if it is none, or more than is read."""
    data = stream.read()
    package = Package(data, origin=content.origin, kind="Excel workbook", limits=limits)
    for name in package.names:
        if name.endswith((".xml", ".rels")) and _DECLARED.search((package.read(name) or b"").replace(b"\x00", b"")):
            raise package.unreadable()
    sheets = _sheets(data, package, origin=content.origin)
    texts: list[str] = []
    for title, rows in sheets:
        name = content.origin if len(sheets) == 1 else f"{content.origin}, sheet {title}"
        items = table.CSV.read(io.BytesIO(_as_csv(rows)), dataclasses.replace(content, origin=name), limits)
        articles = (item for item in items if isinstance(item, Article | SourceError))
        try:
            first = next(articles)
        except (SourceError, StopIteration):  # it is no table of articles
            lines = (" | ".join(" ".join(cell.split()) for cell in row if cell.strip()) for row in rows)
            texts += [*([title, ""] if len(sheets) > 1 else []), *lines, ""]
            continue
        yield first
        yield from articles
    if texts:
        known = Header(title=title_from_name(content.origin), url=content.url)
        yield compose("\n".join(texts), known, origin=content.origin, is_page=False)


def _sheets(data: bytes, package: Package, *, origin: str) -> list[tuple[str, list[list[str]]]]:
    """Return the names and rows of the sheets that have any."""
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about colours, pictures and the like, which are not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            sheets = [(str(sheet.title), _rows(sheet, origin=origin)) for sheet in book.worksheets]
    except (SourceError, MemoryError):
        raise
    except Exception as error:  # for a file that is not a workbook, openpyxl may raise anything
        raise package.unreadable() from error
    filled = [(title, rows) for title, rows in sheets if rows]
    if not filled:
        raise SourceError(f"{origin} has no cells with text in them.", help="Check that it is the right file.")
    return filled


def _rows(sheet: Any, *, origin: str) -> list[list[str]]:
    """Return the rows of a sheet that are not empty."""
    sheet.reset_dimensions()  # the file may claim any size for it
    rows: list[list[str]] = []
    cells = 0
    for values in sheet.iter_rows(values_only=True):
        cells += len(values)
        if cells > _MOST_CELLS or len(values) > _MOST_COLUMNS:
            raise SourceError(
                f"{origin} has more than {_MOST_CELLS:,} cells in a sheet.", help="Save the sheet as CSV, in parts."
            )
        if any(value not in (None, "") for value in values):
            rows.append([_written(value) for value in values])
    width = max((len(row) for row in rows), default=0)
    while width and not any(len(row) >= width and row[width - 1] for row in rows):
        width -= 1
    return [row[:width] for row in rows]


def _written(value: object) -> str:
    """Return a cell as it would be typed."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _as_csv(rows: list[list[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode("utf-8", "replace")


FORMAT = Format(
    name="xlsx",
    label="Excel (.xlsx)",
    suffixes=(".xlsx", ".xlsm"),
    media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    read=read_xlsx,
    shared=(".xls",),
)
