"""An embedder that has the vectors of lately seen texts at hand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from index.passages.embedding import Embedder

_KEPT = 8192  # texts, sentences of passages for the most part; 384 numbers each make 12 MiB


class Remembering:
    """Embeds as another embedder does, each text once while it is among the last thousands; for any thread.

    Answers are checked sentence by sentence against the same few passages, and questions return to the same articles.
    """

    def __init__(self, embedder: Embedder, *, kept: int = _KEPT) -> None:
        self._embedder = embedder
        self._kept = kept
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self.name = embedder.name
        self.max_tokens = embedder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""
        return self._embedder.count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32, `len(texts)` x dimension."""
        found: dict[str, NDArray[np.float32]] = {}
        with self._lock:
            for text in texts:
                if text in self._vectors:
                    self._vectors.move_to_end(text)
                    found[text] = self._vectors[text]
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            made = dict(zip(new, self._embedder.embed(new), strict=True))
            found |= made
            with self._lock:
                self._vectors |= made
                while len(self._vectors) > self._kept:
                    self._vectors.popitem(last=False)
        return np.stack([found[text] for text in texts]) if texts else self._embedder.embed([])

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return a question's unit vector, float32."""
        return self._embedder.embed_question(question)
