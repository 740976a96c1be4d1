"""A LlamaIndex model as a careless library would have it: it prints, warns and logs, and then fails."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from typing import Any

from llama_index.core.llms import MockLLM

ROUNDS = 30
ESCAPES = "\x1b[31mred\x1b]0;title\x07\r\nforged INFO dateline.requests [x] GET / 200\u202e"


class NoisyLLM(MockLLM):
    """Makes a lot of noise each time that it is asked."""

    def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
        """Make noise and fail."""
        for number in range(ROUNDS):
            try:
                raise ValueError(f"round {number}: {ESCAPES}")
            except ValueError:
                traceback.print_exc()
                logging.getLogger("careless").exception("number %d failed: %s", number, ESCAPES)
            logging.getLogger("careless").error(f"put together for {number}: {ESCAPES}")
        logging.getLogger("careless").error("x" * 1_000_000)
        warnings.warn("do not do this\n" * 3, stacklevel=2)
        print(f"progress {ESCAPES}", file=sys.stderr)  # noqa: T201
        raise RuntimeError(f"no more: {ESCAPES}")
