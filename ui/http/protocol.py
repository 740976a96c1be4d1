"""uvicorn's HTTP protocol with limits on the size and duration of a request's head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

LARGEST_HEAD = 64 * 1024
"""The most bytes of a request line and headers; a larger head is answered with 400."""


class BoundedHttp(HttpToolsProtocol):
    """One connection; it is closed if a head does not arrive within `patience` seconds."""

    patience = 30.0
    _head = 0
    _cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the parent does
        """Start to wait for a request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Start to count and to wait for a head."""
        super().on_message_begin()
        self._head = 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        """Count a part of the path."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer the request; its body has its own limits."""
        self._stop_waiting()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD:
            raise ValueError("the head is too large")  # the parser turns it into a 400

    def _await_head(self) -> None:
        self._stop_waiting()
        self._cut = self.loop.call_later(self.patience, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._cut:
            self._cut.cancel()
            self._cut = None


def bounded(patience: float) -> type[BoundedHttp]:
    """Return the protocol with this time limit for a head."""
    return type("BoundedHttp", (BoundedHttp,), {"patience": patience})
