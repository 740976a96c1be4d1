"""Fetches what was fetched before only where it has changed since (ETag, Last-Modified); for watching."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cachetools

if TYPE_CHECKING:
    from index.sources.web.fetching import Fetched, HttpFetcher

_MOST_BYTES = 64 * 2**20


class RevisitingFetcher:
    """A fetcher that remembers pages, up to some size, and what their servers said of them."""

    def __init__(self, fetcher: HttpFetcher) -> None:
        self._fetcher = fetcher
        self._pages: cachetools.LRUCache[str, Fetched] = cachetools.LRUCache(
            _MOST_BYTES, getsizeof=lambda page: len(page.content)
        )
        self._lock = threading.Lock()

    def fetch(self, url: str) -> Fetched:
        """Return what is at `url` now. Raises FetchError."""
        with self._lock:
            earlier = self._pages.get(url)
        fetched = self._fetcher.fetch(url, earlier=earlier)
        if (fetched.etag or fetched.changed) and len(fetched.content) <= _MOST_BYTES:
            with self._lock:
                self._pages[url] = fetched
        return fetched
