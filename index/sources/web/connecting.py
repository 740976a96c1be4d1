"""Guarded connections: the address that was checked is the address that is connected to. Imported late, because it
imports httpx.

Names are resolved here and nowhere else, so neither a redirect nor a name that changes its address between check and
use ("DNS rebinding") gets around the check.
"""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from index.errors import UnreachableError
from index.sources.web.addresses import is_public

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Resolve = Callable[[str, int], Sequence[str]]


class GuardedTransport(httpx.BaseTransport):
    """An httpx transport that connects only to public addresses (unless `allow_private`) and has a deadline.

    `deadline` is on the clock of `time.monotonic`, for all requests together. Raises UnreachableError if a name has no
    address or leads to one that is not allowed, and httpcore's errors for everything else.
    """

    def __init__(self, *, resolve: Resolve, allow_private: bool, deadline: float, ssl_context: ssl.SSLContext) -> None:
        backend = _GuardedBackend(resolve=resolve, allow_private=allow_private, deadline=deadline)
        self._pool = httpcore.ConnectionPool(ssl_context=ssl_context, network_backend=backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the response with its body unread."""
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """A response body in the form httpx expects."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _GuardedBackend(httpcore.NetworkBackend):
    """Opens TCP connections to checked addresses only."""

    def __init__(self, *, resolve: Resolve, allow_private: bool, deadline: float) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._deadline = deadline
        self._tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers, after checking all of them."""
        failure: Exception | None = None
        for address in self._checked_addresses(host, port):
            try:
                stream = self._tcp.connect_tcp(
                    address,
                    port,
                    timeout=_time_left(self._deadline, timeout),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure or httpcore.ConnectError("no address")

    def _checked_addresses(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of `host`; one forbidden address rejects them all, because no honest name mixes them."""
        addresses = [host] if _is_address(host) else self._resolve(host, port)
        if not addresses:
            raise UnreachableError(
                f"The host name {host} has no network address.", help="Check the spelling of the URL."
            )
        refused = [address for address in addresses if not is_public(address)]
        if refused and not self._allow_private:
            raise UnreachableError(
                f"{host} leads to a private or reserved address and was not fetched.",
                help="If you trust this host, set DATELINE_ALLOW_PRIVATE_URLS=true.",
            )
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no wait ends after the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        # The name, not the address, is what the certificate must be for.
        tls = self._stream.start_tls(ssl_context, server_hostname, _time_left(self._deadline, timeout))
        return _TimedStream(tls, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _time_left(deadline: float, timeout: float | None) -> float:
    """Return how long to wait at most; raises httpcore.ReadTimeout if the deadline has passed."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise httpcore.ReadTimeout("deadline")
    return remaining if timeout is None else min(remaining, timeout)
