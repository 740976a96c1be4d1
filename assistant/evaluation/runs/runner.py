"""Runs a question set: asks in parallel, keeps every result, resumes after a crash, and computes the figures."""

from __future__ import annotations

import dataclasses
import functools
import os
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.evaluation.figures import statistics
from assistant.evaluation.figures.estimates import break_down, draw_curves, estimate
from assistant.evaluation.figures.scoring import find_warnings, score
from assistant.evaluation.runs.cache import Results
from assistant.evaluation.runs.fingerprints import describe_collection, describe_system, digest, key_gold, key_question
from assistant.evaluation.runs.judging import Judgement, judge, needs_judging
from assistant.evaluation.runs.observing import Observation, observe, timed_out
from assistant.evaluation.runs.pool import work
from assistant.evaluation.runs.run import EvaluationError, EvaluationFailure, Run, Tokens
from assistant.evaluation.sets.resolving import resolve
from index.errors import ArticleNotFoundError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from assistant.assistant import Assistant
    from assistant.chat_models.chat_model import ChatModel
    from assistant.evaluation.runs.run import EvaluationRow, Outcome
    from assistant.evaluation.sets.question_set import Question, QuestionSet
    from assistant.settings import Settings
    from index import ArticleIndex

    OnDone = Callable[[int, int], None]

SEARCH_DEPTH = 50
TIMEOUT = 300.0
_OBSERVED = 1  # the format of kept results; changing it discards them
_Kept = TypeVar("_Kept", Observation, Judgement)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a set is run. `k` is the depth of search in passages; `timeout` is in seconds per question.

    `by` names fields of the questions to break the figures down by, besides `type`. With `retry_failed`, questions that
    failed before are asked again; with `fresh`, all are.
    """

    k: int = SEARCH_DEPTH
    workers: int | None = None
    timeout: float = TIMEOUT
    limit: int | None = None
    seed: int = 0
    resamples: int = statistics.RESAMPLES
    by: tuple[str, ...] = ()
    read_times: bool = True
    retry_failed: bool = False
    fresh: bool = False


def run(
    assistant: Assistant,
    question_set: QuestionSet,
    *,
    options: Options | None = None,
    judge_by: ChatModel | None = None,
    settings: Settings | None = None,
    cache: Path | None = None,
    on_done: OnDone | None = None,
    **given: Any,
) -> Run:
    """Ask every question of a set and return the run; `given` are single fields of Options.

    Results are kept in the folder `cache`, if given, by question, system and collection: repeating the call asks
    nothing twice, even after the process was killed. `settings` are what the assistant was built from, to tell systems
    apart. `on_done` is called with the number of questions done and their number in all. `judge_by` marks answers, too.
    Raises EvaluationError where there is nothing to ask, or `cache` cannot be used.
    """
    options = dataclasses.replace(options or Options(), **given)
    index = assistant.index
    resolved, problems = resolve(question_set, index)
    questions = resolved.questions[: options.limit]
    if not questions:
        raise EvaluationError(f"{question_set.name} has no questions.", help="Give a set with questions.")
    system = describe_system(assistant, settings, read_times=options.read_times)
    collection = describe_collection(index)
    if not collection.size:
        raise EvaluationError("There are no articles to ask.", help="Add some, or name them with --articles.")
    place = (
        cache / "results" / f"{digest([_OBSERVED, system, collection.fingerprint, options.k])}.jsonl" if cache else None
    )
    with Results(place) as results:
        asked = _Asked(assistant, options, results, judge_by, on_done or (lambda _done, _all: None))
        observed = asked.observe(questions)
        judged = asked.judge(questions, observed) if judge_by else {}
    read_text = _text_reader(index)
    rows = score(
        [
            (question, observed[key_question(question)], judged.get(_judging_key(question, judge_by)))
            for question in questions
        ],
        read_text,
    )
    return _summarise(
        rows,
        weights=statistics.resample(len(rows), seed=options.seed, resamples=options.resamples),
        options=options,
        name=question_set.name,
        questions=digest([key_gold(question) for question in questions]),
        collection=collection,
        system=system | ({"judge": judge_by.name} if judge_by else {}),
        warnings=(*(f"{problem.question}: {problem.message}" for problem in problems), *find_warnings(rows, read_text)),
        timings_ms={question.id: observed[key_question(question)].timings_ms for question in questions},
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """Asks and judges what has no kept result."""

    assistant: Assistant
    options: Options
    results: Results
    model: ChatModel | None
    on_done: OnDone

    def observe(self, questions: Sequence[Question]) -> dict[str, Observation]:
        """Return the observations by the questions' keys."""

        def do(item: tuple[str, Question], stopped: threading.Event) -> Observation:
            options = self.options
            return observe(self.assistant, item[1], k=options.k, read_times=options.read_times, stopped=stopped)

        items = {key_question(question): question for question in questions}
        late = timed_out(self.options.timeout)
        return self._do(items, do, Observation, late, len(questions))

    def judge(self, questions: Sequence[Question], observed: Mapping[str, Observation]) -> dict[str, Judgement]:
        """Return the judgements by the keys of judging, of the questions that have something to judge."""

        def do(item: tuple[str, tuple[Question, dict[str, Any]]], _: threading.Event) -> Judgement:
            return judge(*item[1], model) if model else Judgement({}, {})

        model = self.model
        items = {}
        for question in questions:
            answer = observed[key_question(question)].usable_answer
            if answer is not None and needs_judging(question, answer):
                items[_judging_key(question, model)] = (question, answer)
        reason = f"It was not judged within {self.options.timeout:g} s."
        return self._do(
            items, do, Judgement, Judgement({}, {}, (EvaluationFailure("judge", "timeout", reason),)), len(items)
        )

    def _do(
        self,
        items: Mapping[str, Any],
        do: Callable[[tuple[str, Any], threading.Event], _Kept],
        kind: type[_Kept],
        late: _Kept,
        total: int,
    ) -> dict[str, _Kept]:
        """Return the results of all items by key: first those that are kept, then the others as they are done."""
        kept = {key: result for key in items if (result := self._kept(key, kind)) is not None}
        remaining = [(key, item) for key, item in items.items() if key not in kept]
        done = total - len(remaining)
        self.on_done(done, total)
        workers = self.options.workers or os.cpu_count() or 1
        for (key, _), result in work(remaining, do, workers=workers, timeout=self.options.timeout):
            self.results.add(key, (result or late).as_json())
            kept[key] = kind.from_json(self.results[key])
            done += 1
            self.on_done(done, total)
        return kept

    def _kept(self, key: str, kind: type[_Kept]) -> _Kept | None:
        if self.options.fresh or key not in self.results:
            return None
        try:
            result = kind.from_json(self.results[key])
        except (TypeError, KeyError, AttributeError):  # not what we wrote
            return None
        return None if result.failures and self.options.retry_failed else result


