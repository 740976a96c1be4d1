"""The words of an answer, and its one form as JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from assistant.marker_places import Marker, markers_of
from assistant.time_reading import TimeReading
from index.article import Article, ArticleInfo, Passage, ScoredPassage

if TYPE_CHECKING:
    from collections.abc import Mapping

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
class Statement:
    """One statement of the answer, the numbers of its citations, and how well they support it (0 to 1)."""

    text: str
    citations: tuple[int, ...]
    supported: bool
    support: float


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model read and wrote for an answer, and what they cost where the settings have a price."""

    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose citations have been checked; with `found` false it has none.

    `passages` are those that were read, best first. `confidence` is the chance, 0 to 1, that the collection answers
    the question and this is the answer. `timings_ms` are milliseconds by stage.
    """

    question: str
    standalone_question: str
    text: str
    short_answer: str | None
    found: bool
    confidence: float
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    passages: tuple[ScoredPassage, ...]
    reader: str
    timings_ms: dict[str, float]
    usage: Usage | None = None
    notice: str | None = None
    """What the user should know about how the answer came about, such as that the language model failed."""
    markers: tuple[Marker, ...] = ()
    """The markers of the citations, in the order of the text; nothing else in it is one, whatever it looks like."""
    time: TimeReading | None = None
    """The time that was understood in the question and became a filter or a preference; None for none."""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain values; command line, REST and evaluation all give this form."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "text": self.text,
            "markers": [dataclasses.asdict(marker) for marker in self.markers],
            "short_answer": self.short_answer,
            "found": self.found,
            "confidence": round(self.confidence, 4),
            "reader": self.reader,
            "statements": [
                dataclasses.asdict(statement) | {"citations": list(statement.citations)}
                for statement in self.statements
            ],
            "citations": [
                {
                    "number": citation.number,
                    "article_id": citation.article.id,
                    "passage_id": citation.passage_id,
                    "quote": citation.quote,
                    "start": citation.start,
                    "end": citation.end,
                    "author": citation.article.author,
                    **about(citation.article),
                }
                for citation in self.citations
            ],
            "passages": [passage_json(scored) for scored in self.passages],
            "timings_ms": {stage: round(spent, 1) for stage, spent in self.timings_ms.items()},
            "usage": dataclasses.asdict(self.usage) if self.usage else None,
            "notice": self.notice,
            "time": _time_json(self.time) if self.time else None,
        }


def _time_json(time: TimeReading) -> dict[str, Any]:
    return {
        "phrase": time.phrase,
        "since": time.since.isoformat() if time.since else None,
        "until": time.until.isoformat() if time.until else None,
        "prefer_recent": time.prefer_recent,
    }


def passage_json(scored: ScoredPassage) -> dict[str, Any]:
    """Return a scored passage as plain values."""
    passage = scored.passage
    return {
        "id": passage.id,
        "article_id": passage.article_id,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(scored.score, 4),
        "rank": scored.rank,
        "highlight": dict(zip(("start", "end"), scored.highlight, strict=True)) if scored.highlight else None,
        **about(scored.article),
    }


def article_json(article: ArticleInfo) -> dict[str, Any]:
    """Return what is known of an article, its text apart, as plain values."""
    return {
        "id": article.id,
        "author": article.author,
        **about(article),
        "added_at": article.added_at.isoformat(timespec="seconds"),
        "content_hash": article.content_hash,
    }


def answer_from_json(value: Mapping[str, Any]) -> Answer:
    """Return the answer that `as_json` gave this form; of its articles only as much is known as every mention has."""
    return Answer(
        question=value["question"],
        standalone_question=value["standalone_question"],
        text=value["text"],
        short_answer=value["short_answer"],
        found=value["found"],
        confidence=value["confidence"],
        statements=tuple(
            Statement(part["text"], tuple(part["citations"]), part["supported"], part["support"])
            for part in value["statements"]
        ),
        citations=tuple(
            Citation(
                part["number"],
                _mentioned(part),
                part["passage_id"],
                part["quote"],
                part["start"],
                part["end"],
            )
            for part in value["citations"]
        ),
        passages=tuple(passage_from_json(part) for part in value["passages"]),
        reader=value["reader"],
        timings_ms=dict(value["timings_ms"]),
        usage=Usage(**value["usage"]) if value["usage"] else None,
        notice=value["notice"],
        markers=markers_of(value),
        time=_time_from_json(value["time"]) if value["time"] else None,
    )


def passage_from_json(value: Mapping[str, Any]) -> ScoredPassage:
    """Return the scored passage that `passage_json` gave this form, and as much of its article as is in it."""
    passage = Passage(value["id"], value["article_id"], value["start"], value["end"], value["text"])
    place = value.get("highlight")  # answers kept from earlier versions have none
    highlight = (place["start"], place["end"]) if place else None
    return ScoredPassage(passage, _mentioned(value), value["score"], value["rank"], highlight)


def info_from_json(value: Mapping[str, Any]) -> ArticleInfo:
    """Return what is known of the article that `article_json` gave this form."""
    return ArticleInfo(**_info_fields(value))


def article_from_json(value: Mapping[str, Any]) -> Article:
    """Return the article whose text was put beside the form that `article_json` gave it."""
    return Article(**_info_fields(value), text=value["text"])


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
    """Return what a citation or passage tells of its article."""
    unknown = {"author": None, "added_at": _LONG_AGO, "content_hash": ""}
    return info_from_json({**unknown, **value, "id": value["article_id"]})


def _time_from_json(value: Mapping[str, Any]) -> TimeReading:
    """Return the time that was read; the question as it was searched for is not told."""
    return TimeReading(_day(value["since"]), _day(value["until"]), value["prefer_recent"], value["phrase"], "")


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def about(article: ArticleInfo) -> dict[str, str | None]:
    """Return what every mention of an article carries."""
    return {
        "title": article.title,
        "source": article.source,
        "published": article.published.isoformat() if article.published else None,
        "url": article.url,
    }
