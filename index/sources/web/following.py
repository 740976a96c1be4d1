"""Turns the entries of a feed into Articles: each is followed to its page, several in parallel."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import FetchError, SourceError
from index.overlap import share_in
from index.sources.formats import registry as formats
from index.sources.formats.format import Content
from index.sources.formats.text import fill
from index.sources.messages import as_bytes
from index.sources.reader_process import read_apart
from index.sources.web.crawling import CrawlingFetcher
from index.sources.web.web_pages import fetch_content, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from index.sources.formats.feed import FeedEntry
    from index.sources.limits import Limits
    from index.sources.web.fetching import Fetcher

_ANOTHER_TEXT = 0.3  # of an entry's words on its page
_WHOLE = 0.9
_AT_ONCE = 4  # pages, as browsers ask one site for at most six


def follow(
    entries: Iterable[FeedEntry | SourceError], fetcher: Fetcher, limits: Limits
) -> Generator[Article | SourceError, None, None]:
    """Yield the article or the problem of each entry.

    The entry fills in what its page does not say. If its page cannot be fetched, is no article, or has less of it than
    the entry, an entry that contains the whole article is used instead.
    """
    for entry, page in _fetch(entries, fetcher, limits):
        if isinstance(entry, SourceError):
            yield entry
            continue
        try:
            found = read_page(_one_article(page.result()), fetcher, limits)
        except SourceError as error:
            found = error
        own = _own_article(entry, limits) if entry.contents else None
        if own and _is_better(own, found):
            yield own
        else:
            yield fill(found, entry.known) if isinstance(found, Article) else _told_at(entry.place, found)


def _fetch(
    entries: Iterable[FeedEntry | SourceError], fetcher: Fetcher, limits: Limits
) -> Iterator[tuple[FeedEntry | SourceError, Future[Content]]]:
    """Yield each entry with its page, requested a little ahead, until the feed's time is up."""
    began = time.monotonic()
    crawler = CrawlingFetcher(fetcher)

    def fetch(entry: FeedEntry | SourceError) -> Content:
        if isinstance(entry, SourceError):
            raise entry
        if not entry.known.url:
            raise SourceError("it has no link to a web page.", help="Look for the article on the site.")
        if time.monotonic() - began - crawler.waited >= limits.feed_s:
            raise FetchError(
                f"{entry.known.url} was not fetched, because the pages before it took {limits.feed_s:g} seconds.",
                help="Add it by its own address.",
            )
        return fetch_content(entry.known.url, crawler)

    ahead: deque[tuple[FeedEntry | SourceError, Future[Content]]] = deque()
    for entry in entries:
        ahead.append((entry, _begin(fetch, entry)))
        if len(ahead) == _AT_ONCE:
            yield ahead.popleft()
    yield from ahead


def _begin(fetch: Callable[[FeedEntry | SourceError], Content], entry: FeedEntry | SourceError) -> Future[Content]:
    """Fetch in a daemon thread: unlike a pool's, it keeps no process alive when a page does not answer."""
    future: Future[Content] = Future()

    def run() -> None:
        try:
            future.set_result(fetch(entry))
        except Exception as error:  # raised where the result is requested
            future.set_exception(error)

    threading.Thread(target=run, name="feed", daemon=True).start()
    return future


def _one_article(content: Content) -> Content:
    """Return a page that may have an article. Raises SourceError for a feed or a table."""
    if formats.format_of(content).holds != "one article":
        raise SourceError(f"{content.origin} is not a page with an article.", help="Add it by its own address.")
    return content


def _own_article(entry: FeedEntry, limits: Limits) -> Article | None:
    """Return the article that an entry contains; None if it has only a summary."""
    content = Content(origin=entry.place, format=formats.ENTRY.name, data=as_bytes(entry))
    return next((item for item in read_apart(content, limits) if isinstance(item, Article)), None)


def _is_better(own: Article, page: Article | SourceError) -> bool:
    """Return whether the article in an entry is to be had rather than what is on its page."""
    if isinstance(page, SourceError):
        return True
    share = share_in(own.text, page.text)
    return share < _ANOTHER_TEXT or (share < _WHOLE and len(own.text) > len(page.text))


def _told_at(place: str, error: SourceError) -> SourceError:
    """Return an error that names the entry it is about."""
    return type(error)(f"{place}: {error}", help=error.help)
