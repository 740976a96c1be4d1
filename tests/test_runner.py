from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant import Turn
from assistant.evaluation.figures import metrics
from assistant.evaluation.runs.cache import Results
from assistant.evaluation.runs.pool import work
from assistant.evaluation.runs.run import EvaluationError, read_run, run_from_json, write_run
from assistant.evaluation.runs.runner import run
from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet
from assistant.readers.extractive import ExtractiveReader
from assistant.readers.linear import LinearScorer
from index import ArticleIndex, Filters
from tests.evaluating import LIGHTHOUSE, QUESTIONS, SET, ask, make_assistant, make_home, reader_of
from tests.fakes import WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.evaluation.runs.run import EvaluationRow, Run

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    folder = tmp_path_factory.mktemp("evaluation") / "home"
    make_home(folder)
    with ArticleIndex.open(folder, embedder=WordEmbedder()) as index:
        yield index


def rows_of(made: Run) -> dict[str, EvaluationRow]:
    return {row.id: row for row in made.rows}


def test_a_run_has_a_row_for_each_question_and_figures_over_them(index: ArticleIndex) -> None:
    made = run(make_assistant(index), SET, workers=2)
    assert [row.id for row in made.rows] == [question.id for question in QUESTIONS]
    assert made.outcomes == {"right": 4, "right refusal": 1}
    for name in (
        "hits@1",
        "recall@5",
        "map",
        "span_recall@1",
        "answer_in_text",
        "citation_recall",
        "found.f1",
        "auroc",
    ):
        assert made.metrics[name].value == 1, name
    assert made.metrics["em"].value == 0  # the reader gives no short answers
    assert made.metrics["citation_validity"].n == 4
    assert made.metrics["refused.f1"].value == 1
    assert made.metrics["ece"].value == 0  # that five answers are right at 0.9 and 0.1 may be chance
    assert set(made.metrics) <= set(metrics.METRICS)
    assert made.failures == ()
    assert {kind: each["right"].n for kind, each in made.breakdown["type"].items()} == {"fact": 4, "time": 1}
    assert set(made.stages()) == {"search", "understand", "retrieve", "read", "check", "total"}


def test_questions_may_have_filters_a_day_and_a_history(index: ArticleIndex) -> None:
    def rewrite(question: str, conversation: Any) -> str:
        return f"{question} {conversation.turns[-1].question}" if conversation.turns else question

    base = make_assistant(index, rewrite=rewrite, today=lambda: dt.date(1999, 1, 1))
    follow = ask("f", "And its colour?", "lighthouse", "green", history=(Turn("The lighthouse of Brannock", "Yes."),))
    day = ask("d", "When did the ferry sail yesterday?", "ferry", "nine", as_of=dt.date(2024, 5, 6))
    closed = ask("c", "When does the night ferry to Orsk sail?", "ferry", filters=Filters(articles=("bell",)))
    made = run(base, QuestionSet(name="x", questions=(follow, day, closed)), workers=1)
    rows = rows_of(made)
    assert rows["f"].answer is not None
    assert rows["f"].answer["standalone_question"] == "And its colour? The lighthouse of Brannock"
    assert rows["f"].article_rank == 1
    assert rows["d"].answer is not None
    assert rows["d"].answer["time"]["since"] == "2024-05-05"
    assert rows["c"].retrieved is not None
    assert {passage["article_id"] for passage in rows["c"].retrieved} == {"bell"}
    assert rows["c"].outcome == "not retrieved"


@pytest.mark.parametrize(
    ("plan", "kind", "said"),
    [
        ("crash", "crash", "RuntimeError: the reader broke"),
        ("model", "model", "unavailable: The server failed."),
        ("fall back", "fell back", "The model failed."),
        ("nan", "not a number", "number"),
        ("hang", "timeout", "1.5 s"),
    ],
)
def test_a_failure_is_not_a_zero(index: ArticleIndex, plan: str, kind: str, said: str) -> None:
    assistant = make_assistant(index, {QUESTIONS[1].question: plan})
    made = run(assistant, SET, workers=2, timeout=1.5 if plan == "hang" else 60)
    reader_of(assistant).release.set()
    row = rows_of(made)["q2"]
    assert row.outcome == "failed"
    assert row.right is row.confidence is None
    assert {(failure.kind, said in failure.reason) for failure in row.failures} == {(kind, True)}
    assert made.failed == 1
    assert (made.metrics["answer_in_text"].value, made.metrics["answer_in_text"].n) == (1, 3)
    assert made.metrics["found.f1"].n == 3
    assert made.metrics["recall@5"].n == (3 if plan == "hang" else 4)
    assert "NaN" not in json.dumps(made.as_json(), allow_nan=False)


