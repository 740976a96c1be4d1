"""Kept conversations: their turns as they were asked and answered."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from assistant.conversation import Conversation
from index.errors import DatelineError

REMOVED = "An article that this answer rested on has been removed, and the answer with it."
"""The text that replaces an answer when one of its articles is removed."""

_TITLE = 80  # characters


class ConversationNotFoundError(DatelineError):
    """This user has no conversation with this id, or it has no such turn."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A user's rating of an answer; `reason` is in their own words and may be empty."""

    good: bool
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KeptTurn:
    """A question and its answer as JSON; `number` is its place in the conversation once it is saved."""

    question: str
    standalone_question: str
    answer: dict[str, Any]
    filters: dict[str, Any] = dataclasses.field(default_factory=dict)
    asked_at: dt.datetime = dataclasses.field(default_factory=lambda: dt.datetime.now(dt.UTC))
    number: int = 0
    feedback: Feedback | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConversationInfo:
    """A conversation as shown in a list."""

    id: str
    title: str
    updated_at: dt.datetime
    turns: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KeptConversation:
    """A complete conversation, its oldest turn first."""

    id: str
    title: str
    turns: tuple[KeptTurn, ...]

    def as_asked(self, *, before: int | None = None) -> Conversation:
        """Return what a follow-up may refer to, up to the turn numbered `before`, without removed answers."""
        conversation = Conversation()
        for turn in self.turns:
            if (before is None or turn.number < before) and turn.answer.get("text") != REMOVED:
                text = turn.answer["text"] if turn.answer.get("found") else ""
                conversation = conversation.with_turn(turn.standalone_question, text)
        return conversation


def title_of(question: str) -> str:
    """Return a question, or any title, on one line of bounded length."""
    line = " ".join(question.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"
