"""Kept conversations, each belonging to one user, in `chat.db` of the home."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import secrets
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from index.errors import HomeError, NewerHomeError
from index.local_files.database import create_private, empty_log
from index.local_files.migrations import migrate
from index.local_files.transaction import transaction
from ui.conversations.forgetting import Traces, forget_in, mentioned
from ui.conversations.kept import (
    ConversationInfo,
    ConversationNotFoundError,
    Feedback,
    KeptConversation,
    KeptTurn,
    title_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = [
    "ConversationInfo",
    "ConversationNotFoundError",
    "Feedback",
    "History",
    "KeptConversation",
    "KeptTurn",
    "forget_articles",
    "open_history",
]

_FIRST = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, updated INTEGER NOT NULL, updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_user ON conversations (user, updated);
CREATE INDEX IF NOT EXISTS conversations_updated ON conversations (updated);
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, number INTEGER NOT NULL,
    question TEXT NOT NULL, standalone TEXT NOT NULL, filters TEXT NOT NULL, answer TEXT NOT NULL,
    asked_at TEXT NOT NULL, PRIMARY KEY (conversation, number)
);
CREATE TABLE IF NOT EXISTS mentions (
    article TEXT NOT NULL, conversation TEXT NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (article, conversation, turn),
    FOREIGN KEY (conversation, turn) REFERENCES turns ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mentions_turn ON mentions (conversation, turn);
CREATE TABLE IF NOT EXISTS feedback (
    conversation TEXT NOT NULL, turn INTEGER NOT NULL, good INTEGER NOT NULL, reason TEXT NOT NULL,
    given_at TEXT NOT NULL, PRIMARY KEY (conversation, turn),
    FOREIGN KEY (conversation, turn) REFERENCES turns ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS forgotten (article TEXT PRIMARY KEY, at TEXT NOT NULL);
"""
_MIGRATIONS = (_FIRST,)
_TURN = "t.number, t.question, t.standalone, t.filters, t.answer, t.asked_at, f.good, f.reason"
_TURNS = f"SELECT {_TURN} FROM turns t LEFT JOIN feedback f ON f.conversation = t.conversation AND f.turn = t.number"  # noqa: S608
_REASON = 2_000
# An answer that was in progress when its articles were removed arrives within this time; see `_forgotten_since`.
_LATEST = dt.timedelta(days=1)