def test_outcomes_of_wrong_answers(index: ArticleIndex) -> None:
    wrong = ask("wrong", QUESTIONS[1].question, "lighthouse", "blue")
    elsewhere = Question(
        id="elsewhere",
        question=QUESTIONS[0].question,
        answers=("1931",),
        articles=("lighthouse",),
        evidence=(Evidence(article="lighthouse", quote=LIGHTHOUSE),),
    )
    refused = ask("refused", QUESTIONS[2].question, "orchard", "forty")
    given = Question(id="given", question=QUESTIONS[3].question, answerable=False)
    unknown = Question(id="unknown", question="What of the bell of Saint Maur?")
    questions = (wrong, elsewhere, refused, given, unknown)
    narrow = make_assistant(index, {refused.question: "refuse"}, evidence=1)
    made = run(narrow, QuestionSet(name="x", questions=questions), workers=1)
    outcomes = {row.id: row.outcome for row in made.rows}
    assert outcomes == {
        "wrong": "wrong span",
        "elsewhere": "not retrieved",
        "refused": "wrongly refused",
        "given": "wrongly answered",
        "unknown": "not judged",
    }
    wide = run(make_assistant(index, evidence=4), QuestionSet(name="x", questions=(elsewhere,)))
    assert wide.rows[0].outcome == "retrieved but not used"


def test_missing_evidence_is_named_and_not_scored(index: ArticleIndex) -> None:
    lost = Question(
        id="lost",
        question=QUESTIONS[0].question,
        answers=("nine",),
        articles=("ferry", "gone"),
        evidence=(
            Evidence(article="ferry", quote="It sinks at noon."),
            Evidence(article="ferry", quote="SAILS at  nine"),
        ),
    )
    made = run(make_assistant(index), QuestionSet(name="x", questions=(lost,)))
    (row,) = made.rows
    assert (row.evidence[0].start, row.evidence[0].rank) == (None, None)
    assert row.evidence[1].rank == 1
    assert row.scores["span_recall@1"] == 1
    assert row.scores["recall@5"] == 0.5
    assert len(made.warnings) == 2
    assert "gone" in made.warnings[0]
    assert "sinks" in made.warnings[1]


def test_a_run_survives_its_file(index: ArticleIndex, tmp_path: Path) -> None:
    made = run(make_assistant(index, {QUESTIONS[0].question: "crash"}), SET, by=("answerable",))
    write_run(made, tmp_path)
    assert read_run(tmp_path) == read_run(tmp_path / "run.json") == made
    assert run_from_json(made.as_json(), made.times_json()) == made
    lines = (tmp_path / "rows.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row.id for row in made.rows]
    assert json.loads((tmp_path / "run.json").read_text())["rows"] == [json.loads(line) for line in lines]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "dateline-run-1"}', '{"format": NaN}'])
def test_files_that_are_not_runs_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(EvaluationError, match="not a run"):
        read_run(tmp_path)
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_run(tmp_path / "nowhere")


def test_a_planted_nan_in_a_figure_is_refused(index: ArticleIndex, tmp_path: Path) -> None:
    write_run(run(make_assistant(index), SET), tmp_path)
    file = tmp_path / "run.json"
    file.write_text(file.read_text().replace('"value": 1.0', '"value": NaN', 1))
    with pytest.raises(EvaluationError, match="NaN"):
        read_run(tmp_path)


