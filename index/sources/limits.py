"""How much of a source is read: what comes from outside is hostile until it has been measured."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds on one source; `max_bytes` counts what is unpacked, too.

    Tables and JSON Lines are read row by row, so there `max_bytes` bounds a row and not the file.
    `timeout_s` is for one page as a whole, redirects included; after `feed_s` no further page of a feed is asked for.
    `read_seconds` is for making one article of a file's or page's bytes, `read_memory_mb` what that may take up.
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


DEFAULT_LIMITS = Limits()
