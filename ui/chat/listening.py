"""What the listeners of all tabs have in common."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr

_AT_ONCE = 16
_FOLLOWED = 64  # pages that can follow a task's progress at a time; for others the task continues unseen


def quietly(**options: Any) -> dict[str, Any]:
    """Return the options of a listener that is not a public endpoint and shows no spinner; `options` take
    precedence.
    """
    return {
        "api_visibility": "private",
        "concurrency_limit": _AT_ONCE,
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        **options,
    }


def following() -> dict[str, Any]:
    """Return the options of a listener that follows a long task; one page may follow several at a time."""
    return quietly(concurrency_limit=_FOLLOWED, trigger_mode="multiple")


def data_of(event: gr.EventData) -> dict[str, Any]:
    """Return the data of an event."""
    return event._data if isinstance(event._data, dict) else {}


def script(name: str) -> str:
    """Return one of the page's scripts."""
    return importlib.resources.files("ui.chat").joinpath(name).read_text(encoding="utf-8")
