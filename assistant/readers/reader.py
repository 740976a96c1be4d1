"""Turns passages into a draft of an answer: the interface of every reader."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.answer import Usage
    from assistant.conversation import Turn
    from assistant.support.marker_places import Marker
    from assistant.understanding.kinds import Kind
    from index.article import ArticleInfo, Passage, RecordField, ScoredPassage


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a passage by its place in the article (characters): `start` and `end` lie within the passage."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words of the span."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]

    def overlaps(self, other: Span) -> bool:
        """Return whether the two have a character of an article in common."""
        is_same = self.passage.article_id == other.passage.article_id
        return is_same and self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Return whether it has every character of the other."""
        is_same = self.passage.article_id == other.passage.article_id
        return is_same and self.start <= other.start and other.end <= self.end


@dataclasses.dataclass(frozen=True, slots=True)
class FieldValue:
    """A stored field of an article's record, such as its author."""

    article: ArticleInfo
    field: RecordField

    @property
    def text(self) -> str:
        """The value as the article's JSON has it; empty where none is stored."""
        return self.article.field_text(self.field)


@dataclasses.dataclass(frozen=True, slots=True)
class DraftStatement:
    """One statement of a draft, the spans and record fields that support it, and how well they do (0 to 1)."""

    text: str
    spans: tuple[Span, ...]
    support: float
    fields: tuple[FieldValue, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """A sentence that a reader judged; the score is comparable within one question only."""

    span: Span
    score: float


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """What a reader makes of the evidence, before its citations are checked.

    `confidence` (0 to 1) is the reader's own chance that the statements answer the question. With `found` false there
    are no statements.
    """

    found: bool
    confidence: float
    statements: tuple[DraftStatement, ...] = ()
    short_answer: Span | None = None
    short_text: str | None = None
    """The short answer where it is no span of a passage: a field of a record, or words of our own such as a count."""
    other_answers: tuple[Span, ...] = ()
    """What other articles give for the same value, where they exclude the short answer."""
    text: str | None = None
    """The text as it was streamed; None if it is to be composed from the statements."""
    markers: tuple[Marker, ...] = ()
    """The markers in that text."""
    cited: tuple[Span, ...] = ()
    """The spans that their numbers refer to, from 1."""
    threshold: float | None = None
    """The confidence below which the reader refuses; None if it decides in another way."""
    judged: tuple[Judged, ...] = ()
    """The sentences that the reader chose from, best first."""
    reader: str | None = None
    """The reader that made the draft, if it is not the one that was asked."""
    notice: str | None = None
    usage: Usage | None = None
    kind: Kind = "fact"
    """What kind of question it answers."""
    evidence: tuple[ScoredPassage, ...] = ()
    """The passages that its spans lie in, where a strategy gathered them itself."""


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """The next piece of the text, and its markers by their positions in the whole text so far."""

    text: str
    markers: tuple[Marker, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Restart:
    """All text streamed so far must be discarded."""


class Reader(Protocol):
    """Reads the evidence, best passage first, and drafts an answer to the question."""

    @property
    def name(self) -> str:
        """The reader's name, as answers give it."""

    def stream(
        self,
        question: str,
        evidence: Sequence[ScoredPassage],
        *,
        history: Sequence[Turn] = (),
        kind: Kind = "fact",
    ) -> Iterator[Written | Restart | Draft]:
        """Yield the text in pieces, if the reader writes in pieces, and the draft last.

        An empty piece means that there is nothing new yet. The spans of the draft lie in the passages of the evidence.
        Closing the generator ends the work.
        """

    def close(self) -> None:
        """Close the connections."""
