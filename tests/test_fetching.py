"""Fetching over real connections on loopback, and all known ways to get around the guard."""

import contextlib
import gzip
import http.server
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from index.article import Article
from index.errors import FetchError
from index.sources import HttpFetcher, Limits, load
from index.sources.web.addresses import is_public

PAGE = b"<html><body><h1>Wall</h1><p>The harbour wall at Port Ellis gave way early on Monday.</p></body></html>"
Answer = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what the test has put under the path."""

    answers: dict[str, Answer]
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        with contextlib.suppress(ConnectionError):  # a client that has had enough hangs up
            self.answers[self.path](self)

    def log_message(self, *args: object) -> None:
        pass

    def send(self, body: bytes = b"", status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content_length": str(len(body)), **(headers or {})}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def discard(value: object) -> None:
    """Make a call whose result does not matter fit where None is expected."""


class Site:
    """A web server on loopback and what it was asked for."""

    def __init__(self, port: int, handler: type[Handler]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.seen = handler.seen
        self._answers = handler.answers

    def on(self, path: str, answer: Answer) -> str:
        self._answers[path] = answer
        return self.url + path

    def serve(self, path: str, body: bytes, content_type: str = "text/html; charset=utf-8", **more: str) -> str:
        headers = {"content_type": content_type, **more}
        return self.on(path, lambda handler: handler.send(body, 200, headers))

    def redirect(self, path: str, target: str) -> str:
        return self.on(path, lambda handler: handler.send(status=302, headers={"location": target}))


@pytest.fixture
def site() -> Iterator[Site]:
    handler = type("TestHandler", (Handler,), {"answers": {}, "seen": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = False  # so that closing waits for the answers still under way
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Site(server.server_address[1], handler)
        server.shutdown()
        thread.join()


LOCAL = Limits(allow_private=True, max_bytes=100_000, timeout_s=10)


def fetcher(**changes: object) -> HttpFetcher:
    fields = {"allow_private": True, "max_bytes": 100_000, "timeout_s": 10.0, **changes}
    return HttpFetcher(Limits(**fields))  # type: ignore[arg-type]


def refusal(fetcher: HttpFetcher, url: str) -> str:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    assert caught.value.help
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_page(site: Site) -> None:
    fetched = fetcher().fetch(site.serve("/a?b=c", PAGE) + "#part")
    assert fetched.content == PAGE
    assert (fetched.content_type, fetched.charset) == ("text/html", "utf-8")
    assert fetched.url == f"{site.url}/a?b=c"
    [asked] = site.seen
    assert asked["user-agent"].startswith("dateline/")
    assert asked["host"] == f"127.0.0.1:{site.port}"
    assert "cookie" not in asked


def test_redirects_are_followed(site: Site) -> None:
    site.serve("/b/c", PAGE)
    url = site.on("/a", lambda handler: handler.send(status=301, headers={"location": "b/c#x"}))
    assert fetcher().fetch(url).url == f"{site.url}/b/c"


def behind_cookie(handler: Handler) -> None:
    """Send the page to those who bring the cookie, and the others here again with one."""
    if "seen=1" in handler.headers.get("cookie", ""):
        handler.send(PAGE, headers={"content_type": "text/html"})
    else:
        handler.send(status=302, headers={"location": handler.path, "set_cookie": "seen=1"})


def test_a_redirect_to_itself_that_sets_a_cookie_is_followed(site: Site) -> None:
    url = site.on("/a", behind_cookie)
    assert fetcher().fetch(url).content == PAGE


def test_a_cookie_is_sent_to_no_other_site_and_forgotten_with_the_page(site: Site) -> None:
    site.serve("/b", PAGE)
    other = f"http://localhost:{site.port}/b"
    url = site.on("/a", lambda handler: handler.send(status=302, headers={"location": other, "set_cookie": "seen=1"}))
    once = fetcher()
    assert once.fetch(url).url == other
    once.fetch(f"{site.url}/b")
    assert [asked.get("cookie") for asked in site.seen] == [None, None, None]


def test_a_redirect_loop(site: Site) -> None:
    url = site.redirect("/a", "/a")
    assert refusal(fetcher(max_redirects=3), url) == f"{url} redirects more than 3 times."
    assert len(site.seen) == 4


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("file:///etc/passwd", "which is not an http or https address."),
        ("ftp://gazette.example/", "which is not an http or https address."),
    ],
)
def test_a_redirect_to_another_scheme(site: Site, target: str, message: str) -> None:
    url = site.redirect("/a", target)
    assert refusal(fetcher(), url) == f"{url} redirects to {target}, {message}"


@pytest.mark.parametrize("status", [404, 410, 403, 401, 429, 500, 503])
def test_a_status_that_is_an_error(site: Site, status: int) -> None:
    url = site.on("/a", lambda handler: handler.send(b"no", status=status))
    assert refusal(fetcher(), url).startswith(f"{url} answered {status} ")


@pytest.mark.parametrize("content_type", ["image/png", "video/mp4", "audio/mpeg"])
def test_a_picture_is_not_an_article(site: Site, content_type: str) -> None:
    url = site.serve("/a", b"x", content_type)
    assert refusal(fetcher(), url) == f"{url} is {content_type}, not an article."


def test_a_body_that_is_too_large(site: Site) -> None:
    url = site.serve("/a", b"x" * 100_001)
    assert refusal(fetcher(), url) == f"{url} is larger than 100000 bytes."


def test_an_endless_body_is_cut_off(site: Site) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 10_000)

    url = site.on("/a", endless)
    assert refusal(fetcher(), url) == f"{url} is larger than 100000 bytes."


def test_compressed_bodies_are_measured_uncompressed(site: Site) -> None:
    assert fetcher().fetch(site.serve("/a", gzip.compress(PAGE), content_encoding="gzip")).content == PAGE
    bomb = site.serve("/b", gzip.compress(b"\0" * 10_000_000), content_encoding="gzip")
    assert refusal(fetcher(), bomb) == f"{bomb} is larger than 100000 bytes."


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd"])
def test_other_encodings_are_not_decoded(site: Site, packing: str) -> None:
    url = site.serve("/a", zlib.compress(b"x"), content_encoding=packing)
    assert "compressed" in refusal(fetcher(), url)


def drip(handler: Handler) -> None:
    """Send a byte whenever asked to go on, and never the last one; each read alone is in time."""
    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        if handler.server.stop.wait(0.02):  # type: ignore[attr-defined]
            return


def test_a_slow_body_times_out(site: Site) -> None:
    stop = threading.Event()

    def slow(handler: Handler) -> None:
        handler.server.stop = stop  # type: ignore[attr-defined]
        drip(handler)

    url = site.on("/a", slow)
    try:
        assert refusal(fetcher(timeout_s=0.3), url) == f"{url} did not answer in full within 0.3 seconds."
    finally:
        stop.set()


def test_a_silent_server_times_out(site: Site) -> None:
    stop = threading.Event()
    url = site.on("/a", lambda _: discard(stop.wait(10)))
    try:
        assert refusal(fetcher(timeout_s=0.2), url) == f"{url} did not answer in full within 0.2 seconds."
    finally:
        stop.set()


def test_a_server_that_hangs_up_or_is_not_a_web_server(site: Site) -> None:
    url = site.on("/a", lambda handler: discard(handler.wfile.write(b"nonsense\r\n\r\n")))
    assert refusal(fetcher(), url) == f"{url} closed the connection or did not answer properly."
    short = site.on("/b", lambda handler: handler.send(b"x", headers={"content_length": "10"}))
    assert refusal(fetcher(), short) == f"{short} closed the connection or did not answer properly."


def test_a_connection_that_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        assert refusal(fetcher(), url) == f"{url} could not be reached: the connection was refused or failed."


def test_invalid_tls(site: Site) -> None:
    url = f"https://127.0.0.1:{site.port}/"
    assert refusal(fetcher(), url).startswith(f"{url} has no valid certificate")


def test_a_host_name_that_does_not_exist() -> None:
    def nobody(host: str, port: int) -> Sequence[str]:
        return []

    message = refusal(HttpFetcher(Limits(allow_private=True), resolve=nobody), "http://nowhere.example/")
    assert message == "The host name nowhere.example has no network address."


def test_a_name_that_the_system_cannot_look_up() -> None:
    name = "x" * 70 + ".example"  # longer than a name may be, so that no server is asked
    assert refusal(HttpFetcher(), f"http://{name}/") == f"The name {name} could not be found on the network."


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:0a00:0001::1", "2002:7f00:0001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "not an address",
]  # fmt: skip
PUBLIC = [
    "93.184.215.14",
    "1.1.1.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:0101:0101::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE[:-1])
def test_a_host_name_with_a_private_address_is_refused(address: str) -> None:
    message = refusal(HttpFetcher(resolve=lambda _host, _port: [address]), "http://intranet.example/")
    assert message == "intranet.example leads to a private or reserved address and was not fetched."


def test_one_private_address_among_public_ones_is_refused_before_any_is_tried() -> None:
    guarded = HttpFetcher(resolve=lambda _host, _port: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(FetchError, match="leads to a private") as caught:
        guarded.fetch("http://mixed.example/")
    assert caught.value.help is not None
    assert "DATELINE_ALLOW_PRIVATE_URLS" in caught.value.help


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "127.1", "2130706433", "0x7f000001", "localhost"])
def test_loopback_in_any_spelling_is_refused(site: Site, host: str) -> None:
    assert "leads to" in refusal(HttpFetcher(), f"http://{host}:{site.port}/")
    assert site.seen == []


def test_the_checked_address_is_the_one_connected_to(site: Site) -> None:
    """A name is resolved once a connection; what a second look would say cannot matter."""
    answers = iter([["127.0.0.1"]])
    asked: list[tuple[str, int]] = []

    def once(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return next(answers)

    site.serve("/", PAGE)
    fetched = HttpFetcher(LOCAL, resolve=once).fetch(f"http://gazette.example:{site.port}/")
    assert fetched.content == PAGE
    assert asked == [("gazette.example", site.port)]
    assert site.seen[0]["host"] == f"gazette.example:{site.port}"


def test_a_redirect_to_a_refused_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here, so that its redirect can be followed for real."""
    monkeypatch.setattr("index.sources.web.connecting.is_public", lambda address: address == "127.0.0.1")
    names = {"public.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    site.redirect("/a", f"http://inside.example:{site.port}/secret")
    guarded = HttpFetcher(resolve=lambda host, _: names[host])
    message = refusal(guarded, f"http://public.example:{site.port}/a")
    assert message.startswith("inside.example leads to a private")
    assert [asked["path"] for asked in site.seen] == ["/a"]


def test_the_next_address_is_tried_when_one_does_not_answer(site: Site) -> None:
    site.serve("/", PAGE)
    both = HttpFetcher(LOCAL, resolve=lambda _host, _port: ["::1", "127.0.0.1"])
    assert both.fetch(f"http://gazette.example:{site.port}/").content == PAGE


def test_no_proxy_of_the_environment_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetcher().fetch(site.serve("/a", PAGE)).content == PAGE


def test_a_page_and_a_feed_from_end_to_end(site: Site) -> None:
    page = site.serve("/a", PAGE)
    feed = site.serve(
        "/feed",
        b"<rss version='2.0'><channel><title>The Bay Gazette</title><item><title>Wall</title><link>/a</link>"
        b"</item><item><title>Gone</title><link>/gone</link></item></channel></rss>",
        "application/rss+xml",
    )
    site.on("/gone", lambda handler: handler.send(status=404))
    [article] = load(page, limits=LOCAL)
    assert isinstance(article, Article)
    assert article.url == page
    entry, gone = load(feed, limits=LOCAL)
    assert isinstance(entry, Article)
    assert (entry.text, entry.origin) == (article.text, page)
    assert isinstance(gone, FetchError)
    assert str(gone) == f"{feed}, entry 2: {site.url}/gone answered 404 Not Found."


def test_a_page_that_sends_its_readers_to_a_private_address(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sources.web.connecting.is_public", lambda address: address == "127.0.0.1")
    names = {"public.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    inside = f"http://inside.example:{site.port}/secret"
    site.serve("/a", f"<html><meta http-equiv=refresh content='0; url={inside}'><body></body></html>".encode())
    site.serve("/b", b"<html><meta http-equiv=refresh content='0; url=file:///etc/passwd'><body></body></html>")
    guarded = HttpFetcher(resolve=lambda host, _: names[host])
    [refused] = load(f"http://public.example:{site.port}/a", fetcher=guarded)
    assert str(refused).startswith("inside.example leads to a private")
    [refused] = load(f"http://public.example:{site.port}/b", fetcher=guarded)
    assert "is not an http or https address" in str(refused)
    assert [asked["path"] for asked in site.seen] == ["/a", "/b"]
