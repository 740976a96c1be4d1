from __future__ import annotations

import pytest

from assistant import Conversation
from assistant.followup import make_standalone

GRUSHKO = Conversation().with_turn("What did Grushko demand?", "“Ironclad guarantees,” he said. [1]")
BRIDGE = Conversation().with_turn("How much did Ropewalk Bridge cost in 2023?", "It cost $40 million. [1]")
ANSWER_NAMES = Conversation().with_turn("Who won the race on the lake?", "Ada Orr won the race. [1]")


@pytest.mark.parametrize(
    ("conversation", "question", "expected"),
    [
        (GRUSHKO, "and what did he say about NATO?", "What did Grushko say about NATO?"),
        (GRUSHKO, "why?", "What did Grushko demand? Why?"),
        (GRUSHKO, "And why?", "What did Grushko demand? Why?"),
        (GRUSHKO, "tell me more", "What did Grushko demand? Tell me more"),
        (GRUSHKO, "What about Putin?", "What did Putin demand?"),
        (GRUSHKO, "and Putin?", "What did Putin demand?"),
        (GRUSHKO, "Who is he?", "Who is Grushko?"),
        (GRUSHKO, "What is his title?", "What is Grushko’s title?"),
        (GRUSHKO, "When was that?", "What did Grushko demand? When was that?"),
        (BRIDGE, "and in 2024?", "How much did Ropewalk Bridge cost in 2024?"),
        (BRIDGE, "Who designed it?", "Who designed Ropewalk Bridge?"),
        (ANSWER_NAMES, "How old is she?", "How old is Ada Orr?"),
    ],
)
def test_a_followup_is_made_to_stand_alone(conversation: Conversation, question: str, expected: str) -> None:
    assert make_standalone(question, conversation) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who is Steve Witkoff?",
        "What is the unemployment rate in Germany?",
        "What did Putin say about his talks with Trump?",
        "Which report says that prices fell?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert make_standalone(question, GRUSHKO) == question


@pytest.mark.parametrize("question", ["why?", "and in 2014?", "Who is he?", "", "??"])
def test_the_first_question_is_left_alone(question: str) -> None:
    assert make_standalone(question, Conversation()) == question


@pytest.mark.parametrize("question", ["", "?", "and", "what about", "he", "his", "界" * 3000, "in", "and ?"])
def test_odd_followups_give_a_question_all_the_same(question: str) -> None:
    assert isinstance(make_standalone(question, GRUSHKO), str)
