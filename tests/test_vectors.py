"""Vectors in Chroma while other threads work."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from index.engines.embedded.vectors import VectorStore

if TYPE_CHECKING:
    from pathlib import Path


def test_other_threads_run_while_vectors_are_added(tmp_path: Path) -> None:
    """Nothing else runs during a call of Chroma; times are of the processor, so that other programs do not matter."""
    vectors = np.random.default_rng(7).standard_normal((1024, 384)).astype(np.float32)
    ended, waits = threading.Event(), []

    def take_turns() -> None:
        last = time.process_time()
        while not ended.is_set():
            time.sleep(0)
            now = time.process_time()
            waits.append(now - last)
            last = now

    with contextlib.closing(VectorStore(tmp_path / "chroma", embedder="test")) as store:
        store.add([0], vectors[:1])
        other = threading.Thread(target=take_turns)
        other.start()
        began = time.process_time()
        store.add(range(len(vectors)), vectors)
        spent = time.process_time() - began
        ended.set()
        other.join()
    assert max(waits) < spent / 3
