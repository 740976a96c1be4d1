from __future__ import annotations

import contextlib
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from httpx_sse import EventSource
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from assistant.chat_models.chat_model import ModelError
from assistant.errors import SettingsError
from index.errors import (
    ArticleNotFoundError,
    DatelineError,
    EmbeddingError,
    FetchError,
    FilterError,
    HomeError,
    HomeLockedError,
    IndexMismatchError,
    SourceError,
)
from tests.scripted_llm import Gate, ScriptedLlm, fail, hang, say
from tests.serving import PATIENCE, Running, client, failure, running, settings, wait_until
from ui.http.failures import explain
from ui.http.protocol import LARGEST_HEAD
from ui.service.errors import AnswerTimeoutError, BusyError, JobNotFoundError, NotReadyError, ServeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.datastructures import State
    from starlette.requests import Request

ARTICLE = {
    "id": "bridge",
    "title": "The bridge opens",
    "text": "The mayor of Havel said on Monday that the new bridge over the Elba cost nine million crowns.",
}
QUESTION = {"question": "What did the new bridge over the Elba cost?"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(settings(tmp_path_factory.mktemp("server") / "home", max_upload_mb=5)) as server:
        add_article(server.url)
        yield server


@pytest.fixture
def llm() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as llm:
        yield llm


def model(llm: ScriptedLlm, **given: Any) -> dict[str, Any]:
    """The settings that make a server answer through the scripted model."""
    return {
        "llm": "openai",
        "openai_base_url": llm.url,
        "openai_api_key": llm.key,
        "llm_model": "scripted",
        "llm_retries": 0,
        **given,
    }


def add_article(url: str) -> None:
    client.post(f"{url}/api/articles", json={"articles": [ARTICLE]}).raise_for_status()


# Failures


def test_unknown_paths_and_methods(server: Running) -> None:
    for path in ("/api/none", "/api/articles/none", "/api/articles/", "/docs/none"):
        missing = client.get(server.url + path)
        assert missing.status_code == 404
        assert failure(missing)["code"] in {"not_found", "article_not_found"}
    wrong = client.put(f"{server.url}/api/ask")
    assert (wrong.status_code, failure(wrong)["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"
    at_v1 = client.get(f"{server.url}/v1/none").json()["error"]
    assert (set(at_v1), at_v1["code"]) == ({"message", "type", "param", "code"}, "not_found")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"json": {}}, "question"),
        ({"json": {"question": "x", "k": "secret-value"}}, "k"),
        ({"json": {"question": "x", "filters": {"since": "secret-value"}}}, "since"),
        ({"content": b"{secret-value", "headers": {"Content-Type": "application/json"}}, ""),
        ({"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, ""),
    ],
)
def test_an_invalid_request_names_the_field_but_not_its_value(
    server: Running, sent: dict[str, Any], field: str
) -> None:
    refused = client.post(f"{server.url}/api/ask", **sent)
    assert refused.status_code in {400, 422}
    assert field in failure(refused)["message"]
    assert "secret-value" not in refused.text


def model_error(reason: Any, **given: Any) -> ModelError:
    return ModelError("The model is away.", reason=reason, help="Ask later.", **given)


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (ArticleNotFoundError("No."), 404, "article_not_found", None),
        (JobNotFoundError("No."), 404, "job_not_found", None),
        (FilterError("No."), 422, "filter", None),
        (SourceError("No."), 422, "source", None),
        (FetchError("No."), 422, "fetch", None),
        (BusyError("No.", retry_after=7), 503, "busy", "7"),
        (NotReadyError("No."), 503, "not_ready", "5"),
        (AnswerTimeoutError("No."), 504, "timeout", None),
        (HomeLockedError("No."), 503, "locked", "5"),
        (IndexMismatchError("No."), 503, "index_mismatch", "5"),
        (HomeError("No."), 503, "home", "5"),
        (EmbeddingError("No."), 502, "embedding", None),
        (SettingsError("No."), 500, "settings", None),
        (ServeError("No."), 500, "failed", None),
        (DatelineError("No."), 500, "failed", None),
        (model_error("rejected"), 502, "model", None),
        (model_error("unavailable"), 503, "model", "5"),
        (model_error("rate_limited", retry_after=2.2), 503, "model", "3"),
    ],
)
def test_each_expected_failure_has_its_status_and_code(
    error: DatelineError, status: int, code: str, retry: str | None
) -> None:
    told = explain(error)
    assert (told.status, told.code, told.headers.get("Retry-After")) == (status, code, retry)
    assert (told.message, told.help) == (str(error), error.help)


