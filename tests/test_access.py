"""Access control on a real server: users, keys, roles, sessions, quotas and the audit log."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tests.serving import Running, client, failure, running, settings
from tests.test_security import small_chat
from ui.access.access import Access
from ui.access.visitor import Role
from ui.cli import main
from ui.http.security import require_protection
from ui.service.errors import BusyError, ServeError
from ui.service.fair_queue import FairQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx
    from starlette.requests import Request

PASSWORD = "correct horse battery"  # noqa: S105
PAGE = {"Accept": "text/html"}
ARTICLE = {"articles": [{"id": "ferry", "title": "Ferry", "text": "The ferry to Skerrin is late by an hour today."}]}
QUESTIONS = {"questions": [{"question": "Is the ferry late?", "answerable": True, "answers": ["yes"]}]}


def command(home: Path, *arguments: str, given: str | None = None) -> str:
    """What a command of the line prints; it must succeed."""
    done = CliRunner().invoke(main, [*arguments, "--home", str(home)], input=given)
    assert done.exit_code == 0, done.output
    return done.stdout


def key(home: Path, name: str, role: str = "reader", *options: str) -> dict[str, str]:
    secret = command(home, "keys", "create", name, "--role", role, *options).strip()
    return {"Authorization": f"Bearer {secret}"}


def sign_in(server: Running, name: str = "ann", password: str = PASSWORD, **headers: str) -> httpx.Response:
    return client.post(f"{server.url}/login", data={"username": name, "password": password}, headers=headers)


def cookie_of(response: httpx.Response) -> dict[str, str]:
    """The header by which a browser would send back the cookie it was given."""
    return {"Cookie": response.headers["set-cookie"].partition(";")[0]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def server(home: Path) -> Iterator[Running]:
    """A server whose chat Ann may use, behind a proxy that is believed."""
    command(home, "users", "add", "ann", "--role", "editor", given=f"{PASSWORD}\n")
    with running(settings(home, proxies="127.0.0.1"), chat=small_chat) as started:
        yield started


# Keys and roles


def test_a_key_may_do_what_its_role_allows(home: Path) -> None:
    reader, editor, admin = (key(home, role, role) for role in ("reader", "editor", "admin"))
    with running(settings(home)) as server:
        url = server.url
        assert failure(client.post(f"{url}/api/articles", json=ARTICLE, headers=reader))["code"] == "forbidden"
        assert client.post(f"{url}/api/articles", json=ARTICLE, headers=editor).status_code == 201
        assert client.post(f"{url}/api/ask", json={"question": "Is it late?"}, headers=reader).status_code == 200
        refused = client.delete(f"{url}/api/articles/ferry", headers=reader)
        assert refused.status_code == 403
        assert "editor" in failure(refused)["help"]
        assert client.get(f"{url}/api/articles/ferry", headers=reader).status_code == 200
        for headers, status in ((reader, 403), (editor, 403), (admin, 200)):
            assert client.get(f"{url}/api/audit", headers=headers).status_code == status
        assert client.delete(f"{url}/api/articles/ferry", headers=editor).status_code == 204
        noted = client.get(f"{url}/api/audit", headers=admin).json()["entries"]
        removed = next(entry for entry in noted if entry["what"] == "articles removed")
        assert (removed["who"], removed["address"]) == ("key:editor", "127.0.0.1")
        assert removed["about"] == {"articles": 1, "ids": ["ferry"]}
        assert removed["request_id"]
        assert "late" not in json.dumps(noted)


def test_keys_cannot_see_or_end_jobs_of_others(home: Path) -> None:
    one, other, admin = key(home, "one", "editor"), key(home, "other", "editor"), key(home, "root", "admin")
    with running(settings(home)) as server:
        url = server.url
        job = client.post(f"{url}/api/articles", json=ARTICLE, headers=one | {"Prefer": "respond-async"}).json()["id"]
        run = client.post(f"{url}/api/evaluations", json=QUESTIONS, headers=one).json()["id"]
        for path in (f"/api/jobs/{job}", f"/api/evaluations/{run}", f"/api/evaluations/{run}/report"):
            assert client.get(url + path, headers=other).status_code == 404
        for path in (f"/api/jobs/{job}", f"/api/evaluations/{run}"):
            assert client.delete(url + path, headers=other).status_code == 404
            assert client.get(url + path, headers=one).json()["owner"] == "key:one"
            assert client.get(url + path, headers=admin).status_code == 200
        for path in ("/api/jobs", "/api/evaluations"):
            totals = [client.get(url + path, headers=headers).json()["total"] for headers in (one, other, admin)]
            assert totals == [1, 0, 1]
        compared = client.post(f"{url}/api/evaluations", json=QUESTIONS | {"baseline": run}, headers=other)
        assert compared.status_code == 404
        assert client.delete(f"{url}/api/evaluations/{run}", headers=one).status_code == 204


def test_keys_can_be_rotated_while_the_server_runs(home: Path) -> None:
    old = key(home, "old")
    with running(settings(home)) as server:
        path = f"{server.url}/api/articles"
        assert client.get(path, headers=old).status_code == 200
        new = key(home, "new", "reader", "--expires", "30")
        assert client.get(path, headers=new).status_code == 200
        listed = json.loads(command(home, "keys", "list", "--json"))["keys"]
        assert [(one["name"], bool(one["last_used"])) for one in listed] == [("new", True), ("old", True)]
        command(home, "keys", "revoke", "old")
        assert client.get(path, headers=old).status_code == 401
        assert client.get(path, headers=new).status_code == 200
        command(home, "keys", "revoke", "new")  # the last one: what asked for keys goes on asking
        assert client.get(path).status_code == 401


def test_a_key_expires_on_its_day(home: Path) -> None:
    short = key(home, "short", "reader", "--expires", "1")
    with running(settings(home)) as server:
        access: Access = server.app.state.access
        now = access.store.now()
        for hours, status in ((23, 200), (25, 401)):
            access.store.now = lambda after=hours: now + after * 3600  # type: ignore[misc]
            assert client.get(f"{server.url}/api/articles", headers=short).status_code == status


def test_secrets_are_stored_as_digests_readable_only_by_the_owner(home: Path) -> None:
    secret = key(home, "one")["Authorization"].removeprefix("Bearer ")
    command(home, "users", "add", "ann", given=f"{PASSWORD}\n")
    files = list(home.glob("access.db*"))
    assert files
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        content = path.read_bytes()
        assert secret.encode() not in content
        assert PASSWORD.encode() not in content
    assert b"$argon2id$" in b"".join(path.read_bytes() for path in files)


@pytest.mark.parametrize("name", ["", "a b", "x" * 101, "ann\n", "\u202eann", "a:b"])
def test_a_name_that_could_mislead_is_refused(home: Path, name: str) -> None:
    done = CliRunner().invoke(main, ["keys", "create", "--home", str(home), "--", name])
    assert done.exit_code == 1
    assert "is not a valid name" in done.stderr


def test_invalid_users_and_keys_are_errors(home: Path) -> None:
    command(home, "users", "add", "ann", given=f"{PASSWORD}\n")
    for arguments, given in (
        (["users", "add", "ann"], PASSWORD),
        (["users", "add", "bob"], "short"),
        (["users", "add", "bob"], ""),
        (["users", "remove", "bob"], ""),
        (["users", "password", "bob"], PASSWORD),
        (["keys", "revoke", "none"], ""),
    ):
        done = CliRunner().invoke(main, [*arguments, "--home", str(home)], input=given)
        assert done.exit_code in {1, 2}
        assert done.stderr
        assert "Traceback" not in done.stderr
    assert [one["name"] for one in json.loads(command(home, "users", "list", "--json"))["users"]] == ["ann"]


# Signing in


def test_the_chat_is_not_served_without_a_session(server: Running) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/theme.css", "/assets/x.js"):
        assert client.get(server.url + path).status_code == 401
        shown = client.get(server.url + path, headers=PAGE)
        assert (shown.status_code, shown.headers["location"]) == (303, "/login")
    assert client.post(f"{server.url}/gradio_api/queue/join", json={}).status_code == 401


def test_signing_in_starts_a_session_and_signing_out_ends_it(server: Running) -> None:
    wrong = sign_in(server, password="wrong")  # noqa: S106
    assert wrong.status_code == 401
    assert "The name or the password is wrong." in wrong.text
    assert "set-cookie" not in wrong.headers
    right = sign_in(server)
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(right.headers["set-cookie"].split("; "))
    assert "Secure" not in right.headers["set-cookie"]
    cookie = cookie_of(right)
    assert client.get(server.url, headers=cookie).status_code == 200
    assert client.post(f"{server.url}/logout", headers=cookie).headers["location"] == "/login"
    assert client.get(server.url, headers=cookie).status_code == 401


def test_over_tls_the_cookie_is_secure(server: Running) -> None:
    tls = {"X-Forwarded-Proto": "https"}
    given = sign_in(server, **tls)
    assert given.headers["set-cookie"].startswith("__Host-dateline_session=")
    assert "Secure" in given.headers["set-cookie"]
    cookie = cookie_of(given)
    assert client.get(server.url, headers=cookie | tls).status_code == 200
    assert client.get(server.url, headers=cookie).status_code == 401
    renamed = {"Cookie": cookie["Cookie"].removeprefix("__Host-")}  # as a page without TLS could plant it
    assert client.get(server.url, headers=renamed | tls).status_code == 401


def test_a_form_on_another_site_cannot_sign_in(server: Running) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for refused in (sign_in(server, **foreign), client.post(f"{server.url}/logout", headers=foreign)):
        assert failure(refused)["code"] == "cross_site"


def test_sessions_expire(server: Running) -> None:
    store = server.app.state.access.store
    now = store.now()
    hour = 3600.0
    at = 0.0
    store.now = lambda: now + at
    cookie = cookie_of(sign_in(server))
    for at, status in ((11 * hour, 200), (22 * hour, 200), (35 * hour, 401), (0, 401)):  # noqa: B007 - the clock
        assert client.get(server.url, headers=cookie).status_code == status
    at = 0.0
    cookie = cookie_of(sign_in(server))
    statuses = []
    for hours in range(10, 190, 10):
        at = hours * hour
        statuses.append(client.get(server.url, headers=cookie).status_code)
    assert statuses == [200] * 16 + [401] * 2  # 168 hours at the longest, however it is used


def test_a_session_survives_a_restart_and_ends_when_the_password_changes(home: Path) -> None:
    command(home, "users", "add", "ann", given=f"{PASSWORD}\n")
    with running(settings(home, users="bob:bobs password"), chat=small_chat) as server:
        ann, bob = cookie_of(sign_in(server)), cookie_of(sign_in(server, "bob", "bobs password"))
    with running(settings(home, users="bob:bobs password"), chat=small_chat) as server:
        assert [client.get(server.url, headers=cookie).status_code for cookie in (ann, bob)] == [200, 200]
        command(home, "users", "password", "ann", given="another password\n")
        assert [client.get(server.url, headers=cookie).status_code for cookie in (ann, bob)] == [401, 200]
        again = cookie_of(sign_in(server, password="another password"))  # noqa: S106
        command(home, "users", "remove", "ann")
        assert client.get(server.url, headers=again).status_code == 401
    with running(settings(home, users="bob:a new password"), chat=small_chat) as server:
        assert client.get(server.url, headers=bob).status_code == 401


def test_password_guessing_is_slowed_down_without_locking_out_others(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    evil, good = {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}
    statuses = [sign_in(server, "ann", f"guess {number}", **evil).status_code for number in range(12)]
    assert statuses == [401] * 8 + [429] * 4
    waits = sign_in(server, **evil)
    assert waits.status_code == 429
    assert int(waits.headers["retry-after"]) > 60
    assert sign_in(server, **good).status_code == 303
    told = [record.getMessage() for record in caplog.records if record.name == "dateline.access"]
    assert told[0] == "a wrong password was given for 'ann' from 203.0.113.1"
    noted = [entry for entry in server.app.state.access.audit.entries(limit=100) if entry.what == "login refused"]
    assert {(entry.who, entry.address) for entry in noted} == {("user:ann", "203.0.113.1")}


def test_a_name_is_logged_on_one_line_of_limited_length(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    sign_in(server, "x\r\n\x1b[31m\u202e" + "y" * 5000, "wrong")
    told = next(record.getMessage() for record in caplog.records if record.name == "dateline.access")
    assert len(told) < 250
    assert told.isprintable()


def test_an_ipv6_network_counts_as_one_client(server: Running) -> None:
    for number in range(10):
        sign_in(server, f"name{number}", "guess", **{"X-Forwarded-For": f"2001:db8:0:1::{number}"})
    assert sign_in(server, **{"X-Forwarded-For": "2001:db8:0:1::ffff"}).status_code == 429
    assert sign_in(server, **{"X-Forwarded-For": "2001:db8:0:2::1"}).status_code == 303


# Proxies


def test_only_a_trusted_proxy_can_name_users(home: Path) -> None:
    command(home, "users", "add", "ed", "--role", "editor", "--no-password")
    named = {"X-Forwarded-User": "ed"}
    with running(settings(home, proxies="127.0.0.1", user_header="X-Forwarded-User"), chat=small_chat) as server:
        assert client.get(server.url, headers=named).status_code == 200
        assert client.get(server.url).status_code == 401
        for wrong in ("", "a b", "x" * 200):
            assert client.get(server.url, headers={"X-Forwarded-User": wrong}).status_code == 401
        two = [("X-Forwarded-User", "ed"), ("X-Forwarded-User", "ann")]
        assert client.get(server.url, headers=two).status_code == 401
        assert sign_in(server, "ed", "").status_code == 401
    with running(settings(home, proxies="10.0.0.1", user_header="X-Forwarded-User"), chat=small_chat) as server:
        assert client.get(server.url, headers=named).status_code == 401
    with pytest.raises(ServeError, match="DATELINE_USER_HEADER"):
        require_protection(settings(home, user_header="X-Forwarded-User"))


@pytest.mark.parametrize(("proxies", "seen"), [("", False), ("10.0.0.1", False), ("127.0.0.1", True)])
def test_forwarded_headers_count_only_from_a_trusted_proxy(home: Path, proxies: str, *, seen: bool) -> None:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def echo(request: Request) -> JSONResponse:
        return JSONResponse([*request.headers])

    forwarded = ("X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server", "Forwarded")
    chat = lambda _: Starlette(routes=[Route("/", echo)])  # noqa: E731
    with running(settings(home, proxies=proxies), chat=chat) as server:
        got = client.get(server.url, headers=dict.fromkeys(forwarded, "evil.example")).json()
    assert [name.lower() in got for name in forwarded] == [seen] * len(forwarded)


# Shares and quotas


def test_the_daily_quota_of_questions_is_enforced(home: Path) -> None:
    one, other = key(home, "one"), key(home, "other")
    with running(settings(home, quota=2)) as server:
        store = server.app.state.access.store
        asked = [_ask(server, one) for _ in range(3)]
        assert [response.status_code for response in asked] == [200, 200, 429]
        assert failure(asked[-1])["code"] == "quota"
        assert 0 < int(asked[-1].headers["retry-after"]) <= 24 * 3600
        body = {"model": "dateline", "messages": [{"role": "user", "content": "Is it late?"}]}
        assert client.post(f"{server.url}/v1/chat/completions", json=body, headers=one).status_code == 429
        assert _ask(server, other).status_code == 200
        too_long = {"questions": QUESTIONS["questions"] * 3}
        assert client.post(f"{server.url}/api/evaluations", json=too_long, headers=other).status_code == 429
        tomorrow = store.now() + 24 * 3600
        store.now = lambda: tomorrow
        assert _ask(server, one).status_code == 200
    with running(settings(home, quota=1)) as server:  # a restart forgives nothing
        server.app.state.access.store.now = lambda: tomorrow
        assert _ask(server, one).status_code == 429


def _ask(server: Running, headers: dict[str, str]) -> httpx.Response:
    return client.post(f"{server.url}/api/ask", json={"question": "Is it late?"}, headers=headers)


def test_a_busy_client_does_not_make_others_wait() -> None:
    async def test() -> list[str]:
        queue = FairQueue(at_once=2, waiting=10)
        served: list[str] = []
        for number in range(6):
            queue.enter("much", lambda number=number: served.append(f"much {number}"), lambda _: None)  # type: ignore[misc]
        queue.enter("little", lambda: served.append("little"), lambda _: None)
        queue.enter("third", lambda: served.append("third"), lambda _: None)
        assert (queue.running, queue.waiting) == (2, 6)
        queue.leave("much")
        queue.leave("much")
        queue.leave("little")
        queue.leave("third")
        return served

    assert asyncio.run(test()) == ["much 0", "much 1", "little", "third", "much 2", "much 3"]


def test_the_client_with_the_most_waiting_loses_a_place() -> None:
    async def test() -> None:
        queue = FairQueue(at_once=1, waiting=3)
        started: list[str] = []
        refused: list[str] = []

        def enter(name: str) -> Any:
            return queue.enter(name, lambda: started.append(name), lambda _: refused.append(name))

        for _ in range(4):
            enter("much")
        enter("little")
        assert refused == ["much"]
        with pytest.raises(BusyError):
            enter("much")
        with pytest.raises(BusyError):
            enter("little")  # who has as many as the others makes none
        assert queue.waiting == 3
        for name in ("much", "little", "much", "much"):
            queue.leave(name)
        assert started == ["much", "little", "much", "much"]
        assert queue.empty.is_set()

    asyncio.run(test())


def test_giving_up_leaves_the_queue() -> None:
    async def test() -> None:
        queue = FairQueue(at_once=1, waiting=3)
        started: list[int] = []
        queue.enter("one", lambda: started.append(1), lambda _: None)
        place = queue.enter("two", lambda: started.append(2), lambda _: None)
        queue.give_up(place)
        queue.leave("one")
        assert started == [1]
        assert queue.empty.is_set()

    asyncio.run(test())


# The log


def test_the_audit_log_is_limited_and_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.access.audit._KEPT", 3)
    monkeypatch.setattr("ui.access.audit._BETWEEN_SWEEPS", 5)
    access = Access(settings(home))
    try:
        for number in range(10):
            access.audit.record("user:ann", "login", address="192.0.2.7", number=number)
        assert access.audit.count() == 3
    finally:
        access.close()
    shown = command(home, "audit")
    assert re.search(r"user:ann from 192\.0\.2\.7  login  \{\"number\": 9\}", shown.splitlines()[0])
    assert json.loads(command(home, "audit", "--json", "--limit", "1"))["entries"][0]["about"] == {"number": 9}


def test_each_role_includes_the_roles_before_it() -> None:
    from ui.access.visitor import Visitor

    for place, role in enumerate(Role):
        visitor = Visitor(id="user:x", role=role)
        assert [visitor.may(other) for other in Role] == [number <= place for number in range(len(Role))]
