"""Agencies' news in JSON (ninjs): read like any JSON, without what its agency has withdrawn."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

from index.article import Article
from index.errors import SourceError
from index.sources.formats import table
from index.sources.formats.format import Format
from index.sources.text.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.sources.formats.format import Content
    from index.sources.limits import Limits

_STATUS = re.compile(rb"\"pubstatus\"\s{0,20}:\s{0,20}\"", re.IGNORECASE)
_HEAD = 2**16
_WITHDRAWN = frozenset({"canceled", "cancelled", "withheld"})


def read_ninjs(data: bytes, content: Content, limits: Limits) -> Iterator[Article | SourceError]:
    """Yield the articles of a document, and a problem for each that is withdrawn."""
    try:
        value = json.loads(decode(data, name=content.origin, charset=content.charset))
    except (ValueError, RecursionError):  # told by the reader of JSON, with the place
        value = None
    items = value if isinstance(value, list) else [value]
    kept = [item for item in items if not _is_withdrawn(item)]
    for item in items:
        if _is_withdrawn(item):
            title = item.get("headline") or item.get("uri") or "an item"
            yield SourceError(
                f"{content.origin}: {str(title)[:100]!r} is withdrawn by its agency and was left out.",
                help="Nothing has to be done.",
            )
    if not kept:
        return
    if len(kept) < len(items):
        data = json.dumps(kept).encode()
    for found in table.JSON.read(io.BytesIO(data), content, limits):
        if isinstance(found, Article | SourceError):
            yield found


def _is_withdrawn(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    status = item.get("pubstatus") or item.get("pubStatus") or ""
    return str(status).lower().rpartition(":")[2] in _WITHDRAWN


FORMAT = Format(
    name="ninjs",
    label="ninjs",
    suffixes=(),
    media_types=("application/ninjs+json", "application/vnd.iptc.ninjs+json"),
    read=lambda stream, content, limits: read_ninjs(stream.read(), content, limits),
    shared=(".json",),
    begins=lambda data: _STATUS.search(data[:_HEAD]) is not None,
)
