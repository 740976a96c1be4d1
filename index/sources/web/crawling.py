"""Fetches many pages of a site as its owner asks programs to: by its robots.txt, and not too fast."""

from __future__ import annotations

import functools
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from index.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.sources.web.fetching import Fetched, Fetcher

_AGENT = "dateline"
_AT_ONCE = 10  # pages of a site; only then it is crawled rather than read
_PAUSE = 0.5  # seconds between two pages
_LONGEST_PAUSE = 5.0
_LONGEST_RULES = 500_000  # bytes, as the standard (RFC 9309) says


class _Site:
    """What a site asks for, and when its next page may be fetched."""

    def __init__(self, rules: Callable[[], RobotFileParser], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._load = functools.cache(rules)
        self._lock = threading.Lock()
        self._pages = 0
        self._next_at = 0.0

    @property
    def rules(self) -> RobotFileParser:
        """Its robots.txt, which is fetched once."""
        with self._lock:
            return self._load()

    def reserve(self) -> float:
        """Return how many seconds to wait for its next page."""
        asked = self.rules.crawl_delay(_AGENT)
        pause = min(float(asked), _LONGEST_PAUSE) if asked else _PAUSE
        with self._lock:
            self._pages += 1
            now = self._clock()
            begins = max(now, self._next_at) if self._pages > _AT_ONCE else now
            self._next_at = begins + pause
        return begins - now


class CrawlingFetcher:
    """A fetcher for the pages that another source names; `waited` is how many seconds were waited between them."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._fetcher = fetcher
        self._sleep = sleep
        self._sites: dict[str, _Site] = {}
        self._lock = threading.Lock()
        self.waited = 0.0

    def fetch(self, url: str) -> Fetched:
        """Return what is at `url`. Raises FetchError, also where the site asks programs not to fetch it."""
        site = self._site(url)
        if not site.rules.can_fetch(_AGENT, url):
            raise FetchError(
                f"{url} was not fetched, because its site asks programs not to (robots.txt).",
                help="Add it by its own address.",
            )
        if wait := site.reserve():
            with self._lock:
                self.waited += min(wait, _PAUSE)  # several threads wait at the same time
            self._sleep(wait)
        return self._fetcher.fetch(url)

    def _site(self, url: str) -> _Site:
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            return self._sites.setdefault(root, _Site(lambda: self._rules(root), self._clock))

    def _rules(self, root: str) -> RobotFileParser:
        """Return what a site asks of programs; nothing, where it does not say."""
        rules = RobotFileParser()
        try:
            found = self._fetcher.fetch(f"{root}/robots.txt")
            is_text = "html" not in found.content_type
            rules.parse(found.content[:_LONGEST_RULES].decode(errors="replace").splitlines() if is_text else [])
        except FetchError:
            rules.parse([])
        return rules
