from __future__ import annotations

import pytest

from assistant.readers.reader import DraftStatement, Span
from assistant.support.citations import check
from index import Article, Passage, ScoredPassage

ARTICLE = Article.create("The ferry is late. It waits for batteries.", id="ferry", title="Ferry late")
PASSAGE = Passage(id="p1", article_id="ferry", start=0, end=len(ARTICLE.text), text=ARTICLE.text)
EVIDENCE = [ScoredPassage(PASSAGE, ARTICLE, 1.0, 1)]
FIRST, SECOND = Span(PASSAGE, 0, 18), Span(PASSAGE, 19, 42)


def read(_: str) -> Article:
    return ARTICLE


def test_numbers_follow_first_use_and_a_span_keeps_its_own() -> None:
    drafts = [DraftStatement("Waits.", (SECOND,), 0.9), DraftStatement("Late.", (FIRST, SECOND), 0.8)]
    checked = check(drafts, EVIDENCE, read)
    assert checked.text == "Waits. [1] Late. [2][1]"
    assert [(c.number, c.quote) for c in checked.citations] == [
        (1, "It waits for batteries."),
        (2, "The ferry is late."),
    ]
    assert [s.citations for s in checked.statements] == [(1,), (2, 1)]
    for citation in checked.citations:
        assert ARTICLE.text[citation.start : citation.end] == citation.quote


OTHER = Passage(id="p2", article_id="ferry", start=0, end=9, text="The ferry")
CHANGED = Passage(id="p1", article_id="ferry", start=0, end=18, text="The ferry is fast.")


@pytest.mark.parametrize(
    "span",
    [
        Span(OTHER, 0, 9),
        Span(CHANGED, 0, 18),
        Span(PASSAGE, 5, 5),
        Span(PASSAGE, 30, 99),
        Span(PASSAGE, -5, 4),
        Span(PASSAGE, 9, 3),
    ],
    ids=[
        "passage never shown",
        "words not in the article",
        "empty",
        "beyond the end",
        "before the start",
        "backwards",
    ],
)
def test_an_inexact_span_is_dropped_and_its_statement_marked(span: Span) -> None:
    checked = check([DraftStatement("Invented.", (span,), 0.9), DraftStatement("Late.", (FIRST,), 0.9)], EVIDENCE, read)
    assert checked.text == "Invented. Late. [1]"
    invented, late = checked.statements
    assert (invented.supported, invented.support, invented.citations) == (False, 0.0, ())
    assert (late.supported, late.citations) == (True, (1,))
    assert len(checked.citations) == 1


def test_each_article_is_read_once() -> None:
    reads: list[str] = []

    def counting(id_: str) -> Article:
        reads.append(id_)
        return read(id_)

    check([DraftStatement("A.", (FIRST,), 1.0), DraftStatement("B.", (SECOND,), 1.0)], EVIDENCE, counting)
    assert reads == ["ferry"]


def test_an_empty_draft_has_no_citations() -> None:
    checked = check([], EVIDENCE, read)
    assert (checked.text, checked.statements, checked.citations) == ("", (), ())
