"""The reading process: reads what it is asked for on standard input, within limits, and reports what it found.

It runs hostile bytes through large libraries, so it may hang, exhaust memory or be taken over. It therefore has no
secrets, needs no network, and is killed by `reader_process` whenever it exceeds its limits.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from index.sources.messages import as_bytes, read_request, write_frame
from index.sources.reading import read

if TYPE_CHECKING:
    from typing import BinaryIO

    from index.sources.limits import Limits

OUT_OF_MEMORY = 77  # the exit status that says so
_GRACE = 5  # seconds beyond the parent's limit, so that the parent ends this process and can say why


def main() -> None:
    """Read what is asked for until no more can come."""
    with contextlib.suppress(ValueError):  # Ctrl-C is handled by the parent, which also ends this process
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)  # questions have priority
    requests, results = _take_streams()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            content, limits = read_request(requests)
            _bound_memory(limits)
            try:
                _bound_time(limits.read_seconds + _GRACE)
                for item in read(content, limits):
                    message = as_bytes(item)
                    _bound_time(0)  # waiting for the parent does not count
                    write_frame(results, message)
                    _bound_time(limits.read_seconds + _GRACE)
                _bound_time(0)
                write_frame(results, as_bytes(None))
            except MemoryError:
                os._exit(OUT_OF_MEMORY)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return the streams to and from the parent, out of reach of anything that prints or reads by accident."""
    requests, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123 - stays open
    return requests, results


def _bound_time(seconds: float) -> None:
    """Have the system end this process after a time (0: never), even if Python hangs and the parent is dead."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _bound_memory(limits: Limits) -> None:
    """Have the system refuse more memory, if it can; the parent watches as well."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (limits.read_memory_mb * 2**20, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
