"""Hybrid retrieval: scores passages for a question by vectors and full text together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from index.article import ScoredPassage, Signals, normalise
from index.engines.embedded.seal import DamagedFilesError
from index.filters import Filters
from index.retrieval.fusion import fuse, scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.engines.embedded.articles import ArticleStore
    from index.engines.embedded.derived import DerivedStores
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

# Of what a question finds, so many are compared with the vectors in the truth; int8 is good to two thousandths.
_COMPARED = 10
_TOLERANCE = 0.01


@dataclasses.dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the passages of a collection that are relevant to a question."""

    embedder: Embedder
    articles: ArticleStore
    derived: DerivedStores

    def retrieve(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[ScoredPassage]:
        """Return up to `k` passages, best first, with scores from 0 to 1 that are comparable only within one question.

        If no article matches the filters, there are no passages.
        """
        question = normalise(question)[:MAX_QUESTION]
        criteria = self.articles.criteria(filters or Filters())
        depth = max(DEPTH, k)
        vector = self.embedder.embed_question(question)
        nearest = self._nearest(vector, depth, criteria, filtered=bool(filters))
        # Cosines of one question are close together: only the difference from the lowest tells passages apart.
        dense = scale(nearest, floor=min(nearest.values(), default=0.0))
        passages = scale(self._full_text("passage", question, depth, criteria))
        by_article = scale(self._full_text("article", question, depth, criteria))
        article_of = self.articles.live_articles_of({*dense, *passages})
        articles = {number: by_article.get(article, 0.0) for number, article in article_of.items()}
        fused = fuse([(DENSE_SHARE, dense), (PASSAGE_SHARE, passages), (ARTICLE_SHARE, articles)])
        scores = {number: score for number, score in fused.items() if number in article_of}
        found = self.articles.passages(list(scores)[:k])
        best = [number for number in scores if number in found]  # one may have been removed this moment
        return [
            ScoredPassage(
                *found[number],
                score=scores[number],
                rank=rank,
                signals=Signals(*(signal.get(number, 0.0) for signal in (dense, passages, articles))),
            )
            for rank, number in enumerate(best, start=1)
        ]

    def _nearest(
        self, vector: NDArray[np.float32], depth: int, criteria: Criteria, *, filtered: bool
    ) -> dict[int, float]:
        def checked(found: dict[int, float]) -> dict[int, float]:
            self._compare(vector, found)
            return found

        if filtered:
            return self.derived.table.use(lambda table: checked(table.search(vector, k=depth, criteria=criteria)))
        return self.derived.vectors.use(lambda vectors: checked(vectors.search(vector, k=depth)))

    def _compare(self, vector: NDArray[np.float32], found: dict[int, float]) -> None:
        """Raise DamagedFilesError if the nearest are not as near as their stored vectors say."""
        numbers = list(found)[:_COMPARED]
        stored = self.articles.vectors.known(numbers)
        for number, own in stored.items():
            lengths = float(np.linalg.norm(own) * np.linalg.norm(vector))
            if lengths and abs(float(own @ vector) / lengths - found[number]) > _TOLERANCE:
                raise DamagedFilesError([f"the vector of passage {number}"])

    def _full_text(self, kind: str, question: str, depth: int, criteria: Criteria) -> dict[int, float]:
        return self.derived.lexical[kind].use(lambda text: text.search(question, k=depth, criteria=criteria))
