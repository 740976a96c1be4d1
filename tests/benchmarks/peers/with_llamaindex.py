# mypy: ignore-errors
"""Plain LlamaIndex: `VectorStoreIndex.from_documents`, the default splitter, Chroma on disk, all as it comes."""

import chromadb
from harness import FOUND, run
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

_FIELDS = ("title", "source", "author", "published", "url")


def _store(home):
    client = chromadb.PersistentClient(str(home))
    return ChromaVectorStore(chroma_collection=client.get_or_create_collection("articles"))


def add(rows, weights, home):
    """Add the articles."""
    documents = [
        Document(text=row["text"], id_=row["id"], metadata={name: row[name] for name in _FIELDS if row.get(name)})
        for row in rows
    ]
    store = _store(home)
    VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=HuggingFaceEmbedding(model_name=str(weights)),
    )
    return f"{store.client.count()} chunks"


def open_search(weights, home):
    """Return what searches."""
    embedder = HuggingFaceEmbedding(model_name=str(weights))
    retriever = VectorStoreIndex.from_vector_store(_store(home), embed_model=embedder).as_retriever(
        similarity_top_k=FOUND
    )
    return lambda question: [found.node.ref_doc_id for found in retriever.retrieve(question)]


if __name__ == "__main__":
    run(add, open_search)
