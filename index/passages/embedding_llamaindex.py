"""Any LlamaIndex embedding as an embedder."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import EmbeddingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llama_index.core.embeddings import BaseEmbedding
    from numpy.typing import NDArray

_BYTES_A_TOKEN = 3  # fewer than any common tokenizer needs in any language, so counts are too high rather than too low


class LlamaIndexEmbedder:
    """Embeds through a LlamaIndex `BaseEmbedding`. Raises EmbeddingError where that fails."""

    def __init__(self, model: BaseEmbedding, *, name: str, max_tokens: int = 512) -> None:
        self._model = model
        self.name = name
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return an estimate that is rather too high: the model's own tokenizer is not known."""
        return [-(-len(text.encode()) // _BYTES_A_TOKEN) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of passages, float32, one row per text."""
        return _unit(self._ask("get_text_embedding_batch", list(texts)))

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question, float32."""
        vector: NDArray[np.float32] = _unit([self._ask("get_query_embedding", question)])[0]
        return vector

    def _ask(self, method: str, argument: object) -> Any:
        try:
            return getattr(self._model, method)(argument)
        except Exception as error:  # whatever the integration raises
            raise EmbeddingError(
                f"The embedder {self.name} failed ({type(error).__name__}).",
                help="Check DATELINE_EMBEDDER, its options and its key, or try again later.",
            ) from error


def load_embedder(name: str, options: Mapping[str, Any]) -> LlamaIndexEmbedder:
    """Load the LlamaIndex embedding whose class has this full name. Raises EmbeddingError."""
    module, _, kind = name.rpartition(".")
    try:
        model = getattr(importlib.import_module(module), kind)(**options)
    except Exception as error:  # not there, not installed, or not content with its options
        raise EmbeddingError(
            f"The embedder {name} cannot be loaded ({type(error).__name__}).",
            help="Give the full name of a class, install its package, and check DATELINE_EMBEDDER_OPTIONS.",
        ) from error
    label = options.get("model_name") or options.get("model") or ""
    return LlamaIndexEmbedder(model, name=f"{name}:{label}" if label else name)


def _unit(vectors: Any) -> NDArray[np.float32]:
    rows = np.asarray(vectors, np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12) if rows.size else rows
