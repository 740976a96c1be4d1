# mypy: ignore-errors
"""Dateline, without the reader's order: what vectors and full text find together."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from harness import FOUND, run

from index import Article, ArticleIndex
from index.passages.embedding_bundled import BundledEmbedder


def add(rows, weights, home):
    """Add the articles."""
    with ArticleIndex.open(home, embedder=BundledEmbedder(), write=True) as index:
        index.add(
            Article.create(row["text"], id=row["id"], title=row.get("title"), source=row.get("source")) for row in rows
        )
        return f"{index.sizes()[0]} passages"


def open_search(weights, home):
    """Return what searches."""
    index = ArticleIndex.open(home, embedder=BundledEmbedder())
    return lambda question: [found.passage.article_id for found in index.retrieve(question, k=FOUND)]


if __name__ == "__main__":
    run(add, open_search)
