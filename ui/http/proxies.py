"""The headers of proxies: trusted from the proxies of the settings, and from nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp

_FORWARDED = (b"forwarded", b"x-forwarded-", b"x-real-ip", b"x-original-", b"x-scheme")


class Proxies(ProxyHeadersMiddleware):
    """Takes address and scheme from the headers of trusted proxies, and removes such headers from all other requests.

    `user_header` is the header in which a trusted proxy names the user it has logged in; the name goes into the state
    as `proxied_user`, and the header is removed.
    """

    def __init__(self, app: ASGIApp, *, trusted: Sequence[str], user_header: str = "") -> None:
        super().__init__(app, trusted_hosts=list(trusted))  # type: ignore[arg-type]  # the same, by other names
        self._user_header = user_header.lower().encode("latin-1", "replace")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on."""
        if scope["type"] == "http":
            client = scope.get("client")
            is_trusted = bool(client) and client[0] in self.trusted_hosts
            given = [value for name, value in scope["headers"] if name == self._user_header]
            if is_trusted and len(given) == 1:
                scope.setdefault("state", {})["proxied_user"] = given[0].decode("utf-8", "replace").strip()
            scope["headers"] = [
                (name, value)
                for name, value in scope["headers"]
                if name != self._user_header and (is_trusted or not name.startswith(_FORWARDED))
            ]
        await super().__call__(scope, receive, send)
