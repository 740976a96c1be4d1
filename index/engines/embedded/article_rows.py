"""An article as a row: the columns that hold what is known of it, and how each is stored."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from index.article import Article, ArticleInfo
from index.notices import notices_from_json, notices_json

if TYPE_CHECKING:
    from collections.abc import Sequence

INFO_COLUMNS = tuple(field.name for field in dataclasses.fields(ArticleInfo))
"""The columns that hold what is known of an article, each named like its field."""

ARTICLE_COLUMNS = (*INFO_COLUMNS, "text", "updated", "notices")
"""The columns that hold a whole article."""


def row_of(article: Article) -> list[str | None]:
    """Return what is stored of an article, in the order of `ARTICLE_COLUMNS`."""
    known = [_as_stored(getattr(article, name)) for name in INFO_COLUMNS]
    return [
        *known,
        article.text,
        _as_stored(article.updated),
        json.dumps(notices_json(article.notices), ensure_ascii=False),
    ]


def article_of(row: Sequence[Any]) -> Article:
    """Return the article in a row of `ARTICLE_COLUMNS`."""
    *_, text, updated, notices = row
    return Article(
        **info_of(row),
        text=text,
        updated=dt.date.fromisoformat(updated) if updated else None,
        notices=notices_from_json(json.loads(notices)),
    )


def info_of(row: Sequence[Any]) -> dict[str, Any]:
    """Return a row that begins with `INFO_COLUMNS` as the fields of an ArticleInfo."""
    return info_fields(dict(zip(INFO_COLUMNS, row, strict=False)))


def info_fields(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored of an article as the fields of an ArticleInfo."""
    published, added_at = stored["published"], stored["added_at"]
    return stored | {
        "published": dt.date.fromisoformat(published) if published else None,
        "added_at": dt.datetime.fromisoformat(added_at),
    }


def _as_stored(value: str | dt.date | None) -> str | None:
    """Return a field of an ArticleInfo as it is stored; days and times in ISO form."""
    return value.isoformat() if isinstance(value, dt.date) else value
