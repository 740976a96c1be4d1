"""Who said something, and what somebody said about something, over the sample articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assistant import Assistant

# Each test reads many sentences with the bundled models.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("question", "speaker", "words"),
    [
        ("Who said 'I keep listening for the engine'?", "Sollavane", "Then I remember that this is it.”"),
        ('who said "From here on the only surprise should be the view"', "Larquemin", "The steel is ordered"),
        ("Who said that the surgeons were never the bottleneck?", "Varkolyi", "The calendar was"),
        ("Who called the power plants a big question?", "Trump", "“a big question.”"),
    ],
)
def test_who_said_it_is_told_with_the_whole_quotation(
    assistant: Assistant, question: str, speaker: str, words: str
) -> None:
    answer = assistant.ask(question)
    assert (answer.kind, answer.found) == ("quotation", True)
    assert speaker in (answer.short_answer or "")
    assert speaker in answer.text
    assert words in answer.text


def test_a_misquoted_sentence_is_shown_as_it_stands(assistant: Assistant) -> None:
    answer = assistant.ask('Who said "people here have paid once for the drawings and again for the mistake"?')
    assert answer.statements[0].text.startswith("The words in the article are: ")
    assert "“People here paid once for the drawings and once for the mistake in them,”" in answer.text
    assert "Dorrowby" in (answer.short_answer or "")


def test_a_quotation_that_is_nowhere_is_refused(assistant: Assistant) -> None:
    answer = assistant.ask('Who said "the moon belongs to the patient gardeners of tomorrow"?')
    assert (answer.kind, answer.found) == ("quotation", False)


def test_wire_copies_of_a_quotation_are_one_statement(assistant: Assistant) -> None:
    answer = assistant.ask('Who said "Seagrass needs light and it needs to be left alone"?')
    assert len(answer.statements) == 1
    assert len(answer.citations) == 2


@pytest.mark.parametrize(
    ("question", "words", "others"),
    [
        ("What did Perpetua Quille say about the foundation?", "“We are pricing a foundation", "Trenneck"),
        ("Quote Mayor Dorrowby on the toll", "“I won’t ask them to pay again at a barrier.”", "Morhagen"),
        ("What exactly did the head of Veskander say?", "“We sold more and earned less", "Ilveby"),
        ("What did Landqvell say about the storm?", "“It came in faster", "hospital"),
    ],
)
def test_what_somebody_said_is_in_their_words_and_nobody_elses(
    assistant: Assistant, question: str, words: str, others: str
) -> None:
    answer = assistant.ask(question)
    assert (answer.kind, answer.found) == ("quotation", True)
    assert words in answer.text
    assert others not in answer.text


def test_reported_speech_answers_where_there_are_no_words_of_their_own(assistant: Assistant) -> None:
    answer = assistant.ask("What did Coach Delphine Arkwell say?")
    assert answer.kind == "quotation"
    assert "would be running in the dark" in answer.text


def test_what_somebody_never_spoke_of_is_refused(assistant: Assistant) -> None:
    assert not assistant.ask("What did Mayor Dorrowby say about Séverine Takkala?").found


@pytest.mark.parametrize(
    "question", ["What did Grushko demand?", "Did Trump say anything about land?", "What does the article say?"]
)
def test_other_questions_are_not_of_quotations(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).kind != "quotation"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How did Ukraine react to the proposal of a ceasefire?", "Ukraine has accepted a U.S. proposal"),
        ("How did the roofing company respond to the report?", "rejects the report"),
    ],
)
def test_a_reaction_is_the_sentence_in_which_they_react(assistant: Assistant, question: str, words: str) -> None:
    answer = assistant.ask(question)
    assert answer.found
    assert words in answer.statements[0].text
    assert answer.short_answer is None


def test_a_reaction_that_no_article_tells_of_is_refused(assistant: Assistant) -> None:
    assert not assistant.ask("How did France react to the seagrass study?").found
