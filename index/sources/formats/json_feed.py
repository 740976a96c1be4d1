"""Feeds in JSON (jsonfeed.org): the page of each entry is fetched, as those of any feed are."""

from __future__ import annotations

import contextlib
import html
import json
import re
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.sources.formats.feed import FeedEntry
from index.sources.formats.format import Format
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.text.decoding import decode

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from index.sources.limits import Limits

_VERSION = re.compile(rb"\"version\"\s{0,20}:\s{0,20}\"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org(?:\\?/)version")
_HEAD = 2**16


def read_json_feed(data: bytes, *, origin: str, limits: Limits) -> Iterator[FeedEntry | SourceError]:
    """Yield the entries of a feed. Raises SourceError if it is none, or has no entries."""
    try:
        feed = json.loads(decode(data, name=origin))
    except (ValueError, RecursionError):
        raise SourceError(f"{origin} is not a readable JSON feed.", help="Check the feed with a feed reader.") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not items:
        raise SourceError(f"{origin} is a feed without entries.", help="Add individual pages instead.")
    for number, item in enumerate(items[: limits.max_entries], 1):
        place = f"{origin}, entry {number}"
        if isinstance(item, dict):
            yield _entry(item, feed, place=place)
        else:
            yield SourceError(f"{place} is no entry of a feed.", help="Check the feed with a feed reader.")
    if len(items) > limits.max_entries:
        yield SourceError(
            f"{origin} has {len(items)} entries; the first {limits.max_entries} were read.",
            help="Add the other pages by their addresses.",
        )


def _entry(item: dict[str, Any], feed: dict[str, Any], *, place: str) -> FeedEntry:
    address = _words(item.get("url")) or _words(item.get("external_url")) or ""
    known = Header(
        title=_words(item.get("title")),
        author=_authors(item) or _authors(feed),
        source=_words(feed.get("title")),
        published=_day(item),
        url=address if address.lower().startswith(("http://", "https://")) else "",
    )
    content = _words(item.get("content_html"), is_text=True)
    if content is None and (plain := _words(item.get("content_text"), is_text=True)):
        content = "".join(f"<p>{html.escape(line)}</p>" for line in plain.split("\n") if line.strip())
    return FeedEntry(place=place, known=known, contents=(content,) if content else ())


def _words(value: object, *, is_text: bool = False) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    return value if is_text else " ".join(value.split())


def _authors(owner: dict[str, Any]) -> str | None:
    listed = owner.get("authors")
    people = listed if isinstance(listed, list) else [owner.get("author")]
    names = (_words(person.get("name")) for person in people if isinstance(person, dict))
    return ", ".join(filter(None, names)) or None


def _day(item: dict[str, Any]) -> dt.date | None:
    for field in ("date_published", "date_modified"):
        with contextlib.suppress(ValueError):
            return parse_date(_words(item.get(field)) or "")
    return None


FORMAT = Format(
    name="json feed",
    label="",
    suffixes=(),
    media_types=("application/feed+json",),
    read=lambda stream, content, limits: read_json_feed(stream.read(), origin=content.origin, limits=limits),
    holds="entries",
    shared=(".json",),
    begins=lambda data: _VERSION.search(data[:_HEAD]) is not None,
)
