"""Switches off the telemetry of libraries that report their use to their makers.

TRAP: onnxruntime (1.29 and later) reads its switch while it is imported; afterwards it is too late. This module runs
whenever anything of `index` is imported, before any of these libraries, and does nothing else.
"""

from __future__ import annotations

import os
from types import MappingProxyType

NO_TELEMETRY = MappingProxyType(
    {
        "ORT_DISABLE_TELEMETRY": "1",
        "ANONYMIZED_TELEMETRY": "False",  # Chroma
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
)
"""The variables that are set, also for processes started from this one."""

os.environ.update(NO_TELEMETRY)
