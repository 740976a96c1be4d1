"""Turns tables and JSON into Articles, one per row: CSV, TSV, JSON and JSON Lines."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import io
import itertools
import json
import re
from typing import TYPE_CHECKING, BinaryIO, TextIO

from index.article import storable_name
from index.errors import SourceError
from index.sources.formats.csv_rows import TableRow, csv_rows
from index.sources.formats.format import Content, Format
from index.sources.formats.json_shapes import objects, records_in, unwrapped
from index.sources.formats.records import RecordOptions, read_record
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.metadata import field_names
from index.sources.metadata.dates import order_of_dates
from index.sources.text.decoding import decode_declared, find_encoding
from index.sources.text.numbered_lines import NumberedLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from index.article import Article
    from index.notices import Notice

# Rows that are read before the first is understood, as others may show how its date is meant.
_AHEAD = 500
_AHEAD_CHARACTERS = 5_000_000
# An id that no two collections of articles give to different things: an address, a UUID, a hash.
_GLOBAL_ID = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}://\S+|(?:urn|tag|doi):\S+|\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?|[0-9a-f]{24,128}",
    re.IGNORECASE,
)


def read_csv(stream: BinaryIO, content: Content, limits: Limits = DEFAULT_LIMITS) -> Iterator[Article | SourceError]:
    """Yield the article or the problem of each row; the first row names the columns.

    The delimiter may be any common one. Raises SourceError if the file is not text, or no column holds texts.
    """
    with _opened(stream, content) as (lines, notices):
        rows = csv_rows(lines, name=content.origin, limits=limits, own_names=dict(limits.fields))
        yield from _articles(rows, content, limits, notices)


def read_jsonl(stream: BinaryIO, content: Content, limits: Limits = DEFAULT_LIMITS) -> Iterator[Article | SourceError]:
    """Yield the article or the problem of each line, reading line by line; empty lines are skipped.

    Raises SourceError if the file is not text, or a line is longer than `limits` allow.
    """
    with _opened(stream, content) as (lines, notices):
        yield from _articles(_jsonl_rows(lines, name=content.origin, limits=limits), content, limits, notices)


def read_json(data: bytes, content: Content, limits: Limits = DEFAULT_LIMITS) -> Iterator[Article | SourceError]:
    """Yield the article or the problem of each object: in an array, in {"articles": [...]}, or a single one.

    Raises SourceError if the file is not JSON or contains something else.
    """
    name = content.origin
    found = decode_declared(data, (content.charset,), name=name)
    text = found.text
    try:
        value = _parse(text, place=name)
    except SourceError:
        if not _are_lines(text):
            raise
        yield from _articles(_jsonl_rows(io.StringIO(text), name=name, limits=limits), content, limits, found.notices)
        return
    records = records_in(value, own_text=dict(limits.fields).get("text"))
    if records is None and isinstance(value, dict):
        records = [("", value)]
    if records is None:
        raise SourceError(
            f"{name} holds no articles.",
            help='Dateline reads an array of objects, one object, or {"articles": [...]}.',
        )
    rows = (_row(record, place=f"{name}, item {key}" if key else name) for key, record in records)
    yield from _articles(rows, content, limits, found.notices)


def _articles(
    rows: Iterable[TableRow | SourceError], content: Content, limits: Limits, notices: tuple[Notice, ...]
) -> Iterator[Article | SourceError]:
    """Read each row; a repeated id is a problem, unless the row is identical to the first.

    `notices` are told of every article.
    """
    seen: dict[str, tuple[str, str]] = {}
    is_empty = True
    for row, day_first in _with_order_of_dates(rows):
        is_empty = False
        if isinstance(row, SourceError):
            yield row
            continue
        try:
            options = RecordOptions(names=dict(limits.fields), day_first=day_first)
            article = read_record(row.fields, place=row.place, options=options)
        except SourceError as error:
            yield error
            continue
        content_hash, first = seen.setdefault(article.id, (article.content_hash, row.place))
        if first == row.place:
            if notices or row.notices:
                article = dataclasses.replace(article, notices=(*notices, *row.notices, *article.notices))
            yield article if limits.has_global_ids else _owned(article, content.origin)
        elif content_hash != article.content_hash:
            yield SourceError(
                f"{row.place} has the id {article.id!r}, which {first} also has.",
                help="Give each article a unique id, or none.",
            )
    if is_empty:
        yield SourceError(f"{content.origin} has no articles in it.", help="Check that this is the right file.")


def _owned(article: Article, file: str) -> Article:
    """Return an article whose id means something only in its file, such as 1, with an origin in that file."""
    if article.has_own_id and not _GLOBAL_ID.fullmatch(article.id):
        return dataclasses.replace(article, origin=storable_name(f"{file}#{article.id}"))
    return article


def _with_order_of_dates(
    rows: Iterable[TableRow | SourceError],
) -> Iterator[tuple[TableRow | SourceError, bool | None]]:
    """Yield each row and whether 03/04/2025 has the day first in this file: other dates in it show that."""
    iterator = iter(rows)
    ahead: collections.deque[TableRow | SourceError] = collections.deque()
    dates: list[str] = []
    size = 0
    problem = None
    try:
        while size < _AHEAD_CHARACTERS and len(ahead) < _AHEAD and (row := next(iterator, None)):
            ahead.append(row)
            if isinstance(row, TableRow):
                size += sum(len(value) for value in row.fields.values() if isinstance(value, str))
                dates += [str(value)[:100] for name, value in row.fields.items() if field_names.is_date(str(name))]
    except SourceError as error:  # of the file as a whole, told after the rows above
        problem = error
    day_first = order_of_dates(dates)
    for row in itertools.chain(ahead, iterator):
        yield row, day_first
    if problem:
        raise problem


def _jsonl_rows(lines: TextIO, *, name: str, limits: Limits) -> Iterator[TableRow | SourceError]:
    """Yield the object on each line; one that was printed over several lines is read, too."""
    source = NumberedLines(lines, longest=limits.max_bytes + 1)
    while line := source.take():
        place = f"{name}, line {source.number}"
        if len(line) > limits.max_bytes:
            raise SourceError(f"{place} is too long.", help="Raise DATELINE_MAX_FILE_MB if you need it.")
        bare = line.strip().rstrip(",")
        if not bare or bare in {"[", "]"}:
            continue
        try:
            value = _parse(bare, place=place)
        except SourceError as error:
            printed = _printed_object(line, source)
            if printed is None:
                yield error
                continue
            value = printed
        for record in objects(value):
            yield _row(record, place=place)


def _printed_object(first: str, source: NumberedLines) -> object:
    """Return the object that begins on a line and ends where another closes it as far to the left; None if none does.

    Its lines are put back if it turns out not to be one.
    """
    margin = first[: len(first) - len(first.lstrip())]
    if first.strip() not in {"{", "["}:
        return None
    block = [first]
    while line := source.take():
        block.append(line)
        if line.startswith((f"{margin}}}", f"{margin}]")):
            with contextlib.suppress(ValueError, RecursionError):
                value: object = json.loads("".join(block).strip().rstrip(","))
                return value
            break
        if line.strip() and not line[len(margin) :].startswith((" ", "\t", '"')):
            break
    source.put_back(block[1:])
    return None


def _are_lines(text: str) -> bool:
    """Return whether a file that is not JSON holds objects one after the other, as JSON Lines does."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        line = text.partition("\n")[2].lstrip()
        return line.startswith("{")
    return text[end:].lstrip(" \t\r\n,").startswith("{")


