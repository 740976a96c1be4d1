"""The bundled embedder: all-MiniLM-L6-v2 as ONNX, run by onnxruntime; no network, no torch."""

from __future__ import annotations

import functools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MODEL = Path(__file__).parent / "models" / "all-MiniLM-L6-v2"


class BundledEmbedder:
    """all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020), int8: 256 tokens in, 384 numbers out.

    The model is loaded at the first use.
    """

    name = "all-MiniLM-L6-v2/int8-1"
    dimension = 384
    max_tokens = 254  # of 256, two are the model's own markers

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many word pieces each text has, without the two markers and without a limit."""
        tokenizer = _tokenizer(None)
        return [len(encoding) for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32, `len(texts)` x 384."""
        rows = [encoding.ids for encoding in _tokenizer(self.max_tokens + 2).encode_batch_fast(list(texts))]
        vectors = np.empty((len(rows), self.dimension), np.float32)
        for at, vector in enumerate(_pool().map(_run, rows)):
            vectors[at] = vector
        return vectors

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return a question's unit vector, float32, 384 numbers."""
        vector: NDArray[np.float32] = self.embed([question])[0]
        return vector


@functools.cache
def _tokenizer(limit: int | None) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    if limit is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(limit)
    return tokenizer


def _run(row: list[int]) -> NDArray[np.float32]:
    """Return the vector of one row of tokens.

    One row a run: int8 products share their scale over a run, so a text gets the same vector whatever it comes with,
    and with this model a run of many rows is no faster.
    """
    ids = np.array([row], np.int64)
    vector: NDArray[np.float32] = _session().run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
    return vector


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="embed")


@functools.cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a run and as many runs at a time as there are processors: faster than many threads on one small run,
    # and a single question waits for nobody.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # warnings about the machine's other processors mean nothing to a user
    return onnxruntime.InferenceSession(str(_MODEL / "model.onnx"), options, providers=["CPUExecutionProvider"])
