"""A derived store that is damaged under a running server: requests are answered correctly after one repair."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

import httpx
import pytest

from index import Article, ArticleIndex
from tests.serving import PATIENCE
from tests.test_damage import cut, delete, empty
from tests.test_serve_command import BEARER, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from index.passages.embedding_bundled import BundledEmbedder

pytestmark = [pytest.mark.server, pytest.mark.slow]

ARTICLES = 1010  # more than a thousand passages, beyond which Chroma keeps vectors in files of its own
STORES = {
    "chroma": "vectors of this collection",
    "table": "table of vectors of this collection",
    "lexical/passages": "full text of passages of this collection",
    "lexical/articles": "full text of articles of this collection",
}


def article(number: int) -> Article:
    return Article.create(f"The ferry of pier {number} is late.", id=f"a{number}", source=f"Paper {number % 7}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Path:
    home = tmp_path_factory.mktemp("served") / "home"
    with ArticleIndex.open(home, embedder=embedder, write=True) as index:
        index.add(article(number) for number in range(ARTICLES))
    return home


@pytest.mark.parametrize("damage", [delete, empty, cut])
def test_a_server_rebuilds_damaged_stores(
    tmp_path: Path, whole: Path, embedder: BundledEmbedder, damage: Callable[[Path], None]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(whole, home)
    added = ARTICLES
    with (
        serving(home) as server,
        httpx.Client(base_url=server.url, headers=BEARER, timeout=PATIENCE) as client,
    ):

        def find(number: int) -> None:
            text = article(number).text
            for filters in ({}, {"source": [f"Paper {number % 7}"]}):
                asked = {"query": text, "k": 1, "filters": filters}
                found = client.post("/api/search", json=asked)
                assert (found.status_code, found.json()["passages"][0]["text"]) == (200, text)
            answer = client.post("/api/ask", json={"question": f"Which ferry is late: that of pier {number}?"})
            assert (answer.status_code, answer.json()["found"]) == (200, True)
            assert f"a{number}" in {cited["article_id"] for cited in answer.json()["citations"]}

        for at, store in enumerate(STORES, start=1):
            for file in [file for file in (home / store).rglob("*") if file.is_file() and file.suffix != ".lock"]:
                damage(file)
            find(at)
            new = {"id": f"a{added}", "text": article(added).text, "source": article(added).source}
            sent = client.post("/api/articles", json={"articles": [new]}, headers={"Prefer": "wait=60"})
            assert (sent.status_code, sent.json()["added"]) == (201, [f"a{added}"])
            find(added)
            find(at + 100)
            added += 1
        status, _, log = server.end(signal.SIGTERM)
    assert status == 0
    assert "Traceback" not in log
    assert {said: log.count(f"The {said}: damaged") for said in STORES.values()} == dict.fromkeys(STORES.values(), 1)
    with ArticleIndex.open(home, embedder=embedder) as index:
        assert index.sizes() == (added, added)
        assert index.retrieve(article(3).text, k=1)[0].passage.article_id == "a3"