def test_an_unexpected_failure_reveals_only_the_request_id(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def break_down(state: State) -> Starlette:
        async def page(request: Request) -> Response:
            raise ValueError("a detail that nobody should read")

        return Starlette(routes=[Route("/", page)])

    with running(settings(tmp_path / "home"), chat=break_down) as server:
        broken = client.get(server.url, headers={"X-Request-ID": "my-request"})
    assert (broken.status_code, failure(broken)["code"]) == (500, "internal")
    assert "my-request" in failure(broken)["help"]
    assert "detail" not in broken.text
    assert "Traceback" not in broken.text
    assert any("a detail that nobody" in str(record.exc_info) for record in caplog.records)


def test_a_request_gets_an_id_or_keeps_a_well_formed_one(server: Running) -> None:
    def id_for(*given: str) -> str:
        headers = [("X-Request-ID", one) for one in given]
        return client.get(f"{server.url}/health", headers=headers).headers["x-request-id"]

    assert id_for("abc-123.DEF_4:5") == "abc-123.DEF_4:5"
    made = {id_for(), id_for(), id_for(""), id_for("a b"), id_for("<script>"), id_for("x" * 129)}
    assert len(made) == 6
    assert all(one.isalnum() and len(one) == 16 for one in made)


def test_a_log_line_names_the_route_and_not_what_was_asked(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="dateline"):
        client.get(f"{server.url}/api/articles/bridge?q=secret-word")
        client.get(f"{server.url}/v1/models")
        client.request("PROPFIND", f"{server.url}/api/secret-path")
        client.post(f"{server.url}/api/ask", json={"question": "secret-question?"})
        wait_until(lambda: len(caplog.records) == 4)  # a line comes when all of the response has gone out
    lines = [record.getMessage() for record in caplog.records]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        "GET /api/articles/{id} 200",
        "GET /v1/models 200",
        "OTHER none 404",
        "POST /api/ask 200",
    ]
    assert "secret" not in caplog.text


