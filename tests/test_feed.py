"""RSS and Atom feeds: each entry is followed to its page, and fills in what the page lacks."""

import datetime as dt
from pathlib import Path

import pytest

from index.article import Article
from index.errors import FetchError, SourceError
from index.sources import Fetched, Limits, load

FEED = "https://gazette.example/feed.xml"
BODY = "The harbour wall at Port Ellis gave way early on Monday, flooding two streets and a school."


class Web:
    """A fetcher with pages in memory; anything else cannot be fetched."""

    def __init__(self, pages: dict[str, tuple[str, str]]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if url not in self._pages:
            raise FetchError(f"{url} answered 404 Not Found.", help="Check the address.")
        content_type, content = self._pages[url]
        return Fetched(url=url, content=content.encode(), content_type=content_type)


def page(body: str = BODY, head: str = "") -> tuple[str, str]:
    return "text/html", f"<html><head>{head}</head><body><article><p>{body}</p></article></body></html>"


def rss(*items: str) -> tuple[str, str]:
    return "application/rss+xml", (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Bay Gazette</title>'
        f"<link>https://gazette.example/</link>{''.join(f'<item>{item}</item>' for item in items)}"
        "</channel></rss>"
    )


def read(web: Web, limits: Limits | None = None) -> list[Article | SourceError]:
    return list(load(FEED, fetcher=web, limits=limits or Limits()))


def test_an_entry_fills_what_its_page_lacks() -> None:
    item = (
        "<title>Harbour wall gives way</title><link>/harbour</link><dc:creator>Ann Lee</dc:creator>"
        "<pubDate>Mon, 06 May 2024 23:30:00 -0500</pubDate><description>A summary.</description>"
    )
    web = Web({FEED: rss(item), "https://gazette.example/harbour": page()})
    [article] = read(web)
    assert isinstance(article, Article), article
    assert article.title == "Harbour wall gives way"
    assert article.author == "Ann Lee"
    assert article.published == dt.date(2024, 5, 6)
    assert article.text == BODY
    assert article.url == article.origin == "https://gazette.example/harbour"


def test_metadata_of_the_page_takes_precedence() -> None:
    head = '<title>The page’s title</title><meta name="author" content="Bo Chan">'
    item = "<title>The feed’s title</title><link>https://gazette.example/a</link><author>Ann Lee</author>"
    web = Web({FEED: rss(item), "https://gazette.example/a": page(head=head)})
    [article] = read(web)
    assert isinstance(article, Article)
    assert (article.title, article.author) == ("The page’s title", "Bo Chan")


def test_atom() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Bay Gazette</title><entry><title>Wall</title>'
        '<link href="https://gazette.example/a"/><author><name>Ann Lee</name></author>'
        "<author><name>Bo Chan</name></author><updated>2024-05-06T10:15:00Z</updated></entry></feed>"
    )
    web = Web({FEED: ("application/atom+xml", atom), "https://gazette.example/a": page()})
    [article] = read(web)
    assert isinstance(article, Article)
    assert (article.title, article.author, article.published) == (
        "Wall",
        "Ann Lee, Bo Chan",
        dt.date(2024, 5, 6),
    )


FULL = f"<content:encoded><![CDATA[<p>{BODY}</p><p>Nobody was hurt.</p>]]></content:encoded>"


def test_the_entry_is_used_if_its_page_cannot_be_fetched() -> None:
    [article] = read(Web({FEED: rss(f"<title>Wall</title><link>https://gazette.example/gone</link>{FULL}")}))
    assert isinstance(article, Article)
    assert article.text == f"{BODY}\nNobody was hurt."
    assert (article.title, article.source) == ("Wall", "The Bay Gazette")
    assert article.origin == "https://gazette.example/gone"


STUB = "<h1>Wall</h1><p>We value your privacy.</p><p>We and our 90 partners use cookies. Accept all or refuse.</p>"


@pytest.mark.parametrize("body", [STUB, "Sorry, the page you are looking for was moved.", BODY])
def test_an_entry_with_the_whole_article_beats_a_page_that_has_less(body: str) -> None:
    item = f"<title>Wall</title><link>https://gazette.example/a</link>{FULL}"
    [article] = read(Web({FEED: rss(item), "https://gazette.example/a": page(body)}))
    assert isinstance(article, Article)
    assert article.text == f"{BODY}\nNobody was hurt."


def test_a_page_with_more_than_the_entry_is_preferred() -> None:
    whole = f"{BODY}</p><p>Nobody was hurt.</p><p>The wall will be rebuilt by the autumn, the council said."
    [article] = read(
        Web({FEED: rss(f"<link>https://gazette.example/a</link>{FULL}"), "https://gazette.example/a": page(whole)})
    )
    assert isinstance(article, Article)
    assert article.text.endswith("the council said.")


