"""The conversation so far; passed in with a question and never stored by the assistant."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """A question rewritten to stand alone, and the text of its answer."""

    question: str
    answer: str


@dataclasses.dataclass(frozen=True, slots=True)
class Conversation:
    """The turns so far, oldest first."""

    turns: tuple[Turn, ...] = ()

    def with_turn(self, question: str, answer: str) -> Conversation:
        """Return the conversation with one more turn."""
        return Conversation((*self.turns, Turn(question, answer)))
