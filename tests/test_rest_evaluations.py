"""Question sets run through the REST endpoint of a real server."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from assistant.evaluation.runs.run import EvaluationRow
from tests.scripted_llm import KEY, Gate, ScriptedLlm, say
from tests.serving import PATIENCE, running, settings, wait_until
from ui.commands.local import Local
from ui.rest import evaluation_schemas as schemas
from ui.service.evaluation_store import EvaluationStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving import Running

ORCHARD = "The orchard at Velden grows forty kinds of pear. Its oldest tree was planted in 1811."
FERRY = "The night ferry to Orsk sails at nine from the eastern pier."
ROWS: list[dict[str, Any]] = [
    {
        "id": "pears",
        "question": "How many kinds of pear does the orchard at Velden grow?",
        "answers": ["forty"],
        "articles": ["orchard"],
        "evidence": [{"article": "orchard", "quote": "The orchard at Velden grows forty kinds of pear."}],
        "type": "number",
    },
    {
        "id": "ferry",
        "question": "When does the night ferry to Orsk sail?",
        "answers": ["at nine", "nine"],
        "articles": ["ferry"],
        "evidence": [{"article": "ferry", "quote": FERRY}],
        "type": "time",
    },
    {"id": "ulm", "question": "Who won the marathon of Ulm in 1987?", "answerable": False, "type": "person"},
]


class Client(httpx.Client):
    """Asks the server of a test for evaluations."""

    def start(self, **asked: Any) -> str:
        response = self.post("/api/evaluations", json={"questions": ROWS, "reader": "dateline-extractive"} | asked)
        assert response.status_code == 202, response.text
        assert response.headers["location"] == response.json()["url"] == f"/api/evaluations/{response.json()['id']}"
        return str(response.json()["id"])

    def ended(self, id_: str, **query: Any) -> dict[str, Any]:
        def has_ended() -> bool:
            status = self.get(f"/api/evaluations/{id_}").json()["status"]
            return status in {"done", "failed", "cancelled"}

        wait_until(has_ended)
        response = self.get(f"/api/evaluations/{id_}", params=query)
        assert response.status_code == 200, response.text
        assert schemas.EvaluationRecord.model_validate_json(response.text)
        found: dict[str, Any] = response.json()
        assert set(found) == set(schemas.EvaluationRecord.model_fields)
        return found

    def run(self, **asked: Any) -> str:
        id_ = self.start(**asked)
        assert self.ended(id_)["status"] == "done"
        return id_


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def server(home: Path) -> Iterator[Running]:
    with running(settings(home)) as started:
        yield started


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    with connected(server) as client:
        yield client


@contextlib.contextmanager
def connected(server: Running) -> Iterator[Client]:
    """Return a client of a server that has the articles."""
    articles = [{"id": "orchard", "text": ORCHARD}, {"id": "ferry", "title": "The night ferry", "text": FERRY}]
    with Client(base_url=server.url, timeout=PATIENCE) as client:
        client.post("/api/articles", json={"articles": articles}, headers={"Prefer": "wait=30"}).raise_for_status()
        yield client


def error_of(response: httpx.Response, status: int) -> dict[str, str]:
    assert response.status_code == status, response.text
    error: dict[str, str] = response.json()["error"]
    assert set(error) == {"code", "message", "help"}
    return error


def texts_in(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


# Running


def test_a_set_is_run_and_its_figures_returned(client: Client) -> None:
    found = client.ended(client.start(), rows=2, offset=1)
    assert found["status"] == "done"
    assert found["progress"] == {"done": 3, "total": 3}
    assert found["metrics"]["recall@5"] == {"value": 1.0, "lower": 1.0, "upper": 1.0, "n": 2}
    assert sum(found["outcomes"].values()) == 3
    assert found["whole"]
    assert [row["id"] for row in found["rows"]] == ["ferry", "ulm"]
    assert all(set(row) == {field.name for field in dataclasses.fields(EvaluationRow)} for row in found["rows"])


def test_only_as_many_are_asked_as_the_limit_says(client: Client) -> None:
    assert client.ended(client.start(limit=1))["progress"] == {"done": 1, "total": 1}


def test_evaluations_are_listed_the_newest_first(client: Client) -> None:
    first, second = client.run(limit=1), client.run(limit=1)
    page = client.get("/api/evaluations", params={"limit": 1}).json()
    assert schemas.EvaluationList.model_validate(page)
    assert (page["total"], [one["id"] for one in page["evaluations"]]) == (2, [second])
    page = client.get("/api/evaluations", params={"limit": 1, "offset": 1}).json()
    assert [one["id"] for one in page["evaluations"]] == [first]


def test_a_set_can_be_kept_and_run_by_its_name(client: Client) -> None:
    client.run(name="islands")
    assert client.get("/api/evaluations").json()["question_sets"] == ["islands"]
    response = client.post("/api/evaluations", json={"name": "islands", "reader": "dateline-extractive"})
    found = client.ended(response.json()["id"])
    assert (found["name"], found["progress"]["total"]) == ("islands", 3)


def test_the_samples_have_a_set(sample_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(sample_home, tmp_path / "home")
    with running(settings(home)) as server, Client(base_url=server.url, timeout=PATIENCE) as client:
        assert client.get("/api/evaluations").json()["question_sets"] == ["samples"]
        response = client.post("/api/evaluations", json={"name": "samples", "limit": 3})
        assert client.ended(response.json()["id"])["progress"]["total"] == 3


def test_rows_of_other_tools_are_read(client: Client) -> None:
    rows = [{"user_input": "When does the night ferry to Orsk sail?", "reference": "nine"}]
    assert client.ended(client.start(questions=rows), rows=1)["rows"][0]["answers"] == ["nine"]


# What cannot be run


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({}, 422, "Send questions, or the name of a question set"),
        ({"name": "nothing"}, 404, "No question set is called 'nothing'."),
        ({"questions": []}, 422, "questions"),
        ({"questions": [{"answers": ["x"]}]}, 422, "question 1: question is missing."),
        ({"questions": [{"question": "a", "id": "1"}, {"question": "b", "id": "1"}]}, 422, "question 1"),
        ({"questions": [{"question": "half \ud83d?"}]}, 422, "half a surrogate pair"),
        ({"questions": ROWS, "name": "samples"}, 422, "cannot be called 'samples'"),
        ({"questions": ROWS, "name": "../up"}, 422, "name"),
        ({"questions": ROWS, "baseline": "0" * 16}, 404, "No evaluation has the id"),
        ({"questions": ROWS, "colour": "blue"}, 422, "colour"),
    ],
)
def test_invalid_requests_are_explained(client: Client, asked: dict[str, Any], status: int, said: str) -> None:
    body = json.dumps(asked)  # which writes half a character as it can be read
    response = client.post("/api/evaluations", content=body, headers={"Content-Type": "application/json"})
    assert said in error_of(response, status)["message"]
    assert client.get("/api/evaluations").json()["total"] == 0


def test_an_unknown_evaluation_is_a_404(client: Client) -> None:
    for path in ("nothing", "nothing/report", "..%2f..%2fetc"):
        assert client.get(f"/api/evaluations/{path}").status_code == 404
    assert error_of(client.delete("/api/evaluations/nothing"), 404)["code"] == "evaluation_not_found"


def test_without_articles_it_fails_and_says_why(server: Running) -> None:
    with Client(base_url=server.url, timeout=PATIENCE) as client:
        found = client.ended(client.start())
    assert found["status"] == "failed"
    assert found["error"]["code"] == "evaluation"
    assert found["error"]["message"] == "There are no articles to ask."


# The report and comparing


def test_the_report_is_a_sandboxed_page(client: Client) -> None:
    response = client.get(f"/api/evaluations/{client.run()}/report")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox allow-scripts")
    assert "How many kinds of pear" in response.text


def test_two_are_compared_over_the_questions_that_both_have(client: Client) -> None:
    first = client.run()
    second = client.ended(client.start(baseline=first))
    assert second["comparison"]["baseline"] == first
    assert second["comparison"]["differences"]["recall@5"]["difference"] == 0
    third = client.run(limit=1)
    found = client.get(f"/api/evaluations/{third}", params={"baseline": first}).json()
    assert found["comparison"]["common"] == 1
    assert "Against the baseline" in client.get(f"/api/evaluations/{third}/report", params={"baseline": first}).text
    assert "Against the baseline" not in client.get(f"/api/evaluations/{third}/report").text


# Ending and keeping


def test_a_running_one_can_be_removed_and_the_next_one_runs(home: Path) -> None:
    gate = Gate()
    with ScriptedLlm() as llm:
        llm.script(say("The orchard grows forty kinds of pear [1].", before=[b"", gate]))
        given = settings(
            home, llm="openai", llm_model="scripted", openai_base_url=llm.url, openai_api_key=KEY, llm_retries=0
        )
        with running(given) as server, connected(server) as client:
            first = client.start(reader="dateline")
            second = client.start()
            assert gate.reached.wait(PATIENCE)
            assert client.get(f"/api/evaluations/{first}").json()["status"] == "running"
            assert client.get(f"/api/evaluations/{second}").json()["status"] == "queued"
            error_of(client.get(f"/api/evaluations/{first}/report"), 409)
            assert client.delete(f"/api/evaluations/{first}").status_code == 204
            gate.open()
            assert client.ended(second)["status"] == "done"
            assert client.get(f"/api/evaluations/{first}").status_code == 404
    assert not (home / "evaluations" / first).exists()


def test_a_stop_of_the_server_ends_it(home: Path) -> None:
    gate = Gate()
    with ScriptedLlm() as llm:
        llm.script(say("The orchard grows forty kinds of pear [1].", before=[b"", gate]))
        given = settings(
            home, llm="openai", llm_model="scripted", openai_base_url=llm.url, openai_api_key=KEY, llm_retries=0
        )
        with running(given) as server, connected(server) as client:
            client.start(reader="dateline")
            assert gate.reached.wait(PATIENCE)
        gate.open()
    assert [one.status for one in EvaluationStore(home).load()] == ["cancelled"]


def test_results_survive_a_restart(home: Path) -> None:
    with running(settings(home)) as server, connected(server) as client:
        id_ = client.run()
    with running(settings(home)) as server, Client(base_url=server.url, timeout=PATIENCE) as client:
        assert client.ended(id_, rows=1)["rows"]
        assert client.delete(f"/api/evaluations/{id_}").status_code == 204
    assert not EvaluationStore(home).load()


def test_one_interrupted_by_a_stop_says_so(home: Path) -> None:
    with running(settings(home)) as server, connected(server) as client:
        id_ = client.run()
    kept = EvaluationStore(home)
    kept.write(dataclasses.replace(kept.load()[0], status="running"))
    with running(settings(home)) as server, Client(base_url=server.url, timeout=PATIENCE) as client:
        assert client.ended(id_)["error"]["code"] == "stopped"


# Forgetting


def test_a_removed_article_leaves_no_text_behind(client: Client, home: Path) -> None:
    id_ = client.run(name="islands")
    other = client.run(questions=[ROWS[2]], name="other")
    folder = home / "evaluations"
    assert "eastern pier" in texts_in(folder)
    client.delete("/api/articles/ferry").raise_for_status()
    assert "eastern pier" not in texts_in(folder)
    assert "The night ferry" not in texts_in(folder / id_)
    found = client.ended(id_)
    assert not found["whole"]
    assert found["metrics"]["recall@5"]["value"] == 1.0
    assert error_of(client.get(f"/api/evaluations/{id_}/report"), 409)["code"] == "evaluation_not_done"
    assert not client.ended(other)["whole"]  # its search had read the article, too
    kept = EvaluationStore(home).read_set("islands").questions
    assert [len(question.evidence) for question in kept] == [1, 0, 0]


def test_articles_are_forgotten_without_a_server(home: Path) -> None:
    with running(settings(home)) as server, connected(server) as client:
        client.run(name="islands")
    Local(settings(home), purpose="a test").remove(["ferry"])
    assert "eastern pier" not in texts_in(home / "evaluations")