def _judging_key(question: Question, model: ChatModel | None) -> str:
    return f"{key_gold(question)}:{model.name if model else ''}"


def _text_reader(index: ArticleIndex) -> Callable[[str], str | None]:
    """Return a function that gives the text of an article, or None if it does not exist."""

    @functools.cache
    def read(id_: str) -> str | None:
        try:
            return index.article(id_).text
        except ArticleNotFoundError:
            return None

    return read


def _summarise(rows: list[EvaluationRow], *, weights: statistics.Weights, options: Options, **known: Any) -> Run:
    metrics = estimate(rows, weights)
    outcomes: dict[Outcome, int] = {}
    for row in sorted(rows, key=lambda row: row.outcome):
        outcomes[row.outcome] = outcomes.get(row.outcome, 0) + 1
    value = dataclasses.asdict(options)
    return Run(
        options={name: value[name] for name in ("k", "timeout", "limit", "seed", "resamples", "read_times")},
        metrics=metrics,
        breakdown=break_down(rows, weights, ("type", *options.by)),
        curves=draw_curves(rows, metrics),
        outcomes=outcomes,
        tokens=_count_tokens(rows),
        rows=tuple(rows),
        **known,
    )


def _count_tokens(rows: Sequence[EvaluationRow]) -> Tokens | None:
    usages = [row.answer["usage"] for row in rows if row.answer and row.answer["usage"]]
    if not usages:
        return None
    costs = [usage["cost"] for usage in usages if usage["cost"] is not None]
    return Tokens(
        answers=len(usages),
        prompt_tokens=sum(usage["prompt_tokens"] for usage in usages),
        completion_tokens=sum(usage["completion_tokens"] for usage in usages),
        cost=round(sum(costs), 6) if costs else None,
    )