# Bounds


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize(("path", "limit"), [("/api/ask", 4), ("/v1/chat/completions", 4), ("/api/articles", 5)])
def test_request_bodies_are_limited_in_size(server: Running, path: str, limit: int, *, chunked: bool) -> None:
    def body(size: int) -> Iterator[bytes] | bytes:
        return (b" " * 65536 for _ in range(size // 65536)) if chunked else b" " * size

    headers = {"Content-Type": "application/json"}
    fits = client.post(server.url + path, content=body(limit * 2**20), headers=headers)
    assert fits.status_code in {400, 422}
    too_large = client.post(server.url + path, content=body(limit * 2**20 + 65536), headers=headers)
    assert (too_large.status_code, too_large.json()["error"]["code"]) == (413, "too_large")


@contextlib.contextmanager
def connection(url: str) -> Iterator[socket.socket]:
    parts = httpx.URL(url)
    with socket.create_connection((parts.host, parts.port or 80), timeout=PATIENCE) as connected:
        yield connected


def read_all(connected: socket.socket) -> bytes:
    return b"".join(iter(lambda: connected.recv(65536), b""))


def test_slow_requests_time_out(tmp_path: Path) -> None:
    with running(settings(tmp_path / "home", request_timeout=0.3)) as server:
        with connection(server.url) as slow_body:
            slow_body.sendall(b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            answer = read_all(slow_body)
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert b'"too_slow"' in answer
        for unfinished in (b"", b"GET /health HTTP/1.1\r\nHost: local"):
            with connection(server.url) as slow_head, contextlib.suppress(ConnectionResetError):
                slow_head.sendall(unfinished)
                assert read_all(slow_head) == b""


def test_request_heads_are_limited_in_size(server: Running) -> None:
    fits = client.get(f"{server.url}/health", headers={"X-Long": "x" * (LARGEST_HEAD - 1000)})
    assert fits.status_code == 200
    with connection(server.url) as connected, contextlib.suppress(ConnectionResetError):
        connected.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * LARGEST_HEAD + b"\r\n\r\n")
        assert b" 400 " in read_all(connected).splitlines()[0]


def test_answers_beyond_the_limit_are_refused(tmp_path: Path, llm: ScriptedLlm) -> None:
    gate = Gate()
    llm.script(say("Nine million crowns [1].", before=[b"", gate]))
    given = settings(tmp_path / "home", answers_at_once=1, answers_waiting=0, **model(llm))
    with running(given) as server, ThreadPoolExecutor(1) as threads:
        add_article(server.url)
        first = threads.submit(client.post, f"{server.url}/api/ask", json=QUESTION)
        assert gate.reached.wait(PATIENCE)
        refused = client.post(f"{server.url}/api/ask", json=QUESTION)
        assert client.get(f"{server.url}/health").status_code == 200
        gate.open()
        assert first.result(PATIENCE).json()["found"]
        assert (refused.status_code, failure(refused)["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) > 0
        assert figures(server)["dateline_answers_total", "busy"] == 1


def test_passages_keep_their_order_for_a_model_where_many_answers_are_in_the_making(
    tmp_path: Path, llm: ScriptedLlm
) -> None:
    """To read them for their order takes all processors, and the model reads the same ones anyway."""
    many = 4 * (os.cpu_count() or 1)
    gate = Gate()
    llm.script(say("The new bridge cost nine million crowns [1].", before=[b"", gate]))
    given = settings(tmp_path / "home", answers_at_once=many + 1, **model(llm, llm_at_once=many + 1))
    with running(given) as server, ThreadPoolExecutor(many + 1) as threads:
        add_article(server.url)
        others = [threads.submit(client.post, f"{server.url}/api/ask", json=QUESTION) for _ in range(many)]
        wait_until(lambda: server.app.state.service.answering.running == many)
        last = threads.submit(read_events, server.url, threading.Event())
        wait_until(lambda: server.app.state.service.answering.running == many + 1)
        gate.open()
        answers = [other.result(PATIENCE).json() for other in others]
        events = dict(last.result(PATIENCE))
    assert answers[0]["passages"][0]["highlight"] is not None
    assert events["done"]["passages"][0]["highlight"] is None
    assert events["done"]["found"]


def test_an_answer_that_takes_too_long_and_a_model_that_fails(tmp_path: Path, llm: ScriptedLlm) -> None:
    for script, timeout, status, code in (
        (hang(), 0.5, 504, "timeout"),
        (fail(503), PATIENCE, 503, "model"),
        (fail(401), PATIENCE, 502, "model"),
    ):
        given = settings(tmp_path / "home", answer_timeout=timeout, **model(llm, llm_failure="fail"))
        with running(given) as server:
            add_article(server.url)
            llm.script(script)
            failed = client.post(f"{server.url}/api/ask", json=QUESTION)
            assert (failed.status_code, failure(failed)["code"]) == (status, code)
            assert llm.key not in failed.text


# Stopping


def read_events(url: str, begun: threading.Event) -> list[tuple[str, Any]]:
    """Ask for a stream and return all its events; the stream has to end as it should."""
    events: list[tuple[str, Any]] = []
    with client.stream("POST", f"{url}/api/ask", json={**QUESTION, "stream": True}) as response:
        for event in EventSource(response).iter_sse():
            begun.set()
            events.append((event.event, event.json()))
    return events


def test_an_answer_in_progress_is_finished_before_the_server_stops(tmp_path: Path, llm: ScriptedLlm) -> None:
    gate, begun = Gate(), threading.Event()
    llm.script(say("The new bridge cost nine million crowns [1].", before=[b"", gate]))
    with ThreadPoolExecutor(1) as threads:
        with running(settings(tmp_path / "home", **model(llm))) as server:
            add_article(server.url)
            asked = threads.submit(read_events, server.url, begun)
            assert gate.reached.wait(PATIENCE)
            threading.Timer(0.3, gate.open).start()  # while the server stops
        name, answer = asked.result(PATIENCE)[-1]
        assert (name, answer["found"]) == ("done", True)


def test_an_endless_answer_is_ended_properly_when_the_server_stops(tmp_path: Path, llm: ScriptedLlm) -> None:
    llm.script(hang())
    begun = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        with running(settings(tmp_path / "home", stop_timeout=0.2, **model(llm))) as server:
            add_article(server.url)
            asked = threads.submit(read_events, server.url, begun)
            assert begun.wait(PATIENCE)
        name, data = asked.result(PATIENCE)[-1]
        assert name == "error"
        assert data["error"]["code"] == "not_ready"
        assert "stopping" in data["error"]["message"]
    with running(settings(tmp_path / "home")) as server:  # the lock was let go
        assert client.get(f"{server.url}/api/articles").json()["total"] == 1


# Figures


def figures(server: Running) -> dict[tuple[str, ...], float]:
    """What /metrics says, by name and labels."""
    text = client.get(f"{server.url}/metrics").text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_requests_and_articles(tmp_path: Path, llm: ScriptedLlm) -> None:
    llm.script(say("The new bridge cost nine million crowns [1]."))
    with running(settings(tmp_path / "home", **model(llm))) as server:
        add_article(server.url)
        assert client.post(f"{server.url}/api/ask", json=QUESTION).json()["found"]
        chat = {"model": "dateline-extractive", "messages": [{"role": "user", "content": "Who won the cup in 1954?"}]}
        client.post(f"{server.url}/v1/chat/completions", json=chat).raise_for_status()
        client.get(f"{server.url}/api/articles/x")
        seen = figures(server)
    assert seen["dateline_answers_total", "found"] == 1
    assert seen["dateline_answers_total", "not_found"] == 1
    assert seen["dateline_requests_total", "POST", "/api/ask", "200"] == 1
    assert seen["dateline_requests_total", "POST", "/v1/chat/completions", "200"] == 1
    assert seen["dateline_requests_total", "GET", "/api/articles/{id}", "404"] == 1
    assert seen["dateline_request_seconds_count", "POST", "/api/ask"] == 1
    assert seen["dateline_answer_stage_seconds_count", "retrieve"] == 2
    assert (seen["dateline_tokens_total", "prompt"], seen["dateline_tokens_total", "completion"]) == (11, 7)
    assert (seen["dateline_articles",], seen["dateline_passages",]) == (1, 1)
    assert (seen["dateline_queue", "running"], seen["dateline_queue", "waiting"]) == (0, 0)
    assert seen["dateline_ready",] == 1


def test_two_servers_in_one_process_count_for_themselves(server: Running, tmp_path: Path) -> None:
    with running(settings(tmp_path / "home")) as other:
        client.get(f"{other.url}/v1/models")
        assert ("dateline_requests_total", "GET", "/v1/models", "200") in figures(other)
        assert ("dateline_request_seconds_count", "POST", "/api/articles") not in figures(other)


# The description


def test_the_api_page_loads_nothing_from_elsewhere(server: Running) -> None:
    page = client.get(f"{server.url}/docs")
    assert "://" not in page.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
        assert f"docs/{name}" in page.text
        assert client.get(f"{server.url}/docs/{name}").status_code == 200


def test_the_api_page_works_in_a_browser(server: Running) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{server.url}/docs")
        page.get_by_text("Ask a question").wait_for()
        browser.close()
    assert not complaints
    assert asked
    assert all(url.startswith((server.url, "data:")) for url in asked)


# Behind a proxy


@contextlib.contextmanager
def proxy(target: str, *, strips: bool) -> Iterator[str]:
    """A real reverse proxy that shows a server under /paper; it passes the path on as it is or without that."""

    async def forward(request: Request) -> Response:
        path = request.url.path.removeprefix("/paper") if strips else request.url.path
        headers = {**request.headers, "x-forwarded-for": "203.0.113.9", "x-forwarded-host": request.headers["host"]}
        url = f"{target}{path}?{request.url.query}"
        asking = through.build_request(request.method, url, headers=headers, content=await request.body())
        answer = await through.send(asking, stream=True)
        return StreamingResponse(
            answer.aiter_raw(), answer.status_code, answer.headers, background=BackgroundTask(answer.aclose)
        )

    through = httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))
    app = Starlette(routes=[Route("/paper{path:path}", forward, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
        thread = threading.Thread(target=serving.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/paper"
        finally:
            serving.should_exit = True
            thread.join(PATIENCE)


@pytest.mark.parametrize("strips", [True, False])
def test_a_server_works_behind_a_proxy_under_a_path(tmp_path: Path, *, strips: bool) -> None:
    def build(state: State) -> Starlette:
        return Starlette(routes=[Route("/", lambda request: PlainTextResponse(request.scope["root_path"]))])

    given = settings(tmp_path / "home", root_path="paper/", api_keys="a-key", insecure=True, proxies="127.0.0.1")
    key = {"X-API-Key": "a-key"}
    with running(given, chat=build) as server, proxy(server.url, strips=strips) as url:
        assert client.get(f"{url}/health").status_code == 200
        assert client.get(f"{url}/api/articles", headers=key).json()["total"] == 0
        assert client.get(f"{url}/api/articles").status_code == 401
        assert client.get(f"{url}/v1/none", headers=key).json()["error"]["type"] == "invalid_request_error"
        assert client.get(f"{url}/").text == "/paper"
        assert 'src="docs/start.js"' in client.get(f"{url}/docs").text
        assert client.get(f"{url}/docs/start.js").status_code == 200
        assert client.get(f"{url}/openapi.json").json()["servers"] == [{"url": "/paper"}]
        origin = {"Origin": url.removesuffix("/paper")}
        assert client.post(f"{url}/api/ask", headers=key | origin, json=QUESTION).json()["found"] is False
