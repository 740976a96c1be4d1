from __future__ import annotations

import pytest

from assistant import Ask, Assistant, Conversation
from assistant.understanding.joined_questions import join_questions


def ask_in_turn(assistant: Assistant, *questions: str) -> tuple[str, str | None]:
    """Return the text and the short answer of the last of the questions, asked one after the other."""
    conversation = Conversation()
    for question in questions[:-1]:
        before = assistant.ask(Ask(question, conversation=conversation))
        conversation = conversation.with_turn(before.standalone_question, before.text)
    answer = assistant.ask(Ask(questions[-1], conversation=conversation))
    return answer.text, answer.short_answer


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        (("Who won the Coast Cup?", "how many people watched?"), "6,412"),
        (("When does school start at Dunmarrow High?", "who proposed it?"), "Holloweth"),
        (("How much land has Ukraine lost?", "since when?"), "2022"),
        (("Who won the Coast Cup?", "what is the capital of Peru?", "how many people watched?"), "6,412"),
        (("Who is Aldous Trenneck?", "How long does the ferry crossing take?"), "52 minutes"),
        (("How long does the ferry crossing take?", "who is the captain?", "what did she say?"), "Then I remember"),
    ],
)
def test_a_followup_is_answered_from_the_articles_of_the_answer_before(
    assistant: Assistant, questions: tuple[str, ...], expected: str
) -> None:
    text, _ = ask_in_turn(assistant, *questions)
    assert expected in text


@pytest.mark.parametrize(
    "questions",
    [
        ("Who is the mayor of Pellinsford?", "how old is she?"),
        ("How much land has Ukraine lost?", "who says so?"),
    ],
)
def test_a_followup_has_no_short_answer_that_may_be_of_something_else(
    assistant: Assistant, questions: tuple[str, ...]
) -> None:
    text, short = ask_in_turn(assistant, *questions)
    assert "[1]" in text
    assert short not in {"16 years", "Ukraine"}


def test_asking_for_more_gives_further_sentences_of_the_same_article(assistant: Assistant) -> None:
    first, _ = ask_in_turn(assistant, "Who led the seagrass study?")
    more, short = ask_in_turn(assistant, "Who led the seagrass study?", "tell me more")
    assert more not in first
    assert first.partition(" [")[0] not in more
    assert short is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did Grushko demand? Why?", "Why did Grushko demand?"),
        ("How much land has Ukraine lost? Since when?", "Since when land has Ukraine lost?"),
        ("Was anyone hurt? When was that?", "When was anyone hurt?"),
        ("Who won the cup? Are you sure?", "Who won the cup?"),
        ("Who won the cup? What about Ada Orr?", "Who won the cup? What about Ada Orr?"),
        ("What is inflation?", "What is inflation?"),
    ],
)
def test_a_question_that_only_asks_further_is_joined_to_the_one_before(text: str, expected: str) -> None:
    assert join_questions(text) == expected
