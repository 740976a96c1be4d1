"""All formats that are read, and which one a file or page is in: a new format is a module and a line in `FORMATS`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.errors import SourceError
from index.sources import docx, feed, html, markdown, pdf, table, text
from index.sources.format import Content, Format, one_article
from index.sources.messages import entry_of

if TYPE_CHECKING:
    from pathlib import Path

    from index.sources.fetching import Fetched

FORMATS = (
    text.FORMAT,
    markdown.FORMAT,
    html.FORMAT,
    pdf.FORMAT,
    docx.FORMAT,
    table.CSV,
    table.JSON,
    table.JSON_LINES,
    feed.FORMAT,
)
# An entry of a feed that carries its whole article: made by `following`, and never by a file or a server.
ENTRY = Format(
    name="entry",
    label="",
    suffixes=(),
    read=one_article(lambda data, _, limits: feed.compose_entry(entry_of(data), limits)),
    holds="one article",
)
READABLE = " and ".join([", ".join(known.label for known in FORMATS[:-1]), FORMATS[-1].label])
_BY_NAME = {known.name: known for known in (*FORMATS, ENTRY)}
_BY_SUFFIX = {suffix: known for known in FORMATS for suffix in known.suffixes}
_BY_MEDIA_TYPE = {media_type: known for known in FORMATS for media_type in known.media_types}
# Servers send these for anything they do not know; there the address's ending says more.
_VAGUE_TYPES = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
_MIXED_UP = (html.FORMAT, feed.FORMAT)  # servers call the one the other


def format_of(content: Content) -> Format:
    """Return the format that content is in."""
    return _BY_NAME[content.format]


def of_file(path: Path) -> Content:
    """Return a file with its format. Raises SourceError where its ending is none that is read."""
    found = _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        ending = f"the ending {path.suffix!r}" if path.suffix else "no ending"
        raise SourceError(f"{path} has {ending}, so its format is not known.", help=f"Dateline reads {READABLE}.")
    return Content(origin=str(path), format=found.name)


def of_response(fetched: Fetched) -> Content:
    """Return what was fetched with its format: by its bytes, its media type, and the ending of its address.

    Raises SourceError when that is no format to read.
    """
    if not fetched.content.strip():
        raise SourceError(f"{fetched.url} is empty.", help="Check the address.")
    named = _BY_SUFFIX.get(PurePosixPath(unquote(urlsplit(fetched.url).path)).suffix.lower())
    found = _BY_MEDIA_TYPE.get(fetched.content_type)
    if fetched.content_type in _VAGUE_TYPES:
        plain = text.FORMAT if fetched.content_type == "text/plain" else None
        found = named or _by_beginning(fetched.content) or plain
    elif found in _MIXED_UP:
        found = _by_beginning(fetched.content) or found
    if found is None:
        raise SourceError(
            f"{fetched.url} is of a type Dateline does not read ({fetched.content_type or 'not named'}).",
            help=f"It reads {READABLE}.",
        )
    return Content(
        origin=fetched.url, format=found.name, data=fetched.content, url=fetched.url, charset=fetched.charset
    )


def _by_beginning(data: bytes) -> Format | None:
    """Return the format that the first bytes give away."""
    # HTML last, for the beginning of a feed or a PDF file may have HTML in it.
    tried = sorted(FORMATS, key=lambda known: known is html.FORMAT)
    return next((known for known in tried if known.begins and known.begins(data)), None)
