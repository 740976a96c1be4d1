"""An embedder that caches the vectors of recent texts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from index.passages.embedding import Embedder

_KEPT = 8192  # texts, sentences of passages for the most part; 384 numbers each make 12 MiB


class Remembering:
    """Embeds with another embedder, and caches the vectors of the last few thousand texts; thread-safe.

    Answers are checked sentence by sentence against the same few passages, and questions return to the same articles.
    """

    def __init__(self, embedder: Embedder, *, kept: int = _KEPT) -> None:
        self._embedder = embedder
        self._vectors: LRUCache[str, NDArray[np.float32]] = LRUCache(kept)
        self._lock = threading.Lock()
        self.name = embedder.name
        self.max_tokens = embedder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""
        return self._embedder.count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32, `len(texts)` x dimension."""
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            # Copies: a row of the matrix would keep all of it.
            made = {text: vector.copy() for text, vector in zip(new, self._embedder.embed(new), strict=True)}
            found |= made
            with self._lock:
                self._vectors.update(made)
        return np.stack([found[text] for text in texts]) if texts else self._embedder.embed([])

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return a question's unit vector, float32."""
        return self._embedder.embed_question(question)
