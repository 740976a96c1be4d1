"""An answer and its JSON form, each declared once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, TypeAdapter

from assistant import records as parts
from assistant.support.marker_places import Marker, markers_of
from assistant.understanding.kinds import Kind  # noqa: TC001 - pydantic reads it
from assistant.understanding.time_reading import TimeReading
from index.article import Article, ArticleInfo, Passage, RecordField, ScoredPassage
from index.corrections import corrections
from index.notices import notices_from_json, notices_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from index.article import ArticleVersion

_QUESTION = "What did Grushko demand?"
_LONG_AGO = "0001-01-01T00:00:00+00:00"


@dataclasses.dataclass(frozen=True, slots=True)
class Citation:
    """A checked quotation: `article.text[start:end] == quote`. `number` is that of its marker, from 1."""

    number: int
    article: ArticleInfo
    passage_id: str
    quote: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class RecordCitation:
    """A checked citation of an article's record: the stored field is exactly the quote; numbered as `Citation` is."""

    number: int
    article: ArticleInfo
    field: RecordField
    quote: str


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the answer."""

    text: Annotated[str, Field(description="The statement.", examples=["Grushko demanded ironclad guarantees."])]
    citations: Annotated[tuple[int, ...], Field(description="The numbers of its citations.", examples=[[1]])]
    supported: Annotated[bool, Field(description="Whether the cited words say it.", examples=[True])]
    support: Annotated[float, Field(description="How well they do, 0 to 1.", examples=[0.97])]


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """What a language model read and wrote."""

    __pydantic_config__ = parts.EVERY_FIELD

    prompt_tokens: Annotated[int, Field(description="Tokens read.", examples=[1480])]
    completion_tokens: Annotated[int, Field(description="Tokens written.", examples=[96])]
    cost: Annotated[float | None, Field(description="Their price, where the server has one set.", examples=[None])] = (
        None
    )


def passage_from_json(value: Mapping[str, Any]) -> ScoredPassage:
    """Return the scored passage in the JSON of `passage_json`; its article has only the fields that are in it."""
    passage = Passage(value["id"], value["article_id"], value["start"], value["end"], value["text"])
    place = value.get("highlight")  # answers kept from earlier versions have none
    highlight = (place["start"], place["end"]) if place else None
    return ScoredPassage(passage, _mentioned(value), value["score"], value["rank"], highlight)


def _citation_from_json(value: Mapping[str, Any]) -> Citation:
    return Citation(
        value["number"], _mentioned(value), value["passage_id"], value["quote"], value["start"], value["end"]
    )


def _record_from_json(value: Mapping[str, Any]) -> RecordCitation:
    return RecordCitation(value["number"], _mentioned(value), value["field"], value["quote"])


def _time_from_json(value: Mapping[str, Any]) -> TimeReading:
    """Return the time that was read, without the question as it was searched for."""
    return TimeReading(_day(value["since"]), _day(value["until"]), value["prefer_recent"], value["phrase"], "")


_Citation = Annotated[
    Citation,
    PlainSerializer(parts.CitationRecord.of, return_type=parts.CitationRecord),
    PlainValidator(_citation_from_json),
]
_Record = Annotated[
    RecordCitation,
    PlainSerializer(parts.FieldRecord.of, return_type=parts.FieldRecord),
    PlainValidator(_record_from_json),
]
_Passage = Annotated[
    ScoredPassage,
    PlainSerializer(parts.PassageRecord.of, return_type=parts.PassageRecord),
    PlainValidator(passage_from_json),
]
_Time = Annotated[
    TimeReading,
    PlainSerializer(parts.Time.of, return_type=parts.Time),
    PlainValidator(_time_from_json),
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose citations have been checked; where the articles have none, `found` is false."""

    # The one declaration of an answer: its JSON has these fields in this order, and REST documents them from here.
    __pydantic_config__ = parts.EVERY_FIELD

    question: Annotated[str, Field(description="The question as it was asked.", examples=[_QUESTION])]
    standalone_question: Annotated[
        str, Field(description="The question as it stands without the history.", examples=[_QUESTION])
    ]
    text: Annotated[
        str, Field(description="The answer with markers such as [1].", examples=["Ironclad guarantees [1]."])
    ]
    markers: Annotated[
        tuple[Marker, ...],
        Field(description="The text's markers in order; what else looks like one are words of an article."),
    ] = ()
    short_answer: Annotated[
        str | None, Field(description="The shortest span that answers.", examples=["Ironclad guarantees"])
    ]
    found: Annotated[bool, Field(description="Whether the articles answer the question.", examples=[True])]
    confidence: Annotated[
        parts.Share, Field(description="The chance, 0 to 1, that this is their answer.", examples=[0.93])
    ]
    kind: Annotated[Kind, Field(description="What kind of question it was understood as.", examples=["fact"])] = "fact"
    reader: Annotated[
        str, Field(description="Who wrote it: extractive, or llm: and the model.", examples=["extractive"])
    ]
    statements: Annotated[tuple[Statement, ...], Field(description="The answer's statements, in order.")]
    citations: Annotated[tuple[_Citation, ...], Field(description="What they cite of the articles' texts, by number.")]
    records: Annotated[
        tuple[_Record, ...],
        Field(description="What they cite of the articles' records, by number: title, author, source, day, address."),
    ] = ()
    passages: Annotated[tuple[_Passage, ...], Field(description="The passages that were read, best first.")]
    timings_ms: Annotated[
        dict[str, parts.Milliseconds], Field(description="Milliseconds by stage.", examples=[{"total": 41.5}])
    ]
    usage: Annotated[Usage | None, Field(description="Tokens, where a language model wrote.", examples=[None])] = None
    notice: Annotated[
        str | None,
        Field(description="What should be known of how it came about, such as that the model failed.", examples=[None]),
    ] = None
    time: Annotated[_Time | None, Field(description="The time understood in the question.", examples=[None])] = None

    @property
    def sources(self) -> list[Citation | RecordCitation]:
        """All that it cites, texts and records, by number."""
        return sorted((*self.citations, *self.records), key=lambda cited: cited.number)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain values; command line, REST, the page and evaluation all give this form."""
        value: dict[str, Any] = _ANSWER.dump_python(self, mode="json")
        return value


_ANSWER = TypeAdapter(Answer)
_PASSAGE = TypeAdapter(parts.PassageRecord)
_ARTICLE = TypeAdapter(parts.ArticleInfoRecord)


def answer_from_json(value: Mapping[str, Any]) -> Answer:
    """Return the answer in the JSON of `as_json`; its articles have only the fields that every mention has."""
    return _ANSWER.validate_python({**value, "markers": markers_of(value)})


def sources_json(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return all that an answer given as JSON cites, texts and records, by number.

    Those of a record have a `field`; answers kept by earlier versions have none.
    """
    return sorted((*answer.get("citations", ()), *answer.get("records", ())), key=lambda cited: cited["number"])