def _row(value: object, *, place: str) -> TableRow | SourceError:
    if isinstance(value, dict):
        return TableRow(place, unwrapped(value))
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
def _opened(stream: BinaryIO, content: Content) -> Iterator[tuple[TextIO, tuple[Notice, ...]]]:
    """Open a byte stream as text, leaving it open for its owner; say what was guessed of its encoding."""
    encoding = find_encoding(stream, name=content.origin, charset=content.charset)
    text = io.TextIOWrapper(stream, encoding=encoding.codec, errors="replace", newline="")
    try:
        yield text, encoding.notices
    finally:
        text.detach()


CSV = Format(
    name="csv",
    label="CSV, TSV",
    suffixes=(".csv", ".tsv"),
    media_types=("text/csv", "text/tab-separated-values"),
    read=read_csv,
    is_streamed=True,
)
JSON = Format(
    name="json",
    label="JSON",
    suffixes=(".json",),
    media_types=("application/json", "text/json"),
    read=lambda stream, content, limits: read_json(stream.read(), content, limits),
)
JSON_LINES = Format(
    name="jsonl",
    label="JSON Lines",
    suffixes=(".jsonl", ".ndjson"),
    media_types=("application/jsonl", "application/x-ndjson", "application/x-jsonlines"),
    read=read_jsonl,
    is_streamed=True,
)
