"""Sitemaps: the pages a site lists, each fetched, and the sitemaps that an index lists."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.sources.formats.feed import FeedEntry
from index.sources.formats.format import Address, Format
from index.sources.formats.packages import find, local, parse_xml, words
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from index.sources.limits import Limits

_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:urlset|sitemapindex)[\s>/]", re.IGNORECASE)
_HEAD = 4096


def read_sitemap(data: bytes, *, origin: str, limits: Limits) -> Iterator[FeedEntry | Address | SourceError]:
    """Yield the pages of a sitemap, the newest first where all have dates, or the sitemaps of an index."""
    root = parse_xml(data, place=origin)
    listed = [element for element in root if local(element) in {"url", "sitemap"}]
    if not listed:
        raise SourceError(f"{origin} is a sitemap without addresses.", help="Add individual pages instead.")
    for number, element in enumerate(listed[: limits.max_entries], 1):
        address = words(next((part for part in element if local(part) == "loc"), None)) or ""
        place = f"{origin}, address {number}"
        if not address.lower().startswith(("http://", "https://")):
            yield SourceError(f"{place} is no web address.", help="Add the page by its own address.")
        elif local(element) == "sitemap":
            yield Address(place=address, url=address)
        else:
            yield FeedEntry(place=place, known=_header(element, address))
    if len(listed) > limits.max_entries:
        yield SourceError(
            f"{origin} has {len(listed):,} addresses; the first {limits.max_entries} were read.",
            help="Add the other pages by their addresses.",
        )


def _header(element: Any, address: str) -> Header:
    """Return what a sitemap for news says about a page."""
    news = find(element, "news")
    if news is None:
        return Header(url=address)
    return Header(
        title=words(find(news, "title")),
        source=words(find(news, "publication", "name")),
        published=_day(words(find(news, "publication_date"))),
        url=address,
    )


def _day(written: str | None) -> dt.date | None:
    with contextlib.suppress(ValueError):
        return parse_date(written or "")
    return None


FORMAT = Format(
    name="sitemap",
    label="sitemaps",
    suffixes=(),
    read=lambda stream, content, limits: read_sitemap(stream.read(), origin=content.origin, limits=limits),
    holds="entries",
    shared=(".xml",),
    begins=lambda data: _ROOT.search(data[:_HEAD].replace(b"\x00", b"")) is not None,
)
