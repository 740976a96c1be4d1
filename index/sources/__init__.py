"""Turns sources into articles: files, folders, web pages and feeds."""

from index.sources.fetching import Fetched, Fetcher, HttpFetcher
from index.sources.limits import Limits
from index.sources.loading import find_sources, load

__all__ = ["Fetched", "Fetcher", "HttpFetcher", "Limits", "find_sources", "load"]
