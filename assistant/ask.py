"""A question with all that bears on its answer, as every surface passes it on."""

from __future__ import annotations

import dataclasses
from typing import Literal

from assistant.conversation import Conversation
from index.filters import Filters

ReaderName = Literal["dateline", "dateline-extractive"]
"""How a caller chooses the reader: the configured one, or the one without a language model."""

READERS: tuple[ReaderName, ...] = ("dateline", "dateline-extractive")


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """One question, the conversation before it, the articles it is asked of, and the options of its answer."""

    question: str
    _: dataclasses.KW_ONLY
    conversation: Conversation = dataclasses.field(default_factory=Conversation)
    filters: Filters = dataclasses.field(default_factory=Filters)
    k: int | None = None
    """How many passages are read; None for as many as the assistant is set to read."""
    read_times: bool = True
    """Whether a time in the question becomes a filter; false where the user has taken it away."""
    read_kind: bool = True
    """Whether the kind of question is read from its form; false answers it as a question after a single fact."""
    reader: ReaderName = "dateline"
    """Which assistant answers, where there are several, as in a server; an assistant itself has only one reader."""


OPTIONS = tuple(
    field.name for field in dataclasses.fields(Ask) if field.name not in {"question", "conversation", "filters"}
)
"""The fields that are plain values: REST takes them, and its client sends them, by these names."""
