"""Web pages that Safari saved (.webarchive): the page in it, read like any other."""

from __future__ import annotations

import contextlib
import plistlib
from typing import TYPE_CHECKING, Any

from index.article import Article
from index.errors import SourceError
from index.sources.formats.format import Format
from index.sources.formats.html import read_html
from index.sources.formats.text import fill
from index.sources.metadata.header import Header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.sources.limits import Limits


# What plistlib raises for files that are not as they should be.
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, EOFError)


def read_webarchive(data: bytes, *, origin: str, limits: Limits) -> Iterator[Article]:
    """Yield the article on a page that Safari saved. Raises SourceError if there is none."""
    page: Any = None
    with contextlib.suppress(*_BROKEN):
        page = plistlib.loads(data)["WebMainResource"]
    body, charset, address = (
        page.get(f"WebResource{name}") if isinstance(page, dict) else None
        for name in ("Data", "TextEncodingName", "URL")
    )
    if not isinstance(body, bytes):
        raise SourceError(f"{origin} is not a readable web archive of Safari.", help="Save the page again, as HTML.")
    charset = charset if isinstance(charset, str) else None
    is_web = isinstance(address, str) and address.lower().startswith(("http://", "https://"))
    for article in read_html(body, origin=origin, charset=charset, limits=limits):
        if isinstance(article, Article):
            yield fill(article, Header(url=address if is_web else None))


FORMAT = Format(
    name="webarchive",
    label="",
    suffixes=(".webarchive",),
    media_types=("application/x-webarchive",),
    read=lambda stream, content, limits: read_webarchive(stream.read(), origin=content.origin, limits=limits),
    holds="one article",
    begins=lambda data: data.startswith(b"bplist00"),
)
