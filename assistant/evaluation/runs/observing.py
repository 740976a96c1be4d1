"""Asks one question and records everything that can be measured of it, as plain data for a file."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING, Any

from assistant.ask import Ask
from assistant.chat_models.chat_model import ModelError
from assistant.conversation import Conversation
from assistant.evaluation.runs.run import EvaluationFailure
from assistant.events import DoneEvent

if TYPE_CHECKING:
    import threading

    from assistant.answer import Answer
    from assistant.assistant import Assistant
    from assistant.evaluation.runs.run import FailureStage
    from assistant.evaluation.sets.question_set import Question

_REASON = 300  # characters of a reason


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The result of a question: the answer and the retrieved passages as JSON, None for what failed."""

    answer: dict[str, Any] | None = None
    retrieved: list[dict[str, Any]] | None = None
    timings_ms: dict[str, float] = dataclasses.field(default_factory=dict)
    failures: tuple[EvaluationFailure, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the observation as plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Observation:
        """Return the observation written by `as_json`. Raises TypeError or KeyError for anything else."""
        return cls(**value | {"failures": tuple(EvaluationFailure(**failure) for failure in value["failures"])})

    @property
    def usable_answer(self) -> dict[str, Any] | None:
        """The answer if it may be judged: not one that a fallback reader had to make."""
        return None if any(failure.stage == "answer" for failure in self.failures) else self.answer


def observe(
    assistant: Assistant, question: Question, *, k: int, read_times: bool, stopped: threading.Event
) -> Observation:
    """Search `k` passages deep and ask; whatever goes wrong becomes a failure of the observation.

    A follow-up is searched for in its standalone form. `stopped` ends the work between two events.
    """
    failures: list[EvaluationFailure] = []
    answer: Answer | None = None
    try:
        answer = _ask(_at_day(assistant, question), question, read_times=read_times, stopped=stopped)
    except Exception as error:  # a measurement goes on, whatever a reader does
        failures.append(explain(error, "answer"))
    value = answer.as_json() if answer else None
    timings = value.pop("timings_ms") if value else {}
    if answer and answer.reader not in {assistant.reader.name, "small talk"}:
        failures.append(
            EvaluationFailure("answer", "fell back", _short(answer.notice or f"{answer.reader} answered instead."))
        )
    if value and not _is_finite(value):
        failures.append(EvaluationFailure("answer", "not a number", "The answer has a number that is not finite."))
        value = None
    retrieved = None
    standalone = answer.standalone_question if answer else question.question
    if answer or not (question.history or question.earlier):
        try:
            began = time.perf_counter()
            retrieved = _search(assistant, standalone, question, k)
            timings = {"search": 1e3 * (time.perf_counter() - began)} | timings
        except Exception as error:
            failures.append(explain(error, "search"))
    else:
        failures.append(
            EvaluationFailure("search", "crash", "The follow-up could not be rewritten as a complete question.")
        )
    if retrieved and not _is_finite(retrieved):
        failures.append(EvaluationFailure("search", "not a number", "A passage's score is NaN or infinite."))
        retrieved = None
    timings = {stage: round(spent, 1) for stage, spent in timings.items()}
    return Observation(answer=value, retrieved=retrieved, timings_ms=timings, failures=tuple(failures))


def explain(error: Exception, stage: FailureStage) -> EvaluationFailure:
    """Return the failure that describes an exception."""
    if isinstance(error, ModelError):
        return EvaluationFailure(stage, "model", _short(f"{error.reason}: {error}"))
    return EvaluationFailure(stage, "crash", _short(f"{type(error).__name__}: {error}"))


def timed_out(seconds: float) -> Observation:
    """Return the observation of a question that took too long."""
    reason = f"It was not answered within {seconds:g} s."
    return Observation(
        failures=(EvaluationFailure("search", "timeout", reason), EvaluationFailure("answer", "timeout", reason))
    )


def _ask(assistant: Assistant, question: Question, *, read_times: bool, stopped: threading.Event) -> Answer:
    conversation = Conversation(question.history)
    for earlier in question.earlier:
        answer = _stream(assistant, question, earlier, conversation, read_times=read_times, stopped=stopped)
        conversation = conversation.with_turn(earlier, answer.text)
    return _stream(assistant, question, question.question, conversation, read_times=read_times, stopped=stopped)


def _stream(
    assistant: Assistant,
    question: Question,
    text: str,
    conversation: Conversation,
    *,
    read_times: bool,
    stopped: threading.Event,
) -> Answer:
    ask = Ask(text, conversation=conversation, filters=question.filters, read_times=read_times)
    for event in assistant.stream(ask):
        if isinstance(event, DoneEvent):
            return event.answer
        if stopped.is_set():
            raise TimeoutError("stopped")
    raise TypeError("the events ended without an answer")


def _at_day(assistant: Assistant, question: Question) -> Assistant:
    """Return the assistant with the clock set to the day of the question."""
    if question.as_of is None:
        return assistant
    day = question.as_of
    reader: Any = assistant.reader
    if dataclasses.is_dataclass(reader) and "today" in {field.name for field in dataclasses.fields(reader)}:
        reader = dataclasses.replace(reader, today=lambda: day)  # type: ignore[type-var]
    return dataclasses.replace(assistant, reader=reader, today=lambda: day)


def _search(assistant: Assistant, standalone: str, question: Question, k: int) -> list[dict[str, Any]]:
    return [
        {
            "id": scored.passage.id,
            "article_id": scored.passage.article_id,
            "start": scored.passage.start,
            "end": scored.passage.end,
            "score": round(scored.score, 4),
            "rank": scored.rank,
        }
        for scored in assistant.search(standalone, k=k, filters=question.filters)
    ]


def _is_finite(value: Any) -> bool:
    """Return whether every number in plain values is finite."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_finite(each) for each in value.values())
    return not isinstance(value, list | tuple) or all(_is_finite(each) for each in value)


def _short(reason: str) -> str:
    return " ".join(reason.split())[:_REASON]
