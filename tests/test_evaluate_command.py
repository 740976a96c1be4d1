from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.scripted_llm import KEY, ScriptedLlm, fail, say
from ui.commands.evaluate import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

QUESTIONS = [
    {
        "id": "demand",
        "question": "What did Grushko demand?",
        "answers": ["ironclad security guarantees"],
        "articles": ["grushko-guarantees"],
        "type": "peace",
    },
    {
        "id": "ceasefire",
        "question": "How long is the proposed ceasefire?",
        "answers": ["30 days", "30-day"],
        "type": "peace",
    },
    {"id": "rate", "question": "What is the unemployment rate in Germany?", "answerable": False, "type": "other"},
]
SETTINGS = {"DATELINE_LLM_MODEL": "m", "OPENAI_API_KEY": KEY, "DATELINE_LLM_RETRIES": "0"}


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(question) + "\n" for question in QUESTIONS))
    return file


@pytest.fixture
def run(questions: Path, sample_home: Path, tmp_path: Path) -> Run:
    def invoke(*words: object, **env: str) -> Result:
        given = [str(questions), "--home", str(sample_home), "--cache", str(tmp_path / "cache"), *map(str, words)]
        return CliRunner().invoke(evaluate, given, env=env, catch_exceptions=False)

    return invoke


def test_a_run_is_summarised_and_reported(run: Run, tmp_path: Path) -> None:
    result = run("--report", tmp_path / "report", "--min", "found.f1=0.3", "--by", "answerable")
    assert result.exit_code == 0, result.output
    assert "questions: 3 questions, 24 articles, extractive reader" in result.stdout
    for words in ("recall@5", "found.f1", "Outcomes: ", "Seconds by stage", "peace", "Verdict: passed"):
        assert words in result.stdout
    assert "\x1b" not in result.stdout
    written = {file.name for file in (tmp_path / "report").iterdir()}
    data = {"run.json", "rows.jsonl", "timings.json", "gate.json"}
    assert written == data | {"report.html", "summary.md", "junit.xml"}
    assert json.loads((tmp_path / "report" / "gate.json").read_text())["exit_code"] == 0


def test_the_same_command_writes_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name, further in (("one", []), ("two", []), ("three", ["--cache", tmp_path / "other"])):
        assert run("--report", tmp_path / name, *further).exit_code == 0
    for file in ("run.json", "rows.jsonl", "summary.md", "junit.xml", "gate.json"):
        assert len({(tmp_path / name / file).read_bytes() for name in ("one", "two", "three")}) == 1, file


def test_a_regression_against_a_baseline_exits_3(run: Run, tmp_path: Path) -> None:
    assert run("--report", tmp_path / "before").exit_code == 0
    rules = ["--baseline", tmp_path / "before", "--max-drop", "found.recall=0.1"]
    same = run(*rules, "--report", tmp_path / "same")
    assert same.exit_code == 0, same.output
    assert (tmp_path / "same" / "comparison.json").exists()
    worse = run(*rules, "--report", tmp_path / "worse", DATELINE_NOT_FOUND_BELOW="1")
    assert worse.exit_code == 3, worse.output
    assert "Got worse: 2" in worse.stdout
    assert "settings.not_found_below: None → 1.0" in worse.stdout
    assert "Verdict: regression" in worse.stdout
    assert "regression" in (tmp_path / "worse" / "summary.md").read_text().splitlines()[0]
    again = run("--report", tmp_path / "worse")
    assert again.exit_code == 0
    assert not (tmp_path / "worse" / "comparison.json").exists()  # that of the report before


def test_json_has_the_figures_the_gate_and_the_times(run: Run) -> None:
    told = json.loads(run("--json", "--limit", 2).stdout)
    assert told["format"] == "dateline-run-1"
    assert told["metrics"]["recall@5"]["n"] == 1
    assert told["gate"]["status"] == "pass"
    assert set(told["seconds"]["total"]) == {"p50", "p95"}
    assert told["comparison"] is None
    assert told["failures"] == []
    assert "rows" not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--min", "recall@7=0.5"], "no metric 'recall@7'"),
        (["--min", "recall@5=nan"], "is not a rule"),
        (["--baseline", "nowhere"], "cannot be read"),
        (["--articles", "nowhere"], "nowhere"),
        (["--judge"], "needs a language model"),
    ],
)
def test_unmeasurable_runs_exit_4_with_one_line(run: Run, words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 4
    assert result.stdout == ""
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_broken_sets_and_planted_nans_exit_4(run: Run, questions: Path, tmp_path: Path) -> None:
    assert run("--report", tmp_path / "before").exit_code == 0
    file = tmp_path / "before" / "run.json"
    file.write_text(file.read_text().replace('"value": 1.0', '"value": NaN', 1))
    assert run("--baseline", tmp_path / "before").exit_code == 4
    questions.write_text('{"id": "a"}\n')
    assert run().exit_code == 4


def test_a_margin_without_a_baseline_is_a_usage_error(run: Run) -> None:
    assert run("--max-drop", "recall@5=0.1").exit_code == 2


def test_given_articles_are_embedded_once_and_replace_the_collection(run: Run, tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl"
    articles.write_text(json.dumps({"id": "rates", "text": "The unemployment rate in Germany is 6 percent."}) + "\n")
    for _ in range(2):
        told = json.loads(run("--articles", articles, "--json").stdout)
        assert told["collection"]["size"] == 1
        assert told["outcomes"]["wrongly answered"] == 1
        assert any("grushko-guarantees" in warning for warning in told["warnings"])
    (home,) = (tmp_path / "cache" / "homes").iterdir()
    assert (home / "complete").exists()


def test_a_model_that_fails_exits_4_unless_that_is_tolerated(run: Run, tmp_path: Path) -> None:
    with ScriptedLlm(models=["m"]) as server:
        server.script(fail(500))
        env = SETTINGS | {"OPENAI_BASE_URL": server.url}
        result = run("--report", tmp_path / "report", **env)
        assert result.exit_code == 4
        assert "fell back" in result.stdout
        assert run("--max-failed", 1, **env).exit_code == 0
        assert run(**env, DATELINE_LLM_FAILURE="fail").exit_code == 4
    failures = json.loads((tmp_path / "report" / "run.json").read_text())["failures"]
    assert {failure["kind"] for failure in failures} == {"fell back"}
    assert KEY not in (tmp_path / "report" / "run.json").read_text()


def test_a_model_answers_and_judges(run: Run, tmp_path: Path) -> None:
    with ScriptedLlm(models=["m"]) as server:
        server.script(
            lambda received: say("5" if "Reference Answer" in received.messages[-1]["content"] else "NOT IN ARTICLES")(
                received
            )
        )
        result = run("--judge", "--json", **SETTINGS, OPENAI_BASE_URL=server.url)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["metrics"]["judged.correctness"]["value"] == 1
    assert told["system"]["judge"] == "m"
    assert told["tokens"]["answers"] > 0
