"""What reading leaves out, repairs or guesses is kept with the article and told wherever it is added and shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from index import Article, ArticleIndex, open_articles
from index.article_lines import read_lines, write_line
from index.filters import Filters
from index.notices import Notice, in_words, joined
from tests.fakes import WordEmbedder
from tests.serving import client, running, settings
from ui.chat.sources import article_html
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from click.testing import Result

WALL = """The harbour wall gave way

By Ann Lee
May 6, 2024

The wall at Port Ellis gave way early on Monday.

Share this article

Sign up for our newsletter

The school is to open again on Thursday.
"""
NOTICES = [
    {"kind": "left_out", "rule": "page furniture: sharing", "text": "Share this article", "place": ""},
    {"kind": "left_out", "rule": "page furniture: newsletter", "text": "Sign up for our newsletter", "place": ""},
]
TOLD = Notice(kind="repaired", rule="quotation mark", text="The hidden wombat", place="line 3")


def run(*words: str, home: Path) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(home)])


def only_id(home: Path) -> str:
    with open_articles(home) as store:
        return store.ids(Filters())[0]


def test_the_report_and_show_say_which_lines_were_left_out(tmp_path: Path) -> None:
    (tmp_path / "wall.txt").write_text(WALL, encoding="utf-8")
    home = tmp_path / "home"
    added = run("add", str(tmp_path / "wall.txt"), home=home)
    id_ = only_id(home)
    assert added.stdout == "Added 1 article, replaced 0, unchanged 0.\n"
    assert added.stderr == (f"2 lines left out as page furniture, in 1 article. See `dateline show --dropped {id_}`.\n")
    dropped = run("show", "--dropped", id_, home=home).stdout
    assert dropped.splitlines() == [
        "Left out (page furniture: sharing): Share this article",
        "Left out (page furniture: newsletter): Sign up for our newsletter",
    ]
    shown = json.loads(run("show", "--json", id_, home=home).stdout)
    assert shown["notices"] == NOTICES
    assert "Share" not in shown["text"]


def test_with_the_setting_furniture_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_KEEP_FURNITURE", "true")
    (tmp_path / "wall.txt").write_text(WALL, encoding="utf-8")
    added = run("add", str(tmp_path / "wall.txt"), home=tmp_path / "home")
    assert added.stderr == ""
    with open_articles(tmp_path / "home") as store:
        article = store.article(only_id(tmp_path / "home"))
    assert "Share this article" in article.text
    assert article.notices == ()


def test_a_server_reports_and_returns_what_was_left_out(tmp_path: Path) -> None:
    with running(settings(tmp_path)) as server:
        report = client.post(
            f"{server.url}/api/articles", files={"files": ("wall.txt", WALL.encode(), "text/plain")}
        ).json()
        [group] = report["notices"]
        assert (group["kind"], group["rule"], group["lines"], group["articles"]) == ("left_out", "page furniture", 2, 1)
        assert client.get(f"{server.url}/api/articles/{group['article_id']}").json()["notices"] == NOTICES


def test_unreadable_characters_and_missing_dates_are_told() -> None:
    article = Article.create("One.\nThe caf\ufffd is shut.\nTwo.")
    [notice] = article.notices
    assert (notice.kind, notice.rule, notice.text) == ("repaired", "unreadable characters", "The caf\ufffd is shut.")
    assert Article.create(article.text, notices=article.notices).notices == article.notices


def test_additions_are_counted_together(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as opened:
        first = opened.add([Article.create("One.", id="a", notices=[TOLD]), Article.create("Two.", id="b")])
        second = opened.add([Article.create("Three.", id="c", notices=[TOLD])])
        assert opened.article("a").notices == (TOLD,)
        assert opened.add([Article.create("One.", id="a", notices=[TOLD])]).notices == ()
    assert [in_words(group) for group in joined(first.notices, second.notices)] == [
        "2 lines repaired: quotation mark, in 2 articles (such as “The hidden wombat”)",
        "No date could be read, in 3 articles",
    ]


def test_a_removed_article_takes_what_was_left_out_with_it(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as opened:
        opened.add([Article.create("One.", id="a", notices=[TOLD]), Article.create("Two.", id="b")])
        opened.remove(["a"])
    assert [path for path in tmp_path.rglob("*") if path.is_file() and b"wombat" in path.read_bytes()] == []


def test_notices_leave_and_come_back_with_an_exported_article(tmp_path: Path) -> None:
    article = Article.create("One.", id="a", notices=[TOLD])
    line = json.loads(write_line(article))
    without = {name: value for name, value in line.items() if name != "notices"}
    (tmp_path / "lines.jsonl").write_text(f"{json.dumps(line)}\n{json.dumps(without)}\n", encoding="utf-8")
    assert [read.notices for read in read_lines(tmp_path / "lines.jsonl")] == [(TOLD,), ()]


def test_the_page_shows_below_an_article_what_was_left_out() -> None:
    html = article_html(Article.create("One.", notices=[TOLD]))
    assert "Repaired: quotation mark, line 3" in html
    assert "<dd>The hidden wombat</dd>" in html
    assert "notices" not in article_html(Article.create("One."))
