"""How much of a source is read: outside content is treated as hostile until it has been measured."""

from __future__ import annotations

import dataclasses

from index.errors import SourceError

LONGEST_ARTICLE = 5_000_000
"""Characters of the longest article that is added: more than any book has, and what no longer holds up a server."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits on one source; `max_bytes` also counts unpacked bytes.

    Tables and JSON Lines are read row by row, so there `max_bytes` applies to a row and not to the file. `timeout_s` is
    for one whole page, redirects included; after `feed_s` no further page of a feed is requested. `read_seconds` is the
    time for turning a file's or page's bytes into one article, `read_memory_mb` the memory. `keep_furniture` keeps the
    lines of pages that are not part of an article. `ocr_languages` are those of scanned pages, as Tesseract names them.

    `fields` are the user's names for the fields of tables and JSON, as pairs of ours and theirs. With `has_global_ids`,
    equal ids mean the same article in whichever file they stand.
    """

    max_bytes: int = 50 * 2**20
    max_pages: int = 5_000
    max_entries: int = 500
    max_redirects: int = 5
    timeout_s: float = 20.0
    feed_s: float = 60.0
    read_seconds: float = 60.0
    read_memory_mb: int = 1024
    allow_private: bool = False
    keep_furniture: bool = False
    ocr_languages: str = "eng"
    fields: tuple[tuple[str, str], ...] = ()
    has_global_ids: bool = False


DEFAULT_LIMITS = Limits()


def require_length(text: str, *, place: str) -> None:
    """Raise SourceError, naming `place`, if a text is longer than any article may be."""
    if len(text) > LONGEST_ARTICLE:
        raise SourceError(
            f"{place} has {len(text):,} characters; an article may have {LONGEST_ARTICLE:,}.",
            help="Check that it is text that people read. If it is, add it in parts.",
        )
