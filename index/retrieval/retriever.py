"""Hybrid retrieval: a question gets scored passages out of vectors and full text together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from index.article import ScoredPassage, normalise
from index.filters import Filters
from index.retrieval.fusion import fuse, scale

if TYPE_CHECKING:
    from index.passages.embedding import Embedder
    from index.stores.articles import ArticleStore
    from index.stores.lexical import LexicalStore
    from index.stores.vector_table import VectorTable
    from index.stores.vectors import VectorStore

# Shares of the three signals, chosen on all visible question sets at once: docs/benchmarks.md has the table. What
# an article says as a whole helps topics and news; the single passage and its vector find the fact.
DENSE_SHARE = 0.40
PASSAGE_SHARE = 0.20
ARTICLE_SHARE = 0.40
DEPTH = 200
"""How many passages or articles each signal brings before fusion."""

MAX_QUESTION = 2000
"""Characters of a question that are searched for; no question needs more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the passages of a collection that bear on a question."""

    embedder: Embedder
    articles: ArticleStore
    vectors: VectorStore
    table: VectorTable
    lexical_passages: LexicalStore
    lexical_articles: LexicalStore

    def retrieve(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[ScoredPassage]:
        """Return up to `k` passages, best first, with scores from 0 to 1 that compare within one question only.

        Filters that no article meets give no passages.
        """
        question = normalise(question)[:MAX_QUESTION]
        criteria = self.articles.criteria(filters or Filters())
        depth = max(DEPTH, k)
        vector = self.embedder.embed_question(question)
        nearest = (
            self.table.search(vector, k=depth, criteria=criteria) if filters else self.vectors.search(vector, k=depth)
        )
        # Cosines of one question lie close together: only what they have above the last of them tells passages apart.
        dense = scale(nearest, floor=min(nearest.values(), default=0.0))
        passages = scale(self.lexical_passages.search(question, k=depth, criteria=criteria))
        by_article = scale(self.lexical_articles.search(question, k=depth, criteria=criteria))
        article_of = self.articles.live_articles_of({*dense, *passages})
        articles = {number: by_article.get(article, 0.0) for number, article in article_of.items()}
        fused = fuse([(DENSE_SHARE, dense), (PASSAGE_SHARE, passages), (ARTICLE_SHARE, articles)])
        scores = {number: score for number, score in fused.items() if number in article_of}
        found = self.articles.passages(list(scores)[:k])
        best = [number for number in scores if number in found]  # one may have been removed this moment
        return [
            ScoredPassage(*found[number], score=scores[number], rank=rank) for rank, number in enumerate(best, start=1)
        ]
