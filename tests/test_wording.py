"""What is typed politely or as an order is read as the question it stands for."""

from __future__ import annotations

import pytest

from assistant.understanding.wording import plain_question


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Hi, can you tell me who won the cup?", "who won the cup?"),
        ("I was wondering whether the bridge is open", "is the bridge open"),
        ("pls tell me how old she is", "how old is she"),
        ("quick question: when was the theatre closed?", "when was the theatre closed?"),
        ("Do you know if anyone was hurt?", "was anyone hurt?"),
        ("Find out why the ferry was late", "why was the ferry late"),
        ("Explain how the vaccine works", "how the vaccine works"),
        ("show me what the expert said about the fire", "what did the expert say about the fire"),
        ("Could you please give me the date of the council vote", "When was the council vote?"),
        ("Give me the number of people killed in the crash", "How many people killed in the crash?"),
        ("I need the price of a ferry ticket.", "What is the price of a ferry ticket?"),
        ("Name the ship that sank.", "Which ship sank?"),
        ("Name the largest ship.", "What is the name of the largest ship?"),
        ("Tell me the name of the ship's captain", "Who is the ship's captain?"),
        ("Which player was named best, thanks", "Which player was named best"),
        ("Can you summarise the peace talks please?", "summarise the peace talks?"),
    ],
)
def test_a_polite_or_imperative_wording_becomes_its_question(typed: str, plain: str) -> None:
    assert plain_question(typed) == plain


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote the letter?",
        "When the war ended, who was king?",
        "Right whales: how many are left?",
        "Tell me about the bridge",
        "tell me more",
        "Name the candidates for mayor.",
        "Give me the gist of both articles.",
        "Show me the articles on seagrass",
        "Give me a timeline of the bridge",
        "please",
    ],
)
def test_other_wordings_stay_as_they_are(question: str) -> None:
    assert plain_question(question) == question
