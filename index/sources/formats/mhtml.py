"""Web pages that a browser saved as one file (.mhtml, .mht): the page in it, read like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.article import Article
from index.sources.formats.format import Format
from index.sources.formats.html import read_html
from index.sources.formats.mail import find_page, is_message
from index.sources.formats.text import fill
from index.sources.metadata.header import Header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.sources.limits import Limits

_HEAD = 4096


def read_mhtml(data: bytes, *, origin: str, limits: Limits) -> Iterator[Article]:
    """Yield the article on a page that was saved with its pictures. Raises SourceError if there is none."""
    page, charset, address, title = find_page(data, origin=origin)
    for article in read_html(page, origin=origin, charset=charset, limits=limits):
        if isinstance(article, Article):
            yield fill(article, Header(title=title, url=address))


def is_mhtml(data: bytes) -> bool:
    """Return whether the bytes begin like a page that a browser saved."""
    head = data[:_HEAD].lower()
    is_saved = any(mark in head for mark in (b"snapshot-content-location:", b"<saved by", b'from: "saved by'))
    return is_message(data[:_HEAD]) and (is_saved or b"multipart/related" in head)


FORMAT = Format(
    name="mhtml",
    label="saved pages (.mhtml)",
    suffixes=(".mhtml", ".mht"),
    media_types=("multipart/related", "application/x-mimearchive"),
    read=lambda stream, content, limits: read_mhtml(stream.read(), origin=content.origin, limits=limits),
    holds="one article",
    shared=(".doc",),
    begins=is_mhtml,
)
