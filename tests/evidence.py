"""Articles as passages for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.article import Article, ScoredPassage
from index.passages.chunking import cut_passages

if TYPE_CHECKING:
    from index.passages.embedding_bundled import BundledEmbedder


def evidence(embedder: BundledEmbedder, *articles: Article) -> list[ScoredPassage]:
    """Return the passages of articles, each a little worse than the one before."""
    passages = [(one, passage) for one in articles for passage in cut_passages(one, embedder.count_tokens)]
    return [ScoredPassage(passage, one, 1 - rank / 20, rank) for rank, (one, passage) in enumerate(passages, 1)]
