"""A question and what became of it, as one browser tab has it before it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from ui.conversations.kept import Feedback, KeptConversation, KeptTurn, title_of

if TYPE_CHECKING:
    from assistant import Marker

State = Literal["answered", "running", "stopped", "failed"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked, and how: `filters` as JSON, whether a time in it counts, and whether what was said before does."""

    question: str
    filters: dict[str, Any] = dataclasses.field(default_factory=dict)
    read_times: bool = True
    follows: bool = True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChatTurn:
    """A wish and its answer as JSON; `number` is its place in the conversation that is kept, None if it is not.

    `text` is what has been written of an answer that is not complete, `markers` are those in it; `message` says why it
    never will be.
    """

    wish: Wish
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
        """Return the turn as history keeps it; it must have an answer."""
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
        """The place in the kept conversation that asking again is to take."""
        return self.number or self.replaces


@dataclasses.dataclass(frozen=True, slots=True)
class Chat:
    """The conversation before the reader; `id` is None until there is something to keep."""

    id: str | None = None
    turns: tuple[ChatTurn, ...] = ()

    @classmethod
    def reopened(cls, kept: KeptConversation) -> Chat:
        """Return a conversation as it was kept."""
        turns = tuple(
            ChatTurn(
                wish=Wish(question=turn.question, filters=turn.filters),
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
        """A name for how far the conversation has come, so that what comes late can be told from what belongs here."""
        return f"{self.id}:{self.turns[-1].number}" if self.turns else ""

    def with_turn(self, turn: ChatTurn) -> Chat:
        """Return the conversation with one more turn."""
        return Chat(self.id, (*self.turns, turn))

    def without_last(self) -> Chat:
        """Return the conversation without its last turn."""
        return Chat(self.id, self.turns[:-1])

    def as_kept(self) -> KeptConversation:
        """Return the conversation with the turns that have an answer, as it is taken away."""
        turns = tuple(turn.as_kept() for turn in self.turns if turn.answer)
        return KeptConversation(id=self.id or "", title=title_of(turns[0].question) if turns else "", turns=turns)
