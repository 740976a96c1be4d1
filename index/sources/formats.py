"""What is to be read, and in which format it is: by the ending of a file, by what a server says of a page."""

from __future__ import annotations

import dataclasses
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.errors import SourceError
from index.sources.feed import is_feed

if TYPE_CHECKING:
    from pathlib import Path

    from index.sources.fetching import Fetched

FORMATS = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".pdf": "pdf", ".docx": "docx", ".csv": "csv", ".tsv": "csv", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".xml": "feed", ".rss": "feed", ".atom": "feed", ".rdf": "feed",
}  # fmt: skip
_MEDIA_TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "text/markdown": "markdown",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv", "text/tab-separated-values": "csv", "application/json": "json",
    "application/jsonl": "jsonl", "application/x-ndjson": "jsonl", "application/x-jsonlines": "jsonl",
    "application/rss+xml": "feed", "application/atom+xml": "feed", "application/rdf+xml": "feed",
    "application/xml": "feed", "text/xml": "feed",
}  # fmt: skip
# Servers send these for anything they do not know; there the address's ending says more.
_VAGUE_TYPES = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
STREAMED = frozenset({"csv", "jsonl"})
ONE_ARTICLE = frozenset({"text", "markdown", "html", "pdf", "docx"})
READABLE = "text (.txt), Markdown (.md), HTML, PDF, Word (.docx), CSV, TSV, JSON, JSON Lines and RSS or Atom feeds"
_PAGE = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_HEAD = 4096


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is to be read: `origin` is its path or URL, `url` the URL if it has one; without `data` a file is."""

    origin: str
    format: str
    data: bytes | None = None
    url: str | None = None
    charset: str | None = None


def of_file(path: Path) -> Content:
    """Return a file with its format. Raises SourceError where its ending is none that is read."""
    if path.suffix.lower() not in FORMATS:
        ending = f"the ending {path.suffix!r}" if path.suffix else "no ending"
        raise SourceError(f"{path} has {ending}, so its format is not known.", help=f"Dateline reads {READABLE}.")
    return Content(origin=str(path), format=FORMATS[path.suffix.lower()])


def of_response(fetched: Fetched) -> Content:
    """Return what was fetched with its format: by its bytes, its media type, and the ending of its address.

    Raises SourceError when that is no format to read.
    """
    if not fetched.content.strip():
        raise SourceError(f"{fetched.url} is empty.", help="Check the address.")
    named = FORMATS.get(PurePosixPath(unquote(urlsplit(fetched.url).path)).suffix.lower())
    kind = _MEDIA_TYPES.get(fetched.content_type)
    if fetched.content_type in _VAGUE_TYPES:
        kind = named or _sniff(fetched.content) or ("text" if fetched.content_type == "text/plain" else None)
    elif kind in {"html", "feed"}:
        kind = _sniff(fetched.content) or kind  # servers mix these two up
    if kind is None:
        raise SourceError(
            f"{fetched.url} is of a type Dateline does not read ({fetched.content_type or 'not named'}).",
            help=f"It reads {READABLE}.",
        )
    return Content(origin=fetched.url, format=kind, data=fetched.content, url=fetched.url, charset=fetched.charset)


def _sniff(data: bytes) -> str | None:
    """Return the format that the first bytes give away."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if is_feed(data):
        return "feed"
    return "html" if _PAGE.search(data[:_HEAD]) else None
