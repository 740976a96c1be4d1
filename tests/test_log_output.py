"""What a server writes to stderr: clean lines, limited in length and number."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.noisy_llm import ROUNDS
from tests.serving import client
from tests.test_serve_command import BEARER, DATELINE, KEY, READY

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING|ERROR) [\w.]+ \[[\w.-]+\] \S.*")
REQUESTS = 230
ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def logged(folder: Path, **settings: str) -> str:
    """Return what a server writes to stderr whose model makes a lot of noise."""
    noisy = {
        "DATELINE_HOME": str(folder / "home"),
        "DATELINE_API_KEYS": KEY,
        "DATELINE_LLM": "tests.noisy_llm.NoisyLLM",
        "DATELINE_LLM_RETRIES": "0",
        "DATELINE_LLM_FOLLOWUPS": "false",
        "PYTHONPATH": str(ROOT),
    }
    file = folder / "log"
    with (
        file.open("w") as log,
        subprocess.Popen(
            [DATELINE, "serve", "--port", "0"],
            env=os.environ | noisy | settings,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        try:
            assert server.stdout
            url = server.stdout.readline().strip().removeprefix(READY)
            assert url, file.read_text()
            article = {"title": "Bridge", "text": "The mayor of Havel said that the bridge cost nine million crowns."}
            client.post(f"{url}/api/articles", json={"articles": [article]}, headers=BEARER).raise_for_status()
            asked = client.post(f"{url}/api/ask", json={"question": "What did the bridge cost?"}, headers=BEARER)
            assert asked.status_code == 200, asked.text
            with httpx.Client(headers=BEARER) as often:
                for _ in range(REQUESTS):
                    assert often.get(f"{url}/api/jobs/none").status_code == 404
        finally:
            server.terminate()
    assert server.returncode == 0, file.read_text()
    return file.read_text()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The log of such a server as text."""
    return logged(tmp_path_factory.mktemp("log"))


def test_each_event_is_one_clean_line_of_bounded_length(log: str) -> None:
    assert not ODD.search(log)
    for line in log.splitlines():
        assert LINE.fullmatch(line), line
        assert len(line) < 2_500
    assert "<U+001B>[31mred" in log
    assert "<U+202E>" in log
    assert f"x… ({1_000_000 - 2_000:,} more characters)" in log
    assert "py.warnings" in log


def test_errors_are_logged_with_type_and_place_but_no_traceback(log: str) -> None:
    assert "Traceback" not in log
    assert '  File "' not in log
    assert re.search(
        r"ERROR careless \[-\] number 0 failed: .*: ValueError: round 0: .*\(.*tests/noisy_llm\.py:\d+\)", log
    )
    assert re.search(r"ERROR stderr \[-\] ValueError: round 0: .* \(tests/noisy_llm\.py:\d+\)", log)
    assert re.search(r"WARNING stderr \[-\] progress <U\+001B>", log)


def test_many_lines_of_a_kind_are_counted(log: str) -> None:
    assert len(re.findall(r"\] number \d+ failed", log)) == 20
    assert f"{ROUNDS - 20} more like this: number {ROUNDS - 1} failed" in log
    assert len(re.findall(r"\] put together for \d+", log)) == 20
    assert f"{ROUNDS - 20} more like this: put together for {ROUNDS - 1}" in log
    assert len(re.findall(r"dateline\.requests \[\w+\] GET /api/jobs/\{id\} 404", log)) == 200
    assert f"{REQUESTS - 200} more like this: GET /api/jobs/{{id}} 404" in log


def test_json_has_the_same_lines(tmp_path: Path) -> None:
    log = logged(tmp_path, DATELINE_LOG_FORMAT="json")
    lines = [json.loads(line) for line in log.splitlines()]
    assert "Traceback" not in log
    assert not any(ODD.search(line["message"]) for line in lines)
    assert any(line["logger"] == "careless" and "ValueError: round 0" in line["message"] for line in lines)
    assert max(map(len, log.splitlines())) < 3_000
    assert KEY not in log


def test_debug_mode_shows_everything(tmp_path: Path) -> None:
    log = logged(tmp_path, DATELINE_DEBUG="1")
    assert log.count("Traceback (most recent call last):") >= 2 * ROUNDS
    assert "more like this" not in log


FAILING = """
import asyncio, httpx
from assistant.settings import load_settings
from ui.http.log_output import logging_to_stderr
from ui.http.metrics import Metrics
from ui.http.request_logs import RequestLog

async def app(scope, receive, send):
    raise KeyError("no such \\x1b[31mshard\\nsecond line")

async def ask():
    transport = httpx.ASGITransport(RequestLog(app, metrics=Metrics()))
    async with httpx.AsyncClient(transport=transport, base_url="http://a.example") as client:
        return await client.get("/", headers={"X-Request-ID": "mine"})

with logging_to_stderr(load_settings()):
    print(asyncio.run(ask()).text)
"""


def test_an_unexpected_error_is_one_line_with_the_clients_request_id() -> None:
    ran = subprocess.run([sys.executable, "-c", FAILING], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "name the request mine" in ran.stdout
    unexpected, request = ran.stderr.splitlines()
    assert LINE.fullmatch(unexpected)
    assert "ERROR dateline.requests [mine] something unexpected happened: KeyError: " in unexpected
    assert re.search(
        r"\(ui/http/request_logs\.py:\d+, <string>:\d+\)|\(ui/http/request_logs\.py:\d+, .*<string>:\d+\)", unexpected
    )
    assert " 500 " in request
