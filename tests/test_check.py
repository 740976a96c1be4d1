"""`dateline check` finds what is wrong with a home, and `--repair` repairs what it can."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from index import Article, ArticleIndex
from index.errors import HomeError
from index.upkeep import check, repair
from tests.fakes import WordEmbedder
from tests.test_damage import flip, kinds
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 1100


def article(number: int) -> Article:
    return Article.create(f"Report {number} tells of w{number % 83} and w{number % 71}.", id=f"a{number}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("whole") / "home"
    with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as index:
        index.add(article(number) for number in range(COUNT))
    return home


@pytest.fixture
def home(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "home")


def wrong(home: Path) -> dict[str, str]:
    findings = check(home, embedder=WordEmbedder()).findings
    return {finding.name: finding.words for finding in findings if not finding.is_right}


def test_an_intact_home_passes(home: Path) -> None:
    report = check(home, embedder=WordEmbedder())
    assert report.is_right
    assert {finding.name for finding in report.findings} == {
        "articles.db", "texts of articles", "positions of passages", "vectors of passages", "unfinished changes",
        "vectors", "table of vectors", "full text of passages", "full text of articles",
    }  # fmt: skip


@pytest.mark.slow
def test_silently_changed_bytes_are_found_and_repaired(home: Path) -> None:
    """As a bad disk changes them: the file keeps its length and its time."""
    files = {kind: file for kind, file in kinds(home).items() if file.suffix not in {".seal", ".sqlite3"}}
    for file in files.values():
        if file.stat().st_size:
            times = file.stat()
            flip(file)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    derived = {"vectors", "table of vectors", "full text of passages", "full text of articles"}
    assert wrong(home).keys() == derived
    report = repair(home, embedder=WordEmbedder())
    assert report.is_right
    assert len(report.repairs) == len(derived)
    assert wrong(home) == {}


def change(home: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(home / "articles.db") as db:
        db.execute(statement, values)


def test_altered_texts_places_and_vectors_are_named(home: Path) -> None:
    change(home, "UPDATE articles SET text = replace(text, 'Report', 'Rumour') WHERE id = 'a7'")
    change(home, "UPDATE passages SET end = 100000 WHERE article = (SELECT number FROM articles WHERE id = 'a8')")
    change(home, "DELETE FROM vectors WHERE number = 3")
    change(home, "UPDATE vectors SET vector = ? WHERE number = 5", b"\0\0\0\0")
    found = wrong(home)
    assert "'a7' differs from what was added" in found["texts of articles"]
    assert found["positions of passages"]
    assert "1 passages have no vector" in found["vectors of passages"]
    assert "different dimensions" in found["vectors of passages"]


@pytest.mark.slow
def test_missing_vectors_are_embedded_again(home: Path) -> None:
    change(home, "DELETE FROM vectors WHERE number = 3")
    change(home, "UPDATE vectors SET vector = ? WHERE number = 5", b"\0\0\0\0")
    report = repair(home, embedder=WordEmbedder())
    assert report.is_right, report
    with sqlite3.connect(home / "articles.db") as db:
        (vector,) = db.execute("SELECT vector FROM vectors WHERE number = 5").fetchone()
    expected = WordEmbedder().embed([article(4).text])[0]
    np.testing.assert_allclose(np.frombuffer(vector, np.float32), expected, atol=1e-6)


@pytest.mark.slow
def test_a_damaged_articles_file_is_reported_and_readable_articles_are_saved(home: Path) -> None:
    path = home / "articles.db"
    with sqlite3.connect(path) as db:
        page = db.execute("PRAGMA page_size").fetchone()[0]
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    for at in range(40 * page, len(content) - 4 * page, 60 * page):
        content[at : at + page] = os.urandom(page)
    path.write_bytes(content)
    assert "articles.db" in wrong(home)
    report = repair(home, embedder=WordEmbedder())
    assert report.is_right, report
    assert "Saved " in report.repairs[0]
    assert list(home.glob("articles.db.damaged-*"))
    with ArticleIndex.open(home, embedder=WordEmbedder()) as index:
        saved = index.articles()
        assert COUNT // 2 < len(saved) <= COUNT
        number = int(saved[0].id[1:])
        assert index.article(saved[0].id).text == article(number).text
        assert index.retrieve(article(number).text, k=1)[0].passage.text == article(number).text


def test_a_file_that_is_not_a_database_is_a_clear_error(home: Path) -> None:
    (home / "articles.db").write_bytes(b"nothing of a database " * 1000)
    with pytest.raises(HomeError, match="is damaged: file is not a database") as caught:
        ArticleIndex.open(home, embedder=WordEmbedder())
    assert "dateline check --repair" in str(caught.value.help)
    assert "dateline restore" in str(caught.value.help)
    with pytest.raises(HomeError, match=r"Nothing in .*articles\.db can be read"):
        repair(home, embedder=WordEmbedder())
    assert (home / "articles.db").read_bytes().startswith(b"nothing of a database")


def test_the_command(sample_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(sample_home, tmp_path / "home")
    found = CliRunner().invoke(main, ["check", "--home", str(home)])
    assert found.exit_code == 0, found.output
    assert "right  texts of articles" in found.output
    shutil.rmtree(home / "table")
    found = CliRunner().invoke(main, ["check", "--json", "--home", str(home)])
    assert found.exit_code == 1
    said = json.loads(found.stdout)
    assert [finding["name"] for finding in said["findings"] if not finding["is_right"]] == ["table of vectors"]
    found = CliRunner().invoke(main, ["check", "--repair", "--home", str(home)])
    assert found.exit_code == 0, found.output
    assert "Repaired. The table of vectors: rebuilt from the articles." in found.output
