"""Print on what the figures that follow are measured.

    python -m tests.benchmarks.machine

One line: processor, cores, memory, system, Python, and the versions of what does the work.
"""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("chromadb", "onnxruntime", "tantivy", "simsimd", "llama-index-core", "numpy")
_NAMES = {"model name", "Model"}
"""What Linux calls the processor."""
_GIB = 2**30


def describe() -> str:
    """Return processor, cores, memory, system, Python and the versions of what does the work, as one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {system}; {packages}"


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() in _NAMES]
    return named[0] if named else platform.processor() or platform.machine()


if __name__ == "__main__":
    print(describe())