def test_a_description_that_has_the_whole_article_is_used_if_its_page_cannot_be_fetched() -> None:
    whole = f"<p>{BODY}</p><p>Nobody was hurt.</p><p>The school stays closed until Friday.</p>"
    item = f"<title>Wall</title><link>https://gazette.example/gone</link><description><![CDATA[{whole}]]></description>"
    [article] = read(Web({FEED: rss(item)}))
    assert isinstance(article, Article)
    assert article.text.count("\n") == 2


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Wall &lt;b&gt;gives&lt;/b&gt; way", "Wall gives way"),
        ("<![CDATA[Wall <em class='x'>gives</em> way]]>", "Wall gives way"),
        ("Wall &amp;amp; pier: &amp;#163;4m", "Wall & pier: £4m"),
        ("Why x &lt; y matters", "Why x < y matters"),
        ("Wall&lt;br/&gt;\n gives way", "Wall gives way"),
    ],
)
def test_a_title_is_shown_without_markup(title: str, shown: str) -> None:
    [article] = read(Web({FEED: rss(f"<title>{title}</title>{FULL}")}))
    assert isinstance(article, Article)
    assert article.title == shown


def test_the_outlet_that_an_entry_names_is_its_source() -> None:
    source = "<source url='https://herald.example/feed'>The &lt;i&gt;Herald&lt;/i&gt;</source>"
    [article] = read(Web({FEED: rss(f"<title>Wall</title>{source}{FULL}")}))
    assert isinstance(article, Article)
    assert article.source == "The Herald"


def test_an_entry_without_a_link_has_no_origin() -> None:
    [article] = read(Web({FEED: rss(f"<title>Wall</title>{FULL}")}))
    assert isinstance(article, Article)
    assert (article.origin, article.url) == (None, None)


def test_a_summary_is_not_an_article() -> None:
    item = "<title>Wall</title><link>https://gazette.example/gone</link><description>A summary.</description>"
    [error] = read(Web({FEED: rss(item)}))
    assert isinstance(error, FetchError)
    assert str(error) == f"{FEED}, entry 1: https://gazette.example/gone answered 404 Not Found."
    assert error.help == "Check the address."


@pytest.mark.parametrize("link", ["", "<link>file:///etc/passwd</link>", "<link>javascript:alert(1)</link>"])
def test_a_link_that_is_not_a_web_page_is_not_fetched(link: str) -> None:
    web = Web({FEED: rss(f"<title>Wall</title>{link}")})
    [error] = read(web)
    assert isinstance(error, SourceError)
    assert str(error) == f"{FEED}, entry 1: it has no link to a web page."
    assert web.asked == [FEED]


def test_a_feed_in_a_feed_is_not_followed() -> None:
    [error] = read(Web({FEED: rss(f"<title>Wall</title><link>{FEED}</link>")}))
    assert isinstance(error, SourceError)
    assert "is not a page with an article" in str(error)


def test_one_bad_entry_does_not_stop_the_others_and_there_is_a_limit() -> None:
    items = [f"<title>Wall {name}</title><link>https://gazette.example/{name}</link>" for name in "abcd"]
    web = Web({FEED: rss(*items), **{f"https://gazette.example/{name}": page(f"{BODY} {name}.") for name in "acd"}})
    kinds = [type(item) for item in read(web, Limits(max_entries=3))]
    assert kinds == [Article, FetchError, Article, SourceError]
    assert web.asked[-1] == "https://gazette.example/c"


def test_a_feed_sent_as_html_is_a_feed() -> None:
    web = Web({FEED: ("text/html", rss(f"<title>Wall</title>{FULL}")[1])})
    [article] = read(web)
    assert isinstance(article, Article)
    assert article.title == "Wall"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_in_a_file(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "feed.rss"
    text = rss("<title>Wall</title><link>https://gazette.example/a</link>")[1]
    path.write_bytes(text.replace('version="1.0"', f'version="1.0" encoding="{encoding}"').encode(encoding))
    [article] = load(str(path), fetcher=Web({"https://gazette.example/a": page()}))
    assert isinstance(article, Article), article
    assert article.text == BODY


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<rss><channel></channel></rss>", "is a feed without entries."),
        ("<rss", "is not an RSS or Atom feed."),
        (
            '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><item>'
            "<title>&b;</title></item></channel></rss>",
            "defines XML entities, which Dateline does not expand.",
        ),
    ],
)
def test_feeds_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(content)
    [error] = load(str(path), fetcher=Web({}))
    assert isinstance(error, SourceError)
    assert str(error) == f"{path} {message}"
    assert error.help
