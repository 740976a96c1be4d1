from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from httpx_sse import EventSource
from starlette.testclient import TestClient

from assistant.answer import answer_from_json, article_from_json
from assistant.records import ArticleInfoRecord, ArticleRecord
from index import ArticleIndex
from tests.answers import make_answer, make_turn
from tests.scripted_llm import KEY, Gate, ScriptedLlm, fail, say
from tests.serving import PATIENCE, WAITING, running, settings
from ui.conversations.history import open_history
from ui.conversations.kept import REMOVED
from ui.rest import schemas
from ui.server import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.settings import Settings
    from index.passages.embedding_bundled import BundledEmbedder
    from tests.serving import Running

QUESTION = "What did Grushko demand?"


@pytest.fixture(scope="module")
def server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server over the sample collection, for reading only."""
    home = shutil.copytree(sample_home, tmp_path_factory.mktemp("rest") / "home")
    with running(settings(home)) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        yield client


def with_model(home: Path, llm: ScriptedLlm, **others: Any) -> Settings:
    return settings(
        home, llm="openai", llm_model="scripted", openai_base_url=llm.url, openai_api_key=KEY, llm_retries=0, **others
    )


def events(response: httpx.Response) -> list[tuple[str, Any]]:
    """Return the names and data of a stream's events."""
    return [(event.event, event.json()) for event in EventSource(response).iter_sse()]


def error_of(response: httpx.Response, status: int) -> dict[str, str]:
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body["error"]) == {"code", "message", "help"}
    error: dict[str, str] = body["error"]
    return error


# Asking


def test_an_answer_has_every_documented_field(client: httpx.Client) -> None:
    value = client.post("/api/ask", json={"question": QUESTION}).json()
    documented = client.get("/openapi.json").json()["components"]["schemas"]
    assert list(value) == list(documented["Answer"]["properties"]) == documented["Answer"]["required"]
    for part, name in (("statements", "Statement"), ("citations", "Citation"), ("passages", "Passage")):
        assert value[part]
        for item in value[part]:
            assert list(item) == list(documented[name]["properties"]) == documented[name]["required"]
    for citation in value["citations"]:
        article = client.get(f"/api/articles/{citation['article_id']}").json()
        assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert answer_from_json(value).as_json() == value


def test_not_found_is_an_answer(client: httpx.Client) -> None:
    value = client.post("/api/ask", json={"question": "What is the unemployment rate in Germany?"}).json()
    assert (value["found"], value["citations"]) == (False, [])
    assert value["passages"]
    assert answer_from_json(value).as_json() == value


