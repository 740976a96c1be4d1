"""What an engine's search indexes hold of passages and articles, and how it is handed to them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from index.engines.engine import StoredArticles
    from index.filters import Facets

EntryKind = Literal["passage", "article"]
"""What is searched. Passages and articles are numbered apart."""

BATCH = 512
"""Passages that are embedded and written together."""


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One thing a search index holds: its number, the article's title, its own text, and its facets."""

    number: int
    title: str | None
    text: str
    facets: Facets


def batches(
    articles: StoredArticles, kind: EntryKind, numbers: Iterable[int], *, at_once: int = BATCH
) -> Iterator[list[Entry]]:
    """Yield the entries of passages or articles in batches, by number."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), at_once):
        yield list(articles.entries(kind, ordered[start : start + at_once]))
