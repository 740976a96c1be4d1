"""Sources that are looked at again and again: what of them has to be read anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.loading import find_sources, is_url
from index.sources.web.web_pages import feed_of

if TYPE_CHECKING:
    from index.sources.limits import Limits
    from index.sources.web.fetching import Fetcher

_EVERY = re.compile(r"(\d{1,6})\s?(s|m|h|d)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = 30 * 86_400


def read_interval(text: str, *, shortest: int = 1) -> int:
    """Return the seconds in an interval such as "90s", "15m", "2h" or "1d"; a bare number is minutes.

    Raises ValueError.
    """
    found = _EVERY.fullmatch(text.strip().lower())
    seconds = int(found[1]) * _SECONDS[found[2] or "m"] if found else 0
    if not shortest <= seconds <= _LONGEST:
        raise ValueError(f"{text!r:.40} is no interval between {shortest} seconds and 30 days, such as 15m, 2h or 1d.")
    return seconds


class WatchedSource:
    """An address, a file or a folder, and how its files were when they were last read."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._found = self._read = frozenset[tuple[str, int, int]]()

    def changed(self) -> list[str]:
        """Return what has to be read: an address, for only its server knows, or the files that are new or changed.

        Raises SourceError if there is nothing at the target.
        """
        sources = find_sources(self.target)
        if is_url(self.target):
            return sources
        self._found = frozenset(filter(None, map(_state, sources)))
        return sorted(path for path, *_ in self._found - self._read)

    def keep(self) -> None:
        """Note that what `changed` returned has been read."""
        self._read = self._found


def watched_address(url: str, fetcher: Fetcher, limits: Limits) -> str:
    """Return what is watched at an address: the feed that a page names, if it is no article itself, else the page."""
    try:
        return feed_of(url, fetcher, limits) or url
    except SourceError:
        return url


def _state(path: str) -> tuple[str, int, int] | None:
    """Return a file with its time and size; None if it has just gone."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return path, found.st_mtime_ns, found.st_size
