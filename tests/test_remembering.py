from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from assistant.readers.remembering import Remembering
from tests.fakes import WordEmbedder


def test_each_text_is_embedded_once() -> None:
    inner = WordEmbedder()
    remembering = Remembering(inner)
    once = remembering.embed(["the mill", "the ferry", "the mill"])
    again = remembering.embed(["the ferry", "a quay"])
    assert inner.embedded == ["the mill", "the ferry", "a quay"]
    np.testing.assert_array_equal(once[1], again[0])
    np.testing.assert_array_equal(once, WordEmbedder().embed(["the mill", "the ferry", "the mill"]))
    assert remembering.embed([]).shape == WordEmbedder().embed([]).shape


def test_the_least_recently_used_texts_are_dropped() -> None:
    inner = WordEmbedder()
    remembering = Remembering(inner, kept=2)
    for text in ("one", "two", "one", "three", "one", "two"):
        remembering.embed([text])
    assert inner.embedded == ["one", "two", "three", "two"]
    assert remembering.embed(["a", "b", "c"]).shape[0] == 3  # more than are kept


def test_a_vector_in_use_does_not_keep_those_embedded_with_it() -> None:
    inner = WordEmbedder()
    remembering = Remembering(inner, kept=300)
    tracemalloc.start()
    try:
        for turn in range(100):
            remembering.embed([f"in use {number}" for number in range(turn)])
            remembering.embed([f"in use {turn}", *(f"once {turn} {number}" for number in range(100))])
            inner.embedded.clear()
        assert tracemalloc.get_traced_memory()[0] < 500_000  # 300 vectors take 77,000, 100 matrices 2,600,000
    finally:
        tracemalloc.stop()


def test_threads_get_their_own_texts() -> None:
    remembering = Remembering(WordEmbedder(), kept=5)
    texts = [f"word{number}" for number in range(40)]
    expected = WordEmbedder().embed(texts)

    def check(shift: int) -> None:
        order = texts[shift:] + texts[:shift]
        np.testing.assert_array_equal(remembering.embed(order), np.roll(expected, -shift, axis=0))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(check, range(40)))
