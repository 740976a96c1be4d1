"""What the tabs' listeners have in common."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr

_AT_ONCE = 16
_FOLLOWED = 64  # pages at a time that are shown how something goes on; it goes on for further ones all the same


def quietly(**options: Any) -> dict[str, Any]:
    """Return the options of a listener that is no public endpoint and shows no spinner; `options` go before."""
    return {
        "api_visibility": "private",
        "concurrency_limit": _AT_ONCE,
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        **options,
    }


def following() -> dict[str, Any]:
    """Return the options of a listener that tells how something long goes on, for several at a time from one page."""
    return quietly(concurrency_limit=_FOLLOWED, trigger_mode="multiple")


def data_of(event: gr.EventData) -> dict[str, Any]:
    """Return what the page sent with an event."""
    return event._data if isinstance(event._data, dict) else {}


def script(name: str) -> str:
    """Return one of the page's scripts."""
    return importlib.resources.files("ui.chat").joinpath(name).read_text(encoding="utf-8")
