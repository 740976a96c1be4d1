"""The index's data types: articles, their passages, and passages with a score."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
from typing import TYPE_CHECKING, Literal, get_args

from index.notices import Notice, all_notices

if TYPE_CHECKING:
    from collections.abc import Iterable

Sort = Literal["newest", "oldest", "title", "added"]
"""The orders in which articles are listed."""

# Control characters except tab and newline. They do not belong in an article and break terminals and JSON readers.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_STEP = 2**18  # characters; other threads wait while a pattern is searched for


def normalise(text: str) -> str:
    """Return `text` in a form that can be stored anywhere: newlines as line ends, no control characters, valid Unicode.

    Lone surrogates, which no UTF-8 file can hold, become U+FFFD; nothing else is changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(_storable(text[start : start + _STEP]) for start in range(0, len(text), _STEP))


def storable_name(name: str) -> str:
    """Return a file's name so that it can be stored and shown: bytes of it that are no UTF-8 become "\\xe9"."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _storable(text: str) -> str:
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", text))


RecordField = Literal["title", "author", "source", "published", "url"]
"""A field of an article's record that an answer can cite."""

RECORD_FIELDS: tuple[RecordField, ...] = get_args(RecordField)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArticleInfo:
    """What is known about an article besides its text.

    `origin` is the file or page it was read from; an article read from there later replaces this one.
    """

    id: str
    title: str | None
    source: str | None
    author: str | None
    published: dt.date | None
    url: str | None
    added_at: dt.datetime
    content_hash: str
    origin: str | None = None

    @property
    def has_own_id(self) -> bool:
        """Whether the id comes from its source and was not made from the content."""
        return not self.content_hash.startswith(self.id)

    def field_text(self, field: RecordField) -> str:
        """Return a field as text, a day as YYYY-MM-DD; empty where there is none."""
        value: str | dt.date | None = getattr(self, field)
        return str(value) if value is not None else ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Article(ArticleInfo):
    """An article; `text` is the cleaned text, stored once, that every offset points into.

    `notices` tell what reading left out, repaired, guessed or could not read (see `index.notices`). `updated` is the
    day of the last change that its source names.
    """

    text: str
    updated: dt.date | None = None
    notices: tuple[Notice, ...] = ()

    @classmethod
    def create(
        cls,
        text: str,
        *,
        title: str | None = None,
        source: str | None = None,
        author: str | None = None,
        published: dt.date | None = None,
        url: str | None = None,
        updated: dt.date | None = None,
        id: str | None = None,  # noqa: A002 - the field's name
        added_at: dt.datetime | None = None,
        origin: str | None = None,
        notices: Iterable[Notice] = (),
    ) -> Article:
        """Make an article from raw strings, with its content hash and, if none is given, an id made from its content.

        `text` is normalised and stripped of trailing white space; the other strings are put on one line, and empty ones
        count as missing. `added_at` defaults to now in UTC.
        """
        text = normalise(text).rstrip()
        title, source, author, url = (_one_line(value) for value in (title, source, author, url))
        fields = [text, title, source, author, published.isoformat() if published else None, url]
        content_hash = hashlib.sha256(json.dumps(fields).encode()).hexdigest()
        return cls(
            id=_one_line(id) or content_hash[:16],
            title=title,
            source=source,
            author=author,
            published=published,
            url=url,
            added_at=added_at or dt.datetime.now(dt.UTC),
            content_hash=content_hash,
            origin=storable_name(origin) if origin else None,
            text=text,
            updated=updated,
            notices=all_notices(text, notices),
        )

    def info(self) -> ArticleInfo:
        """Return what is known about the article, without its text."""
        return ArticleInfo(**{field.name: getattr(self, field.name) for field in dataclasses.fields(ArticleInfo)})

    def is_as_added(self) -> bool:
        """Return whether the article still is exactly what its hash was computed from."""
        made = Article.create(
            self.text,
            title=self.title,
            source=self.source,
            author=self.author,
            published=self.published,
            url=self.url,
        )
        return (made.content_hash, made.text) == (self.content_hash, self.text)


def _one_line(value: str | None) -> str | None:
    """Return `value` with every run of white space replaced by one space; None if nothing is left."""
    return " ".join(normalise(value).split()) or None if value else None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArticleVersion:
    """An article as it was until `replaced_at`."""

    article: Article
    replaced_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article, with `article.text[start:end] == text` (offsets in characters)."""

    id: str
    article_id: str
    start: int
    end: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Signals:
    """What each signal of the retrieval says of a passage, from 0 to 1: its vector, its text, its article's text."""

    dense: float
    passage: float
    article: float


@dataclasses.dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage found for a question; `rank` counts from 1, `score` only defines an order.

    `highlight` is the place (characters of the article) of the sentence most relevant to the question, if a reader has
    looked for it. `retrieved` is the retrieval score if `score` comes from a reader. `signals` are the parts of that
    score, if the passage was found in this process.
    """

    passage: Passage
    article: ArticleInfo
    score: float
    rank: int
    highlight: tuple[int, int] | None = None
    retrieved: float | None = None
    signals: Signals | None = None
