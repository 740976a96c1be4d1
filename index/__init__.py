"""Articles in, passages out: loading, splitting, embedding, storing and searching."""

from index.article import Article, ArticleInfo, Passage, ScoredPassage
from index.article_index import AddReport, ArticleIndex, open_articles
from index.errors import (
    ArticleNotFoundError,
    DatelineError,
    FetchError,
    FilterError,
    HomeError,
    HomeLockedError,
    IndexMismatchError,
    SourceError,
)
from index.filters import Filters, parse_day
from index.reindexing import reindex
from index.telemetry import NO_TELEMETRY

__all__ = [
    "NO_TELEMETRY",
    "AddReport",
    "Article",
    "ArticleIndex",
    "ArticleInfo",
    "ArticleNotFoundError",
    "DatelineError",
    "FetchError",
    "FilterError",
    "Filters",
    "HomeError",
    "HomeLockedError",
    "IndexMismatchError",
    "Passage",
    "ScoredPassage",
    "SourceError",
    "open_articles",
    "parse_day",
    "reindex",
]