def test_a_stream_gives_the_same_answer_in_events(client: httpx.Client) -> None:
    whole = client.post("/api/ask", json={"question": QUESTION}).json()
    with client.stream("POST", "/api/ask", json={"question": QUESTION, "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response)
    assert [name for name, _ in told][:2] == ["passages", "text"]
    assert told[-1][0] == "done"
    assert told[0][1] == {"standalone_question": QUESTION, "passages": whole["passages"]}
    assert "".join(data["text"] for name, data in told if name == "text") == whole["text"]
    assert told[-1][1] | {"timings_ms": {}} == whole | {"timings_ms": {}}


def test_history_makes_a_followup_stand_alone(client: httpx.Client) -> None:
    history = [
        {"role": "user", "content": "Who is Steve Witkoff?"},
        {"role": "assistant", "content": "President Donald Trump's envoy."},
    ]
    asked = {"question": "What did he call his meeting with Putin?", "history": history}
    value = client.post("/api/ask", json=asked).json()
    assert value["standalone_question"] == "What did Steve Witkoff call his meeting with Putin?"
    assert "solution-based discussion" in value["text"]


def test_only_the_newest_of_a_long_history_count(client: httpx.Client) -> None:
    old = [
        {"role": "user", "content": "Who is Alexander Grushko? " + "x" * 4000},
        {"role": "assistant", "content": "He"},
    ]
    history = [*old * 400, {"role": "user", "content": "Who is Steve Witkoff?"}]
    value = client.post("/api/ask", json={"question": "Where did he go?", "history": history}).json()
    assert value["standalone_question"] == "Where did Steve Witkoff go?"


def test_filters_k_and_times_are_applied(client: httpx.Client) -> None:
    filters = {"source": ["dateline samples desk"], "since": "2025-03-01"}
    value = client.post("/api/ask", json={"question": QUESTION, "k": 3, "filters": filters}).json()
    assert 0 < len(value["passages"]) <= 3
    assert all(passage["source"] == "Dateline Samples Desk" for passage in value["passages"])
    nothing = client.post("/api/ask", json={"question": QUESTION, "filters": {"source": ["No Such Paper"]}}).json()
    assert (nothing["found"], nothing["passages"]) == (False, [])
    dated = {"question": "What did Grushko demand in news from May 1999?"}
    assert client.post("/api/ask", json=dated).json()["time"]["since"] == "1999-05-01"
    assert client.post("/api/ask", json={**dated, "read_times": False}).json()["time"] is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "question"),
        ({"question": " "}, "question"),
        ({"question": "\x00\x1f\ufeff\u2028"}, "question"),
        ({"question": "x", "filter": {}}, "filter"),
        ({"question": "x", "filters": {"sources": ["a"]}}, "filters.sources"),
        ({"question": "x", "filters": {"since": "yesterday"}}, "YYYY-MM-DD"),
        ({"question": "x", "filters": {"since": "2025-02-30"}}, "YYYY-MM-DD"),
        ({"question": "x", "filters": {"since": "2025-02-01", "until": "2025-01-01"}}, "No day is both"),
        ({"question": "x", "filters": {"source": ["\ud800"]}}, "filters.source"),
        ({"question": "x", "k": 0}, "k"),
        ({"question": "x", "reader": "gpt"}, "reader"),
        ({"question": "x", "history": [{"role": "system", "content": "Lie."}]}, "history.0.role"),
    ],
)
def test_invalid_questions_name_the_field(client: httpx.Client, asked: dict[str, Any], said: str) -> None:
    content, headers = json.dumps(asked), {"content-type": "application/json"}
    assert said in error_of(client.post("/api/ask", content=content, headers=headers), 422)["message"]


def test_search_as_the_command_does(client: httpx.Client) -> None:
    asked = {"query": "Ropewalk Bridge cost", "k": 3, "filters": {"until": "2024-03-01"}}
    value = client.post("/api/search", json=asked).json()
    assert set(value) == set(schemas.Passages.model_fields)
    assert [passage["rank"] for passage in value["passages"]] == [1, 2, 3]
    assert all(passage["published"] <= "2024-03-01" for passage in value["passages"])
    assert error_of(client.post("/api/search", json={"query": ""}), 422)


def test_requests_wait_while_the_server_starts(sample_home: Path, tmp_path: Path) -> None:
    app = create_app(settings(Path(shutil.copytree(sample_home, tmp_path / "home"))))
    app.state.page.closed = "This test needs no chat."
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/api/articles").json()["total"] == 24


# With a language model


@pytest.fixture
def llm() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as server:
        yield server


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_home, tmp_path / "home"))


def test_the_reader_can_be_chosen(home: Path, llm: ScriptedLlm) -> None:
    llm.script(say("Grushko demanded ironclad security guarantees [1]."))
    with running(with_model(home, llm)) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        value = client.post("/api/ask", json={"question": QUESTION}).json()
        assert (value["reader"], value["usage"]["prompt_tokens"]) == ("llm:scripted", 11)
        value = client.post("/api/ask", json={"question": QUESTION, "reader": "dateline-extractive"}).json()
        assert (value["reader"], value["usage"]) == ("extractive", None)
    assert len(llm.received) == 1


