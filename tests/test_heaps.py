from __future__ import annotations

import os
import platform

import psutil
import pytest

from ui.heaps import give_back

_MIB = 2**20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such heaps")
def test_free_memory_goes_back_to_the_system_though_small_objects_stay_between() -> None:
    process = psutil.Process(os.getpid())
    objects = [bytes(4_000) for _ in range(20_000)]
    kept = objects[::50]
    full = process.memory_info().rss
    del objects
    give_back()
    assert full - process.memory_info().rss > 40 * _MIB
    assert len(kept) == 400
