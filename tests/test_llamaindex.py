from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from index import ArticleIndex, Filters

if TYPE_CHECKING:
    from pathlib import Path

    from index.passages.embedding_bundled import BundledEmbedder

with warnings.catch_warnings():  # LlamaIndex's own, at import
    warnings.simplefilter("ignore")
    from llama_index.core import get_response_synthesizer
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    from index.retrieval.llamaindex import LlamaIndexRetriever

pytestmark = pytest.mark.slow


def test_it_retrieves_the_same_passages_with_exact_offsets(sample_home: Path, embedder: BundledEmbedder) -> None:
    with ArticleIndex.open(sample_home, embedder=embedder) as index:
        question = "What did Grushko demand?"
        nodes = LlamaIndexRetriever(index, k=3, filters=Filters(source=("Dateline Samples Desk",))).retrieve(question)
        assert [n.node_id for n in nodes] == [
            scored.passage.id
            for scored in index.retrieve(question, k=3, filters=Filters(source=("Dateline Samples Desk",)))
        ]
        for scored in nodes:
            text = index.article(scored.metadata["article_id"]).text
            assert text[scored.node.start_char_idx : scored.node.end_char_idx] == scored.text  # type: ignore[attr-defined]


def test_it_serves_a_query_engine(sample_home: Path, embedder: BundledEmbedder) -> None:
    with ArticleIndex.open(sample_home, embedder=embedder) as index:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            synthesizer = get_response_synthesizer(llm=MockLLM())
        engine = RetrieverQueryEngine(LlamaIndexRetriever(index, k=2), synthesizer)
        response = engine.query("What did Grushko demand?")
    assert len(response.source_nodes) == 2
    assert "Grushko" in str(response)