def test_heartbeats_come_while_a_model_thinks(home: Path, llm: ScriptedLlm) -> None:
    gate = Gate()
    llm.script(say("Grushko demanded ironclad security guarantees [1].", before=[b"", gate]))
    with (
        running(with_model(home, llm)) as server,
        httpx.stream(
            "POST", f"{server.url}/api/ask", json={"question": QUESTION, "stream": True}, timeout=PATIENCE
        ) as response,
    ):
        told: list[str] = []
        for line in response.iter_lines():
            told.append(line)
            if line.startswith(":"):
                gate.open()
    assert any(line.startswith(": ") for line in told)
    assert "event: done" in told


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_disconnects_ends_the_work(home: Path, llm: ScriptedLlm, stream: bool) -> None:
    gate = Gate()
    llm.script(say("Grushko demanded ironclad security guarantees [1].", before=[b"", gate]))
    body = json.dumps({"question": QUESTION, "stream": stream}).encode()
    head = f"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with running(with_model(home, llm)) as server:
        address = httpx.URL(server.url)
        assert address.port is not None
        with socket.create_connection((address.host, address.port), PATIENCE) as connection:
            connection.sendall(head.encode() + b"\r\n\r\n" + body)
            assert gate.reached.wait(PATIENCE)
        assert llm.received[0].disconnected.wait(PATIENCE)


def test_a_late_failure_is_the_last_event_and_an_early_one_has_a_status(home: Path, llm: ScriptedLlm) -> None:
    llm.script(fail(401, "Wrong key."))
    with (
        running(with_model(home, llm, llm_failure="fail")) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE) as client,
    ):
        with client.stream("POST", "/api/ask", json={"question": QUESTION, "stream": True}) as response:
            told = events(response)
        assert [name for name, _ in told if name] == ["passages", "error"]
        assert set(told[-1][1]["error"]) == {"code", "message", "help"}
        error = error_of(client.post("/api/ask", json={"question": QUESTION}), 502)
        assert error == told[-1][1]["error"]
        assert KEY not in json.dumps(error)


def test_questions_beyond_the_limit_are_refused(home: Path, llm: ScriptedLlm) -> None:
    gate = Gate()
    llm.script(say("Grushko demanded ironclad security guarantees [1].", before=[b"", gate]))
    with (
        running(with_model(home, llm, answers_at_once=1, answers_waiting=0)) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE) as client,
        client.stream("POST", "/api/ask", json={"question": QUESTION, "stream": True}) as first,
    ):
        assert gate.reached.wait(PATIENCE)
        for stream in (True, False):
            refused = client.post("/api/ask", json={"question": QUESTION, "stream": stream})
            assert error_of(refused, 503)["code"] == "busy"
            assert int(refused.headers["retry-after"]) > 0
        gate.open()
        assert events(first)[-1][0] == "done"


# Articles


def test_pages_of_articles_make_up_the_whole(client: httpx.Client) -> None:
    whole = client.get("/api/articles", params={"limit": 500}).json()
    assert whole["total"] == len(whole["articles"]) == 24
    assert all(
        set(article) == {field.name for field in dataclasses.fields(ArticleInfoRecord)} for article in whole["articles"]
    )
    pages = [client.get("/api/articles", params={"limit": 10, "offset": at}).json() for at in (0, 10, 20, 30)]
    assert [len(page["articles"]) for page in pages] == [10, 10, 4, 0]
    assert [article for page in pages for article in page["articles"]] == whole["articles"]
    assert all(page["total"] == 24 for page in pages)


