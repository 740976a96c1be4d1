"""What the bundled models share: the tokenizer, onnxruntime, and the threads they run in."""

from __future__ import annotations

import functools
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_TOKENIZER = Path(__file__).parent / "models" / "all-MiniLM-L6-v2" / "tokenizer.json"

_NICE = 10  # of 19


@functools.cache
def tokenizer(limit: int | None = None) -> Any:
    """Return BERT's word-piece tokenizer without padding, truncating after `limit` tokens."""
    from tokenizers import Tokenizer

    loaded = Tokenizer.from_file(str(_TOKENIZER))
    loaded.no_padding()
    if limit is None:
        loaded.no_truncation()
    else:
        loaded.enable_truncation(limit)
    return loaded


@functools.cache
def session(model: Path, providers: tuple[str, ...] = ()) -> Any:
    """Return the loaded model. Whatever onnxruntime's `providers` do not run, the CPU does.

    One thread per run, and as many runs at a time as there are processors: this is faster than many threads on one
    small run, and a single question never waits. A run is one row: int8 products share their scale over a run, so a
    text gets the same numbers in any company, and with these models a run of many rows is no faster.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # warnings about the machine's other processors mean nothing to a user
    every = list(dict.fromkeys([*providers, "CPUExecutionProvider"]))
    return onnxruntime.InferenceSession(str(model), options, providers=every)


def known_providers() -> list[str]:
    """Return the providers of the installed onnxruntime."""
    import onnxruntime

    return list(onnxruntime.get_available_providers())


@functools.cache
def pool() -> ThreadPoolExecutor:
    """Return the threads for work that someone is waiting for."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="model")


@functools.cache
def bulk_pool() -> ThreadPoolExecutor:
    """Return the threads for bulk work, which yield to everything else if the system allows it."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="bulk", initializer=_give_way)


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere this would slow down the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
