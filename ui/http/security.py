"""Network security: the settings required before others can reach a server, its host names, and requests from other
sites.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from ui.access.access import guards_of
from ui.http.failures import ErrorResponse, refuse, route_path
from ui.service.errors import ServeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from assistant.settings import Settings
    from ui.access.access import Guards

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_api(scope: Scope) -> bool:
    """Return whether a request is for REST or /v1."""
    return route_path(scope).startswith(("/api/", "/v1/"))


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server that listens on this host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_protection(settings: Settings) -> None:
    """Raise ServeError if others could reach a server that does not authenticate them or trusts everybody's headers."""
    if settings.user_header and not settings.proxies:
        raise ServeError(
            f"With DATELINE_USER_HEADER, anyone could send {settings.user_header} and pose as any user.",
            help="Set DATELINE_PROXIES to the addresses of the proxies that send it.",
        )
    if settings.insecure:
        return
    guards = guards_of(settings)
    if "*" in settings.cors_origins and not guards.keys:
        raise ServeError(
            "With DATELINE_CORS_ORIGINS=* any page in any browser could read and change the articles.",
            help="Name the origins, or create a key with `dateline keys create NAME`.",
        )
    if guards or is_loopback(settings.host):
        return
    raise ServeError(
        f"Anyone who reaches {settings.host} could read and change the articles.",
        help="Create a key with `dateline keys create NAME` and a user with `dateline users add NAME`, or set "
        "DATELINE_API_KEYS and DATELINE_USERS, or use --insecure.",
    )


class KnownHosts:
    """Answers only requests to this server's host names, which prevents DNS rebinding.

    IP addresses are always accepted; if `names` is None, any name is.
    """

    def __init__(self, app: ASGIApp, *, names: frozenset[str] | None) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or refuse it."""
        if scope["type"] != "http" or self._names is None or self._is_known(Headers(scope=scope).getlist("host")):
            await self._app(scope, receive, send)
            return
        failure = ErrorResponse(
            status=421,
            code="unknown_host",
            message="This server does not answer to the host name in the request.",
            help="Add the name to DATELINE_HOSTS.",
        )
        await refuse(failure, scope, receive, send)

    def _is_known(self, hosts: list[str]) -> bool:
        written = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if written is None:
            return False
        name = written[1].lower().strip("[]")
        return name in (self._names or ()) or _is_address(name)


def known_hosts(settings: Settings, guards: Guards) -> frozenset[str] | None:
    """Return the names that a server answers to; None for any, if every surface authenticates."""
    if guards and not settings.insecure and not settings.hosts and not is_loopback(settings.host):
        return None
    return frozenset({"localhost", settings.host.lower(), *(name.lower() for name in settings.hosts)})


class OwnPages:
    """Refuses requests from pages of other sites; pages of `origins` (`*`: any) may call the API."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], hosts: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or refuse it."""
        if scope["type"] != "http" or self._is_welcome(scope):
            await self._app(scope, receive, send)
            return
        failure = ErrorResponse(
            status=403,
            code="cross_site",
            message="Pages of other sites may not do this.",
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
        if site is None:  # not a browser, or one that omits the header without TLS
            return origin is None or self._is_own(origin, scope, headers)
        return scope["method"] in _SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate"

    def _is_own(self, origin: str, scope: Scope, headers: Headers) -> bool:
        """Return whether an origin is this server, for browsers that do not send Sec-Fetch-Site."""
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
