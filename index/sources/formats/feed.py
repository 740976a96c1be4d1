"""Turns RSS and Atom feeds into entries; `following` then fetches their pages."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import html
import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from index.errors import SourceError
from index.sources.formats.format import Format
from index.sources.formats.html import text_of_fragment
from index.sources.formats.text import compose
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.text.decoding import decode_xml
from index.sources.web.article_address import article_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.article import Article

_FEED = re.compile(rb"<(?:\w{1,20}:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_HEAD = 4096
_PARAGRAPH = re.compile(r"<p[\s>]", re.IGNORECASE)
_WHOLE = 3  # paragraphs; a summary has fewer
# Only what a title is set in: "x < y" and "the <head> of a page" are words.
_MARKUP = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|img|ins|mark|nobr|p|q|s|small|span|strike|strong|sub|sup|tt|u|wbr)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_WEB = frozenset({"http", "https"})


def is_feed(data: bytes) -> bool:
    """Return whether the bytes begin like an RSS or Atom feed."""
    head = data[:_HEAD].replace(b"\x00", b"")  # UTF-16 has a zero between any two of these letters
    found = _FEED.search(head)
    return found is not None and b"<html" not in head[: found.start()].lower()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry of a feed: what the feed says about it, the address of its page ("" if none), and its own HTML."""

    place: str
    known: Header
    contents: tuple[str, ...] = ()


def read_feed(
    data: bytes, *, name: str, url: str | None, charset: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[FeedEntry | SourceError]:
    """Yield the entries of a feed; `known.url` is the address of an entry's page.

    Raises SourceError if the bytes are not a feed, or define XML entities.
    """
    import feedparser

    if not is_feed(data):
        raise SourceError(f"{name} is not an RSS or Atom feed.", help="Give the address of the feed or of a page.")
    # Entities of its own can unfold a small feed into gigabytes, and no real feed has any.
    text = decode_xml(data, name=name, charset=charset)
    if "<!entity" in text.lower():
        raise SourceError(f"{name} defines XML entities, which Dateline does not expand.", help="Use another feed.")
    headers = {"content-type": "application/xml; charset=utf-8"} | ({"content-location": url} if url else {})
    try:
        feed = feedparser.parse(io.BytesIO(text.encode(errors="replace")), response_headers=headers)
    except MemoryError:
        raise
    except Exception as error:  # whatever a hostile feed makes the parser raise
        raise SourceError(f"{name} is not a readable feed.", help="Check the feed with a feed reader.") from error
    if not feed.entries:
        raise SourceError(f"{name} is a feed without entries.", help="Add individual pages instead.")
    publisher = plain_title(feed.feed.get("title"))
    for number, entry in enumerate(feed.entries[: limits.max_entries], 1):
        yield _read_entry(entry, publisher, place=f"{name}, entry {number}", base=url)
    if len(feed.entries) > limits.max_entries:
        yield SourceError(
            f"{name} has {len(feed.entries)} entries; the first {limits.max_entries} were read.",
            help="Add the other pages by their addresses.",
        )


def _read_entry(entry: Any, publisher: str | None, *, place: str, base: str | None) -> FeedEntry:
    link = entry.get("link") or ""
    link = urljoin(base or "", link) if link else ""
    if urlsplit(link).scheme not in _WEB:
        link = ""
    known = Header(
        title=plain_title(entry.get("title")),
        author=plain_title(_authors(entry)),
        published=_day(entry),
        source=plain_title((entry.get("source") or {}).get("title")) or publisher,
        url=article_address(link) if link else "",
    )
    contents = tuple(str(content.get("value") or "") for content in entry.get("content") or [])
    summary = str(entry.get("summary") or "")
    if not contents and len(_PARAGRAPH.findall(summary)) >= _WHOLE:
        contents = (summary,)
    return FeedEntry(place=place, known=known, contents=contents)


def plain_title(title: str | None) -> str | None:
    """Return a title, or a name, without markup and with its entities resolved: feeds escape them once or twice."""
    if not title:
        return title
    for _ in range(2):
        title = _MARKUP.sub("", html.unescape(title))
    return " ".join(title.split())


def compose_entry(entry: FeedEntry, limits: Limits = DEFAULT_LIMITS) -> Article:
    """Return the article contained in an entry itself. Raises SourceError if it has only a summary."""
    known = entry.known
    text = next(filter(None, map(text_of_fragment, entry.contents)), "")
    if not text:
        raise SourceError(f"{entry.place} contains no article.", help="Add its page by its address.")
    article = compose(text, known, origin=known.url or entry.place, is_page=not limits.keep_furniture)
    # Entries without a link share one file, and nothing read from it later replaces just one of them.
    return article if known.url else dataclasses.replace(article, origin=None)


def _authors(entry: Any) -> str | None:
    """Return the authors' names, joined with a comma."""
    names = [author.get("name") for author in entry.get("authors") or []]
    return ", ".join(filter(None, names)) or entry.get("author")


def _day(entry: Any) -> dt.date | None:
    """Return the day of an entry as written there, else as the parser read it, in UTC."""
    for field in ("published", "updated"):
        with contextlib.suppress(ValueError):
            return parse_date(entry.get(field) or "")
        if moment := entry.get(f"{field}_parsed"):
            return dt.date(*moment[:3])
    return None


FORMAT = Format(
    name="feed",
    label="RSS or Atom feeds",
    suffixes=(".xml", ".rss", ".atom", ".rdf"),
    media_types=(
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/xml",
        "text/xml",
    ),
    read=lambda stream, content, limits: read_feed(
        stream.read(), name=content.origin, url=content.url, charset=content.charset, limits=limits
    ),
    holds="entries",
    begins=is_feed,
)
