"""Crawls keep to robots.txt and do not hurry; pages that have not changed are not sent again."""

from collections.abc import Sequence

from index.article import Article
from index.errors import FetchError
from index.sources import Fetched, HttpFetcher, load
from index.sources.web.crawling import CrawlingFetcher
from index.sources.web.revisiting import RevisitingFetcher
from tests.test_fetching import LOCAL, PAGE, Handler, Site, site

__all__ = ["site"]  # a fixture
ROBOTS = "User-agent: *\nDisallow: /private/\nCrawl-delay: 2\n\nUser-agent: otherbot\nDisallow: /\n"


class Web:
    """A fetcher that has a page at every address, and a robots.txt."""

    def __init__(self, robots: str | None = ROBOTS, robots_type: str = "text/plain") -> None:
        self._robots = robots
        self._robots_type = robots_type
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if not url.endswith("/robots.txt"):
            return Fetched(url=url, content=PAGE, content_type="text/html")
        if self._robots is None:
            raise FetchError(f"{url} answered 404 Not Found.")
        return Fetched(url=url, content=self._robots.encode(), content_type=self._robots_type)


def fetched(web: Web, paths: Sequence[str]) -> tuple[list[str], list[float]]:
    """Fetch pages of a site; return those that the site refuses, and the waits between the others."""
    waits: list[float] = []
    crawler = CrawlingFetcher(web, clock=lambda: 0.0, sleep=waits.append)
    refused = []
    for path in paths:
        try:
            crawler.fetch(f"https://gazette.example{path}")
        except FetchError as error:
            message = (
                f"https://gazette.example{path} was not fetched, because its site asks programs not to (robots.txt)."
            )
            refused.append(path if str(error) == message else str(error))
    return refused, waits


def test_what_a_site_asks_programs_not_to_fetch_is_not_fetched() -> None:
    web = Web()
    assert fetched(web, ["/a", "/private/b", "/c"])[0] == ["/private/b"]
    assert [url.rpartition("/")[2] for url in web.asked] == ["robots.txt", "a", "c"]


def test_a_site_without_rules_may_be_crawled() -> None:
    for web in (Web(None), Web("<html>Disallow: /</html>", "text/html"), Web("\x00Disallow")):
        assert fetched(web, ["/a", "/private/b"])[0] == []


def test_many_pages_of_a_site_are_fetched_at_the_pace_it_asks_for() -> None:
    paths = [f"/{number}" for number in range(13)]
    for web, pause in ((Web(), 2.0), (Web("User-agent: *\nCrawl-delay: 900"), 5.0), (Web(None), 0.5)):
        _, waits = fetched(web, paths)
        assert [wait / pause for wait in waits] == [1, 2, 3]


def test_a_feed_is_crawled_and_an_address_that_was_given_is_not(site: Site) -> None:
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /a", "text/plain")
    page = site.serve("/a", PAGE)
    item = "<item><title>Wall</title><link>/a</link></item>"
    feed = site.serve("/feed", f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), "application/rss+xml")
    [refused] = load(feed, limits=LOCAL)
    assert "robots.txt" in str(refused)
    [article] = load(page, limits=LOCAL)
    assert isinstance(article, Article)


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    bodies = {"now": PAGE}

    def answer(handler: Handler) -> None:
        tag = f'"{hash(bodies["now"])}"'
        if handler.headers.get("if-none-match") == tag:
            handler.send(status=304)
        else:
            handler.send(bodies["now"], headers={"content_type": "text/html", "etag": tag})

    url = site.on("/a", answer)
    dated = site.serve("/b", PAGE, last_modified="Mon, 06 May 2024 09:00:00 GMT")
    fetcher = RevisitingFetcher(HttpFetcher(LOCAL))
    assert fetcher.fetch(url).content == fetcher.fetch(url).content == PAGE
    bodies["now"] = PAGE + b"<p>Corrected.</p>"
    assert fetcher.fetch(url).content == bodies["now"]
    fetcher.fetch(dated)
    fetcher.fetch(dated)
    assert [asked.get("if-none-match") is not None for asked in site.seen[:3]] == [False, True, True]
    assert site.seen[-1]["if-modified-since"] == "Mon, 06 May 2024 09:00:00 GMT"


def test_what_a_page_was_known_by_is_message_to_no_other_page(site: Site) -> None:
    site.serve("/new", PAGE, etag='"one"')
    url = site.redirect("/old", "/new")
    fetcher = RevisitingFetcher(HttpFetcher(LOCAL))
    fetcher.fetch(url)
    site.redirect("/old", "/other")
    site.serve("/other", PAGE)
    fetcher.fetch(url)
    assert ["if-none-match" in asked for asked in site.seen] == [False] * 4
