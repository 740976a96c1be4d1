from __future__ import annotations

import pytest

from assistant import Ask, Assistant, Conversation


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("Who wrote the story about the electric ferry?", "Gethin Marlowby"),
        ("who is the author of “Faulty wiring suspected in Quennby Mill fire”?", "Marit Oskerby"),
        ("When was the article on the Coast Cup published?", "2025-05-25"),
        ("Which newspaper reported on Storm Wendolin?", "The Ashmar Valley Gazette"),
        (
            "What is the title of the piece on knee operations?",
            "Hospital cuts wait for knee operations from 26 weeks to 11",
        ),
        ("How many articles did Bram Solvey write?", "2"),
        ("How many articles from the Dunmarrow Record are there?", "3"),
        ("number of articles that mention Grushko", None),
        ("What is the oldest article by Cosima Threlwood?", "Record 48,000 at Lantern Night, organisers say"),
        ("How many articles are from August 2024?", "2"),
        ("how many stories about Ropewalk Bridge are there", "3"),
        ("Who wrote about the ferry to Skerrin?", "Gethin Marlowby"),
        ("When did the Courier report on the recount?", "2023-11-09"),
        ("When was the first report on Ropewalk Bridge?", "2023-05-11"),
        ("Which newspaper published the most articles?", None),
        ("What did the papers report on 2024-06-13?", None),
    ],
)
def test_the_record_answers_and_is_cited(assistant: Assistant, question: str, short: str | None) -> None:
    answer = assistant.ask(question)
    assert (answer.kind, answer.found, answer.citations) == ("record", True, ())
    assert short is None or answer.short_answer == short
    assert answer.records
    for record in answer.records:
        assert assistant.index.article(record.article.id).field_text(record.field) == record.quote
    assert all(statement.citations for statement in answer.statements)


def test_a_list_has_one_line_an_article_and_says_how_many_there_are(assistant: Assistant) -> None:
    answer = assistant.ask("List the articles by Ferenc Oldmarsh.")
    head, *lines = answer.text.splitlines()
    assert head.startswith("2 articles")
    assert [line.split("”")[0] for line in lines] == [
        "- “Dunmarrow High to start at 8:45 a.m. from September",
        "- “Roofers’ torch started Quennby Mill fire, insurer’s expert says",
    ]


def test_a_long_list_shows_ten_and_the_total(assistant: Assistant) -> None:
    answer = assistant.ask("Show me all the articles you have")
    assert answer.text.startswith("24 articles")
    assert len(answer.text.splitlines()) == 11


def test_what_is_in_the_collection(assistant: Assistant) -> None:
    answer = assistant.ask("What is in this collection?")
    assert "24 articles" in answer.text
    assert "2023-05-11" in answer.text
    assert "Averil Harbour Post" in answer.text


def test_a_misspelt_name_is_matched_and_said_so(assistant: Assistant) -> None:
    answer = assistant.ask("Find articles by Hester Malvain")
    assert answer.text.startswith("2 articles")
    assert answer.notice == "Showing articles for “Hester Malvane”, not “Hester Malvain”."


def test_an_article_without_an_author_is_said_to_have_none(assistant: Assistant) -> None:
    answer = assistant.ask("Who wrote “Trump’s envoy Witkoff calls Ukraine talks productive”?")
    assert not answer.found
    assert "no author on record" in answer.text


@pytest.mark.parametrize("question", ["How many articles mention Zanzibar?", "List all articles by Umberto Eco."])
def test_what_no_article_has_is_refused_in_plain_words(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert not answer.found
    assert answer.text.startswith("No article here")


def test_a_followup_asks_about_the_article_just_cited(assistant: Assistant) -> None:
    before = assistant.ask("How long does the ferry crossing take?")
    conversation = Conversation().with_turn(before.question, before.text)
    assert assistant.ask(Ask("who wrote it?", conversation=conversation)).short_answer == "Gethin Marlowby"
    assert assistant.ask(Ask("When was that published?", conversation=conversation)).short_answer == "2025-06-05"


@pytest.mark.parametrize(
    "question",
    [
        "How many stories does the theater have?",
        "Who wrote the opera about salt?",
        "When was Imke Dorrowby elected?",
        "What did Grushko demand?",
        "How many people died in the storm?",
        "Which outlet pipe leaked?",
    ],
)
def test_questions_about_what_articles_say_are_left_to_others(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).kind != "record"


def test_a_found_answer_has_no_notice_that_no_article_is_dated_so(assistant: Assistant) -> None:
    answer = assistant.ask("How many articles were published in 2023?")
    assert (answer.found, answer.short_answer, answer.notice) == (True, "3", None)
