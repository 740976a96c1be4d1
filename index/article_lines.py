"""Articles as JSON Lines with all their fields, written by `dateline export` and read by `dateline import`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from index.article import Article
from index.errors import ArticleNotFoundError, SourceError
from index.notices import notices_from_json, notices_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.engines.engine import ReadableArticles
    from index.filters import Filters

_NAMES = [field.name for field in dataclasses.fields(Article)]
_LAST = ("content_hash", "text")
_LATER = frozenset({"notices", "updated"})  # which earlier versions did not write
_FIELDS = (*(name for name in _NAMES if name not in (*_LAST, *_LATER)), *_LAST)
_TEXTS = frozenset({"id", "added_at", "content_hash", "text"})  # the others may be null
_LONGEST = 512 * 2**20  # bytes of a line
_NO_EXPORT = "Use `dateline add` for files that `dateline export` did not write."


def write_lines(articles: ReadableArticles, filters: Filters) -> Iterator[bytes]:
    """Yield a line for each article that matches the filters, in the order they were added, with one article in memory.

    An article removed meanwhile is left out; a replaced one comes in its new version.
    """
    for id_ in articles.ids(filters):
        try:
            yield write_line(articles.article(id_))
        except ArticleNotFoundError:
            continue


def write_line(article: Article) -> bytes:
    """Return an article as a line."""
    values: dict[str, Any] = {name: getattr(article, name) for name in _FIELDS}
    values["published"] = article.published.isoformat() if article.published else None
    values["added_at"] = article.added_at.isoformat()
    if article.updated:
        values["updated"] = article.updated.isoformat()
    if article.notices:
        values["notices"] = notices_json(article.notices)
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def read_lines(path: Path) -> Iterator[Article]:
    """Yield the articles that `write_lines` wrote. Raises SourceError for the first line that has been changed."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_LONGEST + 1):
                number += 1
                if line.strip():
                    yield _read_line(line, place=f"{path}, line {number}")
    except OSError as error:
        raise SourceError(f"{path} could not be read: {error.strerror}.", help="Check the path.") from error


def _read_line(line: bytes, *, place: str) -> Article:
    if len(line) > _LONGEST:
        raise SourceError(f"{place} is longer than any exported line.", help=_NO_EXPORT)
    try:
        values = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise SourceError(f"{place} is not JSON.", help=_NO_EXPORT) from None
    if not isinstance(values, dict) or set(values) - _LATER != set(_FIELDS):
        raise SourceError(f"{place} is not an article that `dateline export` wrote.", help=_NO_EXPORT)
    for name, value in values.items():
        if name in _LATER:
            continue
        if not isinstance(value, str) and (name in _TEXTS or value is not None):
            raise SourceError(f"{place} has a {name} that is not a string.", help=_NO_EXPORT)
    return _restored(values, place=place)


def _restored(values: dict[str, Any], *, place: str) -> Article:
    """Return the article that was exported; raises SourceError if anything in it has been changed."""
    content_hash = values.pop("content_hash")
    try:
        values["added_at"] = dt.datetime.fromisoformat(values["added_at"])
        values["published"] = dt.date.fromisoformat(values["published"]) if values["published"] else None
        updated = values.pop("updated", None)
        updated = dt.date.fromisoformat(updated) if updated else None
        notices = notices_from_json(values.pop("notices", ()))
        article = Article.create(**values, updated=updated, notices=notices)
        is_same = (
            article.content_hash == content_hash
            and article.added_at.tzinfo is not None
            and all(getattr(article, name) == value for name, value in values.items())
        )
    except (ValueError, TypeError, LookupError):  # no date, or no notices
        is_same = False
    if not is_same:
        raise SourceError(
            f"{place} has been changed since it was exported.",
            help="To add articles that you edited by hand, delete their `content_hash` and use `dateline add`.",
        )
    return article
