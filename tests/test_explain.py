"""`dateline ask --explain` on the sample collection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result

from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

GRUSHKO = "What did Grushko demand?"


def run(home: Path, *words: str) -> Result:
    whole = {"DATELINE_RERANK_SECONDS": "600"}  # every passage is read, however busy the machine
    return CliRunner(env=whole).invoke(main, ["--home", str(home), "ask", "--llm", "none", *words])


def explained(home: Path, *words: str) -> dict[str, Any]:
    result = run(home, *words, "--explain", "--json")
    assert result.exit_code == 0, result.output
    stages: dict[str, Any] = json.loads(result.stdout)
    return stages


def test_every_stage_of_an_answer_is_explained(sample_home: Path) -> None:
    stages = explained(sample_home, GRUSHKO, "--since", "2020-01-01")
    assert stages["understood"]["standalone_question"] == GRUSHKO
    assert stages["understood"]["filters"] == {"since": "2020-01-01"}
    for one in stages["passages"]:
        signals = one["signals"]
        made = 0.4 * signals["dense"] + 0.2 * signals["passage"] + 0.4 * signals["article"]
        assert abs(signals["fused"] - made) < 0.001
        assert signals["after_reader"] == one["score"]
    reader = stages["reader"]
    scores = [one["score"] for one in reader["judged"]]
    assert scores == sorted(scores, reverse=True)
    assert reader["confidence"] >= reader["threshold"]
    assert stages["decision"].startswith("Answered: the confidence")


def test_the_answer_is_the_same_as_without(sample_home: Path) -> None:
    plain = json.loads(run(sample_home, GRUSHKO, "--json").stdout)
    answer = explained(sample_home, GRUSHKO)["answer"]
    assert {**answer, "timings_ms": {}} == {**plain, "timings_ms": {}}


def test_a_refusal_is_explained(sample_home: Path) -> None:
    stages = explained(sample_home, "Who won the marathon of Ulm in 1987?")
    assert not stages["answer"]["found"]
    assert stages["reader"]["confidence"] < stages["reader"]["threshold"]
    assert stages["decision"].startswith("Refused: the confidence")
    assert explained(sample_home, GRUSHKO, "--source", "Nobody's")["decision"] == "Refused: no passage was found."


def test_a_time_in_the_question_is_told_with_the_filter_it_became(sample_home: Path) -> None:
    understood = explained(sample_home, "What has been published since 2025-03-01?")["understood"]
    assert understood["time"]["since"] == understood["filters"]["since"] == "2025-03-01"


def test_it_reads_as_text(sample_home: Path) -> None:
    result = run(sample_home, GRUSHKO, "--explain")
    assert result.exit_code == 0, result.output
    titles = ("Understood as", "Passages", "Reader: extractive", "Decision")
    places = [result.stdout.index(f"\n{title}\n") for title in titles]
    assert places == sorted(places)


def test_stages_cannot_be_explained_through_a_server(sample_home: Path) -> None:
    result = CliRunner().invoke(main, ["ask", GRUSHKO, "--explain", "--server", "http://127.0.0.1:1"])
    assert result.exit_code == 2
    assert "--explain" in result.output
