"""`kill -9` at every step of adding, replacing and removing: the next command finds a complete collection."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from chromadb.api.shared_system_client import SharedSystemClient

from index import Article, ArticleIndex, Filters
from tests.benchmarks import kills
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.slow

# Each step of a change, as the method during which the process dies: before it does its work, or right after.
STEPS = [
    "index.engines.embedded.articles.ArticleStore.write_pending",
    "index.engines.embedded.vectors.VectorStore.add",
    "index.engines.embedded.vector_table.VectorTable.add",
    "index.engines.embedded.lexical.LexicalStore.add",
    "index.engines.embedded.articles.ArticleStore.publish",
    "index.engines.embedded.vectors.VectorStore.remove",
    "index.engines.embedded.vector_table.VectorTable.remove",
    "index.engines.embedded.lexical.LexicalStore.remove",
    "index.engines.embedded.lexical.LexicalStore.wipe",
    "index.engines.embedded.articles.ArticleStore.clear_tombstones",
]
CHILD = """
import importlib, os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.fakes import WordEmbedder
from index import Article, ArticleIndex
home, step, when, nth, action = sys.argv[2:]
module, kind, name = step.rsplit(".", 2)
owner = getattr(importlib.import_module(module), kind)
method, calls = getattr(owner, name), [0]
def dying(*args, **keywords):
    calls[0] += 1
    last = calls[0] == int(nth)
    if last and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = method(*args, **keywords)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
with ArticleIndex.open(Path(home), embedder=WordEmbedder(), write=True) as index:
    setattr(owner, name, dying)
    if action == "change":
        index.add([Article.create("New words on the ferry.", id="a"), Article.create("A third one on bread.", id="c")])
    else:
        index.remove(["a"])
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: ".".join(step.rsplit(".", 2)[1:]))
@pytest.mark.parametrize("action", ["change", "remove"])
def test_the_next_command_finds_a_complete_collection(tmp_path: Path, action: str, step: str, when: str) -> None:
    home = tmp_path / "home"
    with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as index:
        index.add([Article.create("Old Qqzzkkjj on the ferry.", id="a"), Article.create("The mill burned.", id="b")])
    child = subprocess.run(
        [sys.executable, "-c", CHILD, Path(__file__).parent.parent, home, step, when, "1", action],
        check=False,
        timeout=60,
    )
    method = step.rsplit(".", 1)[1]
    used = {"change": method != "wipe", "remove": method not in {"write_pending", "add", "publish"}}[action]
    assert child.returncode == (-signal.SIGKILL if used else 0)

    with ArticleIndex.open(home, embedder=WordEmbedder()) as index:
        begun = (method, when) != ("write_pending", "before")
        ids = {info.id for info in index.articles()}
        if action == "remove":
            assert ids == {"b"}
            assert b"Qqzzkkjj" not in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        else:
            assert ids == ({"a", "b", "c"} if begun else {"a", "b"})
            assert index.article("a").text.startswith("New" if begun else "Old")
        passages = index.retrieve("ferry mill bread words", k=50)
        assert {scored.passage.article_id for scored in passages} == ids
        assert len(passages) == len(ids)
        for scored in passages:
            text = index.article(scored.passage.article_id).text
            assert text[scored.passage.start : scored.passage.end] == scored.passage.text


def test_a_kill_while_chroma_writes_its_vectors(tmp_path: Path) -> None:
    """Chroma writes them in place each thousand passages: half of it, opened, would fail or end the process."""
    dice, known = random.Random(7), dict.fromkeys(range(1500), 0)  # noqa: S311 - dice, not secrets
    with ArticleIndex.open(tmp_path, embedder=kills.embedder(), write=True) as index:
        index.add(kills.article(number) for number in known)
    hits = []
    for turn, action in enumerate(["add", "replace"], start=1):
        first = max(known) + 1 if action == "add" else 0
        printed, hit = kills.kill(tmp_path, action, first, turn, aimed=True, dice=dice)
        open_ = kills.expect(known, printed, action, turn)
        assert kills.look(tmp_path, known, open_, (action, turn), dice) == []
        hits.append(hit)
    assert "in Chroma's write" in hits


@pytest.mark.parametrize("lost", ["chroma", "table", "lexical"])
def test_a_lost_index_is_rebuilt_from_the_articles(tmp_path: Path, lost: str) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        index.add([Article.create("The ferry is late.", id="a"), Article.create("The mill burned.", id="b")])
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path; from tests.fakes import WordEmbedder;"
        "from index import ArticleIndex;"
        "i = ArticleIndex.open(Path(sys.argv[1]), embedder=WordEmbedder());"
        "print(i.retrieve('Which mill burned?')[0].passage.article_id); i.close()"
    )
    shutil.rmtree(tmp_path / lost)
    # In a process of its own: Chroma keeps what it once opened.
    found = subprocess.run(
        [sys.executable, "-c", script, tmp_path, Path(__file__).parent.parent],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert found.stdout == "b\n"


@pytest.mark.parametrize("lost", ["table/*", "lexical/*", "table/*/length.float32", "lexical/passages", "chroma"])
def test_nothing_is_embedded_again_for_a_lost_index(tmp_path: Path, lost: str) -> None:
    embedder = WordEmbedder()
    articles = [Article.create("The ferry is late.", id="a", source="Press"), Article.create("The mill.", id="b")]
    question, filters = "Is the ferry late?", Filters(source=("Press",))
    with ArticleIndex.open(tmp_path, embedder=embedder, write=True) as index:
        index.add(articles)
        before = index.retrieve(question, filters=filters)
    if lost == "chroma":
        SharedSystemClient.clear_system_cache()  # as in another process: Chroma keeps what it once opened
    for path in tmp_path.glob(lost):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    embedder.embedded.clear()
    with ArticleIndex.open(tmp_path, embedder=embedder) as index:
        assert embedder.embedded == []
        assert index.retrieve(question, filters=filters) == before


@pytest.mark.parametrize("chroma", ["there", "lost"])
def test_a_home_without_vectors_takes_them_over(tmp_path: Path, chroma: str) -> None:
    """As homes were before `articles.db` held vectors."""
    embedder = WordEmbedder()
    with ArticleIndex.open(tmp_path, embedder=embedder, write=True) as index:
        index.add([Article.create("The ferry is late.", id="a"), Article.create("The mill burned.", id="b")])
        before = index.retrieve("Is the ferry late?")
    with sqlite3.connect(tmp_path / "articles.db") as db:
        kept = db.execute("SELECT vector FROM vectors").fetchall()
        db.executescript(
            "DROP TABLE vectors; DROP TABLE versions; DROP TABLE copy_keys;"
            " ALTER TABLE articles DROP COLUMN notices; ALTER TABLE articles DROP COLUMN updated;"
            " PRAGMA user_version = 0"
        )
    embedder.embedded.clear()
    if chroma == "lost":
        SharedSystemClient.clear_system_cache()
        shutil.rmtree(tmp_path / "chroma")
    with ArticleIndex.open(tmp_path, embedder=embedder) as index:
        assert len(embedder.embedded) == (0 if chroma == "there" else 2)
        found = index.retrieve("Is the ferry late?")
        assert [scored.passage for scored in found] == [scored.passage for scored in before]
    with sqlite3.connect(tmp_path / "articles.db") as db:
        taken = db.execute("SELECT vector FROM vectors").fetchall()
    np.testing.assert_allclose(
        [np.frombuffer(row[0], np.float32) for row in taken], [np.frombuffer(row[0], np.float32) for row in kept],
        atol=1e-6,
    )  # fmt: skip
