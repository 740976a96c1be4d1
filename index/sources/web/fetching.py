"""Fetches pages from the web: an interface, and its HTTP implementation."""

from __future__ import annotations

import dataclasses
import functools
import socket
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urldefrag, urljoin, urlsplit

from index.errors import FetchError, UnreachableError
from index.sources.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    import httpx

_UNREADABLE = ("image/", "audio/", "video/", "font/", "model/")
_UNPACKED = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_HTTP_LOCKED = frozenset({401, 402, 403, 407, 451})
_HTTP_NOT_MODIFIED = 304
_HTTP_GONE = frozenset({404, 410})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A response: its final address, its unpacked bytes, and their declared type.

    `content_type` is the media type in lower case without parameters, "" if the server gave none. `etag` and `changed`
    (`Last-Modified`) are what a server is asked with whether it has changed since.
    """

    url: str
    content: bytes
    content_type: str
    charset: str | None = None
    etag: str | None = None
    changed: str | None = None


class Fetcher(Protocol):
    """Gets the content of a URL; raises FetchError if it cannot or may not."""

    def fetch(self, url: str) -> Fetched:
        """Return what is at `url`."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, in the order to try them, as the operating system gives them.

    Raises FetchError if there are none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(
            f"The name {host} could not be found on the network.",
            help="Check the spelling of the URL and the network connection.",
        ) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpFetcher:
    """Fetches over HTTP and HTTPS from public addresses only, within `limits`.

    No proxy, cookie or password of the user's is used; a cookie that a redirect sets is sent back to its own site until
    the page is there, and then forgotten. `resolve` turns a name and a port into addresses.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        resolve: Callable[[str, int], Sequence[str]] = resolve,
    ) -> None:
        self._limits = limits
        self._resolve = resolve

    def fetch(self, url: str, *, earlier: Fetched | None = None) -> Fetched:
        """Return what is at `url`, after redirects; `earlier`, what was there before, if that has not changed.

        Raises FetchError if it cannot or may not be fetched, UnreachableError if nothing came.
        """
        import httpcore
        import httpx

        from index.sources.web.connecting import GuardedTransport

        url = urldefrag(check_url(url)).url
        transport = GuardedTransport(
            resolve=self._resolve,
            allow_private=self._limits.allow_private,
            deadline=time.monotonic() + self._limits.timeout_s,
            ssl_context=self._ssl_context,
        )
        client = httpx.Client(
            transport=transport,
            trust_env=False,
            timeout=self._limits.timeout_s,
            headers={"User-Agent": _user_agent(), "Accept-Encoding": "gzip, deflate", "Accept": "*/*"},
        )
        try:
            with client:
                return self._follow(client, url, earlier)
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise UnreachableError(
                f"{url} did not answer in full within {self._limits.timeout_s:g} seconds.",
                help="Try again later, or save the page and add the file.",
            ) from error
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise _connection_error(url, error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(
                f"{url} closed the connection or did not answer properly.", help="Try again later."
            ) from error

    @functools.cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        import httpx

        return httpx.create_ssl_context(trust_env=False)

    def _follow(self, client: httpx.Client, url: str, earlier: Fetched | None) -> Fetched:
        """Request `url` and whatever it redirects to."""
        start = url
        for _ in range(self._limits.max_redirects + 1):
            # What a server said of a page is for that page's address alone.
            known = earlier if earlier and earlier.url == url else None
            with client.stream("GET", url, headers=_if_changed(known)) as response:
                if known and response.status_code == _HTTP_NOT_MODIFIED:
                    return known
                if not response.has_redirect_location:
                    return self._read(response)
                target = urljoin(url, response.headers["location"])
            url = urldefrag(check_url(target, by=start)).url
        raise FetchError(
            f"{start} redirects more than {self._limits.max_redirects} times.",
            help="Open it in a browser and use the final address.",
        )

    def _read(self, response: httpx.Response) -> Fetched:
        """Read a final response within the size limit."""
        url = str(response.url)
        if not response.is_success:
            raise _status_error(url, response)
        content_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type.startswith(_UNREADABLE):
            raise FetchError(
                f"{url} is {content_type}, not an article.",
                help="Use the address of the page the article is on.",
            )
        # Any other packing, or packing packed again, could unpack to more than memory holds in a single step.
        if response.headers.get("content-encoding", "").strip().lower() not in _UNPACKED:
            raise FetchError(
                f"{url} is compressed in a way that Dateline cannot read.",
                help="Save the page in a browser and add the file.",
            )
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > self._limits.max_bytes:
                raise FetchError(
                    f"{url} is larger than {in_words(self._limits.max_bytes)}.",
                    help="Raise DATELINE_MAX_FILE_MB if you need it.",
                )
        return Fetched(
            url=url,
            content=bytes(content),
            content_type=content_type,
            charset=response.charset_encoding,
            etag=response.headers.get("etag"),
            changed=response.headers.get("last-modified"),
        )


def check_url(url: str, *, by: str | None = None) -> str:
    """Return `url` if it may be fetched; `by` is the URL that redirects to it.

    Raises FetchError if it is not http(s), has no host, or contains a user name, which would be kept and shown.
    """
    subject = f"{by} redirects to {url}, which" if by else url
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise FetchError(f"{subject} is not a valid URL.", help="Check the address.") from None
    if parts.scheme.lower() not in {"http", "https"}:
        raise FetchError(
            f"{subject} is not an http or https address.", help="Give a web address, or the path of a file."
        )
    if not host:
        raise FetchError(f"{subject} has no host name.", help="Check the address.")
    if parts.username is not None or parts.password is not None:
        raise FetchError(
            f"The URL for {host} contains a user name or password.",
            help="Save the page and add the file instead.",
        )
    return url


def _if_changed(known: Fetched | None) -> dict[str, str]:
    """Return the headers that ask for a page only if it has changed."""
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.changed} if known else {}
    return {name: value for name, value in asked.items() if value}


def in_words(size: int) -> str:
    """Return a number of bytes in a readable form."""
    return f"{size / 2**20:.3g} MB" if size >= 2**20 else f"{size} bytes"


def _status_error(url: str, response: httpx.Response) -> FetchError:
    status = response.status_code
    if status in _HTTP_GONE:
        advice = "Check the address."
    elif status in _HTTP_LOCKED:
        advice = "The site blocks programs or requires a login: save the page in a browser and add the file."
    else:
        advice = "Try again later."
    return FetchError(f"{url} answered {status} {response.reason_phrase}".rstrip() + ".", help=advice)


def _connection_error(url: str, error: Exception) -> FetchError:
    if "certificate" in str(error).lower() or "ssl" in str(error).lower():
        return UnreachableError(
            f"{url} has no valid certificate (TLS: {error}).",
            help="Check the address; the site may be misconfigured.",
        )
    return UnreachableError(
        f"{url} could not be reached: the connection was refused or failed.",
        help="Check the address and the network connection.",
    )


def _user_agent() -> str:
    from importlib import metadata

    try:
        return f"dateline/{metadata.version('dateline')}"
    except metadata.PackageNotFoundError:
        return "dateline/0"
