"""Turns the entries of a feed into Articles: each is followed to its page, several in parallel."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import FetchError, SourceError
from index.sources import formats
from index.sources.fetching import check_url
from index.sources.format import Content
from index.sources.messages import as_bytes
from index.sources.reader_process import read_apart
from index.sources.text import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from index.sources.feed import FeedEntry
    from index.sources.fetching import Fetched, Fetcher
    from index.sources.limits import Limits

_AT_ONCE = 4  # pages, as browsers ask one site for at most six


def follow(
    entries: Iterable[FeedEntry | SourceError], fetcher: Fetcher, limits: Limits
) -> Generator[Article | SourceError, None, None]:
    """Yield the article or the problem of each entry.

    The entry fills in what its page does not say. If the page cannot be fetched, an entry that contains the whole
    article is used instead.
    """
    for entry, page in _fetch(entries, fetcher, limits):
        if isinstance(entry, SourceError):
            yield entry
            continue
        try:
            yield fill(_read_page(page, limits), entry.known)
        except SourceError as error:
            own = _one(Content(origin=entry.place, format=formats.ENTRY.name, data=as_bytes(entry)), limits)
            yield own if isinstance(own, Article) else _told_at(entry.place, error)


def _fetch(
    entries: Iterable[FeedEntry | SourceError], fetcher: Fetcher, limits: Limits
) -> Iterator[tuple[FeedEntry | SourceError, Future[Fetched]]]:
    """Yield each entry with its page, requested a little ahead, until the feed's time is up."""
    ends = time.monotonic() + limits.feed_s

    def fetch(entry: FeedEntry | SourceError) -> Fetched:
        if isinstance(entry, SourceError):
            raise entry
        if not entry.known.url:
            raise SourceError("it has no link to a web page.", help="Look for the article on the site.")
        if time.monotonic() >= ends:
            raise FetchError(
                f"{entry.known.url} was not fetched, because the pages before it took {limits.feed_s:g} seconds.",
                help="Add it by its own address.",
            )
        return fetcher.fetch(check_url(entry.known.url))

    ahead: deque[tuple[FeedEntry | SourceError, Future[Fetched]]] = deque()
    for entry in entries:
        ahead.append((entry, _begin(fetch, entry)))
        if len(ahead) == _AT_ONCE:
            yield ahead.popleft()
    yield from ahead


def _begin(fetch: Callable[[FeedEntry | SourceError], Fetched], entry: FeedEntry | SourceError) -> Future[Fetched]:
    """Fetch in a daemon thread: unlike a pool's, it keeps no process alive when a page does not answer."""
    future: Future[Fetched] = Future()

    def run() -> None:
        try:
            future.set_result(fetch(entry))
        except Exception as error:  # raised where the result is requested
            future.set_exception(error)

    threading.Thread(target=run, name="feed", daemon=True).start()
    return future


def _read_page(page: Future[Fetched], limits: Limits) -> Article:
    """Return the one article on a page. Raises SourceError."""
    content = formats.of_response(page.result())
    if formats.format_of(content).holds != "one article":
        raise SourceError(f"{content.origin} is not a page with an article.", help="Add it by its own address.")
    read = _one(content, limits)
    if isinstance(read, SourceError):
        raise read
    return read


def _one(content: Content, limits: Limits) -> Article | SourceError:
    found = [item for item in read_apart(content, limits) if isinstance(item, Article | SourceError)]
    return (
        found[0] if found else SourceError(f"{content.origin} contains no article.", help="Add it by its own address.")
    )


def _told_at(place: str, error: SourceError) -> SourceError:
    """Return an error that names the entry it is about."""
    return type(error)(f"{place}: {error}", help=error.help)
