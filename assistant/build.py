"""Puts the parts together as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.assistant import Assistant
from assistant.readers.extractive import ExtractiveReader
from index import ArticleIndex
from index import reindex as make_index_anew
from index.passages.embedding_bundled import BundledEmbedder
from index.sources import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.settings import Settings


def open_index(settings: Settings, *, write: bool = False, purpose: str = "dateline") -> ArticleIndex:
    """Open the home's collection with the embedder that the settings name. Raises as `ArticleIndex.open` does."""
    return ArticleIndex.open(settings.home, embedder=BundledEmbedder(), write=write, purpose=purpose)


def build_assistant(settings: Settings, index: ArticleIndex) -> Assistant:
    """Return an assistant over an open collection."""
    embedder = BundledEmbedder()
    below = settings.not_found_below
    reader = ExtractiveReader(embedder) if below is None else ExtractiveReader(embedder, threshold=below)
    return Assistant(index, reader, settings.read_passages)


def reindex(settings: Settings, *, on_embedded: Callable[[int], None] | None = None) -> int:
    """Make the home's index anew and return how many articles it has. Raises as `ArticleIndex.open` does."""
    return make_index_anew(settings.home, embedder=BundledEmbedder(), on_embedded=on_embedded)


def limits(settings: Settings) -> Limits:
    """Return the bounds on what is read."""
    return Limits(max_bytes=settings.max_file_mb * 2**20, allow_private=settings.allow_private_urls)
