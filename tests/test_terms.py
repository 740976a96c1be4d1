"""Terms of texts, taken by several threads."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from index.terms import terms


def test_threads_take_terms_at_the_same_moment() -> None:
    """Garbage collection inside one thread's call can let another thread call, too."""
    this_thread = threading.get_ident()
    others: list[Future[list[str]]] = []

    def call_from_another_thread(phase: str, _: object) -> None:
        if phase == "start" and threading.get_ident() == this_thread:
            others.append(pool.submit(terms, "the ferries"))
            wait(others[-1:], timeout=0.02)  # ends early only if the call fails or need not wait for ours

    thresholds = gc.get_threshold()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(terms, "started").result()
        gc.callbacks.append(call_from_another_thread)
        gc.set_threshold(20)
        try:
            kept = [terms("mills burned") for _ in range(400)]
        finally:
            gc.set_threshold(*thresholds)
            gc.callbacks.remove(call_from_another_thread)
    assert kept == [["mill", "burn"]] * 400
    assert [other.result() for other in others] == [["ferri"]] * len(others)
    assert others
