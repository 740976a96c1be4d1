"""Adds the sample collection to an empty home."""

from __future__ import annotations

import asyncio
import importlib.resources
from typing import TYPE_CHECKING

from index import Article
from index.sources import load

if TYPE_CHECKING:
    from ui.service.service import Service


async def add_samples(service: Service) -> None:
    """Add the sample collection; safe to repeat. Raises NotReadyError."""
    await asyncio.to_thread(_add, service)


def _add(service: Service) -> None:
    path = importlib.resources.files("index.samples") / "articles.jsonl"
    service.index.add(item for item in load(str(path)) if isinstance(item, Article))
