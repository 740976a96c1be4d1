"""The same report in several outlets is linked: each article says where else mostly the same stands."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from index import Article, ArticleIndex
from index.engines.embedded.engine import EmbeddedEngine
from index.near_copies import are_near_copies, copy_keys
from tests.fakes import WordEmbedder
from tests.memory_engine.engine import MemoryEngine
from tests.serving import client, running, settings
from ui.chat.sources import article_html
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from index.engines.engine import Engine

WIRE = """PORT ELLIS - The harbour wall at Port Ellis gave way early on Monday, flooding two streets and a school.
Nobody was hurt, but engineers said that the wall had been leaking for weeks before it failed, and that letters about
it had gone unanswered since the spring of last year.
Repairs will take three months, the council said, and cost about two million pounds in all, half of which the region
is to pay. The school moves into the town hall until the summer.
The mayor asked people to stay away from the quay until the pumps have done their work on Thursday."""
SHORTENED = WIRE.replace("PORT ELLIS - ", "").partition("The mayor")[0] + "The opposition calls for an inquiry."
OTHER = """The ferry to Hven was late on Monday morning because a rope had caught in its screw, the company said after a
diver had cut it free. Some two hundred people waited on the pier in the rain, and the harbour master opened the hall
for them. The company will pay back the fares, it said, and look into what happened at the pier."""
ARTICLES = [
    Article.create(WIRE, id="gazette", title="Wall fails", source="The Bay Gazette"),
    Article.create(SHORTENED, id="post", title="Flood in Port Ellis", source="Harbour Post"),
    Article.create(OTHER, id="ferry", title="Ferry late", source="Harbour Post"),
]


@pytest.fixture(params=[EmbeddedEngine, MemoryEngine])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    made: Engine = request.param(tmp_path / "home")
    return made


def test_an_article_says_where_else_mostly_the_same_stands(engine: Engine) -> None:
    with ArticleIndex.open(engine, embedder=WordEmbedder(), write=True) as opened:
        opened.add(ARTICLES)
        copies = {id_: [other.id for other in opened.near_copies(id_)] for id_ in ("gazette", "post", "ferry")}
        assert copies == {"gazette": ["post"], "post": ["gazette"], "ferry": []}
        opened.add([Article.create(OTHER, id="post")])  # another article at the place of the copy
        assert opened.near_copies("gazette") == []
        assert [other.id for other in opened.near_copies("post")] == ["ferry"]
        opened.remove(["ferry"])
        assert opened.near_copies("post") == []


def test_copies_of_any_length_share_a_key_and_other_texts_do_not() -> None:
    draw = random.Random(1)  # noqa: S311 - words for a test
    words = [
        f"{first}{last}" for first in ("bal", "ker", "mun", "tor", "sil") for last in ("an", "ed", "ik", "os", "ur")
    ]
    for length in (60, 300, 3_000):
        text = " ".join(draw.choices(words, k=length))
        changed = text.split()
        for place in draw.sample(range(length), length // 30):
            changed[place] = "otherwise"
        assert are_near_copies(text, " ".join(changed))
        assert set(copy_keys(text)) & set(copy_keys(" ".join(changed)))
        other = " ".join(draw.choices(words, k=length))
        assert not are_near_copies(text, other)


def test_short_texts_are_alike_by_chance_and_have_no_keys() -> None:
    assert copy_keys("The council meets on Monday at ten.") == []


def test_show_the_page_and_rest_list_near_copies(tmp_path: Path) -> None:
    with running(settings(tmp_path)) as server:
        sent = [{"id": each.id, "title": each.title, "source": each.source, "text": each.text} for each in ARTICLES]
        assert client.post(f"{server.url}/api/articles", json={"articles": sent}).status_code == 201
        ids = [article["id"] for article in client.get(f"{server.url}/api/articles").json()["articles"]]
        first = next(id_ for id_ in ids if id_.endswith("gazette"))
        also_in = client.get(f"{server.url}/api/articles/{first}").json()["also_in"]
        assert [other["source"] for other in also_in] == ["Harbour Post"]
        shown = CliRunner().invoke(main, ["--server", server.url, "show", first]).stdout
        assert "Also in: Flood in Port Ellis — Harbour Post" in shown
    html = article_html(ARTICLES[0], also_in=[ARTICLES[1].info()])
    assert '<button type="button" class="link" data-read="post">Harbour Post</button>' in html
