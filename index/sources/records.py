"""Turns named fields into an Article: a row of a table, a JSON object, the front matter of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.article import Article, normalise
from index.errors import SourceError
from index.sources.dates import parse_date
from index.sources.header import Header
from index.sources.limits import require_length

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

TEXT_FIELDS = ("text", "body", "content")
_SOURCE_FIELDS = ("source", "publisher")
_AUTHOR_FIELDS = ("author", "authors")
_DATE_FIELDS = ("published", "published_at", "date")
_URL_FIELDS = ("url", "link")
FIELDS = frozenset({"id", "title", *TEXT_FIELDS, *_SOURCE_FIELDS, *_AUTHOR_FIELDS, *_DATE_FIELDS, *_URL_FIELDS})


def read_record(record: Mapping[str, object], *, place: str) -> Article:
    """Return the article in `record`; its text is kept unchanged, and `place` names it in errors.

    Raises SourceError if it has no text, or a field cannot be understood.
    """
    fields = {name.strip().lower(): value for name, value in record.items()}
    text = _first(fields, TEXT_FIELDS)
    if text is not None and not isinstance(text, str):
        raise SourceError(f"{place} has a text that is not a string.", help="Put the article's text there as a string.")
    require_length(text or "", place=place)
    if not normalise(text or "").strip():
        raise SourceError(
            f"{place} has no text.", help="Give each article its text in a field named text, body or content."
        )
    header = read_header(fields, place=place)
    return Article.create(
        text or "",
        id=_word(fields.get("id"), "id", place=place),
        **header.as_fields(),
    )


def read_header(fields: Mapping[str, object], *, place: str) -> Header:
    """Return what the fields (with lower-case names) say about an article besides its text.

    Raises SourceError, naming `place`, when a field cannot be understood.
    """
    return Header(
        title=_word(fields.get("title"), "title", place=place),
        source=_named(_first(fields, _SOURCE_FIELDS), "source", place=place),
        author=_people(_first(fields, _AUTHOR_FIELDS), place=place),
        published=_day(_first(fields, _DATE_FIELDS), place=place),
        url=_word(_first(fields, _URL_FIELDS), "url", place=place),
    )


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> object:
    """Return the first of these fields that is not empty."""
    values = (fields.get(name) for name in names)
    return next((value for value in values if value not in (None, "", [])), None)


def _word(value: object, field: str, *, place: str) -> str | None:
    """Return a string, or a number as a string; None for nothing."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise SourceError(f"{place} has a {field} that is not a string.", help=f"Put the {field} there as a string.")


def _named(value: object, field: str, *, place: str) -> str | None:
    """Return a string, or the name in an object such as {"name": "The Bay Gazette"}."""
    if isinstance(value, dict):
        value = value.get("name")
    return _word(value, field, place=place)


def _people(value: object, *, place: str) -> str | None:
    """Return one author, or several joined with a comma."""
    people = value if isinstance(value, list) else [value]
    names = (_named(person, "author", place=place) for person in people)
    return ", ".join(name.strip() for name in names if name and name.strip()) or None


def _day(value: object, *, place: str) -> dt.date | None:
    """Return the publication day; an unclear date is an error, never a gap or a guess."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    problem = SourceError(f"{place} has an unclear date: {_shown(value)}.", help="Write it as YYYY-MM-DD.")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise problem
    try:
        return parse_date(value)
    except ValueError:
        raise problem from None


def _shown(value: object) -> str:
    """Return a value short enough for a message."""
    text = " ".join(
        (
            value if isinstance(value, str) else type(value).__name__ if isinstance(value, dict | list) else str(value)
        ).split()
    )
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004 - half a line
