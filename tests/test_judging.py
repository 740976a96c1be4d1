"""Judging through LlamaIndex's evaluators, the real client, and a scripted server on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from assistant.chat_models.chat_model import ModelLimits, ModelSpec
from assistant.chat_models.llamaindex import build_chat_model
from assistant.evaluation.runs.runner import run
from assistant.evaluation.sets.question_set import QuestionSet
from index import ArticleIndex
from tests.evaluating import QUESTIONS, make_assistant, make_home
from tests.fakes import WordEmbedder
from tests.scripted_llm import KEY, ScriptedLlm, fail, hang, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assistant.chat_models.llamaindex import LlamaIndexChatModel
    from assistant.evaluation.runs.run import EvaluationRow, Run
    from tests.scripted_llm import Received, Reply

CORRECTNESS, FAITHFULNESS = "judged.correctness", "judged.faithfulness"
ONE = QuestionSet(name="one", questions=QUESTIONS[:1])


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    folder = tmp_path_factory.mktemp("judging") / "home"
    make_home(folder)
    with ArticleIndex.open(folder, embedder=WordEmbedder()) as index:
        yield index


@pytest.fixture
def server() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as server:
        yield server


@pytest.fixture
def model(server: ScriptedLlm) -> Iterator[LlamaIndexChatModel]:
    spec = ModelSpec(model="judge", api_key=KEY, base_url=server.url, context_window=8192)
    with build_chat_model(spec, limits=ModelLimits(first_token=5, retries=0)) as model:
        yield model


def verdicts(mark: str, verdict: str) -> Callable[[Received], Reply]:
    """Answer a request for a mark and one for a yes or no, each with its own words."""

    def reply(received: Received) -> Reply:
        asked = received.messages[-1]["content"]
        return say(mark if "Reference Answer" in asked else verdict)(received)

    return reply


def judged(index: ArticleIndex, model: LlamaIndexChatModel, questions: QuestionSet = ONE, **given: Any) -> Run:
    return run(make_assistant(index), questions, judge_by=model, workers=2, **given)


def only(made: Run) -> EvaluationRow:
    (row,) = made.rows
    return row


def test_judged_scores_are_separate_from_all_other_figures(
    index: ArticleIndex, server: ScriptedLlm, model: LlamaIndexChatModel
) -> None:
    server.script(verdicts("4.0\nVery much the same.", "YES"))
    made = judged(index, model)
    row = only(made)
    assert (row.scores[CORRECTNESS], row.scores[FAITHFULNESS]) == (0.75, 1)
    assert made.metrics[CORRECTNESS].value == 0.75
    assert row.judged is not None
    assert row.judged[CORRECTNESS] == "4.0 Very much the same."
    plain = run(make_assistant(index), ONE)
    assert {name: made.metrics[name] for name in plain.metrics} == plain.metrics
    contents = [received.messages[-1]["content"] for received in server.received]
    assert len(contents) == 2
    assert all("sails at nine" in content and "[1]" not in content for content in contents)
    assert made.system["judge"] == "judge"


def test_a_refusal_is_marked_against_gold_and_an_unanswerable_question_is_not(
    index: ArticleIndex, server: ScriptedLlm, model: LlamaIndexChatModel
) -> None:
    server.script(verdicts("1\nIt does not answer.", "NO"))
    assistant = make_assistant(index, {QUESTIONS[0].question: "refuse"})
    questions = QuestionSet(name="x", questions=(QUESTIONS[0], QUESTIONS[4]))
    first, second = run(assistant, questions, judge_by=model).rows
    assert first.scores[CORRECTNESS] == 0
    assert FAITHFULNESS not in first.scores
    assert second.judged is None


@pytest.mark.parametrize("mark", ["fine", "6.0\nbest", "nan\nx", "0\nbad", "44"])
def test_an_invalid_mark_is_a_failure_and_not_zero(
    index: ArticleIndex, server: ScriptedLlm, model: LlamaIndexChatModel, mark: str
) -> None:
    server.script(verdicts(mark, "yes"))
    made = judged(index, model)
    (failure,) = only(made).failures
    assert (failure.stage, failure.kind) == ("judge", "unparsable judge")
    assert CORRECTNESS in failure.reason
    assert CORRECTNESS not in made.metrics
    assert made.metrics[FAITHFULNESS].value == 1
    assert made.metrics["answer_in_text"].n == 1  # judging has no part in it


@pytest.mark.parametrize(("mark", "value"), [("4.5", 0.875), ("**5**\nyes", 1), ("Score: 3\nso so", 0.5)])
def test_marks_are_read_as_models_write_them(
    index: ArticleIndex, server: ScriptedLlm, model: LlamaIndexChatModel, mark: str, value: float
) -> None:
    server.script(verdicts(mark, "No."))
    row = only(judged(index, model))
    assert (row.scores[CORRECTNESS], row.scores[FAITHFULNESS]) == (value, 0)


@pytest.mark.parametrize("verdict", ["perhaps", "Yes and no.", "yesterday"])
def test_a_verdict_that_is_neither_yes_nor_no_is_a_failure(
    index: ArticleIndex, server: ScriptedLlm, model: LlamaIndexChatModel, verdict: str
) -> None:
    server.script(verdicts("5", verdict))
    (failure,) = only(judged(index, model)).failures
    assert (failure.kind, FAITHFULNESS in failure.reason) == ("unparsable judge", True)


def test_a_judge_that_fails_or_hangs_is_a_failure(
    index: ArticleIndex, server: ScriptedLlm, model: LlamaIndexChatModel
) -> None:
    server.script(fail(500))
    made = judged(index, model)
    assert {(failure.stage, failure.kind) for failure in only(made).failures} == {("judge", "model")}
    assert made.failed == 1
    server.script(hang())
    assert [failure.kind for failure in only(judged(index, model, timeout=1.5)).failures] == ["timeout"]


def test_nothing_is_judged_twice(
    index: ArticleIndex, server: ScriptedLlm, model: LlamaIndexChatModel, tmp_path: Path
) -> None:
    server.script(verdicts("4", "yes"))
    first = judged(index, model, cache=tmp_path)
    asked = len(server.received)
    again = judged(index, model, cache=tmp_path)
    assert len(server.received) == asked == 2
    assert again.as_json() == first.as_json()
