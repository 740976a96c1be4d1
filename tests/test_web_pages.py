"""One article from several pages and addresses: pages that send readers on, next pages, AMP and tracking addresses."""

import pytest

from index.article import Article
from index.errors import FetchError, SourceError
from index.sources import Fetched, load

SITE = "https://gazette.example"
URL = f"{SITE}/2024/lighthouse"
PARTS = (
    "The keeper of the Skerry light retired on Sunday after forty-one years and one shipwreck.",
    "He had rowed out alone that night, he recalled, because the telephone line was down again.",
    "The light has been worked from the mainland since March, and nobody lives on the rock now.",
    "A museum in the town will show his logbooks, all of them written in green ink, from June.",
)


class Web:
    """A fetcher with pages in memory; anything else cannot be fetched."""

    def __init__(self, pages: dict[str, str]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if url not in self._pages:
            raise FetchError(f"{url} answered 404 Not Found.", help="Check the address.")
        return Fetched(url=url, content=self._pages[url].encode(), content_type="text/html")


def page(*paragraphs: str, head: str = "", title: str = "The last keeper", after: str = "") -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{text}</article>"
        f"{after}</body></html>"
    )


def read(pages: dict[str, str], url: str = URL) -> Article:
    [found] = load(url, fetcher=Web(pages))
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(
    "stub",
    [
        "<meta http-equiv=refresh content='0;/2024/lighthouse'>",
        "<meta http-equiv='Refresh' content='3; URL=\"https://gazette.example/2024/lighthouse\"'><p>One moment.</p>",
        "<base href='https://gazette.example/2024/'><meta http-equiv=refresh content='0; url=lighthouse'>",
        "<script>window.location.replace('https://gazette.example/2024/lighthouse');</script>",
        '<p>You are being redirected.</p><script>location.href = "/2024/lighthouse"</script>',
    ],
)
def test_a_page_that_sends_its_readers_on_is_followed(stub: str) -> None:
    found = read({f"{SITE}/go": f"<html><head></head><body>{stub}</body></html>", URL: page(*PARTS)}, f"{SITE}/go")
    assert found.text == "\n".join(PARTS)
    assert found.origin == found.url == URL


def test_pages_that_send_readers_around_in_a_circle_end() -> None:
    def stub(target: str) -> str:
        return f"<html><head><meta http-equiv=refresh content='0; url={target}'></head><body></body></html>"

    web = Web({f"{SITE}/a": stub("/b"), f"{SITE}/b": stub("/a")})
    [found] = load(f"{SITE}/a", fetcher=web)
    assert isinstance(found, SourceError)
    assert web.asked == [f"{SITE}/a", f"{SITE}/b"]


def test_an_article_that_reloads_itself_is_read_where_it_is() -> None:
    for target in ("300", f"5; url={SITE}/other"):
        assert read({URL: page(*PARTS, head=f"<meta http-equiv=refresh content='{target}'>")}).url == URL


@pytest.mark.parametrize(
    "second",
    ["?page=2", "/2", "/page/2/", "-2", "?utm_source=next&p=2"],
)
def test_the_pages_of_one_article_are_joined(second: str) -> None:
    following = f"{URL}{second}"
    link = f"<nav><a rel='next' href='{following}'>Next page</a></nav>"
    found = read({URL: page(*PARTS[:2], after=link), following: page(PARTS[0], *PARTS[2:])})
    assert found.text == "\n".join(PARTS)
    assert found.url == URL


@pytest.mark.parametrize(
    "other",
    [f"{SITE}/2024/ferry", f"{SITE}/2024/2", "https://other.example/2024/lighthouse/2", f"{URL}?page=3"],
)
def test_the_next_article_is_not_a_page_of_this_one(other: str) -> None:
    head = f"<link rel=next href='{other}'>"
    found = read({URL: page(*PARTS[:2], head=head), other: page(*PARTS[2:])})
    assert found.text == "\n".join(PARTS[:2])


def test_a_page_of_an_article_that_is_missing_is_reported() -> None:
    found = read({URL: page(*PARTS, head=f"<link rel=next href='{URL}?page=2'>")})
    [notice] = found.notices
    assert (notice.kind, notice.rule, notice.place) == ("unread", "next page", "page 2")
    assert notice.text == f"{URL}?page=2 answered 404 Not Found."


@pytest.mark.parametrize(
    ("url", "head"),
    [
        (f"{URL}?utm_source=rss&utm_medium=feed", ""),
        (f"{URL}?fbclid=xyz", ""),
        (f"{URL}/amp", f"<link rel=canonical href='{URL}'>"),
        ("https://amp.gazette.example/2024/lighthouse", f"<link rel=canonical href='{URL}'>"),
        (f"{URL}?print=1", f"<link rel=canonical href='{URL}?at_medium=canonical'>"),
    ],
)
def test_every_address_of_an_article_leads_to_the_same_one(url: str, head: str) -> None:
    here = read({URL: page(*PARTS)})
    there = read({url: page(*PARTS, head=head)}, url)
    assert (there.id, there.url, there.origin) == (here.id, URL, URL) == (here.id, here.url, here.origin)


@pytest.mark.parametrize("claimed", ["https://elsewhere.example/x", f"{SITE}/", "javascript:alert(1)", "http://["])
def test_an_address_that_a_page_may_not_claim(claimed: str) -> None:
    assert read({URL: page(*PARTS, head=f"<link rel=canonical href='{claimed}'>")}).origin == URL


def test_a_parameter_that_names_the_article_stays() -> None:
    url = f"{SITE}/story.php?id=12&lang=en"
    assert read({url: page(*PARTS)}, url).origin == url
