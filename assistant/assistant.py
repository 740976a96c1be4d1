"""The one way to an answer: retrieve, read, check. Command line, REST, chat and evaluation all come through here."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from assistant.answer import Answer
from assistant.citations import Checked, check
from assistant.conversation import Conversation
from assistant.followup import make_standalone
from index.article import normalise
from index.retrieval.retriever import MAX_QUESTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.readers.reader import Draft, Reader
    from index import ArticleIndex, Filters, ScoredPassage

NOT_FOUND = "Not in these articles."


@dataclasses.dataclass(frozen=True, slots=True)
class PassagesEvent:
    """The passages that will be read, best first."""

    standalone_question: str
    passages: tuple[ScoredPassage, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class TextEvent:
    """The next piece of the answer's text, its markers final."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class DoneEvent:
    """The whole, checked answer; always the last event."""

    answer: Answer


Event = PassagesEvent | TextEvent | DoneEvent


@dataclasses.dataclass(frozen=True, slots=True)
class Assistant:
    """Answers questions from a collection through a reader; `evidence` is how many passages it reads."""

    index: ArticleIndex
    reader: Reader
    evidence: int = 8

    def ask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: Conversation | None = None,
        k: int | None = None,
    ) -> Answer:
        """Return the checked answer; one that the collection does not have is an answer, too, with `found` false."""
        *_, last = self.stream(question, filters=filters, conversation=conversation, k=k)
        if not isinstance(last, DoneEvent):
            raise TypeError(f"the last event was {last!r}")
        return last.answer

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: Conversation | None = None,
        k: int | None = None,
    ) -> Iterator[Event]:
        """Yield what is known as soon as it is known: the passages, the text in pieces, then the whole answer.

        `k` is how many passages to read in place of `evidence`. The conversation so far is only read.
        """
        clock = _Clock()
        question = " ".join(normalise(question).split())[:MAX_QUESTION]
        standalone = make_standalone(question, conversation or Conversation())
        passages = tuple(self.index.retrieve(standalone, k=k or self.evidence, filters=filters))
        clock.lap("retrieve")
        yield PassagesEvent(standalone, passages)
        draft = self.reader.read(standalone, passages)
        clock.lap("read")
        checked = check(draft.statements, passages, self.index.article)
        clock.lap("check")
        answer = _compose(
            question=question,
            standalone=standalone,
            draft=draft,
            checked=checked,
            passages=passages,
            reader=self.reader.name,
            timings_ms=clock.laps(),
        )
        yield TextEvent(answer.text)
        yield DoneEvent(answer)


def _compose(
    *,
    question: str,
    standalone: str,
    draft: Draft,
    checked: Checked,
    passages: tuple[ScoredPassage, ...],
    reader: str,
    timings_ms: dict[str, float],
) -> Answer:
    """Put an answer together; one with nothing left to cite is not found."""
    found = draft.found and bool(checked.citations)
    short = draft.short_answer
    return Answer(
        question=question,
        standalone_question=standalone,
        text=checked.text if found else NOT_FOUND,
        short_answer=short.text if found and short else None,
        found=found,
        confidence=draft.confidence,
        statements=checked.statements if found else (),
        citations=checked.citations if found else (),
        passages=passages,
        reader=reader,
        timings_ms=timings_ms,
    )


class _Clock:
    """Milliseconds spent in one stage after the other."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._laps[stage] = 1e3 * (now - self._last)
        self._last = now

    def laps(self) -> dict[str, float]:
        return self._laps | {"total": 1e3 * (self._last - self._began)}
