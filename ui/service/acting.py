"""The service on behalf of one visitor: the one place that enforces roles, ownership and quotas and writes the audit
log.

REST, /v1 and the page all use it; none of them decides by itself who may do what.
"""

from __future__ import annotations

import contextlib
import importlib.resources
from typing import TYPE_CHECKING

from assistant.evaluation.figures.compare import compare
from assistant.evaluation.report.html import render_report
from index import Article
from index.sources import load
from ui.access.audit import listed_ids
from ui.access.visitor import Role, Visitor, visitor_in
from ui.service.errors import EvaluationNotFoundError, JobNotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, MutableMapping, Sequence
    from concurrent.futures import Future
    from typing import Any

    from assistant import Ask, Event
    from assistant.ask import ReaderName
    from assistant.evaluation.runs.run import Run
    from assistant.evaluation.sets.question_set import QuestionSet
    from index import Filters, ScoredPassage
    from ui.access.access import Access
    from ui.service.evaluation_store import Evaluation
    from ui.service.jobs import Job
    from ui.service.service import Service
    from ui.service.uploads import SourceToAdd
    from ui.service.watches import Watch


class Acting:
    """The service on behalf of one visitor. Every method raises ForbiddenError if their role does not allow it."""

    def __init__(self, service: Service, access: Access, visitor: Visitor) -> None:
        self.visitor = visitor
        self._service = service
        self._access = access

    @property
    def may_change(self) -> bool:
        """Whether they may add and remove articles."""
        return self.visitor.may(Role.EDITOR)

    # Questions

    def stream(self, ask: Ask) -> AsyncGenerator[Event, None]:
        """Answer a question as `Service.stream` does. Raises QuotaError."""
        self._access.quota.spend(self.visitor.id)
        return self._service.stream(ask, client=self.visitor.id)

    async def search(self, query: str, *, k: int, filters: Filters) -> tuple[list[ScoredPassage], float]:
        """Search as `Service.search` does."""
        return await self._service.search(query, k=k, filters=filters, client=self.visitor.id)

    # Articles

    def require_change(self) -> None:
        """Raise ForbiddenError if they may not add articles, before anything is read."""
        self.visitor.require(Role.EDITOR, "add or remove articles")

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles as `Service.remove` does."""
        self.require_change()
        self._service.remove(ids)
        self._note("articles removed", **listed_ids(tuple(ids)))

    def add(self, sources: Sequence[SourceToAdd], *, on_end: Callable[[], None] | None = None) -> Job:
        """Queue sources to be read and added as `Jobs.submit` does."""
        try:
            self.require_change()
        except BaseException:
            if on_end:
                on_end()
            raise
        job = self._service.jobs.submit(sources, on_end=on_end, owner=self.visitor.id)
        with contextlib.suppress(JobNotFoundError):
            self._service.jobs.ended(job.id).add_done_callback(self._note_added)
        return job

    def add_samples(self) -> None:
        """Add the sample collection; safe to repeat, but slow. Raises NotReadyError."""
        self.require_change()
        path = importlib.resources.files("index.samples") / "articles.jsonl"
        made = self._service.index.add(item for item in load(str(path)) if isinstance(item, Article))
        self._note("articles added", **listed_ids(made.added))

    def _note_added(self, ended: Future[Job]) -> None:
        job = ended.result()
        for action, ids in (("articles added", job.report.added), ("articles replaced", job.report.replaced)):
            if ids:
                self._note(action, job=job.id, **listed_ids(ids))

    # Additions: their own; for admins, everybody's

    def jobs(self) -> list[Job]:
        """Return the additions, the newest first."""
        return [job for job in self._service.jobs.list() if self.visitor.owns(job.owner)]

    def job(self, id_: str) -> Job:
        """Return an addition as it stands. Raises JobNotFoundError."""
        job = self._service.jobs.get(id_)
        if not self.visitor.owns(job.owner):
            raise JobNotFoundError.of(id_)
        return job

    def cancel_job(self, id_: str) -> Job:
        """Cancel an addition as `Jobs.cancel` does."""
        if not self.job(id_).has_ended:
            self._note("job cancelled", job=id_)
        return self._service.jobs.cancel(id_)

    # Watched addresses, which all users share

    def watches(self) -> list[Watch]:
        """Return the addresses that are watched."""
        return self._service.watches.list()

    def watch(self, url: str, every: int) -> Watch:
        """Watch an address as `Watches.add` does."""
        self.require_change()
        made = self._service.watches.add(url, every, owner=self.visitor.id)
        self._note("address watched", watch=made.id)
        return made

    def unwatch(self, id_: str) -> None:
        """Watch an address no longer, as `Watches.remove` does."""
        self.require_change()
        self._service.watches.remove(id_)
        self._note("address no longer watched", watch=id_)

    # Evaluations: their own; for admins, everybody's

    def evaluations(self) -> list[Evaluation]:
        """Return the evaluations, the newest first."""
        return [evaluation for evaluation in self._service.evaluations.all() if self.visitor.owns(evaluation.owner)]

    def evaluation(self, id_: str) -> Evaluation:
        """Return an evaluation as it stands. Raises EvaluationNotFoundError."""
        found = self._service.evaluations.get(id_)
        if not self.visitor.owns(found.owner):
            raise EvaluationNotFoundError.of(id_)
        return found

    def run_of(self, id_: str) -> Run:
        """Return the questions and answers of an evaluation, as `Evaluations.run_of` does."""
        self.evaluation(id_)
        return self._service.evaluations.run_of(id_)

    def baseline_of(self, evaluation: Evaluation, asked: str | None = None) -> str | None:
        """Return the id of the baseline: the requested one, else the one it was started with if that is complete."""
        if asked is not None or evaluation.baseline is None:
            return asked
        whole = {known.id for known in self.evaluations() if known.is_whole}
        return evaluation.baseline if evaluation.baseline in whole else None

    def report(self, id_: str, *, baseline: str | None = None) -> str:
        """Return the report of an evaluation as HTML, compared with another one or the one it was started with.

        Raises EvaluationNotFoundError, and EvaluationNotDoneError if one of the two is not complete.
        """
        run = self.run_of(id_)
        other = self.baseline_of(self.evaluation(id_), baseline)
        before = self.run_of(other) if other else None
        return render_report(run, compare(before, run) if before else None, baseline=before)

    def evaluate(
        self,
        question_set: QuestionSet,
        *,
        keep_as: str | None = None,
        limit: int | None = None,
        baseline: str | None = None,
        reader: ReaderName = "dateline",
    ) -> Evaluation:
        """Queue a question set as `Evaluations.submit` does. Raises QuotaError if too few questions are left today."""
        if baseline is not None:
            self.evaluation(baseline)
        if keep_as is not None:
            self._require_set(keep_as)
        self._access.quota.spend(self.visitor.id, len(question_set.questions[:limit]))
        started = self._service.evaluations.submit(
            question_set, keep_as=keep_as, limit=limit, baseline=baseline, reader=reader, owner=self.visitor.id
        )
        self._note("evaluation started", evaluation=started.id, questions=started.total)
        return started

    def cancel_evaluation(self, id_: str) -> Evaluation:
        """Cancel an evaluation as `Evaluations.cancel` does."""
        self.evaluation(id_)
        return self._service.evaluations.cancel(id_)

    def remove_evaluation(self, id_: str) -> None:
        """Remove an evaluation as `Evaluations.remove` does."""
        self.evaluation(id_)
        self._service.evaluations.remove(id_)
        self._note("evaluation removed", evaluation=id_)

    # Question sets, which all users share

    def set_names(self) -> list[str]:
        """Return the names of the question sets that can be run."""
        return self._service.evaluations.set_names()

    def keep_set(self, question_set: QuestionSet) -> None:
        """Keep a question set as `Evaluations.keep_set` does; replacing one requires an editor."""
        self._require_set(question_set.name)
        self._service.evaluations.keep_set(question_set)

    def remove_set(self, name: str) -> None:
        """Remove a question set as `Evaluations.remove_set` does."""
        self._require_set(name)
        self._service.evaluations.remove_set(name)

    def _require_set(self, name: str) -> None:
        if name in self.set_names():
            self.visitor.require(Role.EDITOR, "replace or remove a question set that others may use")

    def _note(self, action: str, **about: Any) -> None:
        self._access.audit.record_by(self.visitor, action, **about)


def acting_in(scope: MutableMapping[str, Any], service: Service) -> Acting:
    """Return the service on behalf of the visitor of a request."""
    return Acting(service, service.access, visitor_in(scope))
