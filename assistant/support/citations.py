"""Checks citations: nothing a reader says about the articles is trusted until it has been verified."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from assistant.answer import Citation, Statement
from assistant.support.check import SUPPORTED
from assistant.support.marker_places import Marker, compose, renumber
from index.errors import ArticleNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.readers.reader import Draft, DraftStatement, Span
    from index import Article, ScoredPassage


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """Statements and the citations that passed the check, numbered in order of first use, and the text of both."""

    text: str
    markers: tuple[Marker, ...]
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]


def check(
    statements: Sequence[DraftStatement],
    evidence: Sequence[ScoredPassage],
    read_article: Callable[[str], Article],
) -> Checked:
    """Return the statements, keeping only citations that are exact spans of an article.

    A span is kept only if it lies in a passage of the evidence and the stored article has exactly these words there; if
    the article has been removed since, it is dropped. A statement without spans is marked unsupported. The same span
    keeps one number.
    """
    known = {scored.passage.id: scored for scored in evidence}
    texts: dict[str, str] = {}
    citations: dict[tuple[str, int, int], Citation] = {}
    checked: list[Statement] = []
    for statement in statements:
        numbers: list[int] = []
        for span in statement.spans:
            scored = known.get(span.passage.id)
            if scored is None:
                continue
            id_ = scored.article.id
            if id_ not in texts:
                texts[id_] = _read(id_, read_article)
            if not _is_exact(span, scored, texts[id_]):
                continue
            citation = citations.setdefault(
                (id_, span.start, span.end),
                Citation(len(citations) + 1, scored.article, scored.passage.id, span.text, span.start, span.end),
            )
            if citation.number not in numbers:
                numbers.append(citation.number)
        checked.append(
            Statement(
                statement.text,
                tuple(numbers),
                bool(numbers) and statement.support >= SUPPORTED,
                statement.support if numbers else 0.0,
            )
        )
    text, markers = compose((statement.text, statement.citations) for statement in checked)
    return Checked(text, markers, tuple(checked), tuple(citations.values()))


def written_text(draft: Draft, checked: Checked) -> tuple[str, tuple[Marker, ...]]:
    """Return the text of an answer and its markers, each with the number of its citation.

    From a text that was streamed, markers whose citations failed the check are removed.
    """
    if draft.text is None:
        return checked.text, checked.markers
    numbers = {(one.article.id, one.start, one.end): one.number for one in checked.citations}
    final = {
        number: numbers.get((span.passage.article_id, span.start, span.end))
        for number, span in enumerate(draft.cited, start=1)
    }
    return renumber(draft.text, draft.markers, final)


def _read(id_: str, read_article: Callable[[str], Article]) -> str:
    try:
        return read_article(id_).text
    except ArticleNotFoundError:
        return ""


def _is_exact(span: Span, scored: ScoredPassage, text: str) -> bool:
    """Return whether the span lies in its passage and the article has exactly its words there."""
    passage = scored.passage
    return passage.start <= span.start < span.end <= passage.end and text[span.start : span.end] == span.text != ""
