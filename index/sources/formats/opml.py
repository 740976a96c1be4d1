"""Lists of feeds (OPML), as feed readers export them: each feed is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.formats.format import Address, Format
from index.sources.formats.packages import find_all, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = re.compile(rb"<opml[\s>/]", re.IGNORECASE)
_HEAD = 4096
_WEB = ("http://", "https://")


def read_opml(data: bytes, *, origin: str) -> Iterator[Address | SourceError]:
    """Yield the address of each feed, once. Raises SourceError if there is none."""
    root = parse_xml(data, place=origin)
    seen: set[str] = set()
    for outline in find_all(root, "outline"):
        attributes = {name.lower(): value.strip() for name, value in outline.attrib.items()}
        address = attributes.get("xmlurl", "")
        if not address and attributes.get("type", "").lower() == "link":
            address = attributes.get("url", "")
        if address and address not in seen:
            seen.add(address)
            if address.lower().startswith(_WEB):
                yield Address(place=address, url=address)
            else:
                yield SourceError(f"{origin} lists {address[:200]}, which is no web address.", help="Correct it.")
    if not seen:
        raise SourceError(f"{origin} lists no feeds.", help="Export the list from the feed reader again.")


FORMAT = Format(
    name="opml",
    label="OPML",
    suffixes=(".opml",),
    media_types=("text/x-opml", "application/opml+xml"),
    read=lambda stream, content, _: read_opml(stream.read(), origin=content.origin),
    holds="entries",
    shared=(".xml",),
    begins=lambda data: _ROOT.search(data[:_HEAD].replace(b"\x00", b"")) is not None,
)
