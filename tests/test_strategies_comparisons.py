"""Comparisons: each side answered by itself, over the sample articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.build import build_assistant
from assistant.settings import Settings
from index import ArticleIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assistant import Assistant
    from index.passages.embedding_bundled import BundledEmbedder

# Each test reads many sentences with the bundled models.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def assistant(sample_home: Path, embedder: BundledEmbedder) -> Iterator[Assistant]:
    with ArticleIndex.open(sample_home, embedder=embedder) as index:
        yield build_assistant(Settings(), index)


def test_each_side_is_answered_and_the_larger_figure_named(assistant: Assistant) -> None:
    answer = assistant.ask("Which is longer, the wait for a knee or the wait for a hip?")
    assert answer.kind == "comparison"
    assert [statement.citations for statement in answer.statements] == [(1,), (2,), (1, 2)]
    assert answer.statements[-1].text == (
        "By Dateline’s reckoning: 24 weeks (the wait for a hip) is more than 11 weeks (the wait for a knee)."
    )
    assert answer.short_answer is None


def test_a_sentence_that_compares_the_sides_itself_is_the_answer(assistant: Assistant) -> None:
    answer = assistant.ask("Who got more votes, Dorrowby or Trenneck?")
    assert [statement.text for statement in answer.statements] == [
        "A recount that ended at 2:40 a.m. on Wednesday gave her 7,318 votes, 212 more than the incumbent, Aldous"
        " Trenneck, who received 7,106."
    ]


def test_what_articles_say_differently_is_told_article_by_article(assistant: Assistant) -> None:
    answer = assistant.ask("On what do the reports differ?")
    assert answer.kind != "comparison"
    answer = assistant.ask("How do the articles disagree on the cause of the fire at Quennby Mill?")
    assert answer.kind == "comparison"
    assert len({citation.article.source for citation in answer.citations}) == 2
    assert "wiring" in answer.text
    assert "torch" in answer.text


def test_a_side_that_no_article_has_is_said_to_be_missing(assistant: Assistant) -> None:
    answer = assistant.ask("How does the Tidewheel Theater compare with the Royal Opera House?")
    assert "Tidewheel" in answer.text
    assert "The articles say nothing of the Royal Opera House." in answer.text


@pytest.mark.parametrize(
    "question", ["Which is older, Notre-Dame or the Louvre?", "Compare the harvests of Chile and Peru."]
)
def test_sides_that_no_article_has_are_refused(assistant: Assistant, question: str) -> None:
    assert not assistant.ask(question).found


@pytest.mark.parametrize(
    ("question", "result", "words"),
    [
        ("How many jobs are left at Veskander?", "1,760", "1,900 less 140 is 1,760"),
        ("What percentage of its jobs is Veskander cutting?", "7.4%", "140 of 1,900 is 7.4%"),
        ("By how much did turnout rise?", "6.5 percentage points", "54.3% less 47.8% is 6.5 percentage points"),
        ("How many seats did the Tidewheel lose?", "48", "790 less 742 is 48"),
    ],
)
def test_what_two_quoted_figures_come_to_is_reckoned(
    assistant: Assistant, question: str, result: str, words: str
) -> None:
    answer = assistant.ask(question)
    assert answer.short_answer == result
    assert answer.statements[-1].text == f"By Dateline’s reckoning: {words}."
    assert answer.statements[-1].citations == answer.statements[0].citations == (1,)


@pytest.mark.parametrize(
    "question", ["By how much did Veskander's profit fall?", "How many minutes later does Dunmarrow High start?"]
)
def test_a_result_that_an_article_states_is_not_reckoned(assistant: Assistant, question: str) -> None:
    assert "reckoning" not in assistant.ask(question).text
