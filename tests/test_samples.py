"""The sample collection and its question set, through the whole way from articles to answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SAMPLES

if TYPE_CHECKING:
    from assistant import Answer, Assistant

pytestmark = pytest.mark.slow
ARTICLES = [json.loads(line) for line in (SAMPLES / "articles.jsonl").read_text().splitlines()]
QUESTIONS = [json.loads(line) for line in (SAMPLES / "questions.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> list[tuple[dict[str, Any], Answer]]:
    return [(question, assistant.ask(question["question"])) for question in QUESTIONS]


def test_the_question_set_fits_its_articles() -> None:
    texts = {article["id"]: article["text"] for article in ARTICLES}
    assert len(QUESTIONS) >= 40
    assert 4 * sum(not question["answerable"] for question in QUESTIONS) >= len(QUESTIONS)
    for question in QUESTIONS:
        assert bool(question["evidence"]) == bool(question["articles"]) == question["answerable"]
        for evidence in question["evidence"]:
            assert evidence["quote"] in texts[evidence["article"]]


def test_every_citation_is_an_exact_span(answers: list[tuple[dict[str, Any], Answer]]) -> None:
    texts = {article["id"]: article["text"] for article in ARTICLES}
    citations = [citation for _, answer in answers for citation in answer.citations]
    assert citations
    for citation in citations:
        assert texts[citation.article.id][citation.start : citation.end] == citation.quote


def test_most_answers_cite_their_evidence_and_most_traps_are_refused(
    answers: list[tuple[dict[str, Any], Answer]],
) -> None:
    """The bounds are what the extractive reader reached, less two questions; docs/benchmarks.md has the figures."""
    cited = [
        any(
            citation.article.id == evidence["article"]
            and (citation.quote in evidence["quote"] or evidence["quote"] in citation.quote)
            for citation in answer.citations
            for evidence in question["evidence"]
        )
        for question, answer in answers
        if question["answerable"]
    ]
    refused = [not answer.found for question, answer in answers if not question["answerable"]]
    assert sum(cited) >= 23
    assert sum(refused) >= 7
