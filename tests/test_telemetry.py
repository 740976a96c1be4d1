"""Telemetry of libraries is switched off before they are imported."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
_PRINT_SWITCHES = (
    "import os; print(*(os.environ.get(n) for n in ('ORT_DISABLE_TELEMETRY', 'GRADIO_ANALYTICS_ENABLED')))"
)


@pytest.mark.parametrize("module", ["index.passages.onnx_models", "assistant.build", "ui.server", "ui.chat.page"])
def test_telemetry_is_off_before_a_library_is_imported(module: str) -> None:
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "0", "GRADIO_ANALYTICS_ENABLED": "True"}
    code = f"import {module}; {_PRINT_SWITCHES}"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout.split() == ["1", "False"]


def test_onnxruntime_is_imported_by_the_index_alone() -> None:
    for path in [*(ROOT / "assistant").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert "onnxruntime" not in names, path
