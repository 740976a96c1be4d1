"""Who may do what: keys for the API, users for the chat, and the names and pages that a server listens to."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from limits import RateLimitItemPerMinute
from starlette.datastructures import Headers

from ui.http.failures import Failure, refuse, route_path
from ui.http.rate_limit import RateLimit
from ui.service.errors import ServeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import SecretStr
    from starlette.types import ASGIApp, Receive, Scope, Send

    from assistant.settings import Settings

_FAILED_LOGINS = RateLimitItemPerMinute(20, 10)  # 20 in ten minutes, for one name
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_api(scope: Scope) -> bool:
    """Say whether a request is for REST or /v1."""
    return route_path(scope).startswith(("/api/", "/v1/"))


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a server that listens on this host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_protection(settings: Settings) -> None:
    """Raise ServeError where others could reach a server that asks nobody who they are."""
    if settings.insecure:
        return
    if "*" in settings.cors_origins and not settings.api_keys:
        raise ServeError(
            "With DATELINE_CORS_ORIGINS=* any page in any browser could read and change the articles.",
            help="Name the origins, or set DATELINE_API_KEYS.",
        )
    if settings.api_keys or settings.users or is_loopback(settings.host):
        return
    raise ServeError(
        f"Anyone who reaches {settings.host} could read and change the articles.",
        help="Set DATELINE_API_KEYS for the API and DATELINE_USERS for the chat, or say --insecure.",
    )


def why_chat_is_closed(settings: Settings) -> str | None:
    """Return why there is no chat, None where there is one: what has no guard of its own closes when another has."""
    if settings.api_keys and not settings.users and not settings.insecure:
        return "This server has API keys but no users: set DATELINE_USERS to open its chat."
    return None


def why_api_is_closed(settings: Settings) -> str | None:
    """Return why REST, /v1 and /metrics are closed, None where they are open."""
    if settings.users and not settings.api_keys and not settings.insecure:
        return "This server has users but no API keys, so its API is closed."
    return None


class Keys:
    """The keys of the API; each is known by its place in the list, for a log may tell who came."""

    def __init__(self, keys: Iterable[SecretStr]) -> None:
        self._digests = [_digest(key.get_secret_value()) for key in keys]

    def __bool__(self) -> bool:
        """Say whether any key is asked for."""
        return bool(self._digests)

    def name(self, headers: Headers) -> str | None:
        """Return the name of the key that a request brings, None without a right one; takes equally long for all."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            given = headers.get("x-api-key", "")
        digest, found = _digest(given.strip()), None
        for number, known in enumerate(self._digests, start=1):
            if hmac.compare_digest(digest, known):
                found = f"key-{number}"
        return found


def check_login(settings: Settings) -> Callable[[str, str], bool] | None:
    """Return what says whether a name and a password are a user's, None where there are no users.

    It takes equally long for all, and says no to a name after 20 wrong passwords within ten minutes. Raises ServeError
    where the settings' users cannot be read.
    """
    users = [(_digest(name), _digest(password)) for name, password in map(_read_user, settings.users)]
    if not users:
        return None
    failed = RateLimit(_FAILED_LOGINS)

    def check(name: str, password: str) -> bool:
        given = _digest(name), _digest(password)
        known = [hmac.compare_digest(given[0], user[0]) & hmac.compare_digest(given[1], user[1]) for user in users]
        who = given[0].hex()
        if failed.wait(who) is not None:
            return False
        if not any(known):
            failed.count(who)
        return any(known)

    return check


def _read_user(secret: SecretStr) -> tuple[str, str]:
    name, colon, password = secret.get_secret_value().partition(":")
    if not (name and colon and password):
        raise ServeError(
            "A user in DATELINE_USERS has no name or no password.", help="Write `name:password`, comma between users."
        )
    return name, password


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class KnownHosts:
    """Answers only requests to names that are this server's, so that no foreign name can be made to point to it.

    An address as such is always right; any name is where `names` is None.
    """

    def __init__(self, app: ASGIApp, *, names: frozenset[str] | None) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or refuse it."""
        if scope["type"] != "http" or self._names is None or self._is_known(Headers(scope=scope).getlist("host")):
            await self._app(scope, receive, send)
            return
        failure = Failure(
            status=421,
            code="unknown_host",
            message="This server does not go by the name that the request gives it.",
            help="Add the name to DATELINE_HOSTS.",
        )
        await refuse(failure, scope, receive, send)

    def _is_known(self, hosts: list[str]) -> bool:
        written = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if written is None:
            return False
        name = written[1].lower().strip("[]")
        return name in (self._names or ()) or _is_address(name)


def known_hosts(settings: Settings) -> frozenset[str] | None:
    """Return the names that a server answers to; None where any will do, for every surface asks who it is."""
    guarded = bool(settings.api_keys or settings.users) and not settings.insecure
    if guarded and not settings.hosts and not is_loopback(settings.host):
        return None
    return frozenset({"localhost", settings.host.lower(), *(name.lower() for name in settings.hosts)})


class OwnPages:
    """Refuses what a page of another site makes a browser send; one of `origins` (`*`: any) may call the API."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], hosts: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or refuse it."""
        if scope["type"] != "http" or self._is_welcome(scope):
            await self._app(scope, receive, send)
            return
        failure = Failure(
            status=403,
            code="cross_site",
            message="A page of another site may not do this.",
            help="Add the site's origin to DATELINE_CORS_ORIGINS if its pages are to call the API.",
        )
        await refuse(failure, scope, receive, send)

    def _is_welcome(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin and not self._origins.isdisjoint({origin, "*"}) and is_api(scope):
            return True
        if site in {"same-origin", "none"}:
            return True
        if site is None:  # no browser, or one that does not say so to an address without TLS
            return origin is None or self._is_own(origin, scope, headers)
        return scope["method"] in _SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate"

    def _is_own(self, origin: str, scope: Scope, headers: Headers) -> bool:
        """Say whether an origin is this server, as a browser without Sec-Fetch-Site leaves to be found out."""
        if _host_name(origin) in self._hosts:
            return True
        return _place(origin) == _place(f"{scope['scheme']}://{headers.get('host', '')}")


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _place(url: str) -> tuple[str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
