"""Runs question sets in the background over the collection of a server, one at a time and with low priority."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import logging
import secrets
import threading
from typing import TYPE_CHECKING

from assistant.evaluation.runs.runner import TIMEOUT, run
from index.errors import DatelineError
from ui.service.background import BackgroundQueue, TaskCancelledError
from ui.service.error_codes import describe
from ui.service.errors import BusyError, EvaluationNotFoundError
from ui.service.evaluation_store import SAMPLES, Evaluation, EvaluationStore, mentioned, sample_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant import Assistant
    from assistant.ask import ReaderName
    from assistant.evaluation.runs.run import Run
    from assistant.evaluation.sets.question_set import QuestionSet
    from assistant.settings import Settings
    from index import ArticleIndex
    from ui.service.background import TaskStatus

_WAITING = 20
_KEPT = 100
_RETRY_AFTER = 60  # seconds
_STOP = 3.0  # seconds to wait for the current question when the server stops
_WITH_MODEL = 2  # questions at a time with a language model; without one it is one, because the work is done here

_log = logging.getLogger("dateline.evaluations")


class _EvaluationTask:
    """A waiting or running evaluation."""

    def __init__(self, id_: str, question_set: QuestionSet, limit: int | None) -> None:
        self.id = id_
        self.question_set = question_set
        self.limit = limit
        self.is_cancelled = False


class Evaluations:
    """Runs question sets one after the other in its own thread, and keeps the results; thread-safe.

    `index` and `assistant` return what is open, or raise NotReadyError. The last 100 finished evaluations are kept.
    When an article is removed, evaluations that mention it keep only their figures.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        index: Callable[[], ArticleIndex],
        assistant: Callable[[ReaderName], Assistant],
    ) -> None:
        self._settings = settings
        self._index = index
        self._assistant = assistant
        self._store = EvaluationStore(settings.home)
        self._known: dict[str, Evaluation] = {}  # oldest first
        self._unfinished: dict[str, _EvaluationTask] = {}
        self._queue: BackgroundQueue[_EvaluationTask] = BackgroundQueue(
            self._work, name="evaluations", waiting=_WAITING
        )
        self._removed: set[str] = set()  # articles removed since the running evaluation began
        self._lock = threading.RLock()
        self._is_loaded = False

    # Reading

    def all(self) -> list[Evaluation]:
        """Return all evaluations, the newest first. Raises NotReadyError, as all methods here do."""
        with self._open():
            return list(reversed(self._known.values()))

    def get(self, id_: str) -> Evaluation:
        """Return an evaluation as it stands. Raises EvaluationNotFoundError."""
        with self._open():
            if id_ not in self._known:
                raise EvaluationNotFoundError.of(id_)
            return self._known[id_]

    def run_of(self, id_: str) -> Run:
        """Return the questions and answers of an evaluation.

        Raises EvaluationNotFoundError, and EvaluationNotDoneError if they are not available yet or no longer.
        """
        self.get(id_)
        return self._store.read_run(id_)

    def set_names(self) -> list[str]:
        """Return the names of the question sets that can be run; the samples only if their articles are there."""
        with self._open():
            names = self._store.set_names()
            has_samples = sample_articles() <= {article.id for article in self._index().articles()}
        return [*([SAMPLES] if has_samples else []), *names]

    # Changing

    def submit(
        self,
        question_set: QuestionSet,
        *,
        keep_as: str | None = None,
        limit: int | None = None,
        baseline: str | None = None,
        reader: ReaderName = "dateline",
        owner: str = "",
    ) -> Evaluation:
        """Queue a question set for an owner, and save it under a name if one is given.

        Raises BusyError if too many are waiting, EvaluationNotFoundError for an unknown baseline, and BadNameError.
        """
        self._assistant(reader)
        with self._open():
            advice = "Wait until one has ended, or cancel one."
            busy = BusyError(f"{_WAITING} evaluations are already waiting.", retry_after=_RETRY_AFTER, help=advice)
            self._queue.require_room(busy)
            if baseline is not None:
                self.get(baseline)
            if keep_as is not None:
                self._store.keep_set(keep_as, question_set)
            evaluation = Evaluation(
                id=secrets.token_hex(8),
                name=question_set.name,
                reader=reader,
                owner=owner,
                baseline=baseline,
                total=len(question_set.questions[:limit]),
            )
            self._keep(evaluation)
            task = self._unfinished[evaluation.id] = _EvaluationTask(evaluation.id, question_set, limit)
            self._queue.put(task)
            return evaluation

    def set_named(self, name: str) -> QuestionSet:
        """Return a kept question set. Raises QuestionSetNotFoundError."""
        return self._store.read_set(name)

    def keep_set(self, question_set: QuestionSet) -> None:
        """Save a question set under its name. Raises BadNameError."""
        with self._open():
            self._store.keep_set(question_set.name, question_set)

    def remove_set(self, name: str) -> None:
        """Remove a kept question set. Raises QuestionSetNotFoundError."""
        with self._open():
            self._store.remove_set(name)

    def cancel(self, id_: str) -> Evaluation:
        """Cancel an evaluation: at once if it is waiting, else after its current question. Raises
        EvaluationNotFoundError.
        """
        with self._open():
            evaluation = self.get(id_)
            self._stop(id_)
            return evaluation if evaluation.has_ended else self._end(evaluation, "cancelled")

    def remove(self, id_: str) -> None:
        """Cancel an evaluation and remove its results. Raises EvaluationNotFoundError."""
        with self._open():
            self.cancel(id_)
            del self._known[id_]
            self._store.remove(id_)

    def forget(self, articles: Sequence[str]) -> None:
        """Delete every text of removed articles."""
        with self._lock:
            self._removed.update(articles)
            for id_ in self._store.forget(articles):
                if id_ in self._known:
                    self._keep(dataclasses.replace(self._known[id_], is_whole=False))

    def close(self) -> None:
        """Cancel all waiting and running evaluations, and accept no more."""
        with self._lock:
            self._queue.close()
            for id_ in list(self._unfinished):
                self._stop(id_)
            for evaluation in list(self._known.values()):
                if not evaluation.has_ended:
                    self._end(evaluation, "cancelled")
        self._queue.join(_STOP)  # a language model may still be writing, which does no harm

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        """Lock the evaluations. Raises NotReadyError while the collection is not open."""
        self._index()
        with self._lock:
            if not self._is_loaded:
                for evaluation in self._store.load():
                    self._known[evaluation.id] = evaluation
                self._is_loaded = True
            yield

    def _keep(self, evaluation: Evaluation) -> None:
        """Save the state of an evaluation, and remove the oldest finished ones."""
        self._known[evaluation.id] = evaluation
        self._store.write(evaluation)
        ended = [id_ for id_, known in self._known.items() if known.has_ended]
        for id_ in ended[: max(0, len(ended) - _KEPT)]:
            del self._known[id_]
            self._store.remove(id_)

    def _stop(self, id_: str) -> None:
        """Keep a waiting evaluation from starting, and let a running one end after its current question."""
        if task := self._unfinished.pop(id_, None):
            task.is_cancelled = True
            self._queue.withdraw(task)

    def _end(self, evaluation: Evaluation, status: TaskStatus, error: BaseException | None = None) -> Evaluation:
        described = describe(error)._asdict() if error else None
        ended = dataclasses.replace(evaluation, status=status, error=described, ended_at=dt.datetime.now(dt.UTC))
        self._keep(ended)
        return ended

    # In the worker's thread

    def _work(self, task: _EvaluationTask) -> None:
        try:
            self._begin(task)
            self._finish(task, self._run(task))
        except TaskCancelledError:
            pass
        except Exception as error:
            if not isinstance(error, DatelineError):
                _log.error("an evaluation failed", exc_info=error)
            self._fail(task, error)
        finally:
            with self._lock:
                self._unfinished.pop(task.id, None)

    def _begin(self, task: _EvaluationTask) -> None:
        """Record that a task is running. Raises TaskCancelledError if it was cancelled."""
        with self._lock:
            if task.is_cancelled:
                raise TaskCancelledError
            self._removed.clear()
            self._keep(dataclasses.replace(self._known[task.id], status="running"))

    def _run(self, task: _EvaluationTask) -> Run:
        reader = self._known[task.id].reader
        assistant = self._assistant(reader)
        settings = self._settings
        if reader == "dateline-extractive":
            settings = settings.model_copy(update={"llm": "none"})
        return run(
            assistant,
            task.question_set,
            settings=settings,
            workers=min(_WITH_MODEL, settings.llm_at_once) if assistant.uses_model else 1,
            timeout=TIMEOUT,
            limit=task.limit,
            on_done=lambda done, total: self._show(task, done, total),
        )

    def _show(self, task: _EvaluationTask, done: int, total: int) -> None:
        """Record the progress of a task. Raises TaskCancelledError if it was cancelled."""
        with self._lock:
            if task.is_cancelled:
                raise TaskCancelledError
            self._known[task.id] = dataclasses.replace(self._known[task.id], done=done, total=total)

    def _finish(self, task: _EvaluationTask, made: Run) -> None:
        """Save the results of a task, unless it was cancelled; only the figures if an article that it read was
        removed.
        """
        with self._lock:
            if task.is_cancelled:
                return
            is_whole = self._removed.isdisjoint(mentioned(made))
            if is_whole:
                self._store.write_run(task.id, made)
            summary = made.summary_json()
            known = dataclasses.replace(
                self._known[task.id],
                metrics=summary["metrics"],
                outcomes=summary["outcomes"],
                failed=made.failed,
                is_whole=is_whole,
            )
            self._end(known, "done")

    def _fail(self, task: _EvaluationTask, error: Exception) -> None:
        with self._lock:
            if not task.is_cancelled:
                self._store.remove(task.id)  # any questions and answers saved so far
                self._end(self._known[task.id], "failed", error)
