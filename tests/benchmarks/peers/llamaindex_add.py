# mypy: ignore-errors
"""Add articles with plain LlamaIndex, run by adding.py with an interpreter of its own.

It needs llama-index-core, llama-index-embeddings-huggingface, llama-index-vector-stores-chroma, chromadb and
sentence-transformers. All is as it comes: from_documents, the default splitter, Chroma on disk.
"""

import argparse
import json
import time
from pathlib import Path

import chromadb
from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

_FIELDS = ("title", "source", "author", "published", "url")


def _metadata(row: dict) -> dict:
    return {name: row[name] for name in _FIELDS if row.get(name)}


def main() -> None:
    """Add the articles and print how many chunks they became."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("articles", type=Path)
    arguments.add_argument("weights", type=Path)
    arguments.add_argument("home", type=Path)
    arguments.add_argument("--chunk-size", type=int, help="tokens; the splitter's own default without it")
    options = arguments.parse_args()
    if options.chunk_size:
        Settings.chunk_size = options.chunk_size
        Settings.chunk_overlap = 0
    with options.articles.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    documents = [Document(text=row["text"], id_=row["id"], metadata=_metadata(row)) for row in rows]
    client = chromadb.PersistentClient(str(options.home))
    collection = client.get_or_create_collection("articles")
    storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    began = time.perf_counter()
    embedder = HuggingFaceEmbedding(model_name=str(options.weights))
    loaded = time.perf_counter()
    VectorStoreIndex.from_documents(
        documents,
        storage_context=storage,
        embed_model=embedder,
    )
    done = time.perf_counter()
    print(f"{collection.count()} chunks; model in {loaded - began:.2f} s, added in {done - loaded:.2f} s")


if __name__ == "__main__":
    main()
