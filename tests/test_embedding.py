from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from index.passages.embedding_bundled import BundledEmbedder

MODEL = Path(__file__).parent.parent / "index" / "passages" / "models" / "all-MiniLM-L6-v2"


def test_vectors_have_unit_length_and_keep_their_order(embedder: BundledEmbedder) -> None:
    texts = ["A ferry crossed the bay.", "", "word " * 1_000, "A ferry crossed the bay."]
    vectors = embedder.embed(texts)
    assert vectors.shape == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[3] > 0.99


def test_similar_meanings_are_nearer(embedder: BundledEmbedder) -> None:
    question, near, far = embedder.embed(
        ["How long is the truce?", "The ceasefire lasts thirty days.", "The bakery sells rye bread."]
    )
    assert question @ near > question @ far + 0.2


def test_nothing_to_embed_gives_no_rows(embedder: BundledEmbedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)
    assert embedder.count_tokens([]) == []


def test_text_beyond_the_limit_is_not_read(embedder: BundledEmbedder) -> None:
    within = "word " * embedder.max_tokens
    first, second = embedder.embed([within]), embedder.embed([within + "harbour " * 100])
    np.testing.assert_array_equal(first, second)
    assert embedder.count_tokens([within]) == [embedder.max_tokens]


def test_the_bundled_files_are_those_of_the_provenance() -> None:
    recorded = json.loads((MODEL / "PROVENANCE.json").read_text())["files_sha256"]
    assert {name: hashlib.sha256((MODEL / name).read_bytes()).hexdigest() for name in recorded} == recorded
    assert "Apache License" in (MODEL / "LICENSE").read_text()


@pytest.mark.slow
def test_embedding_needs_no_torch() -> None:
    script = (
        "import sys; from index.passages.embedding_bundled import BundledEmbedder as E; E().embed(['a']);"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'chromadb', 'llama_index')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
