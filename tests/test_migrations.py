"""Opens homes made by older code, which are kept in `tests/old_homes/`."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from index import Article, ArticleIndex, Filters, open_articles, reindex
from index.engines.embedded.home import Home, HomeLock
from index.errors import HomeError, HomeLockedError, NewerHomeError
from index.upkeep import check, repair
from tests.fakes import WordEmbedder
from ui.access.store import open_store
from ui.access.users import Users
from ui.conversations.history import open_history

OLD_HOMES = Path(__file__).parent / "old_homes"
NAMES = sorted(path.parent.name for path in OLD_HOMES.glob("*/articles.sql"))
WITHOUT_VECTORS = [name for name in NAMES if (OLD_HOMES / name / "chroma.sql").exists()]
FIRST = "e23dc64"
ARTICLES = {
    "ferry": "The ferry to Hven was late on Monday.\n\nA rope had caught in its screw.",
    "mill": "The old mill burned down at night. Nobody was hurt.",
    "bread": "Rye bread costs forty crowns now; it was thirty in May.",
}
# Dies after a number of statements of the migration; prints nothing where there are fewer.
CHILD = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from index.engines.embedded import articles
from index.local_files import migrations
statements, left = migrations._statements, [int(sys.argv[3])]
def dying(script):
    for statement in statements(script):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        yield statement
migrations._statements = dying
articles.ArticleStore(Path(sys.argv[2]))
"""


def old_home(name: str, folder: Path) -> Path:
    """Return a copy of a home as the code of a commit left it."""
    home = folder / name
    for script in (OLD_HOMES / name).glob("*.sql"):
        file = home / ("chroma/chroma.sqlite3" if script.stem == "chroma" else f"{script.stem}.db")
        file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(file)) as db:
            db.executescript(script.read_text(encoding="utf-8"))
    with tarfile.open(OLD_HOMES / name / "derived.tar.xz") as archive:
        archive.extractall(home, filter="data")
    return home


