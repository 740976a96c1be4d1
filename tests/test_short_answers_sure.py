"""Short answers are shown only where they are of the type that the question asks for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from assistant.readers.extractive import ExtractiveReader
from assistant.readers.trained import TrainedScorer
from index import Article
from tests.evidence import evidence

if TYPE_CHECKING:
    from assistant import Assistant
    from assistant.readers.cross_encoder import CrossEncoder
    from index.passages.embedding_bundled import BundledEmbedder


@pytest.fixture(scope="module")
def reader(cross_encoder: CrossEncoder, embedder: BundledEmbedder) -> ExtractiveReader:
    return ExtractiveReader(TrainedScorer(cross_encoder, embedder))


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How much did the ferry Maren Lisbet cost to build?", "$27 million"),
        ("Who scored the winner for Kessary Harriers?", "Tomás Echavel"),
        ("In what year was Quennby Mill put up?", "1884"),
        ("In which country did Ukraine agree to the ceasefire?", "Saudi Arabia"),
    ],
)
def test_an_answer_of_the_type_asked_for_is_shown(assistant: Assistant, question: str, short: str) -> None:
    assert assistant.ask(question).short_answer == short


@pytest.mark.parametrize(
    "question",
    [
        "crossing time Skerrin ferry",
        "Who built the Maren Lisbet and for how much?",
        "By how much did the number of knees replaced grow?",
    ],
)
def test_none_is_shown_where_no_words_of_the_text_are_sure_to_answer(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.found
    assert answer.short_answer is None


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How many jobs are being cut at Veskander?", "140"),
        ("When did the taxi driver see the flames?", "4:15 a.m."),
        ("What is the Brynhild Cross?", "The old ferry"),
        ("What is Ropewalk Bridge?", "the river crossing under construction in Pellinsford"),
        ("Who was Aldous Trenneck?", "the incumbent"),
        ("Who is Trump’s special envoy?", "Steve Witkoff"),
        ("what is skerrin", None),
    ],
)
def test_the_words_are_those_that_the_question_asks_for(assistant: Assistant, question: str, short: str | None) -> None:
    assert assistant.ask(question).short_answer == short


def tell(*told: str) -> list[Article]:
    return [
        Article.create(text, title=f"Report {day}", source=f"Paper {day}", published=dt.date(2024, 5, day))
        for day, text in enumerate(told, start=1)
    ]


def test_figures_of_two_articles_that_exclude_each_other_are_both_told(assistant: Assistant) -> None:
    answer = assistant.ask("How many people attended Lantern Night in Port Averil?")
    assert answer.short_answer == "31,000 (The Kessary Ledger) or 48,000 (Averil Harbour Post)"
    assert len(answer.statements) >= 2


def test_answers_that_cannot_be_compared_keep_the_order_of_their_worth(
    reader: ExtractiveReader, embedder: BundledEmbedder
) -> None:
    articles = tell(
        "The harbour of Osterby will get a new crane and a longer quay.",
        "The harbour of Osterby will get visitors from Norway.",
    )
    draft = reader.read("What will the harbour of Osterby get?", evidence(embedder, *articles))
    assert draft.statements[0].text == articles[0].text
    assert draft.other_answers == ()
