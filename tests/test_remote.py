from __future__ import annotations

import contextlib
import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from assistant import Ask, Conversation, DoneEvent, PassagesEvent, article_json, passage_json
from assistant.ask import OPTIONS
from assistant.settings import load_settings
from index import DatelineError, Filters
from tests.scripted_llm import KEY as LLM_KEY
from tests.scripted_llm import Gate, ScriptedLlm, say
from tests.serving import PATIENCE, running, settings
from ui.cli import main
from ui.commands.local import Local
from ui.commands.remote import Remote
from ui.rest.requests import AskRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.serving import Running

QUESTION = "What did Grushko demand?"
KEY = "remote-key-1"
ADDED = "The ferry to Skerrin is late by a year. It waits for its batteries, the harbour board said."


@pytest.fixture(scope="module")
def server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server over a copy of the sample home, for reading only."""
    home = shutil.copytree(sample_home, tmp_path_factory.mktemp("remote") / "home")
    with running(settings(home, api_keys=KEY)) as started:
        yield started


@pytest.fixture
def remote(server: Running) -> Iterator[Remote]:
    with contextlib.closing(Remote(server.url, KEY)) as opened:
        yield opened


@pytest.fixture
def local(sample_home: Path) -> Iterator[Local]:
    with contextlib.closing(Local(load_settings(home=sample_home, llm="none"), purpose="a test")) as opened:
        yield opened


@pytest.fixture
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_API_KEY", KEY)


def run(*words: str, input: str | None = None) -> Result:  # noqa: A002 - CliRunner's word
    return CliRunner().invoke(main, words, input=input)


def assert_fails(result: Result, *words: str) -> None:
    assert result.exit_code != 0
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


# The same objects


def test_articles_are_the_same_through_a_server(remote: Remote, local: Local) -> None:
    for filters in (Filters(), Filters(source=("dateline samples desk",)), Filters(source=("No Such Paper",))):
        found, expected = remote.articles(filters), local.articles(filters)
        assert [article_json(article) for article in found] == [article_json(article) for article in expected]
    assert remote.article("grushko-guarantees").text == local.article("grushko-guarantees").text


def test_passages_and_answers_are_the_same_through_a_server(remote: Remote, local: Local) -> None:
    filters = Filters(author=("Bram Solvey",))
    for query in (QUESTION, "harbour"):
        found, expected = (place.search(query, k=5, filters=filters)[0] for place in (remote, local))
        assert [passage_json(part) for part in found] == [passage_json(part) for part in expected]
    conversation = Conversation().with_turn("Who is Steve Witkoff?", "An envoy.").with_turn("Who is Merz?", "")
    for question in (QUESTION, "What did Steve Witkoff do last week?", "What is the price of gold?", "Hello"):
        for given in (Conversation(), conversation):
            answers = []
            for place in (remote, local):
                *_, done = place.stream(Ask(question, conversation=given))
                assert isinstance(done, DoneEvent)
                answers.append(done.answer.as_json() | {"timings_ms": {}})
            assert answers[0] == answers[1]


def test_every_option_of_a_question_reaches_the_server(remote: Remote) -> None:
    assert set(OPTIONS) <= set(AskRequest.model_fields)
    *_, done = remote.stream(Ask(QUESTION, k=2))
    assert isinstance(done, DoneEvent)
    assert len(done.answer.passages) == 2


def test_a_followup_and_its_time_are_understood_through_a_server(remote: Remote) -> None:
    conversation = Conversation().with_turn("Who is Steve Witkoff?", "An envoy.")
    first, *_ = remote.stream(Ask("What did he call his meeting?", conversation=conversation))
    assert isinstance(first, PassagesEvent)
    assert first.standalone_question == "What did Steve Witkoff call his meeting?"
    question = "What did Grushko demand in news from May 1999?"
    for read_times in (True, False):
        *_, done = remote.stream(Ask(question, read_times=read_times))
        assert isinstance(done, DoneEvent)
        assert bool(done.answer.time) is read_times


def test_closing_the_stream_stops_the_servers_work(sample_home: Path, tmp_path: Path) -> None:
    home, gate = shutil.copytree(sample_home, tmp_path / "home"), Gate()
    with ScriptedLlm() as llm:
        llm.script(say("Grushko demanded guarantees [1].", before=[b"", gate]))
        model = {"llm": "openai", "llm_model": "m", "openai_base_url": llm.url, "openai_api_key": LLM_KEY}
        with (
            running(settings(home, **model)) as server,
            contextlib.closing(Remote(server.url)) as remote,
        ):
            events = remote.stream(Ask(QUESTION))
            assert isinstance(next(events), PassagesEvent)
            assert gate.reached.wait(PATIENCE)
            events.close()  # type: ignore[attr-defined]  # it is a generator
            assert llm.received[0].disconnected.wait(PATIENCE)


# The commands


def _times_apart(output: str) -> str:
    return re.sub(r"\d+\.\d s", "", re.sub(r'"\w+": [\d.]+(?=,?\n)', "", output))


@pytest.mark.usefixtures("_key")
@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["list", "--json", "--source", "Dateline Samples Desk"],
        ["show", "grushko-guarantees"],
        ["show", "grushko-guarantees", "--json"],
        ["search", "Ropewalk Bridge cost", "--json", "--until", "2024-03-01"],
        ["search", "bridge", "--source", "No Such Paper"],
        ["ask", QUESTION],
        ["ask", QUESTION, "--json"],
        ["ask", "What is the unemployment rate in Germany?", "--article", "grushko-guarantees"],
        ["chat"],
    ],
)
def test_commands_print_the_same_through_a_server(server: Running, sample_home: Path, words: list[str]) -> None:
    typed = "Who is Steve Witkoff?\nwhat did he call his meeting with Putin?\n"
    far, near = (run(*words, *where, input=typed) for where in (["--server", server.url], ["--home", str(sample_home)]))
    assert far.exit_code == near.exit_code == 0, far.stderr
    assert _times_apart(far.stdout) == _times_apart(near.stdout)
    assert far.stderr == ""


def test_articles_are_added_and_removed_through_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text(ADDED)
    (folder / "empty.txt").write_text("")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    rows = [{"id": f"row/{number}", "text": f"Row {number} of the table is an article."} for number in range(3)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with running(settings(tmp_path / "home")) as server:
        monkeypatch.setenv("DATELINE_SERVER", server.url)
        first = run("add", str(folder))
        assert first.stdout == "Added 4 articles, replaced 0, unchanged 0, skipped 2.\n"
        assert len(first.stderr.splitlines()) == 3
        assert str(tmp_path) not in first.stderr
        assert "unchanged 4" in run("add", str(folder)).stdout
        assert "late by a year" in run("ask", "How late is the ferry to Skerrin?").stdout
        assert run("remove", "row/0", "row/1", "row/1").stdout == "Removed 2 articles.\n"
        assert_fails(run("remove", "row/2", "row/0"), "No article has the id 'row/0'")
        assert len(run("list").stdout.splitlines()) == 2
        assert_fails(run("show", "row/0"), "No article has the id")
        nothing = run("add", str(folder / "empty.txt"))
        assert_fails(nothing, "empty.txt is empty")
        refused = run("add", "http://127.0.0.1:9/page")
        assert_fails(refused, "private")
        assert run("add", "--sample").stdout.startswith("Added 24 articles")
        near = run("list", "--home", str(tmp_path / "none"))  # a home on the line goes before the environment
        assert_fails(near, "There is no collection")


def test_a_file_that_is_too_large_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_text("Word for word. " * 200_000)
    (tmp_path / "good.txt").write_text(ADDED)
    with running(settings(tmp_path / "home", max_upload_mb=1)) as server:
        result = run("add", str(tmp_path / "good.txt"), str(tmp_path / "large.txt"), "--server", server.url)
        assert result.stdout == "Added 1 article, replaced 0, unchanged 0, skipped 1.\n"
        assert "large.txt" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--server", "127.0.0.1:8000"], "http://127.0.0.1:8000"),
        (["list", "--server", "ftp://127.0.0.1"], "is not the address of a server"),
        (["list", "--server", "http://127.0.0.1:9"], "No server answers at http://127.0.0.1:9. Start it with"),
        (["--server", "http://127.0.0.1:9", "list"], "No server answers at http://127.0.0.1:9. Start it with"),
        (["ask", "Who?", "--server", "http://127.0.0.1:9"], "No server answers"),
        (["add", "--sample", "--server", "http://127.0.0.1:9"], "No server answers"),
    ],
)
def test_an_unreachable_server_is_one_line(words: list[str], said: str) -> None:
    assert_fails(run(*words), said)


def test_a_key_is_required(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in (None, "wrong"):
        if key:
            monkeypatch.setenv("DATELINE_API_KEY", key)
        for words in (["list"], ["ask", "Who?"]):
            assert_fails(run(*words, "--server", server.url), "DATELINE_API_KEY")
    monkeypatch.setenv("DATELINE_API_KEY", KEY)
    assert run("list", "--server", server.url).exit_code == 0


def test_operations_that_a_server_does_not_support_are_errors(sample_home: Path) -> None:
    for words in (
        ["ask", "Who?", "--server", "http://127.0.0.1:9", "--model", "x"],
        ["ask", "Who?", "--server", "http://127.0.0.1:9", "--llm", "openai"],
        ["list", "--server", "http://127.0.0.1:9", "--home", str(sample_home)],
        ["--server", "http://127.0.0.1:9", "--home", str(sample_home), "list"],
        ["--home", str(sample_home), "list", "--server", "http://127.0.0.1:9"],
    ):
        result = run(*words)
        assert result.exit_code == 2
        assert "--server" in result.stderr


def test_a_home_in_use_names_its_server_at_once(sample_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(sample_home, tmp_path / "home")
    with running(settings(home)) as server:
        for words in (["ask", QUESTION], ["search", "bridge"], ["add", "--sample"]):
            assert_fails(run(*words, "--home", str(home)), "dateline serve", f"`--server {server.url}`")
        assert run("list", "--home", str(home)).exit_code == 0  # reading needs no lock
        assert run("ask", QUESTION, "--server", server.url).exit_code == 0
    assert run("ask", QUESTION, "--home", str(home)).exit_code == 0


# What answers as no server of ours does


@contextlib.contextmanager
def answering(body: bytes, kind: str, status: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that BaseHTTPRequestHandler looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("body", [b"<h1>It works!</h1>", b"[]", b'{"error": "no"}', b""])
def test_another_kind_of_server_is_recognised(body: bytes) -> None:
    with answering(body, "text/html", 404) as url:
        assert_fails(run("list", "--server", url), "does not answer as Dateline does (404)")
        assert_fails(run("ask", "Who?", "--server", url), "Check the address.")
    with answering(body, "text/html") as url:
        assert_fails(run("list", "--server", url), "Check the address.")


def test_an_interrupted_stream_is_not_an_answer() -> None:
    passages = b'event: passages\ndata: {"standalone_question": "Who?", "passages": []}\n\n'
    with answering(passages + b'event: text\ndata: {"te', "text/event-stream") as url:
        with (
            contextlib.closing(Remote(url)) as remote,
            pytest.raises(DatelineError, match=r"closed the connection|was lost"),
        ):
            list(remote.stream(Ask("Who?")))
        assert "Traceback" not in run("ask", "Who?", "--server", url).stderr


def test_a_web_page_instead_of_a_stream_is_recognised() -> None:
    with answering(b"<h1>It works!</h1>", "text/html") as url:
        assert_fails(run("ask", "Who?", "--server", url), "does not answer as Dateline does")


def test_an_error_midway_is_raised_with_its_help() -> None:
    error = {"error": {"code": "model", "message": "It failed.", "help": "Mend."}}
    body = f": still here\n\nevent: error\ndata: {json.dumps(error)}\n\n".encode()
    with answering(body, "text/event-stream") as url, contextlib.closing(Remote(url)) as remote:
        with pytest.raises(DatelineError, match="It failed") as caught:
            list(remote.stream(Ask("Who?")))
        assert caught.value.help == "Mend."
