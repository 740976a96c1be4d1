"""Turns the messages of a chat into a question and the conversation before it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

from assistant import Conversation
from assistant.assistant import NOT_FOUND
from assistant.understanding.followup import make_standalone
from assistant.understanding.small_talk import reply_to_small_talk
from index.article import normalise
from index.retrieval.retriever import MAX_QUESTION

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTE = "\n\nNote: "
"""The beginning of a notice after an answer; it is removed when the answer comes back as history."""
STARTS_AGAIN = "\n\n---\n\nThe language model failed midway. The answer starts again:\n\n"
"""What separates discarded text from the answer, because text that has been sent cannot be taken back."""

_TURNS = 10
_LONGEST_ANSWER = 4000  # characters


class ChatMessageLike(Protocol):
    """One message of a chat, in whatever format it came; only the roles `user` and `assistant` are read."""

    @property
    def role(self) -> str:
        """Who wrote it."""

    @property
    def text(self) -> str:
        """What they wrote."""


def read_messages(messages: Sequence[ChatMessageLike]) -> tuple[str, Conversation]:
    """Return the question, which is the last user message with text, and the newest turns before it.

    Each turn's question is rewritten to stand alone, as if the turns had been asked here one after the other.
    """
    asked = [index for index, message in enumerate(messages) if message.role == "user" and message.text.strip()]
    conversation = Conversation()
    for begin, end in itertools.pairwise(asked[-_TURNS - 1 :]):
        question = " ".join(normalise(messages[begin].text).split())[:MAX_QUESTION]
        if reply_to_small_talk(question) is None:
            answer = "\n".join(message.text for message in messages[begin:end] if message.role == "assistant")
            conversation = conversation.with_turn(make_standalone(question, conversation), _bare(answer))
    return messages[asked[-1]].text, conversation


def _bare(answer: str) -> str:
    """Return an answer without notices; empty if nothing was found."""
    answer = answer.rpartition(STARTS_AGAIN)[2].partition(NOTE)[0].strip()
    return "" if answer == NOT_FOUND else normalise(answer)[:_LONGEST_ANSWER]
