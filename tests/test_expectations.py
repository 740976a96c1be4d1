"""Question sets that say what an answer must say, where no single gold answer can be given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assistant.errors import QuestionSetError
from assistant.evaluation.runs.runner import run
from assistant.evaluation.sets.question_set import load_question_set
from index import ArticleIndex
from tests.evaluating import make_assistant, make_home
from tests.fakes import WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assistant.evaluation.sets.expectations import Expectations


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    folder = tmp_path_factory.mktemp("expectations") / "home"
    make_home(folder)
    with ArticleIndex.open(folder, embedder=WordEmbedder()) as index:
        yield index


def write(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("".join(json.dumps({"id": str(at)} | row) + "\n" for at, row in enumerate(rows)))
    return file


def expectations(folder: Path, **fields: Any) -> Expectations:
    (question,) = load_question_set(write(folder, {"question": "Which way?"} | fields)).questions
    assert question.expectations
    return question.expectations


def answer(text: str, short: str | None = None, *titles: str) -> dict[str, Any]:
    return {
        "text": text,
        "short_answer": short,
        "statements": [{"text": part} for part in text.split(" | ")],
        "citations": [{"number": at, "title": title} for at, title in enumerate(titles, start=1)],
    }


@pytest.mark.parametrize(
    ("said", "met"),
    [
        ("It cost $7,318 and rose 5 percent.", True),
        ("IT COST $7318 AND ROSE 5%.", True),
        ("It cost $7318.50 and rose 5%.", False),
        ("It cost $17,318 and rose 5%.", False),
        ("It cost $7,318.", False),
    ],
)
def test_each_list_of_must_needs_one_of_its_texts(tmp_path: Path, said: str, *, met: bool) -> None:
    expected = expectations(tmp_path, must=[["$7,318", "nothing"], ["5%"]])
    assert expected.are_met(answer(said)) is met


def test_texts_are_whole_words_unless_a_star_lets_them_go_on(tmp_path: Path) -> None:
    assert not expectations(tmp_path, must=[["concession"]]).are_met(answer("Two concessions."))
    assert expectations(tmp_path, must=[["concession*"]]).are_met(answer("Two concessions."))
    assert not expectations(tmp_path, must=[["3"]]).are_met(answer("They won 8-3."))
    assert expectations(tmp_path, must=[["café"]]).are_met(answer("The Cafe is shut."))


def test_enough_of_some_will_do_and_cited_titles_count(tmp_path: Path) -> None:
    some = {"n": 2, "of": [["bridge"], ["ferry", "boat"], ["tram"]]}
    expected = expectations(tmp_path, must_some=some)
    assert not expected.are_met(answer("The boat, a ferry."))
    assert expected.are_met(answer("The boat.", None, "A new bridge"))


def test_what_must_not_be_said_may_stand_in_a_title(tmp_path: Path) -> None:
    expected = expectations(tmp_path, must=[["ferry"]], must_not=["bridge"])
    assert expected.are_met(answer("The ferry.", None, "The bridge"))
    assert not expected.are_met(answer("The ferry.", "the bridge"))


def test_the_answer_should_lead_with_what_matters(tmp_path: Path) -> None:
    expected = expectations(tmp_path, must=[["ferry"]], first=["ferry"], short=["the ferry"])
    assert expected.leads_well(answer("The ferry. | The bridge."))
    assert not expected.leads_well(answer("The bridge. | The ferry."))
    assert not expected.leads_well(answer("The ferry.", "the bridge"))
    assert not expected.leads_well(answer("The ferry.", "the ferry " + "and so on " * 4))


def test_outcomes_follow_from_what_is_expected(index: ArticleIndex, tmp_path: Path) -> None:
    colour = "What colour is the lighthouse of Brannock?"
    reached: dict[str, tuple[dict[str, Any], str]] = {
        "right": ({"must": [["green"]]}, "right"),
        "partly": ({"must": [["green"]], "first": ["purple"]}, "partly right"),
        "wrong": ({"must": [["purple"]]}, "wrong answer"),
        "barred": ({"must": [["green"]], "must_not": ["green"]}, "wrong answer"),
        "corrected": ({"must": [["green"]], "answerable": False}, "right"),
        "given": ({"must": [["purple"]], "answerable": False}, "wrongly answered"),
    }
    rows = [{"id": id_, "question": colour, "kind": "fact"} | fields for id_, (fields, _) in reached.items()]
    made = run(make_assistant(index), load_question_set(write(tmp_path, *rows)), workers=1)
    assert {row.id: row.outcome for row in made.rows} == {id_: outcome for id_, (_, outcome) in reached.items()}
    assert made.metrics["expected"].n == 4  # of those that can be answered
    assert made.metrics["expected"].value == 0.5
    assert set(made.breakdown["type"]) == {"fact"}


def test_the_answers_of_a_chat_are_the_history_of_its_next_question(index: ArticleIndex, tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def rewrite(question: str, conversation: Any) -> str:
        seen.append([turn.question for turn in conversation.turns])
        return f"{question} {conversation.turns[0].question}" if conversation.turns else question

    chat = {"chat": "c", "must": [["green"]]}
    rows = (
        {"question": "What colour is the lighthouse of Brannock?"} | chat,
        {"question": "And?"} | chat,
        {"question": "Once more?"} | chat,
    )
    made = run(make_assistant(index, rewrite=rewrite), load_question_set(write(tmp_path, *rows)), workers=1)
    assert [row.outcome for row in made.rows] == ["right"] * 3
    assert max(seen, key=len) == ["What colour is the lighthouse of Brannock?", "And?"]


def test_a_set_is_written_as_it_was_read(tmp_path: Path) -> None:
    row = {
        "question": "Which way?", "must": [["ferry"]], "must_some": {"n": 1, "of": [["a"], ["b"]]}, "must_not": ["c"],
        "first": ["d"], "short": ["e"], "chat": "one",
    }  # fmt: skip
    first = load_question_set(write(tmp_path, row))
    assert load_question_set(write(tmp_path, first.questions[0].as_row())).fingerprint == first.fingerprint


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"must": "ferry"}, "must is not a list of lists of texts"),
        ({"must": [], "must_some": ["ferry"]}, "must_some is not an object"),
        ({"must": [], "must_some": {"n": 2, "of": [["ferry"]]}}, "must_some has an n that is not a number from 0 to 1"),
        ({"must_not": {"a": 1}}, "must_not is not a text"),
    ],
)
def test_what_is_no_expectation_is_a_problem_of_the_row(tmp_path: Path, fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(QuestionSetError) as raised:
        load_question_set(write(tmp_path, {"question": "Which way?"} | fields))
    assert problem in str(raised.value)
