from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from assistant.errors import SettingsError
from tests.serving import Running, client, running, settings
from ui.access.rate_limit import read_rate
from ui.http.security import is_loopback, require_protection
from ui.server import create_app
from ui.service.errors import ServeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.datastructures import State
    from starlette.requests import Request

KEY, OTHER_KEY = "first-key-0123456789", "second-key-0123456789"
BEARER = {"Authorization": f"Bearer {KEY}"}
ARTICLES = "/api/articles"
OPEN = ("/health", "/ready", "/docs", "/openapi.json")


def small_chat(state: State) -> Starlette:
    """Something at `/` that answers, as the chat would."""

    async def page(request: Request) -> PlainTextResponse:
        return PlainTextResponse("the chat")

    return Starlette(routes=[Route("/", page, methods=["GET", "POST"])])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("security") / "home"


@pytest.fixture(scope="module")
def plain(home: Path) -> Iterator[Running]:
    """A server as it is without any setting."""
    with running(settings(home), chat=small_chat) as server:
        yield server


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with two keys, behind a name, that pages of one origin may call."""
    given = settings(
        tmp_path_factory.mktemp("keyed") / "home",
        api_keys=f"{KEY},{OTHER_KEY}",
        hosts="articles.example",
        cors_origins="https://reader.example",
        max_upload_mb=1,
    )
    with running(given, chat=small_chat) as server:
        yield server


def code(response: httpx.Response) -> Any:
    return response.json()["error"]["code"]


def test_only_a_key_opens_the_api(keyed: Running) -> None:
    for right in (BEARER, {"Authorization": f"bearer {OTHER_KEY}"}, {"X-API-Key": KEY}):
        assert client.get(keyed.url + ARTICLES, headers=right).status_code == 200
        assert client.get(keyed.url + "/metrics", headers=right).status_code == 200
        assert client.get(keyed.url + "/v1/models", headers=right).status_code == 200
    wrong: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": f"Bearer {KEY},{OTHER_KEY}"},
        {"X-API-Key": ""},
        {"X-API-Key": "é"},
    ]
    for headers in wrong:
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        for path in (ARTICLES, "/metrics", "/v1/models", "/api/none"):
            refused = client.get(keyed.url + path, headers=encoded)
            assert (refused.status_code, code(refused)) == (401, "unauthorized")
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert KEY[:-1] not in refused.text


def test_v1_refuses_as_openai_does(keyed: Running) -> None:
    error = client.get(f"{keyed.url}/v1/models").json()["error"]
    assert error["type"] == "invalid_request_error"
    assert set(error) == {"message", "type", "param", "code"}


def test_probes_and_the_description_need_no_key(keyed: Running) -> None:
    for path in OPEN:
        assert client.get(keyed.url + path).status_code == 200


def test_the_api_description_says_where_a_key_is_needed(plain: Running, keyed: Running) -> None:
    open_, guarded = (client.get(f"{server.url}/openapi.json").json() for server in (plain, keyed))
    assert "securitySchemes" not in open_["components"]
    assert guarded["components"]["securitySchemes"]["API key"]["scheme"] == "bearer"
    for path in ("/api/ask", "/v1/chat/completions"):
        assert guarded["paths"][path]["post"]["security"] == [{"API key": []}]
    assert "security" not in guarded["paths"]["/health"]["get"]


@pytest.mark.parametrize(
    ("given", "api", "chat"),
    [
        ({}, 200, 200),
        ({"api_keys": KEY}, 401, 403),
        ({"users": "ann:password-1"}, 403, 401),
        ({"api_keys": KEY, "users": "ann:password-1"}, 401, 401),
        ({"api_keys": KEY, "insecure": True}, 401, 200),
        ({"users": "ann:password-1", "insecure": True}, 200, 401),
    ],
)
def test_an_unguarded_surface_closes_if_another_is_guarded(
    tmp_path: Path, given: dict[str, Any], api: int, chat: int
) -> None:
    with running(settings(tmp_path / "home", **given), chat=small_chat) as server:
        for path in (ARTICLES, "/v1/models", "/metrics"):
            assert client.get(server.url + path).status_code == api
        assert client.get(server.url).status_code == chat


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"host": "localhost"}, False),
        ({"host": "127.8.9.1"}, False),
        ({"host": "0.0.0.0"}, True),  # noqa: S104 - that is the point
        ({"host": "::"}, True),
        ({"host": "192.168.1.2"}, True),
        ({"host": "my-laptop"}, True),
        ({"host": "192.168.1.2", "insecure": True}, False),
        ({"host": "192.168.1.2", "users": "ann:x"}, False),
        ({"host": "192.168.1.2", "api_keys": "x"}, False),
        ({"cors_origins": "*"}, True),
        ({"cors_origins": "*", "api_keys": "x"}, False),
    ],
)
def test_an_unprotected_server_does_not_start_for_others(
    tmp_path: Path, given: dict[str, Any], *, refused: bool
) -> None:
    if refused:
        with pytest.raises(ServeError) as caught:
            require_protection(settings(tmp_path, **given))
        assert caught.value.help
    else:
        require_protection(settings(tmp_path, **given))


def test_loopback_addresses_are_recognised() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "", "localhost.example", "fe80::1")))  # noqa: S104


@pytest.mark.parametrize("users", ["ann", "ann:", ":secret-password"])
def test_invalid_users_are_reported_without_their_password(tmp_path: Path, users: str) -> None:
    with pytest.raises(SettingsError) as caught:
        create_app(settings(tmp_path / "home", users=users))
    assert "DATELINE_USERS" in str(caught.value)
    assert "secret" not in f"{caught.value} {caught.value.help}"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:99", 200),
        ("[::1]:8000", 200),
        ("192.168.1.2", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example:8000", 421),
        ("user@localhost", 421),
        ("[", 421),
        ("", 421),
    ],
)
def test_only_known_host_names_are_answered(plain: Running, host: str, status: int) -> None:
    for path in ("/health", ARTICLES, "/"):
        assert client.get(plain.url + path, headers={"Host": host}).status_code == status


def test_host_names_in_the_settings_are_answered(keyed: Running) -> None:
    assert client.get(f"{keyed.url}/health", headers={"Host": "Articles.example:443"}).status_code == 200
    assert code(client.get(f"{keyed.url}/health", headers={"Host": "other.example"})) == "unknown_host"


def test_two_host_headers_are_refused(plain: Running) -> None:
    with socket.create_connection(_address(plain.url)) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert b" 421 " in connection.recv(4096).splitlines()[0]


def _address(url: str) -> tuple[str, int]:
    parts = httpx.URL(url)
    return parts.host, parts.port or 80


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},  # another server on this machine
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    ],
)
def test_foreign_pages_can_change_nothing(plain: Running, headers: dict[str, str]) -> None:
    files = {"files": ("a.txt", b"Planted by a page.")}
    for refused in (
        client.post(plain.url + ARTICLES, files=files, headers=headers),
        client.delete(f"{plain.url}{ARTICLES}/x", headers=headers),
        client.post(plain.url, headers=headers),
    ):
        assert (refused.status_code, code(refused)) == (403, "cross_site")
        assert "access-control-allow-origin" not in refused.headers
    assert client.get(plain.url + ARTICLES).json()["total"] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),  # an <img>, say
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),  # a link
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
    ],
)
def test_foreign_pages_can_link_but_not_embed(plain: Running, headers: dict[str, str], status: int) -> None:
    assert client.get(plain.url, headers=headers).status_code == status


def test_own_pages_can_do_everything(plain: Running) -> None:
    for headers in ({"Origin": plain.url}, {"Origin": plain.url, "Sec-Fetch-Site": "same-origin"}, {}):
        assert client.delete(f"{plain.url}{ARTICLES}/x", headers=headers).status_code == 404


def test_pages_of_an_allowed_origin_call_the_api_but_not_the_chat(keyed: Running) -> None:
    page = {"Origin": "https://reader.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    ask = {**page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    may = client.options(f"{keyed.url}/api/ask", headers=ask)
    assert may.status_code == 200
    assert may.headers["access-control-allow-origin"] == "https://reader.example"
    assert "access-control-allow-credentials" not in may.headers
    gone = client.delete(f"{keyed.url}{ARTICLES}/x", headers=page | BEARER)
    assert (gone.status_code, gone.headers["access-control-allow-origin"]) == (404, "https://reader.example")
    assert client.delete(f"{keyed.url}{ARTICLES}/x", headers=page).status_code == 401
    assert client.post(keyed.url, headers=page).status_code == 403
    foreign = client.options(f"{keyed.url}/api/ask", headers={**ask, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in foreign.headers


def test_every_response_has_security_headers(plain: Running, keyed: Running) -> None:
    responses = [
        *(client.get(plain.url + path) for path in ("/", *OPEN, "/metrics", ARTICLES, "/api/none", "/none")),
        client.get(plain.url, headers={"Host": "evil.example"}),
        client.post(plain.url, headers={"Origin": "null"}),
        client.get(keyed.url + ARTICLES),
        client.post(keyed.url + ARTICLES, headers=BEARER, content=b"x" * (2**20 + 1)),
    ]
    assert {response.status_code for response in responses} == {200, 401, 403, 404, 413, 421}
    for response in responses:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "http" not in response.headers["content-security-policy"]
        assert "server" not in response.headers


def test_data_is_not_cached_by_browsers(plain: Running) -> None:
    assert client.get(plain.url + ARTICLES).headers["cache-control"] == "no-store"


def test_clients_over_the_rate_limit_are_told_when_to_retry(tmp_path: Path) -> None:
    given = settings(tmp_path / "home", api_keys=f"{KEY},{OTHER_KEY}", rate_limit="3/hour")
    with running(given) as server:
        assert [client.get(server.url + ARTICLES, headers=BEARER).status_code for _ in range(4)] == [200] * 3 + [429]
        refused = client.get(f"{server.url}/v1/models", headers=BEARER)
        assert refused.json()["error"]["type"] == "rate_limit_error"
        assert 3000 < int(refused.headers["retry-after"]) <= 3600
        other = {"X-API-Key": OTHER_KEY}
        assert client.get(server.url + ARTICLES, headers=other).status_code == 200
        for _ in range(5):
            assert client.get(f"{server.url}/health").status_code == 200
        guesses = [client.get(server.url + ARTICLES, headers={"X-API-Key": f"guess-{n}"}) for n in range(4)]
        assert [guess.status_code for guess in guesses] == [401] * 3 + [429]  # who guesses is known by address


@pytest.mark.parametrize(("proxies", "last"), [("", 429), ("10.0.0.1", 429), ("127.0.0.1", 200)])
def test_only_proxies_in_the_settings_are_trusted(tmp_path: Path, proxies: str, last: int) -> None:
    with running(settings(tmp_path / "home", rate_limit="1/hour", proxies=proxies)) as server:
        first, second = (
            client.get(server.url + ARTICLES, headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in (1, 2)
        )
        assert (first.status_code, second.status_code) == (200, last)


def test_a_rate_is_read_or_refused(tmp_path: Path) -> None:
    assert read_rate("off", guarded=True) is None
    assert read_rate("auto", guarded=False) is None
    assert str(read_rate("auto", guarded=True)) == "240 per 1 minute"
    assert str(read_rate("5/second", guarded=False)) == "5 per 1 second"
    with pytest.raises(SettingsError, match="DATELINE_RATE_LIMIT"):
        read_rate("often", guarded=True)
