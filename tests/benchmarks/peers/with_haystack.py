# mypy: ignore-errors
"""Haystack: its splitter, its sentence-transformers embedders, Chroma on disk."""

from harness import FOUND, run
from haystack import Document, Pipeline
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.writers import DocumentWriter
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever
from haystack_integrations.document_stores.chroma import ChromaDocumentStore

_WORDS, _OVERLAP = 130, 10  # about what the model reads


def _store(home):
    return ChromaDocumentStore(collection_name="articles", persist_path=str(home))


def add(rows, weights, home):
    """Add the articles."""
    store = _store(home)
    pipeline = Pipeline()
    pipeline.add_component("split", DocumentSplitter(split_by="word", split_length=_WORDS, split_overlap=_OVERLAP))
    pipeline.add_component("embed", SentenceTransformersDocumentEmbedder(model=str(weights), progress_bar=False))
    pipeline.add_component("write", DocumentWriter(store))
    pipeline.connect("split", "embed")
    pipeline.connect("embed", "write")
    documents = [Document(content=row["text"], meta={"article": row["id"]}) for row in rows]
    pipeline.run({"split": {"documents": documents}})
    return f"{store.count_documents()} parts"


def open_search(weights, home):
    """Return what searches."""
    pipeline = Pipeline()
    pipeline.add_component("embed", SentenceTransformersTextEmbedder(model=str(weights), progress_bar=False))
    pipeline.add_component("retrieve", ChromaEmbeddingRetriever(_store(home), top_k=FOUND))
    pipeline.connect("embed.embedding", "retrieve.query_embedding")

    def search(question):
        found = pipeline.run({"embed": {"text": question}})["retrieve"]["documents"]
        return [document.meta["article"] for document in found]

    return search


if __name__ == "__main__":
    run(add, open_search)
