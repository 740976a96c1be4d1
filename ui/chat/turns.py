"""A question and its answer, as shown in one browser tab."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from ui.conversations.kept import Feedback, KeptConversation, KeptTurn, title_of

if TYPE_CHECKING:
    from assistant import Marker

State = Literal["answered", "running", "stopped", "failed"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWish:
    """A question and its options: `filters` as JSON, whether to read a time in it and its kind, and whether to use the
    earlier turns.
    """

    question: str
    filters: dict[str, Any] = dataclasses.field(default_factory=dict)
    read_times: bool = True
    read_kind: bool = True
    follows: bool = True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChatTurn:
    """A question and its answer as JSON; `number` is its place in the saved conversation, None if it is not saved.

    `text` is the text so far of an incomplete answer, with its `markers`; `message` says why it will never be complete.
    """

    wish: QuestionWish
    state: State = "running"
    answer: dict[str, Any] | None = None
    text: str = ""
    markers: tuple[Marker, ...] = ()
    standalone_question: str | None = None
    passages: int | None = None
    message: str = ""
    number: int | None = None
    replaces: int | None = None
    feedback: Feedback | None = None
    asked_at: dt.datetime = dataclasses.field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def as_kept(self) -> KeptTurn:
        """Return the turn as it is saved; it must have an answer."""
        answer = self.answer or {}
        return KeptTurn(
            question=self.wish.question,
            standalone_question=answer["standalone_question"],
            answer=answer,
            filters=self.wish.filters,
            asked_at=self.asked_at,
            number=self.number or 0,
            feedback=self.feedback,
        )

    @property
    def place(self) -> int | None:
        """The place in the saved conversation that asking again replaces."""
        return self.number or self.replaces


@dataclasses.dataclass(frozen=True, slots=True)
class Chat:
    """The conversation shown to the user; `id` is None until something has been saved."""

    id: str | None = None
    turns: tuple[ChatTurn, ...] = ()

    @classmethod
    def reopened(cls, kept: KeptConversation) -> Chat:
        """Return a saved conversation."""
        turns = tuple(
            ChatTurn(
                wish=QuestionWish(question=turn.question, filters=turn.filters),
                state="answered",
                answer=turn.answer,
                number=turn.number,
                feedback=turn.feedback,
                asked_at=turn.asked_at,
            )
            for turn in kept.turns
        )
        return cls(kept.id, turns)

    @property
    def key(self) -> str:
        """Identifies the state of the conversation, so that late results for an earlier state can be recognised."""
        return f"{self.id}:{self.turns[-1].number}" if self.turns else ""

    def with_turn(self, turn: ChatTurn) -> Chat:
        """Return the conversation with one more turn."""
        return Chat(self.id, (*self.turns, turn))

    def without_last(self) -> Chat:
        """Return the conversation without its last turn."""
        return Chat(self.id, self.turns[:-1])

    def as_kept(self) -> KeptConversation:
        """Return the conversation with the turns that have an answer, for export."""
        turns = tuple(turn.as_kept() for turn in self.turns if turn.answer)
        return KeptConversation(id=self.id or "", title=title_of(turns[0].question) if turns else "", turns=turns)