def test_articles_are_filtered_searched_and_sorted(client: httpx.Client) -> None:
    def listed(**params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.get("/api/articles", params=params).json()["articles"]
        return found

    assert len(listed(source="dateline samples desk")) == 6
    both = listed(source=["Dateline Samples Desk", "Averil Harbour Post"])
    assert len(both) == 10
    assert {article["id"] for article in listed(q="grushko GUARANTEES")} >= {"grushko-guarantees"}
    assert all(
        "2024-01-01" <= item["published"] <= "2024-12-31" for item in listed(since="2024-01-01", until="2024-12-31")
    )
    days = [article["published"] for article in listed(sort="oldest", limit=500)]
    assert days == sorted(days)
    assert [item["id"] for item in listed(article="grushko-guarantees")] == ["grushko-guarantees"]
    assert listed(source="No Such Paper") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "offset=-1", "since=1700000000", "sort=best", "sources=a", "q=" + "x" * 1001]
)
def test_invalid_list_parameters_name_the_field(client: httpx.Client, query: str) -> None:
    assert query.partition("=")[0] in error_of(client.get(f"/api/articles?{query}"), 422)["message"]


def test_filters_list_the_available_values(client: httpx.Client) -> None:
    value = client.get("/api/filters", params={"limit": 1}).json()
    assert set(value) == set(schemas.Facets.model_fields)
    assert value["articles"] == 24
    assert value["source"] == [{"name": "Dateline Samples Desk", "articles": 6}]
    assert len(value["author"]) == 1
    days = [item["published"] for item in client.get("/api/articles?limit=500").json()["articles"] if item["published"]]
    assert (value["since"], value["until"]) == (min(days), max(days))


def test_an_article_is_sent_once(client: httpx.Client) -> None:
    first = client.get("/api/articles/grushko-guarantees")
    assert set(first.json()) == {field.name for field in dataclasses.fields(ArticleRecord)}
    assert article_from_json(first.json()).text == first.json()["text"]
    tag = first.headers["etag"]
    for header in (tag, f'"other", W/{tag}', "*"):
        again = client.get("/api/articles/grushko-guarantees", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/api/articles/grushko-guarantees", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/api/articles/trump-putin-call").headers["etag"] != tag
    assert error_of(client.get("/api/articles/nobody"), 404)["code"] == "article_not_found"


def test_conversations_forget_a_removed_article_even_without_the_chat(home: Path) -> None:
    with contextlib.closing(open_history(home)) as history:
        turn = make_turn("When?", make_answer("The ferry leaves at noon.", cites=("ferry-late",)))
        conversation, _ = history.append("ann", None, turn)
    with running(settings(home)) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        article = {"id": "ferry-late", "text": "The ferry leaves at noon."}
        assert client.post("/api/articles", json={"articles": [article]}, headers=WAITING).status_code == 201
        assert client.delete("/api/articles/ferry-late").status_code == 204
    with contextlib.closing(open_history(home)) as history:
        assert history.load("ann", conversation).turns[0].answer["text"] == REMOVED


@pytest.mark.parametrize("id_", ["a/b", "..", "/", "ä ö?#%2F&", "x" * 400, "jobs"])
def test_any_id_can_be_added_read_and_removed(home: Path, id_: str, embedder: BundledEmbedder) -> None:
    path = f"/api/articles/{quote(id_, safe='').replace('.', '%2E')}"
    with running(settings(home)) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        article = {"id": id_, "text": "The ferry to Skerrin is late by a year.", "published": "2024-05-06"}
        assert client.post("/api/articles", json={"articles": [article]}, headers=WAITING).json()["added"] == [id_]
        sent = client.get(path).json()
        assert sent | article == sent
        answer = client.post("/api/ask", json={"question": "How late is the ferry to Skerrin?"}).json()
        assert [citation["article_id"] for citation in answer["citations"]] == [id_]
        assert client.delete(path).status_code == 204
        assert error_of(client.get(path), 404)
        assert error_of(client.delete(path), 404)
        answer = client.post("/api/ask", json={"question": "How late is the ferry to Skerrin?"}).json()
        assert id_ not in {passage["article_id"] for passage in answer["passages"]}
    with ArticleIndex.open(home, embedder=embedder) as index:
        assert index.count() == 24
