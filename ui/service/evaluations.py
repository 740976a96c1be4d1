"""Question sets run in the background over the collection of a server: one at a time, and little of its time."""

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
    from ui.service.evaluation_store import Status

_WAITING = 20
_KEPT = 100
_RETRY_AFTER = 60  # seconds
_STOP = 3.0  # seconds for a question that is being answered when the server stops
_WITH_MODEL = 2  # questions at a time; without a language model it is one, for the work is done here

_log = logging.getLogger("dateline.evaluations")


class _EvaluationTask:
    """An evaluation that waits or runs."""

    def __init__(self, id_: str, question_set: QuestionSet, limit: int | None) -> None:
        self.id = id_
        self.question_set = question_set
        self.limit = limit
        self.is_cancelled = False


class Evaluations:
    """Runs question sets one after the other in a thread of its own, and keeps what became of them; for any thread.

    `index` and `assistant` return what is open, or raise NotReadyError.
    The last 100 that have ended are kept. What an article's removal leaves of one is its figures.
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
        self._removed: set[str] = set()  # articles, since the one that runs began
        self._lock = threading.RLock()
        self._is_loaded = False

    # What there is

    def all(self) -> list[Evaluation]:
        """Return all that are known, the newest first. Raises NotReadyError as all else here does."""
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

        Raises EvaluationNotFoundError, and EvaluationNotDoneError where they are not there yet or not any more.
        """
        self.get(id_)
        return self._store.read_run(id_)

    def set_names(self) -> list[str]:
        """Return the names of the question sets that can be run; the samples' only where their articles are there."""
        with self._open():
            names = self._store.set_names()
            has_samples = sample_articles() <= {one.id for one in self._index().articles()}
        return [*([SAMPLES] if has_samples else []), *names]

    # What is to be done

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
        """Queue a question set of an owner, and keep it under a name if it is given one.

        Raises BusyError where too many wait, EvaluationNotFoundError for a baseline that is not known, and
        BadNameError.
        """
        self._assistant(reader)
        with self._open():
            advice = "Wait until one has ended, or cancel one."
            busy = BusyError(f"{_WAITING} evaluations wait already.", retry_after=_RETRY_AFTER, help=advice)
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
        """Keep a question set under its name. Raises BadNameError."""
        with self._open():
            self._store.keep_set(question_set.name, question_set)

    def remove_set(self, name: str) -> None:
        """Remove a kept question set. Raises QuestionSetNotFoundError."""
        with self._open():
            self._store.remove_set(name)

    def cancel(self, id_: str) -> Evaluation:
        """End an evaluation: at once where it waits, else after its question. Raises EvaluationNotFoundError."""
        with self._open():
            evaluation = self.get(id_)
            self._stop(id_)
            return evaluation if evaluation.has_ended else self._end(evaluation, "cancelled")

    def remove(self, id_: str) -> None:
        """End an evaluation and remove all that is kept of it. Raises EvaluationNotFoundError."""
        with self._open():
            self.cancel(id_)
            del self._known[id_]
            self._store.remove(id_)

    def forget(self, articles: Sequence[str]) -> None:
        """Remove every text of articles that have been removed."""
        with self._lock:
            self._removed.update(articles)
            for id_ in self._store.forget(articles):
                if id_ in self._known:
                    self._keep(dataclasses.replace(self._known[id_], is_whole=False))

    def close(self) -> None:
        """End all that waits or runs; none is taken any more."""
        with self._lock:
            self._queue.close()
            for id_ in list(self._unfinished):
                self._stop(id_)
            for evaluation in list(self._known.values()):
                if not evaluation.has_ended:
                    self._end(evaluation, "cancelled")
        self._queue.join(_STOP)  # a language model may still be thinking, which does no harm

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        """Have what is kept to oneself. Raises NotReadyError while the collection is not open."""
        self._index()
        with self._lock:
            if not self._is_loaded:
                for evaluation in self._store.load():
                    self._known[evaluation.id] = evaluation
                self._is_loaded = True
            yield

    def _keep(self, evaluation: Evaluation) -> None:
        """Note what an evaluation stands at, and forget the oldest that have ended."""
        self._known[evaluation.id] = evaluation
        self._store.write(evaluation)
        ended = [id_ for id_, one in self._known.items() if one.has_ended]
        for id_ in ended[: max(0, len(ended) - _KEPT)]:
            del self._known[id_]
            self._store.remove(id_)

    def _stop(self, id_: str) -> None:
        """Let an evaluation that waits not begin, and one that runs end after its question."""
        if task := self._unfinished.pop(id_, None):
            task.is_cancelled = True
            self._queue.withdraw(task)

    def _end(self, evaluation: Evaluation, status: Status, error: BaseException | None = None) -> Evaluation:
        told = describe(error)._asdict() if error else None
        ended = dataclasses.replace(evaluation, status=status, error=told, ended_at=dt.datetime.now(dt.UTC))
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
        """Note that a task runs. Raises TaskCancelledError where it is to end."""
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
        """Note how far a task is. Raises TaskCancelledError where it is to end."""
        with self._lock:
            if task.is_cancelled:
                raise TaskCancelledError
            self._known[task.id] = dataclasses.replace(self._known[task.id], done=done, total=total)

    def _finish(self, task: _EvaluationTask, made: Run) -> None:
        """Keep what a task has brought, unless it has been cancelled or an article was removed that it has read."""
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
                self._store.remove(task.id)  # what there may be of its questions and answers
                self._end(self._known[task.id], "failed", error)
