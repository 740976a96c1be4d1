"""Summaries without a language model, of the sample collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.readers.excerpts import reads_alone

if TYPE_CHECKING:
    from assistant import Answer, Assistant


def check_form(answer: Answer) -> None:
    """Assert what holds of every summary."""
    assert answer.kind == "summary"
    assert answer.found
    assert 2 <= len(answer.statements) <= 6
    quotes = [citation.quote for citation in answer.citations]
    assert len({statement.text for statement in answer.statements}) == len(answer.statements)
    assert all(reads_alone(quote) for quote in quotes)
    assert all(statement.citations and "\n" not in statement.text for statement in answer.statements)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Summarise the report on Storm Wendolin", ["4.62 meters"]),
        ("Could you give me the key facts about the new Skerrin ferry?", ["14 months later than planned"]),
        ("what happened at Saltmarket Park", ["Coast Cup", "3–2"]),
        ("tldr: bookkeeper sent to prison", ["743,000", "four and a half years"]),
        ("Please catch me up on Veskander Instruments", ["140 of its 1,900 jobs"]),
        ("What are the key points of the articles on the seagrass?", ["562 hectares"]),
        ("Tell me about Aldous Trenneck", ["7,106"]),
    ],
)
def test_a_topic_is_summarised(assistant: Assistant, question: str, told: list[str]) -> None:
    answer = assistant.ask(question)
    check_form(answer)
    assert [words for words in told if words not in answer.text] == []


def test_a_summary_of_one_article_keeps_its_order(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise the article about the St. Jessamy's Hospital")
    check_form(answer)
    assert len({citation.article.id for citation in answer.citations}) == 1
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert starts[0] < 200  # the lead


def test_a_summary_of_several_articles_tells_the_oldest_first_and_names_outlet_and_day(assistant: Assistant) -> None:
    answer = assistant.ask("Give me an overview of the coverage of Ropewalk Bridge")
    check_form(answer)
    days = [str(citation.article.published) for citation in answer.citations]
    assert len(set(days)) > 1
    assert days == sorted(days)
    assert answer.statements[0].text.startswith(f"Pellinsford Courier, {days[0]}: ")


def test_wire_copies_are_told_once_with_both_citations(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise the coverage of seagrass in Averil Bay")
    assert len(answer.statements[0].citations) > 1
    assert len({citation.article.id for citation in answer.citations}) > 1


def test_what_is_new_is_the_newest_articles_in_the_time_asked_for(assistant: Assistant) -> None:
    newest = assistant.ask("What's new?")
    check_form(newest)
    days = [str(citation.article.published) for citation in newest.citations]
    assert days == sorted(days, reverse=True)
    assert days[0] == str(max(article.published for article in assistant.index.articles() if article.published))
    dated = assistant.ask("What is the news published before 2023-12-31?")
    check_form(dated)
    assert all(str(citation.article.published) < "2024" for citation in dated.citations)


def test_what_happened_on_a_day_is_told_by_the_articles_of_that_day_or_the_next(assistant: Assistant) -> None:
    answer = assistant.ask("What happened on March 2, 2024?")
    check_form(answer)
    assert "Quennby Mill" in answer.text
    assert not assistant.ask("What happened on March 12, 2021?").found


def test_a_summary_has_as_many_sentences_as_it_was_asked_for(assistant: Assistant) -> None:
    answer = assistant.ask("Sum up the article on the Tidewheel Theater in two sentences, please")
    check_form(answer)
    assert len(answer.statements) == 2


@pytest.mark.parametrize(
    "question",
    ["What is the Harbour Post article on seagrass about?", "What does the Harbour Post story on seagrass say?"],
)
def test_an_article_is_named_by_outlet_and_topic(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    check_form(answer)
    assert {citation.article.source for citation in answer.citations} == {"Averil Harbour Post"}
    assert "562 hectares" in answer.text


def test_an_overview_of_everything_covers_many_topics(assistant: Assistant) -> None:
    answer = assistant.ask("Give me a summary of these articles")
    check_form(answer)
    assert len({citation.article.id for citation in answer.citations}) >= 6


@pytest.mark.parametrize(
    "question",
    [
        "Summarise the articles on the election in Portugal",
        "Give me the key points of the story about Emmanuel Macron",
        "What's the latest on the World Cup in Qatar?",
    ],
)
def test_a_topic_that_no_article_has_is_refused(assistant: Assistant, question: str) -> None:
    assert not assistant.ask(question).found


@pytest.mark.parametrize(
    "question",
    [
        "What did Grushko demand?",
        "What was the main reason for the delay of the ferry?",
        "Who wrote the report on the fire?",
        "How many people attended Lantern Night?",
        "What happened?",
        "What is the dispute about?",
        "What is the latest estimate of what Ropewalk Bridge will cost?",
    ],
)
def test_other_questions_are_no_requests_for_a_summary(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).kind != "summary"
