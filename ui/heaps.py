"""What the C library does with memory that is free again; docs/benchmarks.md has the effect."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os

_M_ARENA_MAX = -8  # from malloc.h of glibc
_EVERY = 60.0  # seconds
_NOT_GLIBC = (AttributeError, OSError, TypeError)


def share_heaps() -> None:
    """Limit glibc to one heap per processor.

    By default it makes eight times as many, and each keeps the memory that was once needed there.
    """
    with contextlib.suppress(*_NOT_GLIBC):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, os.cpu_count() or 1)


def give_back() -> None:
    """Return the free memory of all heaps to the system.

    By itself glibc returns only what is free at a heap's end, so that one small object keeps all before it.
    """
    with contextlib.suppress(*_NOT_GLIBC):
        ctypes.CDLL(None).malloc_trim(0)


async def keep_giving_back() -> None:
    """Give back once a minute, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY)
        await asyncio.to_thread(give_back)
