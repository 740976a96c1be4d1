"""The trained reader's answers: short answers, several answers, yes and no, and refusals."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from assistant.readers.extractive import ExtractiveReader
from assistant.readers.trained import TrainedScorer
from index.article import Article, ScoredPassage
from tests.evidence import evidence

if TYPE_CHECKING:
    from assistant.readers.cross_encoder import CrossEncoder
    from index.passages.embedding_bundled import BundledEmbedder

COUNCIL = """The council of Lower Wenning met on Thursday. Mayor Ilse Brandauer opened the meeting.

It voted by 11 to 4 to close the swimming pool in March. The pool loses 230,000 euros a year, the treasurer said.

Pensioners will get free bus tickets instead."""
POOL = (
    "The swimming pool of Lower Wenning was built in 1974 by the architect Joachim Seld. Its tower is ten meters high."
)
MARKET = "The market in Lower Wenning is held on Saturdays. It has 40 stalls and a carousel."


@pytest.fixture(scope="module")
def reader(cross_encoder: CrossEncoder, embedder: BundledEmbedder) -> ExtractiveReader:
    return ExtractiveReader(TrainedScorer(cross_encoder, embedder))


@pytest.fixture(scope="module")
def news(embedder: BundledEmbedder) -> list[ScoredPassage]:
    titles = {"Council closes pool": COUNCIL, "The pool of Lower Wenning": POOL, "Market days": MARKET}
    return evidence(embedder, *(Article.create(text, title=title, id=title) for title, text in titles.items()))


@pytest.mark.parametrize(
    ("question", "short", "quote"),
    [
        ("Who is the mayor of Lower Wenning?", "Ilse Brandauer", "Mayor Ilse Brandauer opened the meeting."),
        ("How much money does the pool lose every year?", "230,000 euros", "The pool loses 230,000 euros a year"),
        (
            "Which architect built the swimming pool?",
            "Joachim Seld",
            "was built in 1974 by the architect Joachim Seld.",
        ),
        ("What will pensioners get?", "free bus tickets", "Pensioners will get free bus tickets instead."),
        ("On which day is the market held?", "Saturdays", "The market in Lower Wenning is held on Saturdays."),
    ],
)
def test_the_short_answer_is_in_a_sentence_of_the_article(
    reader: ExtractiveReader, news: list[ScoredPassage], question: str, short: str, quote: str
) -> None:
    draft = reader.read(question, news)
    assert draft.short_answer is not None
    assert draft.short_answer.text == short
    assert quote in draft.statements[0].text
    assert short in draft.statements[0].text


@pytest.mark.parametrize(
    "question",
    [
        "Did the council vote to close the swimming pool?",
        "Is the market held on Saturdays?",
        "Is the tower of the pool ten meters high?",
    ],
)
def test_yes_or_no_is_left_to_the_quoted_sentence(
    reader: ExtractiveReader, news: list[ScoredPassage], question: str
) -> None:
    draft = reader.read(question, news)
    assert draft.found
    assert draft.short_answer is None
    assert draft.statements[0].text in " ".join((COUNCIL + POOL + MARKET).split())


@pytest.mark.parametrize(
    "question",
    ["What is the unemployment rate in Portugal?", "Who won the chess championship?", "How do I bake bread?"],
)
def test_unanswered_questions_are_not_found(reader: ExtractiveReader, news: list[ScoredPassage], question: str) -> None:
    draft = reader.read(question, news)
    assert (draft.found, draft.statements, draft.short_answer) == (False, (), None)


def test_confidence_is_lower_for_merely_similar_passages(reader: ExtractiveReader, news: list[ScoredPassage]) -> None:
    for asked, similar in (
        ("Who built the swimming pool?", "Who built the railway station?"),
        ("When was the swimming pool built?", "When was the swimming pool sold?"),
        ("Who is the mayor of Lower Wenning?", "Who is the mayor of Upper Harrick?"),
    ):
        assert reader.read(asked, news).confidence > reader.read(similar, news).confidence


def test_several_articles_that_answer_differently_are_each_named(
    reader: ExtractiveReader, embedder: BundledEmbedder
) -> None:
    told = [("Ledger", 3, "Police said that 4,000 people watched the regatta in Osterby."),
            ("Courier", 5, "Organisers said that 9,500 people watched the regatta in Osterby.")]  # fmt: skip
    articles = [
        Article.create(text, title=f"Regatta {source}", source=source, published=dt.date(2024, 5, day))
        for source, day, text in told
    ]
    draft = reader.read("How many people watched the regatta in Osterby?", evidence(embedder, *articles))
    assert [statement.text for statement in draft.statements] == [
        f"Courier, 2024-05-05: {told[1][2]}",
        f"Ledger, 2024-05-03: {told[0][2]}",
    ]


def test_only_answering_articles_are_quoted(reader: ExtractiveReader, news: list[ScoredPassage]) -> None:
    draft = reader.read("How much money does the pool lose every year?", news)
    assert {statement.spans[0].passage.article_id for statement in draft.statements} == {"Council closes pool"}


def test_spans_lie_in_the_article(reader: ExtractiveReader, embedder: BundledEmbedder) -> None:
    text = "🙂 " * 30 + "\n\n“Ça va?” — Zoë Karrenholm asked on 3 June 2021.  The naïve café closed at 5 p.m."
    article = Article.create(text, title="Café")
    draft = reader.read("When did Zoë Karrenholm ask?", evidence(embedder, article))
    spans = [span for statement in draft.statements for span in statement.spans]
    assert draft.short_answer is not None
    for span in [*spans, draft.short_answer]:
        assert article.text[span.start : span.end] == span.text
    assert draft.short_answer.text == "3 June 2021"


@pytest.mark.parametrize(
    "question", ["Which architect built the swimming pool", "When was the swimming pool sold", "who is the mayor"]
)
def test_a_missing_question_mark_changes_nothing_that_is_read(
    cross_encoder: CrossEncoder, news: list[ScoredPassage], question: str
) -> None:
    without, with_mark = (
        [reading and reading.answers for reading in cross_encoder.read(text, news)]
        for text in (question, f"{question}?")
    )
    assert without == with_mark


def test_a_topic_is_read_as_it_is(cross_encoder: CrossEncoder, news: list[ScoredPassage]) -> None:
    topic, asked = (cross_encoder.read(text, news)[0] for text in ("swimming pool", "swimming pool?"))
    assert topic is not None
    assert asked is not None
    assert topic.answers != asked.answers