def test_nothing_is_asked_twice_and_every_report_is_the_same(index: ArticleIndex, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    first, again, other = make_assistant(index), make_assistant(index), make_assistant(index, evidence=3)
    made = run(first, SET, cache=tmp_path, limit=3, on_done=lambda *each: told.append(each))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    whole = run(again, SET, cache=tmp_path)
    assert len(reader_of(first).asked) == 3
    assert set(reader_of(again).asked) == {question.question for question in QUESTIONS[3:]}
    run(other, SET, cache=tmp_path)
    assert len(reader_of(other).asked) == 5  # another system
    alone = run(make_assistant(index), SET)
    for name, each in (("whole", whole), ("alone", alone)):
        write_run(each, tmp_path / name)
    for file in ("run.json", "rows.jsonl"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "alone" / file).read_bytes()
    assert made.rows == whole.rows[:3]


def test_failures_are_kept_until_they_are_asked_again(index: ArticleIndex, tmp_path: Path) -> None:
    broken, mended = make_assistant(index, {QUESTIONS[0].question: "crash"}), make_assistant(index)
    assert run(broken, SET, cache=tmp_path).failed == 1
    assert run(mended, SET, cache=tmp_path).failed == 1
    assert reader_of(mended).asked == []
    assert run(mended, SET, cache=tmp_path, retry_failed=True).failed == 0
    assert reader_of(mended).asked == [QUESTIONS[0].question]
    run(mended, SET, cache=tmp_path, fresh=True)
    assert len(reader_of(mended).asked) == 6


def test_new_gold_is_scored_without_asking_again(index: ArticleIndex, tmp_path: Path) -> None:
    assistant = make_assistant(index)
    run(assistant, SET, cache=tmp_path)
    corrected = dataclasses.replace(QUESTIONS[0], answers=("ten",))
    made = run(assistant, QuestionSet(name="x", questions=(corrected, *QUESTIONS[1:])), cache=tmp_path)
    assert len(reader_of(assistant).asked) == 5
    assert made.rows[0].outcome == "wrong span"


def test_a_set_without_questions_cannot_be_run(index: ArticleIndex) -> None:
    with pytest.raises(EvaluationError, match="no questions"):
        run(make_assistant(index), QuestionSet(name="x", questions=()))


# Results in a file


def test_an_incomplete_last_line_is_removed_and_invalid_ones_are_ignored(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    with Results(file) as results:
        results.add("a", {"value": 1})
        results.add("b", {"value": "ü"})
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with Results(file) as results:
            assert ("a" in results, "b" in results) == (length >= whole.index(b"\n") + 1, False)
            results.add("b", {"value": 2})
        with Results(file) as results:
            assert results["b"] == {"value": 2}
    file.write_bytes(b'nonsense\n{"key": 1}\n[]\n' + whole)
    with Results(file) as results:
        assert results["a"] == {"value": 1}


def test_results_are_one_process_s_at_a_time(tmp_path: Path) -> None:
    with Results(tmp_path / "r.jsonl"), pytest.raises(EvaluationError, match="another process"):
        Results(tmp_path / "r.jsonl").__enter__()
    (tmp_path / "file").touch()
    with pytest.raises(EvaluationError, match="cannot be kept"):
        Results(tmp_path / "file" / "r.jsonl").__enter__()


KILLED = """
import sys, time
from pathlib import Path
from assistant.evaluation.runs.runner import run
from assistant.evaluation.runs.run import write_run
from index import ArticleIndex
from tests.evaluating import SET, make_assistant, reader_of
from tests.fakes import WordEmbedder

home, cache, report, slow = sys.argv[1:]
with ArticleIndex.open(Path(home), embedder=WordEmbedder()) as index:
    assistant = make_assistant(index, {SET.questions[3].question: "hang"} if slow == "slow" else {})
    run_ = run(assistant, SET, cache=Path(cache), workers=1, on_done=lambda done, _: print("done", done, flush=True))
    write_run(run_, Path(report))
    print("asked", *reader_of(assistant).asked, sep="|", flush=True)
"""


def start(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", KILLED, *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ})


@pytest.mark.slow
def test_a_killed_run_resumes_and_reports_the_same(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    killed = start(tmp_path / "home", tmp_path / "cache", tmp_path / "never", "slow")
    assert killed.stdout is not None
    with killed.stdout as lines:
        for line in lines:
            if line == "done 3\n":
                break
        killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL
    assert not (tmp_path / "never").exists()
    told, _ = start(tmp_path / "home", tmp_path / "cache", tmp_path / "resumed", "quick").communicate(timeout=60)
    asked = told.splitlines()[-1].split("|")[1:]
    assert asked == [question.question for question in QUESTIONS[3:]]
    start(tmp_path / "home", tmp_path / "new", tmp_path / "whole", "quick").communicate(timeout=60)
    for file in ("run.json", "rows.jsonl"):
        assert (tmp_path / "resumed" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


# Working in threads


def test_work_runs_at_once_and_hung_threads_are_replaced() -> None:
    gate, together = threading.Event(), threading.Barrier(2)
    stops: list[threading.Event] = []

    def do(item: str, stopped: threading.Event) -> str:
        if item == "hang":
            stops.append(stopped)
            gate.wait(30)
        elif item.startswith("pair"):
            together.wait(30)
        return item.upper()

    items = ["hang", "hang", "pair 1", "pair 2", "last"]
    done = list(work(items, do, workers=2, timeout=1))
    gate.set()
    assert sorted(done, key=str) == sorted(
        [("hang", None), ("hang", None), ("pair 1", "PAIR 1"), ("pair 2", "PAIR 2"), ("last", "LAST")], key=str
    )
    assert all(stopped.is_set() for stopped in stops)


def test_closing_the_generator_stops_the_work() -> None:
    begun: list[int] = []

    def do(item: int, stopped: threading.Event) -> int:
        begun.append(item)
        time.sleep(0.01)
        return item

    working = work(range(1000), do, workers=2, timeout=60)
    next(working)
    working.close()  # type: ignore[attr-defined]
    after = len(begun)
    assert after < 1000
    assert threading.active_count() < 20


def test_the_extractive_reader_is_identified_by_its_threshold(index: ArticleIndex, tmp_path: Path) -> None:
    def system(threshold: float) -> Any:
        assistant = dataclasses.replace(
            make_assistant(index), reader=ExtractiveReader(LinearScorer(WordEmbedder()), threshold)
        )
        return run(assistant, QuestionSet(name="x", questions=QUESTIONS[:1])).system

    assert system(0.1) == system(0.1)
    assert system(0.1)["parts"] != system(0.2)["parts"]
