"""Turns tables and JSON into Articles, one per row: CSV, TSV, JSON and JSON Lines."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from typing import TYPE_CHECKING, BinaryIO, TextIO

from index.errors import SourceError
from index.sources.decoding import decode, find_encoding
from index.sources.format import Format
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.records import FIELDS, TEXT_FIELDS, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from index.article import Article

    # A row with the words that name it in errors, or what is wrong with it.
    Row = tuple[str, Mapping[str, object]] | SourceError

_DELIMITERS = ",;\t|"


def read_csv(
    stream: BinaryIO, *, name: str, charset: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Article | SourceError]:
    """Yield the article or the problem of each row; the first row names the columns.

    The delimiter may be any common one. Raises SourceError if the file is not text, or no column holds texts.
    """
    with _opened(stream, name=name, charset=charset) as lines:
        yield from _articles(_csv_rows(lines, name=name, limits=limits), name=name)


def read_jsonl(
    stream: BinaryIO, *, name: str, charset: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Article | SourceError]:
    """Yield the article or the problem of each line, reading line by line; empty lines are skipped.

    Raises SourceError if the file is not text, or a line is longer than `limits` allow.
    """
    with _opened(stream, name=name, charset=charset) as lines:
        yield from _articles(_jsonl_rows(lines, name=name, limits=limits), name=name)


def read_json(data: bytes, *, name: str, charset: str | None = None) -> Iterator[Article | SourceError]:
    """Yield the article or the problem of each object: in an array, in {"articles": [...]}, or a single one.

    Raises SourceError if the file is not JSON or contains something else.
    """
    value = _parse(decode(data, name=name, charset=charset), place=name)
    if isinstance(value, dict) and isinstance(value.get("articles"), list):
        value = value["articles"]
    if isinstance(value, dict):
        yield from _articles([(name, value)], name=name)
    elif isinstance(value, list):
        yield from _articles(
            (_object(item, place=f"{name}, item {number}") for number, item in enumerate(value, 1)), name=name
        )
    else:
        raise SourceError(
            f"{name} holds no articles.",
            help='Dateline reads an array of objects, one object, or {"articles": [...]}.',
        )


def _articles(rows: Iterable[Row], *, name: str) -> Iterator[Article | SourceError]:
    """Read each row; a repeated id is a problem, unless the row is identical to the first."""
    seen: dict[str, tuple[str, str]] = {}
    is_empty = True
    for row in rows:
        is_empty = False
        if isinstance(row, SourceError):
            yield row
            continue
        place, fields = row
        try:
            article = read_record(fields, place=place)
        except SourceError as error:
            yield error
            continue
        content, first = seen.setdefault(article.id, (article.content_hash, place))
        if first == place:
            yield article
        elif content != article.content_hash:
            yield SourceError(
                f"{place} has the id {article.id!r}, which {first} also has.",
                help="Give each article a unique id, or none.",
            )
    if is_empty:
        yield SourceError(f"{name} has no articles in it.", help="Check that this is the right file.")


def _csv_rows(lines: TextIO, *, name: str, limits: Limits) -> Iterator[Row]:
    """Yield the rows of a table as mappings from column to cell."""
    head = lines.readline(limits.max_bytes)
    columns_of = {
        mark: [cell.strip().lower() for cell in next(csv.reader([head], delimiter=mark), [])] for mark in _DELIMITERS
    }
    delimiter = max(_DELIMITERS, key=lambda mark: len(FIELDS.intersection(columns_of[mark])))
    columns = columns_of[delimiter]
    if not set(TEXT_FIELDS).intersection(columns):
        raise SourceError(
            f"{name} has no column named text, body or content.",
            help="Name the columns in the first row, and the column with the articles' texts text.",
        )
    # The limit is Python's for the whole process, and its default is shorter than a long article.
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_bytes))
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        place = f"{name}, line {rows.line_num + 2}"  # the header is line 1, and was read apart
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield SourceError(f"{place} cannot be read as a table: {error}.", help="Check its quotation marks.")
            return
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns):
            yield SourceError(
                f"{place} has {len(cells)} cells, but there are {len(columns)} columns.",
                help="Put quotation marks around cells that contain the delimiter.",
            )
            continue
        yield place, dict(zip(columns, cells, strict=False))


def _jsonl_rows(lines: TextIO, *, name: str, limits: Limits) -> Iterator[Row]:
    """Yield the object on each line."""
    number = 0
    while line := lines.readline(limits.max_bytes + 1):
        number += 1
        place = f"{name}, line {number}"
        if len(line) > limits.max_bytes:
            raise SourceError(f"{place} is too long.", help="Raise DATELINE_MAX_FILE_MB if you need it.")
        if not line.strip():
            continue
        try:
            yield _object(_parse(line.strip(), place=place), place=place)
        except SourceError as error:
            yield error


def _object(value: object, *, place: str) -> Row:
    if isinstance(value, dict):
        return place, value
    return SourceError(f"{place} is not an object.", help='Write it as {"title": ..., "text": ...}.')


def _parse(text: str, *, place: str) -> object:
    """Return the JSON value in `text`; raises SourceError when there is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text.strip() else f"column {error.colno}"
        raise SourceError(
            f"{place} is not JSON: {error.msg} at {where}.",
            help="Correct it there, or export the file again.",
        ) from None
    except (ValueError, RecursionError):
        # A number with thousands of digits, or brackets nested too deeply.
        raise SourceError(f"{place} is not JSON that can be read safely.", help="Export the file again.") from None


@contextlib.contextmanager
def _opened(stream: BinaryIO, *, name: str, charset: str | None) -> Iterator[TextIO]:
    """Open a byte stream as text, leaving it open for its owner."""
    encoding = find_encoding(stream, name=name, charset=charset)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        yield text
    finally:
        text.detach()


CSV = Format(
    name="csv",
    label="CSV, TSV",
    suffixes=(".csv", ".tsv"),
    media_types=("text/csv", "text/tab-separated-values"),
    read=lambda stream, content, limits: read_csv(stream, name=content.origin, charset=content.charset, limits=limits),
    is_streamed=True,
)
JSON = Format(
    name="json",
    label="JSON",
    suffixes=(".json",),
    media_types=("application/json",),
    read=lambda stream, content, _: read_json(stream.read(), name=content.origin, charset=content.charset),
)
JSON_LINES = Format(
    name="jsonl",
    label="JSON Lines",
    suffixes=(".jsonl", ".ndjson"),
    media_types=("application/jsonl", "application/x-ndjson", "application/x-jsonlines"),
    read=lambda stream, content, limits: read_jsonl(
        stream, name=content.origin, charset=content.charset, limits=limits
    ),
    is_streamed=True,
)
