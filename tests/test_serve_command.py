from __future__ import annotations

import contextlib
import http.server
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from index import ArticleIndex
from tests.scripted_llm import Gate, ScriptedLlm, hang, say
from tests.serving import PATIENCE, client
from ui.process import listen
from ui.service.errors import ServeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.passages.embedding_bundled import BundledEmbedder

DATELINE = Path(sys.executable).with_name("dateline")
KEY, PASSWORD = "serve-key-0123456789", "serve-password-0123456789"
BEARER = {"Authorization": f"Bearer {KEY}"}
READY = "Dateline is ready at "


class Serving:
    """A `dateline serve` on a free port; it has said that it is ready. With a key and no user it has no chat."""

    def __init__(self, home: Path, *options: str, **settings: Any) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        given = {"DATELINE_HOME": home, "DATELINE_API_KEYS": KEY, "DATELINE_LLM": "none", **settings}
        self.process = subprocess.Popen(
            [DATELINE, "serve", "--port", "0", *options],
            env={**environment, **{name: str(value) for name, value in given.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        assert line.startswith(READY), self.end(signal.SIGKILL)
        self.url = line.removeprefix(READY)

    def end(self, *signals: signal.Signals) -> tuple[int, str, str]:
        """Send signals, and return the status and what was written to stdout and stderr since."""
        for number in signals:
            self.process.send_signal(number)
        out, log = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, log


@contextlib.contextmanager
def serving(home: Path, *options: str, **settings: Any) -> Iterator[Serving]:
    server = Serving(home, *options, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()


def fail_to_serve(home: Path, *options: str, **settings: str) -> str:
    """Run a command that cannot serve, and return the one line that it says why."""
    given = {"DATELINE_HOME": str(home), "DATELINE_API_KEYS": KEY, "DATELINE_LLM": "none", **settings}
    done = subprocess.run(
        [DATELINE, "serve", "--port", "0", *options],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    told = [line for line in done.stderr.splitlines() if line.startswith("dateline: ")]
    assert done.stderr.splitlines()[-1:] == told
    assert "Traceback" not in done.stderr
    return told[0]


def model(llm: ScriptedLlm) -> dict[str, str]:
    return {
        "DATELINE_LLM": "openai",
        "DATELINE_LLM_MODEL": "scripted",
        "OPENAI_BASE_URL": llm.url,
        "OPENAI_API_KEY": llm.key,
        "DATELINE_LLM_RETRIES": "0",
    }


def add_article(server: Serving) -> None:
    article = {"title": "Bridge", "text": "The mayor of Havel said that the new bridge cost nine million crowns."}
    client.post(f"{server.url}/api/articles", json={"articles": [article]}, headers=BEARER).raise_for_status()


def test_a_server_prints_its_address_and_exits_cleanly(tmp_path: Path, embedder: BundledEmbedder) -> None:
    with serving(tmp_path / "new" / "home") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert client.get(f"{server.url}/ready").status_code == 200
        add_article(server)
        status, out, log = server.end(signal.SIGTERM)
        assert (status, out) == (0, "")
        assert "Traceback" not in log
    with ArticleIndex.open(tmp_path / "new" / "home", embedder=embedder, write=True) as index:
        assert index.count() == 1


def test_an_answer_in_progress_is_finished(tmp_path: Path) -> None:
    gate = Gate()
    with ScriptedLlm() as llm, serving(tmp_path / "home", **model(llm)) as server:
        add_article(server)
        llm.script(say("The new bridge cost nine million crowns [1].", before=[b"", gate]))
        answers: list[Any] = []
        question = {"question": "What did the new bridge cost?"}
        asking = threading.Thread(
            target=lambda: answers.append(client.post(f"{server.url}/api/ask", json=question, headers=BEARER).json())
        )
        asking.start()
        assert gate.reached.wait(PATIENCE)
        server.process.send_signal(signal.SIGINT)
        _wait_until_closed(server.url)
        gate.open()
        asking.join(PATIENCE)
        assert answers[0]["found"]
        assert server.end()[0] == 0


def _wait_until_closed(url: str) -> None:
    """Return when the server takes no new connections."""
    host, port = url.removeprefix("http://").split(":")
    for _ in range(PATIENCE * 50):
        with socket.socket() as trying:
            if trying.connect_ex((host, int(port))):
                return
        threading.Event().wait(0.02)
    raise AssertionError("the server goes on listening")


def test_a_second_signal_ends_it_at_once_without_data_loss(tmp_path: Path, embedder: BundledEmbedder) -> None:
    home = tmp_path / "home"
    with ScriptedLlm() as llm, serving(home, **model(llm), DATELINE_STOP_TIMEOUT="60") as server:
        add_article(server)
        llm.script(hang())
        asked = {"question": "What did the new bridge cost?", "stream": True}
        with client.stream("POST", f"{server.url}/api/ask", json=asked, headers=BEARER) as response:
            next(response.iter_lines())
            server.process.send_signal(signal.SIGINT)
            _wait_until_closed(server.url)
            assert server.end(signal.SIGINT)[0] == 130
    with ArticleIndex.open(home, embedder=embedder, write=True) as index:
        assert index.count() == 1


def test_the_chat_is_available_once_it_is_announced(tmp_path: Path) -> None:
    with serving(tmp_path / "home", DATELINE_API_KEYS="") as server:
        page = client.get(server.url)
        assert (page.status_code, "gradio" in page.text) == (200, True)
        assert server.end(signal.SIGTERM)[0] == 0


def test_a_home_is_served_once_and_again_when_its_server_was_killed(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as server:
        add_article(server)
        told = fail_to_serve(tmp_path / "home")
        assert "dateline serve" in told
        assert server.url in told
        assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
    with serving(tmp_path / "home") as server:
        assert client.get(f"{server.url}/api/articles", headers=BEARER).json()["total"] == 1


def test_a_home_that_cannot_be_created_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be created" in fail_to_serve(tmp_path / "file" / "home")


def test_a_port_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = fail_to_serve(tmp_path / "home", "--port", port)
    assert port in told
    assert "--port" in told


@pytest.mark.parametrize(
    ("options", "settings", "words"),
    [
        (["--host", "::"], {"DATELINE_API_KEYS": ""}, ["DATELINE_API_KEYS", "DATELINE_USERS", "--insecure"]),
        ([], {"DATELINE_USERS": f"ann:{PASSWORD},{PASSWORD}"}, ["DATELINE_USERS", "name:password"]),
        ([], {"DATELINE_RATE_LIMIT": "often"}, ["DATELINE_RATE_LIMIT", "240/minute"]),
        (["--host", "203.0.113.1"], {}, ["203.0.113.1", "--host"]),
        (["--host", "none.invalid"], {}, ["none.invalid", "--host"]),
    ],
)
def test_errors_at_start_are_reported_in_one_line(
    tmp_path: Path, options: list[str], settings: dict[str, str], words: list[str]
) -> None:
    told = fail_to_serve(tmp_path / "home", *options, **settings)
    assert all(word in told for word in words)
    assert PASSWORD not in told
    assert not (tmp_path / "home").exists()


def test_a_server_listens_elsewhere_when_told_to(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--host", "0.0.0.0", "--insecure", "--root-path", "/paper") as server:  # noqa: S104
        assert client.get(f"{server.url}/paper/ready").status_code == 200
        assert client.get(f"{server.url}/paper/api/articles").status_code == 401
    with listen("::1", 0) as listening:
        assert listening.family == socket.AF_INET6
    with pytest.raises(ServeError):
        listen("203.0.113.1", 0)


def test_the_log_is_json_that_names_requests_and_no_secrets(tmp_path: Path) -> None:
    users = f"ann:{PASSWORD}"
    with serving(tmp_path / "home", DATELINE_LOG_FORMAT="json", DATELINE_USERS=users) as server:
        identified = {"X-Request-ID": "mine"} | BEARER
        shown = [client.get(f"{server.url}/api/articles?q=words-asked-for", headers=identified)]
        shown += [client.get(f"{server.url}/v1/models", headers={"X-API-Key": f"{KEY}-wrong"})]
        shown += [client.post(f"{server.url}/api/ask", json={"question": KEY, "x": PASSWORD}, headers=BEARER)]
        for password in (PASSWORD, f"{PASSWORD}-wrong"):
            shown.append(client.post(f"{server.url}/login", data={"username": "ann", "password": password}))
        shown += [client.get(server.url + path, headers=BEARER) for path in ("/", "/metrics", "/openapi.json")]
        status, _, log = server.end(signal.SIGTERM)
    assert status == 0
    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["logger"] == "dateline.requests"]
    mine = next(line for line in requests if line["request_id"] == "mine")
    assert (mine["method"], mine["route"], mine["status"], mine["key"]) == ("GET", "/api/articles", 200, "key-1")
    assert mine["level"] == "INFO"
    assert mine["ms"] > 0
    assert len(requests) == len(shown)
    for text in (log, *(response.text for response in shown)):
        assert KEY not in text
        assert PASSWORD not in text
    assert "words-asked-for" not in log


class Collector(http.server.ThreadingHTTPServer):
    """Takes traces, as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        received = self.received

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's word
                pass

        super().__init__(("127.0.0.1", 0), Handler)


def test_traces_are_sent_without_texts(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        with serving(tmp_path / "home", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as server:
            client.get(f"{server.url}/api/articles?q=words-asked-for", headers=BEARER)
            client.post(f"{server.url}/api/ask", json={"question": "words-asked?"}, headers=BEARER)
            client.get(f"{server.url}/health")
            assert server.end(signal.SIGTERM)[0] == 0  # sends what is left
        collector.shutdown()
        thread.join(PATIENCE)
    assert {path for path, _ in collector.received} == {"/v1/traces"}
    sent = b"".join(body for _, body in collector.received)
    for word in (b"/api/articles", b"/api/ask", b"dateline.ms.retrieve", b"dateline.found"):
        assert word in sent
    for word in (b"words-asked", b"/health", KEY.encode()):
        assert word not in sent


def test_a_response_does_not_wait_for_the_clients_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


HEAPS = """
import ctypes, os, re, sys, threading
from pathlib import Path
from assistant.settings import load_settings
from ui.process import run

def count(_):
    together = threading.Barrier(40)

    def hold():
        held = bytes(5000)
        together.wait()

    threads = [threading.Thread(target=hold) for _ in range(40)]
    for step in (threading.Thread.start, threading.Thread.join):
        for thread in threads:
            step(thread)
    libc, path = ctypes.CDLL(None), sys.argv[1] + "/heaps"
    libc.fopen.restype = ctypes.c_void_p
    file = ctypes.c_void_p(libc.fopen(path.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(len(re.findall("<heap nr=", Path(path).read_text())), flush=True)
    os._exit(0)

run(load_settings(home=sys.argv[1] + "/home", llm="none", port=0, api_keys="a-key-of-this-test"), say=count)
"""


@pytest.mark.skipif("glibc" not in platform.libc_ver(), reason="only glibc has a heap for each thread")
def test_the_threads_of_a_server_share_as_many_heaps_as_there_are_processors(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HEAPS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3 * PATIENCE, check=False)
    assert int(done.stdout) <= (os.cpu_count() or 1), done.stderr