def version(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def schema(file: Path) -> list[str]:
    """Return the tables and indexes of a database, written alike."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    return [" ".join(row[0].split()) for row in rows]


def set_version(file: Path, number: int) -> None:
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute(f"PRAGMA user_version = {number}")


@pytest.mark.parametrize("name", NAMES)
def test_an_old_home_keeps_its_articles_and_answers_without_embedding(tmp_path: Path, name: str) -> None:
    home, embedder = old_home(name, tmp_path), WordEmbedder()
    with ArticleIndex.open(home, embedder=embedder) as opened:
        assert embedder.embedded == []
        assert {info.id: opened.article(info.id).text for info in opened.articles()} == ARTICLES
        assert opened.article("ferry").source == "Harbour Post"
        assert str(opened.article("mill").published) == "2024-03-05"
        for question, id_ in (("When did the mill burn?", "mill"), ("What does rye bread cost?", "bread")):
            assert opened.retrieve(question)[0].passage.article_id == id_
        found = opened.retrieve("Was the ferry late?", filters=Filters(source=("Harbour Post",)))
        assert found[0].passage.article_id == "ferry"
        assert {scored.passage.article_id for scored in found} == {"ferry", "mill"}
    assert check(home, embedder=embedder).is_right


@pytest.mark.parametrize("name", NAMES)
def test_an_old_home_is_made_into_the_format_of_a_new_one(tmp_path: Path, name: str) -> None:
    home = old_home(name, tmp_path)
    for folder in (home, tmp_path / "new"):
        with ArticleIndex.open(folder, embedder=WordEmbedder(), write=True):
            pass
    assert schema(home / "articles.db") == schema(tmp_path / "new" / "articles.db")
    assert version(home / "articles.db") == version(tmp_path / "new" / "articles.db")


@pytest.mark.parametrize("name", NAMES)
def test_an_old_home_can_be_changed_and_what_is_removed_leaves_no_trace(tmp_path: Path, name: str) -> None:
    home = old_home(name, tmp_path)
    with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as opened:
        opened.add([Article.create("The bakery opens at four.", id="bakery")])
        opened.remove(["ferry"])
        assert {info.id for info in opened.articles()} == {"mill", "bread", "bakery"}
        assert opened.retrieve("When does the bakery open?")[0].passage.article_id == "bakery"
    files = {path for path in home.rglob("*") if path.is_file() and path.suffix != ".sqlite3"}
    assert [path for path in files if path.name != "chat.db" and b"hven" in path.read_bytes().lower()] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_articles_of_an_old_home_are_listed_before_anything_opened_it(tmp_path: Path, name: str) -> None:
    home = old_home(name, tmp_path)
    with open_articles(home) as articles:
        assert {id_: articles.article(id_).text for id_ in articles.ids(Filters())} == ARTICLES
    embedder = WordEmbedder()
    with ArticleIndex.open(home, embedder=embedder) as opened:
        assert opened.retrieve("When did the mill burn?")[0].passage.article_id == "mill"
    assert embedder.embedded == ["When did the mill burn?"]


@pytest.mark.parametrize("name", WITHOUT_VECTORS)
def test_only_passages_whose_vectors_are_lost_are_embedded(tmp_path: Path, name: str) -> None:
    home, embedder = old_home(name, tmp_path), WordEmbedder()
    shutil.rmtree(home / "chroma")
    with ArticleIndex.open(home, embedder=embedder):
        assert len(embedder.embedded) == len(ARTICLES)


def test_derived_stores_of_todays_format_are_kept(tmp_path: Path) -> None:
    home = old_home("3f20f93", tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in home.rglob("lexical/*/0/*.term")}
    assert kept
    with ArticleIndex.open(home, embedder=WordEmbedder()):
        assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_an_old_home_can_be_reindexed_first(tmp_path: Path) -> None:
    home = old_home(FIRST, tmp_path)
    assert reindex(home, embedder=WordEmbedder("words-2")) == len(ARTICLES)
    assert check(home, embedder=WordEmbedder("words-2")).is_right
    with ArticleIndex.open(home, embedder=WordEmbedder("words-2")) as opened:
        assert opened.retrieve("When did the mill burn?")[0].passage.article_id == "mill"


def test_a_home_used_by_an_older_process_is_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.engines.embedded.home._WAIT", 0.05)
    home = old_home(FIRST, tmp_path)
    before = schema(home / "articles.db")
    lock = HomeLock(Home(home))
    lock.acquire(write=True, purpose="dateline serve")
    with pytest.raises(HomeLockedError, match="dateline serve"), open_articles(home):
        pass
    lock.release()
    assert schema(home / "articles.db") == before


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_the_old_format(tmp_path: Path) -> None:
    home = old_home(FIRST, tmp_path)
    file = home / "articles.db"
    before, killed = schema(file), 0
    while True:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, Path(__file__).parent.parent, file, str(killed)], check=False, timeout=60
        )
        if child.returncode != -signal.SIGKILL:
            break
        assert (schema(file), version(file)) == (before, 0)
        killed += 1
    assert child.returncode == 0
    assert killed > 4
    assert version(file) > 0
    with ArticleIndex.open(home, embedder=WordEmbedder()) as opened:
        assert opened.retrieve("When did the mill burn?")[0].passage.article_id == "mill"


def test_a_file_that_was_being_created_is_completed(tmp_path: Path) -> None:
    """Before formats were numbered, tables were created one by one."""
    (tmp_path / "articles.db").touch()
    with contextlib.closing(sqlite3.connect(tmp_path / "articles.db")) as db:
        db.execute("CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as opened:
        opened.add([Article.create("The mill burned.", id="mill")])
        assert opened.count() == 1


@pytest.mark.parametrize("write", [True, False])
def test_a_newer_home_is_reported_and_not_changed(tmp_path: Path, *, write: bool) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as opened:
        opened.add([Article.create("The mill burned.", id="mill")])
    set_version(tmp_path / "articles.db", 999)
    with pytest.raises(HomeError, match=r"articles\.db was written by a newer Dateline\.") as caught:
        ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=write)
    assert caught.value.help == "Update Dateline."
    with pytest.raises(NewerHomeError), open_articles(tmp_path):
        pass
    for work in (check, repair, reindex):
        with pytest.raises(NewerHomeError):
            work(tmp_path, embedder=WordEmbedder())
    assert list(tmp_path.glob("articles.db.damaged*")) == []


@pytest.mark.parametrize("name", [name for name in NAMES if (OLD_HOMES / name / "chat.sql").exists()])
def test_old_conversations_are_kept(tmp_path: Path, name: str) -> None:
    home = old_home(name, tmp_path)
    with contextlib.closing(open_history(home)) as history:
        (info,) = history.list("ann")
        (turn,) = history.load("ann", info.id).turns
        assert turn.question == "When did it burn?"
        assert turn.answer["citations"][0]["article_id"] == "mill"
        assert turn.feedback is not None
        assert turn.feedback.reason == "Right"
    with contextlib.closing(open_history(tmp_path)):
        assert schema(home / "chat.db") == schema(tmp_path / "chat.db")
    assert version(home / "chat.db") == version(tmp_path / "chat.db") > 0


@pytest.mark.parametrize("name", [name for name in NAMES if (OLD_HOMES / name / "access.sql").exists()])
def test_old_users_are_kept(tmp_path: Path, name: str) -> None:
    with contextlib.closing(open_store(old_home(name, tmp_path))) as store:
        assert Users(store).check("ann", "a long password")


@pytest.mark.parametrize(("name", "open_file"), [("chat.db", open_history), ("access.db", open_store)])
def test_conversations_and_users_of_a_newer_version_are_not_changed(tmp_path: Path, name: str, open_file) -> None:  # type: ignore[no-untyped-def]
    open_file(tmp_path).close()
    set_version(tmp_path / name, 999)
    with pytest.raises(HomeError, match="was written by a newer Dateline") as caught:
        open_file(tmp_path)
    assert caught.value.help == "Update Dateline."
