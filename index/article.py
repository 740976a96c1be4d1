"""The words of the index: articles, their passages, and passages with a score."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re

# Control characters but tab and newline; they have no place in an article and upset terminals and JSON readers.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def normalise(text: str) -> str:
    """Return `text` as it can be stored anywhere: line ends as newlines, no control characters, valid Unicode.

    Lone surrogates, which no UTF-8 file can hold, become U+FFFD; nothing else is changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", text))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArticleInfo:
    """What is known about an article besides its text.

    `origin` is the file or page it was read from: what is read from there later replaces it.
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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Article(ArticleInfo):
    """An article; `text` is the cleaned text that is stored once and that every offset points into."""

    text: str

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
        id: str | None = None,  # noqa: A002 - the field's name
        added_at: dt.datetime | None = None,
        origin: str | None = None,
    ) -> Article:
        """Make an article from raw strings, its content hash, and, where none is given, an id from its content.

        `text` is normalised and loses the white space at its end; the other strings are put on one line, and empty
        ones count as missing.
        `added_at` defaults to now in UTC.
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
            origin=origin,
            text=text,
        )

    def is_as_added(self) -> bool:
        """Say whether it is, word for word, what its hash was made of."""
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
    """Return `value` with every run of white space as one space; None where nothing is left."""
    return " ".join(normalise(value).split()) or None if value else None


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
    """A passage found for a question; `rank` counts from 1, `score` orders and has no unit.

    `highlight` is where in the article (characters) the sentence stands that bears most on the question, where a reader
    has looked for it; `retrieved` is the score it was found with where `score` is a reader's. `signals` are what that
    score was made of, where the passage was found here.
    """

    passage: Passage
    article: ArticleInfo
    score: float
    rank: int
    highlight: tuple[int, int] | None = None
    retrieved: float | None = None
    signals: Signals | None = None