class History:
    """The conversations of all users; thread-safe.

    `user` is an opaque name that stays the same for the same person. Nobody can read, change or remove what another
    user has: to them it does not exist. Beyond the limits the oldest conversations and turns are removed.
    """

    def __init__(
        self, path: Path, *, conversations: int = 200, turns: int = 200, everybodys_conversations: int = 20_000
    ) -> None:
        self._lock = threading.Lock()
        self._bounds = (conversations, turns, everybodys_conversations)
        create_private(path)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA temp_store = MEMORY")  # no text in temporary files
            migrate(self._db, path, _MIGRATIONS, unnumbered=["forgotten"])
        except NewerHomeError:
            self._db.close()
            raise
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise HomeError(
                f"{path} cannot be used for conversations: {error}.", help="Move it away; a new one will be created."
            ) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # A user's own conversations

    def list(self, user: str) -> Sequence[ConversationInfo]:
        """Return the conversations of a user, the last used first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, title, updated_at, (SELECT count(*) FROM turns WHERE conversation = id)"
                " FROM conversations WHERE user = ? ORDER BY updated DESC",
                [user],
            ).fetchall()
        return [
            ConversationInfo(id=id_, title=title, updated_at=dt.datetime.fromisoformat(updated), turns=turns)
            for id_, title, updated, turns in rows
        ]

    def load(self, user: str, conversation: str) -> KeptConversation:
        """Return a conversation of this user. Raises ConversationNotFoundError."""
        with self._lock:
            title = self._title_of(user, conversation)
            return KeptConversation(id=conversation, title=title, turns=tuple(self._turns_of(conversation)))

    def append(
        self, user: str, conversation: str | None, turn: KeptTurn, *, replaces: int | None = None
    ) -> tuple[str, int]:
        """Save a turn, in a new conversation if none is named; return the conversation's id and the turn's number.

        It replaces the turn of the number `replaces` and all after it, as when a question is edited or asked again.
        Raises ConversationNotFoundError.
        """
        if not user:
            raise ValueError("conversations are kept for a user")
        with self._lock, transaction(self._db):
            if conversation is None:
                conversation = secrets.token_hex(16)
                self._db.execute(
                    "INSERT INTO conversations VALUES (?, ?, ?, 0, '')", [conversation, user, title_of(turn.question)]
                )
            else:
                self._title_of(user, conversation)
            if replaces is not None:
                self._db.execute("DELETE FROM turns WHERE conversation = ? AND number >= ?", [conversation, replaces])
            query = "SELECT coalesce(max(number), 0) + 1 FROM turns WHERE conversation = ?"
            number = int(self._db.execute(query, [conversation]).fetchone()[0])
            self._write(conversation, dataclasses.replace(turn, number=number))
            removed = self._forgotten_since(turn)
            if removed:
                self._forget_in(conversation, removed)
            self._keep_within_bounds(user, conversation)
        return conversation, number

    def rename(self, user: str, conversation: str, title: str) -> str:
        """Give a conversation another title and return the saved title. Raises ConversationNotFoundError."""
        with self._lock, transaction(self._db):
            title = title_of(title) or self._title_of(user, conversation)
            query = "UPDATE conversations SET title = ? WHERE id = ? AND user = ?"
            if not self._db.execute(query, [title, conversation, user]).rowcount:
                raise _not_found()
        return title

    def delete(self, user: str, conversation: str) -> None:
        """Remove a conversation and every trace of it. Raises ConversationNotFoundError."""
        with self._lock:
            with transaction(self._db):
                query = "DELETE FROM conversations WHERE id = ? AND user = ?"
                if not self._db.execute(query, [conversation, user]).rowcount:
                    raise _not_found()
            self._wipe()

    def feedback(self, user: str, conversation: str, turn: int, *, good: bool, reason: str = "") -> None:
        """Save the user's feedback on an answer, replacing earlier feedback. Raises ConversationNotFoundError."""
        with self._lock, transaction(self._db):
            self._title_of(user, conversation)
            query = "SELECT 1 FROM turns WHERE conversation = ? AND number = ?"
            if not self._db.execute(query, [conversation, turn]).fetchone():
                raise _not_found()
            self._db.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)",
                [conversation, turn, good, " ".join(reason.split())[:_REASON], _now().isoformat()],
            )

    # All users, for the owner of the home

    def rated_turns(self) -> Sequence[tuple[str, KeptTurn]]:
        """Return every turn with feedback of any user, with the id of its conversation, the oldest first."""
        with self._lock:
            rows = self._db.execute(
                f"SELECT t.conversation, {_TURN} FROM turns t"  # noqa: S608
                " JOIN feedback f ON f.conversation = t.conversation AND f.turn = t.number"
                " ORDER BY f.given_at, t.conversation, t.number"
            ).fetchall()
        return [(row[0], _turn(row[1:])) for row in rows]

    def forget(self, articles: Iterable[str]) -> None:
        """Remove every trace of these articles from the conversations and from the file.

        Answers that depend on them are replaced by a note; others only lose the passages of these articles. An answer
        that was in progress and arrives later is treated the same way.
        """
        removed = frozenset(articles)
        with self._lock:
            with transaction(self._db):
                found = self._mentions_of(removed)
                for conversation in sorted({conversation for conversation, _ in found}):
                    self._forget_in(conversation, removed)
                self._db.execute("DELETE FROM forgotten WHERE at < ?", [(_now() - _LATEST).isoformat()])
                self._db.executemany(
                    "INSERT OR REPLACE INTO forgotten VALUES (?, ?)",
                    [(_hash(article), _now().isoformat()) for article in removed],
                )
            if found:
                # Deleted text is overwritten, but rows that moved may have left copies in unused parts of pages.
                self._db.execute("VACUUM")
            self._wipe()

    # Helpers

    def _title_of(self, user: str, conversation: str) -> str:
        query = "SELECT title FROM conversations WHERE id = ? AND user = ?"
        row = self._db.execute(query, [conversation, user]).fetchone()
        if row is None:
            raise _not_found()
        return str(row[0])

    def _turns_of(self, conversation: str) -> Sequence[KeptTurn]:
        rows = self._db.execute(f"{_TURNS} WHERE t.conversation = ? ORDER BY t.number", [conversation]).fetchall()
        return [_turn(row) for row in rows]

    def _write(self, conversation: str, turn: KeptTurn) -> None:
        """Write a turn, replacing the one with its number if there is one."""
        self._db.execute(
            "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET question = excluded.question,"
            " standalone = excluded.standalone, filters = excluded.filters, answer = excluded.answer",
            [
                conversation,
                turn.number,
                turn.question,
                turn.standalone_question,
                json.dumps(turn.filters, ensure_ascii=False),
                json.dumps(turn.answer, ensure_ascii=False),
                turn.asked_at.isoformat(),
            ],
        )
        self._db.execute("DELETE FROM mentions WHERE conversation = ? AND turn = ?", [conversation, turn.number])
        self._db.executemany(
            "INSERT INTO mentions VALUES (?, ?, ?)",
            [(article, conversation, turn.number) for article in sorted(mentioned(turn.answer))],
        )

    def _mentions_of(self, articles: Iterable[str]) -> set[tuple[str, int]]:
        """Return the conversations and numbers of the turns that cite or have read one of the articles."""
        query = "SELECT conversation, turn FROM mentions WHERE article = ?"
        return {(row[0], row[1]) for article in articles for row in self._db.execute(query, [article])}

    def _forget_in(self, conversation: str, removed: frozenset[str]) -> None:
        before = self._turns_of(conversation)
        after = forget_in(before, removed)
        for old, new in zip(before, after, strict=True):
            if new != old:
                self._write(conversation, new)
            if new.feedback and new.feedback != old.feedback:
                query = "UPDATE feedback SET reason = ? WHERE conversation = ? AND turn = ?"
                self._db.execute(query, [new.feedback.reason, conversation, new.number])
        title = self._db.execute("SELECT title FROM conversations WHERE id = ?", [conversation]).fetchone()[0]
        if Traces(before, removed).are_in(title):
            title = title_of(after[0].question)
            self._db.execute("UPDATE conversations SET title = ? WHERE id = ?", [title, conversation])

    def _forgotten_since(self, turn: KeptTurn) -> frozenset[str]:
        """Return the articles of an answer that have been removed since it was asked for."""
        query = "SELECT 1 FROM forgotten WHERE article = ? AND at >= ?"
        asked_at = turn.asked_at.astimezone(dt.UTC).isoformat()
        return frozenset(
            article
            for article in mentioned(turn.answer)
            if self._db.execute(query, [_hash(article), asked_at]).fetchone()
        )

    def _keep_within_bounds(self, user: str, conversation: str) -> None:
        """Mark the conversation as the last used, and remove what is oldest beyond the limits."""
        conversations, turns, everybodys = self._bounds
        self._db.execute(
            "UPDATE conversations SET updated_at = ?,"
            " updated = (SELECT coalesce(max(updated), 0) + 1 FROM conversations) WHERE id = ?",
            [_now().isoformat(), conversation],
        )
        self._db.execute(
            "DELETE FROM turns WHERE conversation = ? AND number <="
            " (SELECT number FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
            [conversation, conversation, turns],
        )
        self._db.execute(
            "DELETE FROM conversations WHERE id IN"
            " (SELECT id FROM conversations WHERE user = ? ORDER BY updated DESC LIMIT -1 OFFSET ?)",
            [user, conversations],
        )
        self._db.execute(
            "DELETE FROM conversations WHERE id IN"
            " (SELECT id FROM conversations ORDER BY updated DESC LIMIT -1 OFFSET ?)",
            [everybodys],
        )

    def _wipe(self) -> None:
        """Empty the write-ahead log, which still has deleted text. Raises HomeError if another process is reading."""
        if not empty_log(self._db):
            raise HomeError(
                "The deleted text is still in the log of chat.db, because another process is reading it.",
                help="Try again when that process is done.",
            )


def open_history(home: Path) -> History:
    """Open the conversations of a home, whose folder must exist. Raises HomeError."""
    return History(home / "chat.db")


def forget_articles(home: Path, ids: Iterable[str]) -> None:
    """Remove every trace of articles from a home's conversations, if it has any."""
    if (home / "chat.db").exists():
        with contextlib.closing(open_history(home)) as history:
            history.forget(ids)


def _turn(row: Sequence[Any]) -> KeptTurn:
    number, question, standalone, filters, answer, asked_at, good, reason = row
    return KeptTurn(
        number=number,
        question=question,
        standalone_question=standalone,
        filters=json.loads(filters),
        answer=json.loads(answer),
        asked_at=dt.datetime.fromisoformat(asked_at),
        feedback=None if good is None else Feedback(good=bool(good), reason=reason),
    )


def _not_found() -> ConversationNotFoundError:
    return ConversationNotFoundError("There is no such conversation.", help="Choose one from the list.")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _hash(article: str) -> str:
    """Return a hash of an article's id, because the id itself may reveal something."""
    return hashlib.sha256(article.encode()).hexdigest()
