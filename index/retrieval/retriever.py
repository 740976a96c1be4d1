"""Hybrid retrieval: scores passages for a question by vectors and full text together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from index.article import ScoredPassage, Signals, normalise
from index.filters import Filters
from index.retrieval.fusion import fuse, scale

if TYPE_CHECKING:
    from index.engines.engine import Stores
    from index.engines.entries import EntryKind
    from index.filters import Criteria
    from index.passages.embedding import Embedder

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
    """Finds the passages of a collection that are relevant to a question."""

    embedder: Embedder
    stores: Stores

    def retrieve(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[ScoredPassage]:
        """Return up to `k` passages, best first, with scores from 0 to 1 that are comparable only within one question.

        If no article matches the filters, there are no passages.
        """
        question = normalise(question)[:MAX_QUESTION]
        articles = self.stores.articles
        criteria = articles.criteria(filters or Filters())
        depth = max(DEPTH, k)
        vector = self.embedder.embed_question(question)
        nearest = self.stores.dense.search(vector, k=depth, criteria=criteria)
        # Cosines of one question are close together: only the difference from the lowest tells passages apart.
        dense = scale(nearest, floor=min(nearest.values(), default=0.0))
        passages = scale(self._full_text("passage", question, depth, criteria))
        by_article = scale(self._full_text("article", question, depth, criteria))
        article_of = articles.live_articles_of({*dense, *passages})
        whole = {number: by_article.get(article, 0.0) for number, article in article_of.items()}
        fused = fuse([(DENSE_SHARE, dense), (PASSAGE_SHARE, passages), (ARTICLE_SHARE, whole)])
        scores = {number: score for number, score in fused.items() if number in article_of}
        found = articles.passages(list(scores)[:k])
        best = [number for number in scores if number in found]  # one may have been removed this moment
        return [
            ScoredPassage(
                *found[number],
                score=scores[number],
                rank=rank,
                signals=Signals(*(signal.get(number, 0.0) for signal in (dense, passages, whole))),
            )
            for rank, number in enumerate(best, start=1)
        ]

    def _full_text(self, kind: EntryKind, question: str, depth: int, criteria: Criteria) -> dict[int, float]:
        return self.stores.full_text[kind].search(question, k=depth, criteria=criteria)
