"""Make a small home with the code of another commit, and keep it here as SQL.

    git worktree add /tmp/old COMMIT
    PYTHONPATH=/tmp/old python tests/old_homes/make.py COMMIT

Runs on the code of that commit alone, whatever it had by then. Databases are kept as SQL scripts, Chroma's among them
where the vectors are there alone; the full text and the table of vectors as an archive of their files.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import index
from index import Article, ArticleIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CODE = Path(index.__file__).parent.parent
ARTICLES = [
    (
        "ferry", "The ferry was late", "Harbour Post", "A. Lind", "2024-03-01",
        "The ferry to Hven was late on Monday.\n\nA rope had caught in its screw.",
    ),
    (
        "mill", "Fire at the mill", "Harbour Post", "B. Moe", "2024-03-05",
        "The old mill burned down at night. Nobody was hurt.",
    ),
    ("bread", None, "Bakers' Weekly", None, None, "Rye bread costs forty crowns now; it was thirty in May."),
]  # fmt: skip


class Words:
    """A bag of hashed words, as in the tests' `WordEmbedder`, which old commits lack."""

    name = "words-1"
    dimension = 64
    max_tokens = 254

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), 64), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.strip(".,?!").encode()) % 64] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def embed_question(self, question: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.embed([question])[0]
        return vector


def main(commit: str) -> None:
    target = Path(__file__).parent / commit
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with ArticleIndex.open(home, embedder=Words(), write=True) as opened:
            opened.add(
                Article.create(text, id=id_, title=title, source=source, author=author,
                               published=dt.date.fromisoformat(day) if day else None)
                for id_, title, source, author, day, text in ARTICLES
            )  # fmt: skip
        _keep_conversation(home)
        _keep_user(home)
        for file in (*home.glob("*.db"), home / "chroma" / "chroma.sqlite3"):
            if file.suffix != ".db" and (target / "articles.sql").read_text().count("CREATE TABLE vectors"):
                continue
            with contextlib.closing(sqlite3.connect(file)) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (version,) = db.execute("PRAGMA user_version").fetchone()
                lines = [*db.iterdump(), *([f"PRAGMA user_version = {version};"] if version else [])]
            (target / f"{file.stem}.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with tarfile.open(target / "derived.tar.xz", "w:xz") as archive:
            for path in (*home.glob("table*"), home / "lexical"):
                archive.add(
                    path, path.name, filter=lambda entry: entry.replace(uname="", gname="", uid=0, gid=0, deep=False)
                )


def _keep_conversation(home: Path) -> None:
    if not (CODE / "ui" / "conversations").exists():  # in ui.chat.history until 0.2.0
        return
    from ui.conversations.history import KeptTurn, open_history

    answer = {
        "question": "When did the mill burn?", "standalone_question": "When did the mill burn?",
        "text": "The old mill burned down at night. [1]", "supported": True,
        "citations": [{"number": 1, "article_id": "mill", "quote": "The old mill burned down at night."}],
        "statements": [], "passages": [],
    }  # fmt: skip
    history = open_history(home)
    turn = KeptTurn(question="When did it burn?", standalone_question="When did the mill burn?", answer=answer)
    conversation, number = history.append("ann", None, turn)
    history.feedback("ann", conversation, number, good=True, reason="Right")
    history.close()


def _keep_user(home: Path) -> None:
    if not (CODE / "ui" / "access").exists():
        return
    from ui.access.keys import Keys
    from ui.access.store import open_store
    from ui.access.users import Users
    from ui.access.visitor import Role

    store = open_store(home)
    Users(store).add("ann", "a long password", role=Role.ADMIN)
    Keys(store).create("laptop", role=Role.READER)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
