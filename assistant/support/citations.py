"""Checks citations: nothing a reader says about the articles is trusted until it has been verified."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from assistant.answer import Citation, RecordCitation, Statement
from assistant.support.check import SUPPORTED
from assistant.support.marker_places import Marker, compose, renumber
from index.errors import ArticleNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.readers.reader import Draft, DraftStatement, FieldValue, Span
    from index import Article, ScoredPassage


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """Statements and the citations that passed the check, numbered in order of first use, and the text of both."""

    text: str
    markers: tuple[Marker, ...]
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    records: tuple[RecordCitation, ...] = ()

    @property
    def numbers(self) -> set[int]:
        """The numbers of all citations that passed."""
        return {citation.number for citation in self.citations} | {citation.number for citation in self.records}


def check(
    statements: Sequence[DraftStatement],
    evidence: Sequence[ScoredPassage],
    read_article: Callable[[str], Article],
) -> Checked:
    """Return the statements, keeping only citations that are exact.

    A span is kept only if it lies in a passage of the evidence and the stored article has exactly these words there; a
    field of a record only if the stored article has exactly this value. If the article has been removed since, both are
    dropped. A statement without any citation is marked unsupported. The same span or field keeps one number.
    """
    numbering = _Numbering(evidence, read_article)
    checked: list[Statement] = []
    for statement in statements:
        found = [*map(numbering.number_span, statement.spans), *map(numbering.number_field, statement.fields)]
        numbers = tuple(dict.fromkeys(number for number in found if number is not None))
        checked.append(
            Statement(
                statement.text,
                numbers,
                bool(numbers) and statement.support >= SUPPORTED,
                statement.support if numbers else 0.0,
            )
        )
    text, markers = compose((statement.text, statement.citations) for statement in checked)
    return Checked(
        text, markers, tuple(checked), tuple(numbering.citations.values()), tuple(numbering.records.values())
    )


class _Numbering:
    """Gives each exact citation its number, in order of first use."""

    def __init__(self, evidence: Sequence[ScoredPassage], read_article: Callable[[str], Article]) -> None:
        self.citations: dict[tuple[str, int, int], Citation] = {}
        self.records: dict[tuple[str, str], RecordCitation] = {}
        self._known = {scored.passage.id: scored for scored in evidence}
        self._read_article = read_article
        self._articles: dict[str, Article | None] = {}

    def number_span(self, span: Span) -> int | None:
        """Return the number of a span; None where it is not exact."""
        scored = self._known.get(span.passage.id)
        if scored is None or not _is_exact(span, scored, self._stored(scored.article.id)):
            return None
        return self.citations.setdefault(
            (scored.article.id, span.start, span.end),
            Citation(self._next, scored.article, scored.passage.id, span.text, span.start, span.end),
        ).number

    def number_field(self, value: FieldValue) -> int | None:
        """Return the number of a field of a record; None where the stored one differs or there is none."""
        article = self._stored(value.article.id)
        if article is None or not value.text or article.field_text(value.field) != value.text:
            return None
        return self.records.setdefault(
            (article.id, value.field), RecordCitation(self._next, value.article, value.field, value.text)
        ).number

    @property
    def _next(self) -> int:
        return len(self.citations) + len(self.records) + 1

    def _stored(self, id_: str) -> Article | None:
        """Return the stored article; None if it has been removed."""
        if id_ not in self._articles:
            try:
                self._articles[id_] = self._read_article(id_)
            except ArticleNotFoundError:
                self._articles[id_] = None
        return self._articles[id_]


def written_text(draft: Draft, checked: Checked) -> tuple[str, tuple[Marker, ...]]:
    """Return the text of an answer and its markers, each with the number of its citation.

    From a text that was streamed, markers whose citations failed the check are removed.
    """
    if draft.text is None:
        return checked.text, checked.markers
    numbers = {(citation.article.id, citation.start, citation.end): citation.number for citation in checked.citations}
    final = {
        number: numbers.get((span.passage.article_id, span.start, span.end))
        for number, span in enumerate(draft.cited, start=1)
    }
    return renumber(draft.text, draft.markers, final)


def _is_exact(span: Span, scored: ScoredPassage, article: Article | None) -> bool:
    """Return whether the span lies in its passage and the article has exactly its words there."""
    passage = scored.passage
    inside = passage.start <= span.start < span.end <= passage.end
    return article is not None and inside and article.text[span.start : span.end] == span.text != ""
