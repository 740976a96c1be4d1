"""Answers judged by a language model through LlamaIndex's evaluators; optional, and separate from all other figures.

LlamaIndex takes seconds to import, so this module imports it when it first judges.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING, Any

from assistant.chat_models.chat_model import PromptMessage
from assistant.evaluation.runs.observing import explain
from assistant.evaluation.runs.run import EvaluationFailure
from assistant.support.marker_places import markers_of, without_markers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.chat_models.chat_model import ChatModel
    from assistant.evaluation.sets.question_set import Question

_SCORE = re.compile(r"\s*+(?:\*++\s*+)?(?:score\s*+[:=]\s*+)?([1-5](?:\.\d++)?)(?![\d.]*\d)", re.IGNORECASE)
_LEAST, _MOST = 1.0, 5.0  # of LlamaIndex's scale of correctness
_VERDICT = re.compile(r"\b(yes|no)\b", re.IGNORECASE)
_QUOTED = 120  # characters of a judge's words to quote


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """Scores by metric from 0 to 1, the judge's words by metric, and the failures."""

    scores: dict[str, float]
    told: dict[str, str]
    failures: tuple[EvaluationFailure, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the judgement as plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Judgement:
        """Return the judgement written by `as_json`. Raises TypeError or KeyError for anything else."""
        return cls(**value | {"failures": tuple(EvaluationFailure(**failure) for failure in value["failures"])})


class UnparsableError(ValueError):
    """A judge's reply contains no verdict."""


def needs_judging(question: Question, answer: Mapping[str, Any]) -> bool:
    """Return whether there is anything to judge: an answer, or a gold answer to compare it with."""
    return bool(answer["found"] or (question.answerable and question.answers))


def judge(question: Question, answer: Mapping[str, Any], model: ChatModel) -> Judgement:
    """Judge how correct the answer is against the gold answers, and whether the passages read support all of it.

    Correctness is LlamaIndex's mark from 1 to 5 on a scale from 0 to 1; a question without gold answers gets none. A
    judge that fails or cannot be understood is a failure for the metric, not a low mark.
    """
    scores: dict[str, float] = {}
    words: dict[str, str] = {}
    failures: list[EvaluationFailure] = []
    text = without_markers(answer["text"], markers_of(answer))
    tasks = {}
    if question.answerable and question.answers:
        tasks["judged.correctness"] = functools.partial(_judge_correctness, question, text, model)
    if answer["found"]:
        passages = [passage["text"] for passage in answer["passages"]]
        tasks["judged.faithfulness"] = functools.partial(_judge_faithfulness, text, passages, model)
    for name, task in tasks.items():
        try:
            scores[name], words[name] = task()
        except UnparsableError as error:
            failures.append(EvaluationFailure("judge", "unparsable judge", f"{name}: {error}"))
        except Exception as error:  # a measurement goes on, whatever a judge does
            failure = explain(error, "judge")
            failures.append(dataclasses.replace(failure, reason=f"{name}: {failure.reason}"))
    return Judgement(scores, words, tuple(failures))


def _judge_correctness(question: Question, text: str, model: ChatModel) -> tuple[float, str]:
    from llama_index.core.evaluation import CorrectnessEvaluator

    evaluator = CorrectnessEvaluator(llm=_as_llm(model), parser_function=_parse_mark)
    result = evaluator.evaluate(
        query=question.question, response=text, reference=" or ".join(dict.fromkeys(question.answers))
    )
    if result.score is None:
        raise UnparsableError(f"“{result.feedback or ''}” has no grade from 1 to 5.")
    return (result.score - _LEAST) / (_MOST - _LEAST), result.feedback or ""


def _parse_mark(reply: str) -> tuple[float | None, str]:
    """Return the grade at the start of a judge's reply, and its words, shortened."""
    found = _SCORE.match(reply)
    mark = float(found[1]) if found else None
    return (mark if mark is not None and mark <= _MOST else None), _shorten(reply)


def _judge_faithfulness(text: str, passages: Sequence[str], model: ChatModel) -> tuple[float, str]:
    result = _faithfulness_evaluator()(llm=_as_llm(model)).evaluate(response=text, contexts=passages)
    verdicts = {verdict.lower() for verdict in _VERDICT.findall(result.feedback or "")}
    if len(verdicts) != 1:
        raise UnparsableError(f"“{_shorten(result.feedback or '')}” is neither yes nor no.")
    return float("yes" in verdicts), _shorten(result.feedback or "")


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"


@functools.cache
def _faithfulness_evaluator() -> Any:
    """Return LlamaIndex's evaluator of faithfulness, which takes passages as they are.

    LlamaIndex's own would split them again with NLTK, which refuses to read data files that an installer hard-linked.
    """
    from llama_index.core.evaluation import EvaluationResult, FaithfulnessEvaluator
    from llama_index.core.indices import SummaryIndex
    from llama_index.core.schema import TextNode

    class Evaluator(FaithfulnessEvaluator):
        async def aevaluate(
            self,
            query: str | None = None,
            response: str | None = None,
            contexts: Sequence[str] | None = None,
            sleep_time_in_seconds: int = 0,  # noqa: ARG002 - the base class has it
            **_: Any,
        ) -> EvaluationResult:
            index = SummaryIndex([TextNode(text=context) for context in contexts or ()])
            engine = index.as_query_engine(
                llm=self._llm, text_qa_template=self._eval_template, refine_template=self._refine_template
            )
            reply = str(await engine.aquery(response or ""))
            return EvaluationResult(query=query, response=response, contexts=contexts, feedback=reply)

    return Evaluator


def _as_llm(model: ChatModel) -> Any:
    """Return the model as the LLM that LlamaIndex's evaluators accept; its limits on time and concurrency stay in
    force.
    """
    return _llm_class()(model=model)


@functools.cache
def _llm_class() -> Any:
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
    from pydantic import Field, SkipValidation

    class ChatModelLLM(CustomLLM):
        model: SkipValidation[Any] = Field(exclude=True)

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(
                context_window=self.model.context_window,
                num_output=self.model.max_output,
                model_name=self.model.name,
            )

        def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:  # noqa: ARG002, FBT001, FBT002, RUF100
            pieces = self.model.stream([PromptMessage("user", prompt)])
            return CompletionResponse(text="".join(piece for piece in pieces if isinstance(piece, str)))

        def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:  # noqa: ARG002, FBT001, FBT002, RUF100
            yield self.complete(prompt)

    return ChatModelLLM
