"""Articles on web pages: fetches a page, goes on where it only leads to another, and joins the pages of one article."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import SourceError
from index.notices import Notice
from index.sources.formats import registry as formats
from index.sources.metadata.header import header_of
from index.sources.reader_process import read_apart
from index.sources.web.article_address import is_front_page, is_same_site
from index.sources.web.fetching import check_url
from index.sources.web.page_links import PageLinks, is_page

if TYPE_CHECKING:
    from index.sources.formats.format import Content
    from index.sources.limits import Limits
    from index.sources.web.fetching import Fetcher

_MOST_REFRESHES = 3
_MOST_PAGES = 20


def fetch_content(url: str, fetcher: Fetcher) -> Content:
    """Return what is at an address, with its format. Raises SourceError, also where only the front page is left."""
    fetched = fetcher.fetch(check_url(url))
    if is_front_page(fetched.url) and not is_front_page(url) and is_same_site(fetched.url, url):
        raise SourceError(f"{url} leads to the site's front page, not to an article.", help="Check the address.")
    return formats.of_response(fetched)


def feed_of(url: str, fetcher: Fetcher, limits: Limits) -> str | None:
    """Return the feed that a page names which is no article itself. Raises SourceError if it cannot be fetched."""
    content = formats.of_response(fetcher.fetch(check_url(url)))
    if formats.format_of(content).holds != "one article":
        return None
    links, found = _read(content, limits)
    return next(iter(links.feeds), None) if isinstance(found, SourceError) else None


def read_page(content: Content, fetcher: Fetcher, limits: Limits) -> Article | SourceError:
    """Return the article that begins on a page, or why there is none.

    A page that only sends its readers on is followed. Nothing but an article's own pages is joined to it.
    """
    links, found = _read(content, limits)
    seen = {content.origin}
    while links.refresh and links.refresh not in seen and len(seen) <= _MOST_REFRESHES:
        seen.add(links.refresh)
        content = fetch_content(check_url(links.refresh, by=content.origin), fetcher)
        if formats.format_of(content).holds != "one article":
            raise SourceError(f"{content.origin} is not a page with an article.", help="Add it by its own address.")
        links, found = _read(content, limits)
    if isinstance(found, SourceError) and links.feeds:
        return SourceError(str(found), help=f"{found.help} The site has a feed: {links.feeds[0]}")
    if isinstance(found, SourceError) or not content.url:
        return found
    for number in range(2, _MOST_PAGES + 1):
        if not links.next or not is_page(links.next, number, of=content.url):
            break
        try:
            links, more = _read(fetch_content(links.next, fetcher), limits)
            if isinstance(more, SourceError):
                raise more
        except SourceError as error:
            missing = Notice(kind="unread", rule="next page", text=str(error), place=f"page {number}")
            found = dataclasses.replace(found, notices=(*found.notices, missing))
            break
        joined = _joined(found, more)
        if joined.text == found.text:
            break
        found = joined
    return found


def _read(content: Content, limits: Limits) -> tuple[PageLinks, Article | SourceError]:
    """Return where a page leads, and its article or why it has none."""
    links = PageLinks()
    found: Article | SourceError | None = None
    for item in read_apart(content, limits):
        if isinstance(item, PageLinks):
            links = item
        elif isinstance(item, Article | SourceError) and found is None:
            found = item
    return links, found or SourceError(f"{content.origin} contains no article.", help="Add it by its own address.")


def _joined(article: Article, more: Article) -> Article:
    """Return an article with the lines of its next page that it does not have; sites repeat headline and summary."""
    known = set(article.text.split("\n"))
    lines = [line for line in more.text.split("\n") if line not in known]
    text = "\n".join([article.text, *lines])
    return Article.create(
        text,
        origin=article.origin,
        added_at=article.added_at,
        notices=(*article.notices, *more.notices),
        **header_of(article).as_fields(),
    )
