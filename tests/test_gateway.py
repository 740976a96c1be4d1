"""The gateway in front of Gradio exposes nothing but the page, whatever is requested."""

from __future__ import annotations

import contextlib
import io
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import gradio
import httpx
import pytest
from fastapi.routing import APIRoute
from gradio.context import LocalContext
from gradio.exceptions import InvalidPathError
from gradio.processing_utils import move_files_to_cache
from starlette.routing import Mount, Route

from tests.browser import copied, of_gradio
from tests.serving import PATIENCE, Running, client, failure, running, settings, wait_until
from ui.chat.at_once import AtOnce
from ui.chat.page_events import read_event
from ui.chat.sent_files import SentFiles
from ui.chat.sessions import PageSessions
from ui.service.errors import TooManyFilesError
from ui.service.service import LONGEST_QUESTION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = of_gradio

JOIN, DATA = "/gradio_api/queue/join", "/gradio_api/queue/data"
ASKED = 1  # the number of the listener that answers questions

# Every route of the installed Gradio, judged. A new version's new route fails the test until somebody has judged it.
SERVED = {
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/static/{path:path}"),
    ("GET", "/assets/{path:path}"),
    ("GET", "/theme.css"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"),
    ("POST", JOIN),
    ("GET", DATA),
}
OWN = {("POST", "/login"), ("GET", "/logout")}  # which the server answers itself, before the page
OFF = {
    *((method, "/openapi.json") for method in ("GET", "HEAD")),
    *(
        ("GET", path)
        for path in (
            "/config", "/config/", "/favicon.ico", "/manifest.json", "/monitoring", "/monitoring/summary",
            "/monitoring/{key}", "/pwa_icon", "/pwa_icon/{size}", "/robots.txt", "/svelte/{path:path}",
        )
    ),
    ("POST", "/login/"),
    *(
        (method, f"/gradio_api/{path}")
        for method, paths in {
            "GET": (
                "app_id/", "call/{api_name}/{event_id}", "call/v2/{api_name}/{event_id}",
                "custom_component/{id}/{environment}/{type}/{file_name}", "deep_link", "dev/reload",
                "file/{path:path}", "file={path_or_url:path}", "info", "info/", "login_check", "login_check/",
                "openapi.json", "proxy={url_path:path}", "queue/status", "runs", "runs/", "startup-events",
                "stream/{session_hash}/{run}/{component_id}/playlist-file",
                "stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
                "stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}", "theme.css", "token", "token/",
                "upload_progress", "user", "user/", "vibe-code", "vibe-code/",
            ),
            "HEAD": ("file={path_or_url:path}", "proxy={url_path:path}"),
            "POST": (
                "api/{api_name}", "api/{api_name}/", "call/v2/{api_name}", "call/v2/{api_name}/", "call/{api_name}",
                "call/{api_name}/", "cancel", "component_server", "component_server/", "process_recording", "reset",
                "reset/", "run/{api_name}", "run/{api_name}/", "stream/{event_id}",
                "stream/{event_id}/close", "undo-vibe-edit", "undo-vibe-edit/", "upload", "vibe-code", "vibe-code/",
                "vibe-edit", "vibe-edit/", "vibe-starter-queries", "vibe-starter-queries/",
            ),
        }.items()
        for path in paths
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = copied(sample_home, tmp_path_factory.mktemp("gateway"))
    with running(settings(home), chat=True) as server:
        yield server


@contextlib.contextmanager
def visitor(server: Running) -> Iterator[httpx.Client]:
    """A browser that has opened the page."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        client.get("/", headers={"Accept": "text/html"}).raise_for_status()
        assert "dateline_visitor" in client.cookies
        yield client


def event(session: str = "abcdefgh", **given: Any) -> dict[str, Any]:
    return {
        "data": [None, {}],
        "event_data": {"question": "What did Grushko demand?", "replaces": False},
        "fn_index": ASKED,
        "trigger_id": None,
        "session_hash": session,
        **given,
    }


def gradio_app(server: Running) -> Any:
    """Return the Gradio that is mounted behind the gateway."""
    found: Any = server.app.state.page._app
    while not isinstance(found, gradio.routes.App):
        inner = next(route for route in reversed(found.routes) if isinstance(route, Mount)).app
        found = getattr(inner, "_app", inner)
    return found


def route_table(routes: list[Any]) -> set[tuple[str, str]]:
    """Return the methods and paths of routes, and of the routers among them."""
    table: set[tuple[str, str]] = set()
    for route in routes:
        if isinstance(route, APIRoute | Route):
            table |= {(method, route.path) for method in route.methods or ()}
        else:
            table |= route_table(route.original_router.routes)
    return table


def test_every_route_of_the_installed_gradio_is_classified(server: Running) -> None:
    assert route_table(gradio_app(server).routes) == SERVED | OWN | OFF


@pytest.mark.parametrize(("method", "path"), sorted(OFF))
def test_routes_that_the_page_does_not_need_are_not_served(server: Running, method: str, path: str) -> None:
    if path == "/openapi.json":
        pytest.skip("this is our own description of REST, not Gradio's")
    asked = re.sub(r"\{[^}]*\}", "abcdefgh", path)
    with visitor(server) as client:
        answer = client.request(method, asked, headers={"Accept": "text/html"})
    assert answer.status_code in {404, 405}
    assert "gradio" not in answer.text


FILE = {"meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    "given",
    [
        {"data": [None, "FILE"]},
        {"data": ["FILE", {}]},
        {"data": [None, {"source": ["FILE"]}]},
        {"data": [None, {"source": "FILE"}]},
        {"data": [None, {"a": "FILE"}]},
        {"data": [[["FILE"]], {}]},
        {"event_data": "FILE"},
        {"event_data": {"question": "FILE"}},
        {"event_data": {"question": "What?", "more": "FILE"}},
        {"event_data": {"uploads": ["FILE"]}},
        {"event_data": {"value": "FILE"}},
        {"more": "FILE"},
        {"trigger_id": "FILE"},
    ],
    ids=str,
)
@pytest.mark.parametrize("url", [False, True])
def test_no_event_can_name_a_file(server: Running, tmp_path: Path, given: dict[str, Any], url: bool) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the key is 4711")
    with standing_by() as (address, heard), visitor(server) as client:
        named = FILE | ({"path": "x.txt", "url": address} if url else {"path": str(secret)})
        body = json.dumps(event(**given)).replace('"FILE"', json.dumps(named))
        answer = client.post(JOIN, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "invalid"
        assert "4711" not in answer.text
    assert not heard


def test_links_to_states_and_files_do_not_work(server: Running, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the key is 4711")
    with standing_by() as (address, heard), visitor(server) as client:
        plain = client.get("/")
        for path in ("/?deep_link=abc", "/?view=api", f"/?__theme=dark&deep_link={secret}"):
            linked = client.get(path)
            assert linked.status_code == 200
            assert '"deep_link_state":"none"' in linked.text
            assert len(linked.text) == len(plain.text)
        for way in ("file=", "file/", "proxy="):
            for named in (address, str(secret), str(secret).lstrip("/"), "/proc/self/environ"):
                for prefix in ("/gradio_api/", "/"):
                    assert client.get(f"{prefix}{way}{named}").status_code == 404
        for named in ("../../../etc/passwd", "..%2f..%2fconfig", "%2e%2e/config", "x/../../config", ".hidden"):
            assert client.get(f"/assets/{named}").status_code == 404
    assert not heard


def test_only_the_validated_event_is_passed_on(server: Running) -> None:
    """Two values under one name, or a body that another reader reads differently, never reach Gradio."""
    body = json.dumps(event())
    twice = body.replace('"data"', '"data": [{"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}], "data"')
    assert read_event(twice.encode()) == event()
    with visitor(server) as client:
        for bad in (b"", b"{}", b"[]", b"null", b"\xff", body.encode("utf-16"), b'{"data": [' + b"[" * 10_000):
            assert client.post(JOIN, content=bad).status_code == 422


def test_events_are_limited_in_size(server: Running) -> None:
    with visitor(server) as client:
        asked = {"question": "x" * 1_000_000, "replaces": False}
        assert client.post(JOIN, json=event(event_data=asked)).status_code == 422
        assert client.post(JOIN, json=event(event_data={"question": "x" * 4_001})).status_code == 422
        assert client.post(JOIN, json=event(data=[None] * 100)).status_code == 422
        assert client.post(JOIN, json=event(data=[None, {"source": ["x"] * 101}])).status_code == 422
        for listener in (-1, 10_000, 2**70):
            assert client.post(JOIN, json=event(fn_index=listener)).status_code == 422


def test_a_session_belongs_to_its_first_visitor(server: Running) -> None:
    with visitor(server) as first, visitor(server) as second:
        assert first.post(JOIN, json=event("firstsession")).status_code == 200
        assert second.post(JOIN, json=event("firstsession")).status_code == 403
        assert second.get(DATA, params={"session_hash": "firstsession"}).status_code == 403
        assert second.get("/gradio_api/heartbeat/firstsession").status_code == 403
        with first.stream("GET", DATA, params={"session_hash": "firstsession"}) as told:
            assert any('"process_completed"' in line for line in told.iter_lines())
        for odd in ("", "x", "a/b", "a" * 41, "a b", "ä" * 8):
            assert first.post(JOIN, json=event(odd)).status_code == 403


def test_visitors_without_an_open_page_get_nothing(server: Running) -> None:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as nobody:
        assert_nothing_for(nobody)


def test_visitors_who_are_not_signed_in_get_nothing(sample_home: Path, tmp_path: Path) -> None:
    home = copied(sample_home, tmp_path)
    with (
        running(settings(home, users="ana:correct horse"), chat=True) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE, cookies={"dateline_visitor": "x" * 43}) as client,
    ):
        assert "Sign in" in client.get("/", headers={"Accept": "text/html"}, follow_redirects=True).text
        assert_nothing_for(client)
        client.post("/login", data={"username": "ana", "password": "correct horse"})
        assert client.get("/page/article", params={"id": "grushko-guarantees"}).status_code == 200
        assert client.post(JOIN, json=event("hersession")).status_code == 200


def assert_nothing_for(nobody: httpx.Client) -> None:
    """Assert that a client gets nothing that belongs to an open page."""
    refused = {401, 403}
    assert nobody.post(JOIN, json=event("nobodyssession")).status_code in refused
    assert nobody.get(DATA, params={"session_hash": "nobodyssession"}).status_code in refused
    assert nobody.get("/gradio_api/heartbeat/nobodyssession").status_code in refused
    assert nobody.get("/page/article", params={"id": "grushko-guarantees"}).status_code in refused
    assert nobody.get("/page/report", params={"id": "x"}).status_code in refused
    assert nobody.post("/page/uploads", files={"file": ("a.txt", b"a")}).status_code in refused


def test_open_pages_of_a_visitor_are_limited(server: Running) -> None:
    with visitor(server) as client, contextlib.ExitStack() as open_:
        for number in range(32):
            beat = client.stream("GET", f"/gradio_api/heartbeat/session{number}")
            assert open_.enter_context(beat).status_code == 200
        for number in range(100):
            refused = client.get(f"/gradio_api/heartbeat/further{number}")
            assert refused.status_code == 429
            assert refused.headers["retry-after"]
        with visitor(server) as other, other.stream("GET", "/gradio_api/heartbeat/othersession") as others:
            assert others.status_code == 200
        assert client.get("/health").status_code == 200


def test_the_server_forgets_pages_that_were_closed_long_ago(server: Running) -> None:
    """Each holds a whole conversation, and visitors come and go for as long as the server runs."""
    blocks = gradio_app(server).get_blocks()

    def kept() -> set[str]:
        queue, states = blocks._queue, blocks.state_holder
        places = (
            states.session_data,
            states.time_last_used,
            queue.pending_messages_per_session,
            queue.pending_event_ids_session,
        )
        return {name for place in places for name in place}

    def use(client: httpx.Client, session: str, *, asks: bool) -> None:
        with client.stream("GET", f"/gradio_api/heartbeat/{session}") as beat:
            assert beat.status_code == 200
            if asks:
                client.post(JOIN, json=event(session)).raise_for_status()
                with client.stream("GET", DATA, params={"session_hash": session}) as told:
                    assert any('"process_completed"' in line for line in told.iter_lines())

    with visitor(server) as client:
        use(client, "firstofmany", asks=True)
        assert "firstofmany" in kept()
        for number in range(254):
            use(client, f"between{number}", asks=False)
        use(client, "lastofmany", asks=True)
        assert {"firstofmany", "lastofmany"} <= kept()
        for number in range(10):
            use(client, f"beyond{number}", asks=False)
        wait_until(lambda: "firstofmany" not in kept())
        assert "lastofmany" in kept()


def test_a_page_of_another_site_reads_nothing_though_its_browser_does_not_say_so(server: Running) -> None:
    """A browser sends no Sec-Fetch-Site to an address without TLS, but it names the page that wants to read."""
    with visitor(server) as client:
        for path in ("/", "/config", DATA, "/gradio_api/token", "/page/article?id=grushko-guarantees", "/theme.css"):
            answer = client.get(path, headers={"Origin": "http://evil.example"})
            assert answer.status_code == 403
            assert not [name for name in answer.headers if name.startswith("access-control")]
        same = client.get("/theme.css", headers={"Origin": server.url})
        assert same.status_code == 200
        assert "access-control-allow-origin" not in same.headers


def test_the_page_runs_only_its_own_scripts(server: Running) -> None:
    with visitor(server) as client:
        page = client.get("/")
        policy = page.headers["content-security-policy"]
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert "'unsafe-inline'" not in scripts
        assert scripts.count("'sha256-") == len(re.findall(r"<script(?: data-[a-z-]+)?>", page.text))
        assert "http" not in policy
        for path in ("/health", "/theme.css", "/page/article?id=x", "/nothing", "/gradio_api/file=x"):
            policy = client.get(path).headers["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "script" not in policy


def test_an_upload_can_be_used_once_and_only_by_its_sender(tmp_path: Path) -> None:
    now = [0.0]
    sent = SentFiles(largest=10, clock=lambda: now[0])
    try:
        first = sent.put("ann", "../../etc/passwd", io.BytesIO(b"12345"))
        assert sent.take("ben", [first]) == []
        with pytest.raises(TooManyFilesError):
            sent.put("ann", "b.txt", io.BytesIO(b"123456"))
        assert sent.put("ben", "b.txt", io.BytesIO(b"123456"))
        odd = ["", "x", 7, None, ["x"], {"path": "/etc/passwd"}, str(tmp_path), "a\0b", "../" + first]
        [path] = sent.take("ann", [*odd, first, first])
        assert path.read_bytes() == b"12345"
        assert path.name == "passwd"
        assert sent.take("ann", [first]) == []
        old = sent.put("ann", "old.txt", io.BytesIO(b"1"))
        now[0] = 4_000.0
        sent.put("ann", "new.txt", io.BytesIO(b"1"))
        assert sent.take("ann", [old]) == []
    finally:
        sent.close()
    assert not path.parent.parent.exists()


def test_an_upload_is_limited_in_size_and_only_known_by_its_token(sample_home: Path, tmp_path: Path) -> None:
    home = copied(sample_home, tmp_path)
    with running(settings(home, max_upload_mb=1), chat=True) as server, visitor(server) as client:
        assert client.post("/page/uploads", files={"file": ("a.txt", b"a" * 2**21)}).status_code == 413
        for wrong in ({"files": ("a.txt", b"a")}, {}):
            refused = client.post("/page/uploads", files=wrong or None)
            assert failure(refused)["code"] in {"bad_request", "invalid"}
        two = [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]
        assert client.post("/page/uploads", files=two).status_code == 400
        done = client.post("/page/uploads", files={"file": ("a.txt", b"a")})
        assert done.status_code == 201
        assert len(done.json()["id"]) == 32
        client.post("/page/uploads", files={"file": ("b.txt", b"b" * 1_000_000)}).raise_for_status()
        client.post("/page/uploads", files={"file": ("c.txt", b"c" * 1_000_000)}).raise_for_status()
        full = client.post("/page/uploads", files={"file": ("d.txt", b"d" * 1_000_000)})
        assert (full.status_code, failure(full)["code"]) == (429, "too_many_files")


def test_uploads_of_all_visitors_are_limited_in_size(tmp_path: Path) -> None:
    """Anyone can come as another visitor each time, so what each may send is not bound enough."""
    with contextlib.closing(SentFiles(largest=10)) as sent:
        for number in range(4):
            sent.put(f"visitor {number}", "a.txt", io.BytesIO(b"0123456789"))
        with pytest.raises(TooManyFilesError):
            sent.put("visitor 5", "a.txt", io.BytesIO(b"0"))


def test_unused_uploads_are_deleted_even_without_new_ones() -> None:
    now = [0.0]
    with contextlib.closing(SentFiles(largest=10, clock=lambda: now[0])) as sent:
        old = sent.put("ann", "old.txt", io.BytesIO(b"1"))
        now[0] = 4_000.0
        sent.forget_old()
        assert sent.take("ann", [old]) == []


def test_uploads_of_a_visitor_are_limited_in_number(server: Running) -> None:
    """Each that is on its way takes room on the disk before anyone knows how large it is."""
    begun = threading.Barrier(5, timeout=PATIENCE)
    go_on = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nsome'
        begun.wait()
        go_on.wait(PATIENCE)
        yield b" words\r\n--x--\r\n"

    with visitor(server) as sender, ThreadPoolExecutor(4) as threads:
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        sending = [
            threads.submit(sender.post, "/page/uploads", content=slowly(), headers=kind, timeout=PATIENCE)
            for _ in range(4)
        ]
        try:
            begun.wait()
            wait_until(lambda: sender.post("/page/uploads", files={"file": ("b.txt", b"b")}).status_code == 429)
        finally:
            go_on.set()
        assert [one.result().status_code for one in sending] == [201] * 4
        assert sender.post("/page/uploads", files={"file": ("b.txt", b"b")}).status_code == 201


def test_concurrent_work_is_limited_in_total() -> None:
    at_once = AtOnce(all_=3, of_one=2)
    with at_once.begun("ann") as first, at_once.begun("ann") as second, at_once.begun("ann") as third:
        assert (first, second, third) == (True, True, False)
        with at_once.begun("ben") as others, at_once.begun("cat") as last:
            assert (others, last) == (True, False)
        with at_once.begun("cat") as has_room:
            assert has_room
    with at_once.begun("ann") as has_room:
        assert has_room


def test_questions_are_limited_in_length_on_every_surface(server: Running) -> None:
    long = "x" * (LONGEST_QUESTION + 1)
    rest = client.post(f"{server.url}/api/ask", json={"question": long})
    assert (rest.status_code, failure(rest)["code"]) == (422, "invalid")
    for stream in (False, True):
        asked = {"model": "dateline", "messages": [{"role": "user", "content": long}], "stream": stream}
        answer = client.post(f"{server.url}/v1/chat/completions", json=asked)
        assert "4,000" in answer.text
    longest = client.post(f"{server.url}/api/ask", json={"question": long[1:]})
    assert longest.status_code == 200


def test_a_page_reconnects_to_a_restarted_server(server: Running) -> None:
    with visitor(server) as client:
        known = client.get("/gradio_api/app_id").json()["app_id"]
        assert f'"app_id":{known},' in client.get("/").text


def test_gradio_checks_paths_itself(server: Running, tmp_path: Path) -> None:
    """A second line, should an event that names a file ever get past the first."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the key is 4711")
    named = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    token = LocalContext.blocks.set(gradio_app(server).get_blocks())
    try:
        with pytest.raises(InvalidPathError):
            move_files_to_cache(named, gradio.HTML(render=False), check_in_upload_folder=True)
    finally:
        LocalContext.blocks.reset(token)


def test_sessions_are_forgotten_the_oldest_first() -> None:
    sessions = PageSessions(known=2)
    assert sessions.is_of("session1", "ann")
    assert sessions.is_of("session2", "ann")
    assert sessions.is_of("session1", "ann")
    assert sessions.is_of("session3", "ann")
    assert not sessions.is_of("session1", "ben")
    assert sessions.is_of("session2", "ben")
    with sessions.opened("session2", "ben"):
        for number in range(10):
            sessions.is_of(f"further{number}", "ann")
        assert not sessions.is_of("session2", "ann")
    for number in range(10):
        sessions.is_of(f"further{number}", "ann")
    assert sessions.is_of("session2", "ann")


def test_the_sessions_closed_last_are_kept_and_those_that_are_open() -> None:
    sessions = PageSessions(closed=2)
    with sessions.opened("open1", "ann"):
        for name in ("one", "two", "open1", "three", "one"):
            with sessions.opened(name, "ann"):
                pass
        assert sessions.take_outdated() == ["two"]
        assert sessions.take_outdated() == []
    assert sessions.take_outdated() == ["three"]


@contextlib.contextmanager
def standing_by() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody should call: its address, and the paths that somebody did."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as standing:
        threading.Thread(target=standing.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{standing.server_port}/x.png", heard
        finally:
            standing.shutdown()
