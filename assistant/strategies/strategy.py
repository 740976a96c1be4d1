"""What answers a kind of question in its own way: the interface, and what every strategy works with."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import datetime as dt

    from assistant.conversation import Conversation
    from assistant.readers.reader import Draft
    from index import ArticleIndex, Filters, ScoredPassage


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was understood: it stands alone and has no time phrase left, which is in the filters.

    `as_asked` is what was typed. `k` is how many passages a reader reads.
    """

    question: str
    as_asked: str
    conversation: Conversation
    filters: Filters
    k: int
    today: dt.date


class Search(Protocol):
    """Finds passages, best first, in the reader's order."""

    def __call__(self, query: str, *, k: int = 10, filters: Filters | None = None) -> list[ScoredPassage]:
        """Return up to `k` passages relevant to the query."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sources:
    """The collection, as strategies use it."""

    index: ArticleIndex
    search: Search


class Strategy(Protocol):
    """Answers one kind of question."""

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return a draft whose `evidence` holds the passages of its spans.

        None where the question is of another kind, or where this strategy is not sure of an answer: the next one and,
        last, the reader have their turn, so that a wrong guess costs little.
        """
