"""A home for the articles of a question set, created once and found again by their content."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from assistant.build import build_embedder, open_index
from assistant.evaluation.runs.fingerprints import digest_articles
from index.engines.registry import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from assistant.settings import Settings
    from index import Article, ArticleIndex

_PURPOSE = "dateline evaluate"
_COMPLETE = "complete"


@contextlib.contextmanager
def open_articles_home(
    settings: Settings,
    articles: Sequence[Article],
    cache: Path,
    *,
    on_embedded: Callable[[int], None] | None = None,
) -> Iterator[ArticleIndex]:
    """Open an index of exactly these articles in a home under `cache`; articles already there are not embedded again.

    `on_embedded` is called as in `ArticleIndex.add`. Raises as `ArticleIndex.open` does.
    """
    folder = cache / "homes" / digest_articles(articles, build_embedder(settings).name)
    placed = settings.model_copy(update={"home": folder, "engine": DEFAULT})
    if not (folder / _COMPLETE).exists():
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_index(placed, write=True, purpose=_PURPOSE) as index:
            index.add(articles, on_embedded=on_embedded)
        (folder / _COMPLETE).touch()
    with open_index(placed, purpose=_PURPOSE) as index:
        yield index
