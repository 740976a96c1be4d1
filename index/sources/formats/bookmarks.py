"""Bookmarks as browsers export them: the page at each address is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.formats.feed import FeedEntry
from index.sources.formats.format import Format
from index.sources.formats.packages import words
from index.sources.metadata.header import Header
from index.sources.text.decoding import decode
from index.sources.text.markup import parse_markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.sources.limits import Limits

_MARK = b"<!doctype netscape-bookmark"
_HEAD = 4096


def read_bookmarks(data: bytes, *, origin: str, limits: Limits) -> Iterator[FeedEntry | SourceError]:
    """Yield the bookmarked pages, each once, with their names. Raises SourceError if there are none."""
    root = parse_markup(decode(data, name=origin), place=origin)
    found: dict[str, str | None] = {}
    for link in root.iter("a") if root is not None else ():
        address = (link.get("href") or "").strip()
        if address.lower().startswith(("http://", "https://")):  # others lead into the browser, or run scripts
            found.setdefault(address, words(link))
    if not found:
        raise SourceError(f"{origin} has no bookmarks of web pages.", help="Export the bookmarks again.")
    for number, (address, name) in enumerate(list(found.items())[: limits.max_entries], 1):
        yield FeedEntry(place=f"{origin}, bookmark {number}", known=Header(title=name, url=address))
    if len(found) > limits.max_entries:
        yield SourceError(
            f"{origin} has {len(found):,} bookmarks; the first {limits.max_entries} were read.",
            help="Add the other pages by their addresses.",
        )


FORMAT = Format(
    name="bookmarks",
    label="browsers' bookmarks",
    suffixes=(),
    read=lambda stream, content, limits: read_bookmarks(stream.read(), origin=content.origin, limits=limits),
    holds="entries",
    shared=(".html",),
    begins=lambda data: _MARK in data[:_HEAD].lower(),
)
