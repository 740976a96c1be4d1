"""Turns sources into articles: files, folders, web pages and feeds."""

from index.sources.limits import Limits
from index.sources.loading import find_sources, load
from index.sources.web.fetching import Fetched, Fetcher, HttpFetcher

__all__ = ["Fetched", "Fetcher", "HttpFetcher", "Limits", "find_sources", "load"]