def passage_json(scored: ScoredPassage) -> dict[str, Any]:
    """Return a scored passage as plain values."""
    value: dict[str, Any] = _PASSAGE.dump_python(parts.PassageRecord.of(scored), mode="json")
    return value


def article_json(article: ArticleInfo) -> dict[str, Any]:
    """Return what is known of an article, without its text, as plain values."""
    value: dict[str, Any] = _ARTICLE.dump_python(parts.ArticleInfoRecord.of(article), mode="json")
    return value


def whole_article_json(article: Article, *, also_in: Sequence[ArticleInfo] = ()) -> dict[str, Any]:
    """Return all that is shown of an article as plain values: what is known of it, its text, its notices, and the
    articles that say mostly the same.
    """
    return article_json(article) | {
        "text": article.text,
        "updated": article.updated.isoformat() if article.updated else None,
        "notices": notices_json(article.notices),
        "also_in": [article_json(other) for other in also_in],
    }


def versions_json(article: Article, versions: Sequence[ArticleVersion]) -> list[dict[str, Any]]:
    """Return the earlier versions of an article, the newest first, each with what was corrected in it."""
    later = [article, *(version.article for version in versions)]
    return [
        {
            "article": whole_article_json(version.article),
            "replaced_at": version.replaced_at.isoformat(timespec="seconds"),
            "corrections": [dataclasses.asdict(made) for made in corrections(version.article, next_)],
        }
        for version, next_ in zip(versions, later, strict=False)
    ]


def info_from_json(value: Mapping[str, Any]) -> ArticleInfo:
    """Return what the JSON of `article_json` says about an article."""
    return ArticleInfo(**_info_fields(value))


def article_from_json(value: Mapping[str, Any]) -> Article:
    """Return the article in the JSON of `whole_article_json`; earlier versions sent no notices and no `updated`."""
    return Article(
        **_info_fields(value),
        text=value["text"],
        updated=_day(value.get("updated")),
        notices=notices_from_json(value.get("notices", ())),
    )


def _info_fields(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": value["id"],
        "title": value["title"],
        "source": value["source"],
        "author": value["author"],
        "published": _day(value["published"]),
        "url": value["url"],
        "added_at": dt.datetime.fromisoformat(value["added_at"]),
        "content_hash": value["content_hash"],
    }


def _mentioned(value: Mapping[str, Any]) -> ArticleInfo:
    """Return what a citation or passage says about its article."""
    unknown = {"author": None, "added_at": _LONG_AGO, "content_hash": ""}
    return info_from_json({**unknown, **value, "id": value["article_id"]})


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None
