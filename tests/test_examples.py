"""Example questions follow the collection."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from index import Article
from tests.conftest import SAMPLES
from tests.serving import settings
from ui.access.access import Access
from ui.chat.examples import Examples
from ui.service.service import Service

if TYPE_CHECKING:
    from pathlib import Path


def article(name: str) -> Article:
    """Return the sample article on Veskander with another name of its director, and no title to ask about."""
    lines = (SAMPLES / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    row = next(row for row in map(json.loads, lines) if row["id"] == "veskander-jobs")
    return Article.create(row["text"].replace("Karrenholm", name), id=name)


def test_an_example_goes_with_its_article_though_another_takes_its_place(tmp_path: Path) -> None:
    """Both collections have as many articles and passages."""

    async def find() -> list[tuple[str, ...]]:
        given = settings(tmp_path / "home", rerank_seconds=600)
        service = Service(given, access=Access(given))
        await service.open()
        try:
            examples, found = Examples(service), []
            for added, removed in (("Karrenholm", None), ("Threlwood", "Karrenholm")):
                service.index.add([article(added)])
                if removed:
                    service.index.remove([removed])
                found.append(await examples.find())
            return found
        finally:
            await service.close()

    first, second = asyncio.run(find())
    assert "Karrenholm" in "".join(first)
    assert "Karrenholm" not in "".join(second)
    assert "Threlwood" in "".join(second)
