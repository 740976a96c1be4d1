"""The bundled embedder: all-MiniLM-L6-v2 as ONNX, run by onnxruntime; no network, no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.passages.onnx_models import bulk_pool, pool, session, tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MODEL = Path(__file__).parent / "models" / "all-MiniLM-L6-v2" / "model.onnx"
_COUNTED = 256  # texts counted in one call: other threads wait while it makes its objects
_FEW = 64  # texts, such as the sentences of what a question found


class BundledEmbedder:
    """all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020), int8: 256 tokens in, 384 numbers out.

    The model is loaded on first use; `providers` are the onnxruntime providers to try before the CPU.
    """

    name = "all-MiniLM-L6-v2/int8-1"
    dimension = 384
    max_tokens = 254  # of 256, two are the model's own markers

    def __init__(self, *, providers: tuple[str, ...] = ()) -> None:
        self._providers = providers

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many word pieces each text has, without the two markers and without a limit."""
        encode = tokenizer().encode_batch_fast
        return [
            len(encoding)
            for start in range(0, len(texts), _COUNTED)
            for encoding in encode(list(texts[start : start + _COUNTED]), add_special_tokens=False)
        ]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32, `len(texts)` x 384."""
        different = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        rows = [encoding.ids for encoding in tokenizer(self.max_tokens + 2).encode_batch_fast(list(different))]
        threads = pool() if len(rows) <= _FEW else bulk_pool()
        vectors = np.empty((len(rows), self.dimension), np.float32)
        for index, vector in enumerate(map(self._run, rows) if len(rows) == 1 else threads.map(self._run, rows)):
            vectors[index] = vector
        return vectors[[different[text] for text in texts]]

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return a question's unit vector, float32, 384 numbers."""
        vector: NDArray[np.float32] = self.embed([question])[0]
        return vector

    def _run(self, row: list[int]) -> NDArray[np.float32]:
        """Return the vector of one row of tokens."""
        run = session(_MODEL, self._providers).run
        vector: NDArray[np.float32] = run(None, {"ids": np.array([row], np.int64)})[0][0]
        return vector
