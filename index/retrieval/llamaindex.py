"""The hybrid retriever as a LlamaIndex retriever, for use in any of its engines and agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

if TYPE_CHECKING:
    from llama_index.core.schema import QueryBundle

    from index.article import ScoredPassage
    from index.article_index import ArticleIndex
    from index.filters import Filters


class LlamaIndexRetriever(BaseRetriever):
    """Retrieves from an open collection; each passage is a TextNode with offsets into its article."""

    def __init__(self, index: ArticleIndex, *, k: int = 10, filters: Filters | None = None) -> None:
        self._index = index
        self._k = k
        self._filters = filters
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._index.retrieve(query_bundle.query_str, k=self._k, filters=self._filters)
        return [NodeWithScore(node=to_node(scored), score=scored.score) for scored in found]


def to_node(scored: ScoredPassage) -> TextNode:
    """Return a passage as a TextNode, with its article as metadata and source."""
    passage, article = scored.passage, scored.article
    known = {
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "url": article.url,
    }
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={"article_id": passage.article_id} | {key: value for key, value in known.items() if value},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article_id)},
    )
