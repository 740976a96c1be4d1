"""Lists: all that is asked for, over the sample articles."""

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


@pytest.mark.parametrize(
    "question", ["What pieces does the Tidewheel show this autumn?", "What is on at the Tidewheel Theater this autumn?"]
)
def test_a_list_in_the_text_is_quoted_whole_with_a_citation_for_each_line(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.kind == "list"
    assert [len(statement.citations) for statement in answer.statements] == [1] * 5
    assert "Three Umbrellas" in answer.text
    assert "Accounts" in answer.text.splitlines()[-1]


@pytest.mark.parametrize(
    ("question", "items"),
    [
        ("Name all candidates for mayor of Pellinsford", ["Imke Dorrowby", "Rosalba Tindrake", "Trenneck"]),
        ("Which streets were flooded by Storm Wendolin?", ["Ropewalk and Tanner Street"]),
        ("Which board members opposed the change at Dunmarrow High?", ["Osric Tumbrel and Hana Vestergale"]),
        ("What changes were made at the hospital?", ["two of the six operating rooms"]),
        ("What reasons do the researchers give for the recovery of the seagrass?", ["sewage works", "drop anchor"]),
    ],
)
def test_a_list_has_every_item(assistant: Assistant, question: str, items: list[str]) -> None:
    answer = assistant.ask(question)
    assert [item for item in items if item not in answer.text] == []
    assert answer.short_answer is None or len(items) == 1


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote “The Salt Bride”?",
        "What are the piers of the Tollgate Bridge made of?",
        "Name one street that was flooded by Storm Wendolin.",
    ],
)
def test_what_asks_for_one_thing_is_no_list(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).kind != "list"


@pytest.mark.parametrize(
    "question", ["Which countries border Pellinsford?", "List the members of the Swedish cabinet."]
)
def test_a_list_that_no_article_has_is_refused(assistant: Assistant, question: str) -> None:
    assert not assistant.ask(question).found
