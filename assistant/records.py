"""The parts of an answer as JSON, where they differ from the objects in Python; REST documents them from here."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from index.article import RecordField  # noqa: TC001 - pydantic reads it
from index.notices import Notice  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.answer import Citation, RecordCitation
    from assistant.understanding.time_reading import TimeReading
    from index.article import ArticleInfo, ScoredPassage

_Class = TypeVar("_Class", bound=type)


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema["properties"].values():
        field.pop("default", None)


EVERY_FIELD = ConfigDict(json_schema_serialization_defaults_required=True, json_schema_extra=_without_defaults)
"""For classes with defaults: their JSON has every field all the same, and is documented so."""


def document_as(name: str) -> Callable[[_Class], _Class]:
    """Return a decorator for classes that REST documents under another name than they have in Python."""

    def rename(class_: _Class) -> _Class:
        class_.__name__ = class_.__qualname__ = name
        if issubclass(class_, BaseModel):
            class_.model_rebuild(force=True)
        return class_

    return rename


Share = Annotated[float, PlainSerializer(lambda value: round(value, 4), return_type=float)]
Milliseconds = Annotated[float, PlainSerializer(lambda value: round(value, 1), return_type=float)]

Moment = Annotated[
    dt.datetime,
    PlainSerializer(lambda value: value.isoformat(timespec="seconds"), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

Title = Annotated[str | None, Field(description="The article's title.", examples=["Grushko sets out Russian terms"])]
Source = Annotated[str | None, Field(description="Who published it.", examples=["Dateline Samples Desk"])]
Published = Annotated[dt.date | None, Field(description="Day of publication.", examples=["2025-03-17"])]
Updated = Annotated[
    dt.date | None, Field(description="Day of the last change that its source names.", examples=["2025-03-18"])
]
Url = Annotated[str | None, Field(description="Where it is on the web.", examples=[None])]


@document_as("Citation")
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CitationRecord:
    """A checked quotation: `text[start:end]` of the article is the quote."""

    number: Annotated[int, Field(description="The number in the text's markers, from 1.", examples=[1])]
    article_id: Annotated[str, Field(description="The article.", examples=["grushko-guarantees"])]
    passage_id: Annotated[str, Field(description="The passage.", examples=["grushko-guarantees:0"])]
    quote: Annotated[
        str, Field(description="The words of the article.", examples=["Grushko demanded ironclad guarantees."])
    ]
    start: Annotated[
        int, Field(description="Where the quote begins in the article's text, in characters.", examples=[120])
    ]
    end: Annotated[int, Field(description="Where it ends.", examples=[157])]
    author: Annotated[str | None, Field(description="Who wrote the article.", examples=[None])]
    title: Title
    source: Source
    published: Published
    url: Url

    @classmethod
    def of(cls, citation: Citation) -> CitationRecord:
        """Return the record of a citation."""
        return cls(
            number=citation.number,
            article_id=citation.article.id,
            passage_id=citation.passage_id,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            author=citation.article.author,
            **_mention(citation.article),
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FieldRecord:
    """A checked citation of an article's record: the article's `field` is the quote."""

    number: Annotated[int, Field(description="The number in the text's markers, from 1.", examples=[1])]
    article_id: Annotated[str, Field(description="The article.", examples=["grushko-guarantees"])]
    field: Annotated[RecordField, Field(description="The field of its record.", examples=["author"])]
    quote: Annotated[str, Field(description="The field's value; a day as YYYY-MM-DD.", examples=["Ada Orr"])]
    author: Annotated[str | None, Field(description="Who wrote the article.", examples=["Ada Orr"])]
    title: Title
    source: Source
    published: Published
    url: Url

    @classmethod
    def of(cls, record: RecordCitation) -> FieldRecord:
        """Return the record of a citation of a record."""
        return cls(
            number=record.number,
            article_id=record.article.id,
            field=record.field,
            quote=record.quote,
            author=record.article.author,
            **_mention(record.article),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an article's text, in characters."""

    start: Annotated[int, Field(description="Where it begins.", examples=[120])]
    end: Annotated[int, Field(description="Where it ends.", examples=[203])]


@document_as("Passage")
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PassageRecord:
    """A passage that bears on a question: `text` is `text[start:end]` of the article."""

    id: Annotated[str, Field(description="The passage's id.", examples=["grushko-guarantees:0"])]
    article_id: Annotated[str, Field(description="The article.", examples=["grushko-guarantees"])]
    start: Annotated[int, Field(description="Where it begins in the article's text, in characters.", examples=[0])]
    end: Annotated[int, Field(description="Where it ends.", examples=[640])]
    text: Annotated[str, Field(description="Its words.", examples=["Grushko demanded ironclad guarantees."])]
    score: Annotated[Share, Field(description="How well it fits; orders and has no unit.", examples=[0.91])]
    rank: Annotated[int, Field(description="Its place, from 1.", examples=[1])]
    highlight: Annotated[
        Stretch | None,
        Field(description="The sentence of it that bears most on the question, if read for it."),
    ]
    title: Title
    source: Source
    published: Published
    url: Url

    @classmethod
    def of(cls, scored: ScoredPassage) -> PassageRecord:
        """Return the record of a scored passage."""
        passage = scored.passage
        return cls(
            id=passage.id,
            article_id=passage.article_id,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            score=scored.score,
            rank=scored.rank,
            highlight=Stretch(*scored.highlight) if scored.highlight else None,
            **_mention(scored.article),
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The time that was understood in the question."""

    phrase: Annotated[str | None, Field(description="Its words in the question.", examples=["last week"])]
    since: Annotated[dt.date | None, Field(description="First day of publication read.", examples=["2026-10-26"])]
    until: Annotated[dt.date | None, Field(description="Last day of publication read.", examples=[None])]
    prefer_recent: Annotated[bool, Field(description="Whether newer articles go first.", examples=[False])]

    @classmethod
    def of(cls, time: TimeReading) -> Time:
        """Return the record of a time; the question as it was searched for is no part of it."""
        return cls(phrase=time.phrase, since=time.since, until=time.until, prefer_recent=time.prefer_recent)


@document_as("ArticleInfo")
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArticleInfoRecord:
    """What is known of an article besides its text."""

    id: Annotated[str, Field(description="The article's id.", examples=["grushko-guarantees"])]
    author: Annotated[str | None, Field(description="Who wrote it.", examples=[None])]
    title: Title
    source: Source
    published: Published
    url: Url
    added_at: Annotated[Moment, Field(description="When it was added.", examples=["2026-11-02T08:15:00+00:00"])]
    content_hash: Annotated[str, Field(description="Changes when its content does.", examples=["9f86d081884c7d65"])]

    @classmethod
    def of(cls, article: ArticleInfo) -> ArticleInfoRecord:
        """Return the record of an article, without its text."""
        return ArticleInfoRecord(
            id=article.id,
            author=article.author,
            added_at=article.added_at,
            content_hash=article.content_hash,
            **_mention(article),
        )


@document_as("Article")
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord(ArticleInfoRecord):
    """An article."""

    text: Annotated[str, Field(description="Its text, which all offsets point into.", examples=["Grushko demanded …"])]
    updated: Updated
    notices: Annotated[
        tuple[Notice, ...], Field(description="What reading left out, repaired, guessed or could not read.")
    ]
    also_in: Annotated[
        tuple[ArticleInfoRecord, ...],
        Field(description="Articles that say mostly the same in the same words, such as a wire story elsewhere."),
    ]


def _mention(article: ArticleInfo) -> dict[str, Any]:
    """Return what every mention of an article carries."""
    return {"title": article.title, "source": article.source, "published": article.published, "url": article.url}
