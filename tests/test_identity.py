"""An id belongs to its file: rows of two files with the same ids are different articles."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from assistant import whole_article_json
from index import Article, ArticleIndex
from index.article_lines import read_lines, write_line
from index.sources import Limits, load
from tests.fakes import WordEmbedder
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FERRY = "id,title,text\n1,Ferry late,The ferry to Skerrin is late.\n2,Mill burns,The old mill burned down.\n"
BREAD = "id,title,text\n1,Bread,Rye bread costs forty crowns.\n2,Note,Nobody signed the note about the roof.\n"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "home", embedder=WordEmbedder(), write=True) as opened:
        yield opened


def articles(path: Path, content: str, limits: Limits | None = None) -> list[Article]:
    path.write_text(content)
    return [item for item in load(str(path), limits=limits or Limits()) if isinstance(item, Article)]


def titles(index: ArticleIndex) -> dict[str, str | None]:
    return {info.id: info.title for info in index.articles(sort="title")}


@pytest.mark.parametrize("is_at_once", [True, False])
def test_two_files_that_number_their_rows_keep_all_their_articles(
    tmp_path: Path, index: ArticleIndex, *, is_at_once: bool
) -> None:
    first, second = articles(tmp_path / "gazette.csv", FERRY), articles(tmp_path / "herald.csv", BREAD)
    for part in [[*first, *second]] if is_at_once else [first, second]:
        assert not index.add(part).replaced
    assert sorted(filter(None, titles(index).values())) == ["Bread", "Ferry late", "Mill burns", "Note"]
    assert {titles(index)["1"], titles(index)["2"]} == {"Ferry late", "Mill burns"}
    again = index.add([*first, *second])
    assert (again.added, again.replaced, len(again.unchanged)) == ((), (), 4)


def test_a_row_that_changed_in_its_file_replaces_itself_and_no_other(tmp_path: Path, index: ArticleIndex) -> None:
    index.add([*articles(tmp_path / "gazette.csv", FERRY), *articles(tmp_path / "herald.csv", BREAD)])
    before = titles(index)
    changed = BREAD.replace("Bread,Rye bread costs forty", "Dear bread,Wheat now sells for ninety")
    report = index.add(articles(tmp_path / "herald.csv", changed))
    assert (len(report.added), len(report.replaced), len(report.unchanged)) == (0, 1, 1)
    assert set(titles(index)) == set(before)
    assert titles(index)[report.replaced[0]] == "Dear bread"
    index.remove(["1"])
    assert not index.add(articles(tmp_path / "herald.csv", changed)).added


def test_an_article_of_an_earlier_version_is_replaced_by_its_row_and_not_by_another(
    tmp_path: Path, index: ArticleIndex
) -> None:
    # Earlier versions stored rows without their file.
    old = [dataclasses.replace(article, origin=None) for article in articles(tmp_path / "gazette.csv", FERRY)]
    index.add(old)
    assert index.add(articles(tmp_path / "gazette.csv", FERRY)).unchanged == ("1", "2")
    changed = FERRY.replace("is late", "was late again")
    assert index.add(articles(tmp_path / "gazette.csv", changed)).replaced == ("1",)
    assert len(index.add(articles(tmp_path / "herald.csv", BREAD)).added) == 2
    assert len(titles(index)) == 4


@pytest.mark.parametrize(
    "id_", ["https://gazette.example/ferry", "urn:gazette:7", "6f1c1f0e-6d55-4a0e-9d2c-0d5a3f2f7b11"]
)
def test_an_id_that_is_an_address_or_a_uuid_means_the_same_article_everywhere(
    tmp_path: Path, index: ArticleIndex, id_: str
) -> None:
    index.add(articles(tmp_path / "may.csv", f"id,text\n{id_},The ferry is late.\n"))
    assert index.add(articles(tmp_path / "june.csv", f"id,text\n{id_},All ferries left in time.\n")).replaced == (id_,)


def test_ids_are_global_if_the_user_says_so(tmp_path: Path, index: ArticleIndex) -> None:
    limits = Limits(has_global_ids=True)
    index.add(articles(tmp_path / "may.csv", FERRY, limits))
    assert index.add(articles(tmp_path / "june.csv", BREAD, limits)).replaced == ("1", "2")


def test_fields_and_ids_are_options_of_the_command(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text("nr;kopf;inhaltlich;wann\n7;Ferry late;The ferry is late.;2024-05-06\n")

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, [*words, "--home", str(tmp_path / "home")])
        assert result.exit_code == 0, result.output
        return result.stdout

    fields = "id=nr,title=kopf,text=inhaltlich,date=wann"
    assert "Added 1 article" in run("add", str(path), "--fields", fields, "--ids", "global")
    assert run("list").split("\t")[:2] == ["7", "2024-05-06"]
    wrong = CliRunner().invoke(main, ["add", str(path), "--fields", "words=x"])
    assert wrong.exit_code == 2
    assert "FIELD is one of" in wrong.output


def test_the_day_of_a_change_is_stored_and_exported(tmp_path: Path, index: ArticleIndex) -> None:
    content = "id,text,published,updated\n1,The ferry is late.,2024-05-06,2024-05-08\n"
    [article] = articles(tmp_path / "news.csv", content)
    index.add([article])
    stored = index.article("1")
    assert (str(stored.published), str(stored.updated)) == ("2024-05-06", "2024-05-08")
    (tmp_path / "export.jsonl").write_bytes(write_line(stored))
    assert list(read_lines(tmp_path / "export.jsonl")) == [stored]
    assert whole_article_json(stored)["updated"] == "2024-05-08"


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes only there")
def test_a_file_whose_name_is_no_utf8_is_read_and_stored(tmp_path: Path, index: ArticleIndex) -> None:
    name = os.fsdecode(b"fl\xe4che.txt")
    (tmp_path / name).write_text("It covers nine acres, and nobody owns it.")
    found = articles(tmp_path / name, "It covers nine acres, and nobody owns it.")
    assert [article.title for article in found] == ["fläche"]
    index.add(found)
    [info] = index.articles()
    assert (info.origin or "").endswith(r"fl\xe4che.txt")
