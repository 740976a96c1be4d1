from __future__ import annotations

import http.server
import json
import threading
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from assistant.build import build_embedder, open_index, reindex
from assistant.settings import load_settings
from index import Article, IndexMismatchError
from index.errors import EmbeddingError
from index.passages.embedding_llamaindex import load_embedder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOCK = "llama_index.core.embeddings.MockEmbedding"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


class _Embeddings(http.server.BaseHTTPRequestHandler):
    """Answers /v1/embeddings as OpenAI does: a bag of hashed words, as numbers."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        rows = [{"object": "embedding", "index": at, "embedding": _vector(text)} for at, text in enumerate(texts)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        reply = json.dumps({"object": "list", "data": rows, "model": body["model"], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _vector(text: str) -> list[float]:
    vector = np.full(16, 0.01)
    for word in text.lower().split():
        vector[zlib.crc32(word.strip(".?").encode()) % 16] += 1
    return [float(value) for value in vector]


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Embeddings) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()
        thread.join()


def test_any_llamaindex_embedding_serves_by_its_name() -> None:
    embedder = load_embedder(MOCK, {"embed_dim": 8})
    vectors = embedder.embed(["one", "two"])
    assert vectors.shape == (2, 8)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert embedder.embed_question("one").shape == (8,)
    assert embedder.count_tokens(["", "word " * 100]) == [0, 167]


@pytest.mark.parametrize("name", ["nothing", "no.such.module.Embedding", "json.JSONDecoder"])
def test_a_name_that_is_not_an_embedding_is_a_clear_error(name: str) -> None:
    with pytest.raises(EmbeddingError, match=r"cannot be loaded"):
        load_embedder(name, {"embed_dim": 8}).embed(["text"])


def test_another_embedder_answers_once_the_index_is_rebuilt(tmp_path: Path) -> None:
    bundled = load_settings(home=tmp_path)
    with open_index(bundled, write=True) as index:
        index.add([Article.create("The ferry is late.", id="ferry"), Article.create("The mill burned.", id="mill")])
    other = load_settings(home=tmp_path, embedder=MOCK, embedder_options={"embed_dim": 8})
    with pytest.raises(IndexMismatchError) as caught:
        open_index(other)
    assert "dateline reindex" in (caught.value.help or "")
    with open_index(bundled) as index:
        assert index.retrieve("Is the ferry late?")[0].passage.article_id == "ferry"
    assert reindex(other) == 2
    with open_index(other) as index:
        assert index.retrieve("Is the ferry late?")[0].passage.article_id == "ferry"
    with pytest.raises(IndexMismatchError):
        open_index(bundled)


def test_openai_embeddings_come_from_the_server_that_is_set(tmp_path: Path, server: str) -> None:
    settings = load_settings(
        home=tmp_path, embedder="openai:any-name", openai_api_key="secret-key", openai_base_url=server
    )
    with open_index(settings, write=True) as index:
        index.add([Article.create("The ferry is late.", id="ferry"), Article.create("The mill burned.", id="mill")])
        assert index.retrieve("When was it that the mill burned?")[0].passage.article_id == "mill"
    assert build_embedder(settings).name.endswith("any-name")


def test_an_unreachable_server_is_an_error_without_the_key(tmp_path: Path) -> None:
    settings = load_settings(
        home=tmp_path,
        embedder="openai:any-name",
        openai_api_key="secret-key",
        openai_base_url="http://127.0.0.1:9/v1",
        embedder_options={"max_retries": 0},
    )
    with pytest.raises(EmbeddingError) as caught:
        build_embedder(settings).embed(["text"])
    assert "secret-key" not in f"{caught.value} {caught.value.help}"
