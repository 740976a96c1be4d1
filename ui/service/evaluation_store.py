"""Evaluations and question sets in the home, and what remains of them when articles are removed."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import hashlib
import importlib.resources
import json
import logging
import re
import shutil
from typing import TYPE_CHECKING, Any

from assistant import sources_json
from assistant.errors import QuestionSetError
from assistant.evaluation.runs.run import EvaluationError, read_run, write_run
from assistant.evaluation.sets.question_set import load_question_set
from ui.service.background import ENDED, TaskStatus
from ui.service.errors import BadNameError, EvaluationNotDoneError, QuestionSetNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from assistant.ask import ReaderName
    from assistant.evaluation.runs.run import Run
    from assistant.evaluation.sets.question_set import Question, QuestionSet

SAMPLES = "samples"
"""The name of the question set that comes with the sample collection."""
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,78}[A-Za-z0-9])?")
"""Valid names of question sets."""

_ID = re.compile(r"[0-9a-f]{16}")
_log = logging.getLogger("dateline.evaluations")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The state of an evaluation; `done` of `total` questions have been asked.

    `metrics` and `outcomes` are set once it is done. `is_whole` says whether its questions and answers are still kept:
    they are removed with any article that they mention. `error` is a failure as REST shows it. `owner` is who started
    it, empty for evaluations from before owners were recorded.
    """

    id: str
    name: str
    reader: ReaderName
    owner: str = ""
    status: TaskStatus = "queued"
    baseline: str | None = None
    done: int = 0
    total: int = 0
    created_at: dt.datetime = dataclasses.field(default_factory=lambda: dt.datetime.now(dt.UTC))
    ended_at: dt.datetime | None = None
    error: Mapping[str, str | None] | None = None
    metrics: Mapping[str, Mapping[str, Any]] | None = None
    outcomes: Mapping[str, int] | None = None
    failed: int = 0
    is_whole: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ENDED

    def as_json(self) -> dict[str, Any]:
        """Return the evaluation as plain values."""
        return dataclasses.asdict(self) | {
            "created_at": self.created_at.isoformat(timespec="milliseconds"),
            "ended_at": self.ended_at.isoformat(timespec="milliseconds") if self.ended_at else None,
        }


class EvaluationStore:
    """The folder of a home's evaluations; one thread at a time may change it."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "evaluations"
        self._sets = self._folder / "sets"

    # Evaluations

    def load(self) -> list[Evaluation]:
        """Return all kept evaluations, the oldest first. One that was interrupted when the server stopped has
        failed.
        """
        found = []
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if _ID.fullmatch(folder.name):
                try:
                    found.append(_read(json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))))
                except (OSError, ValueError, TypeError, KeyError):
                    _log.warning("the evaluation in %s cannot be read and is ignored", folder)
        return sorted(found, key=lambda evaluation: (evaluation.created_at, evaluation.id))

    def write(self, evaluation: Evaluation) -> None:
        """Save the state of an evaluation."""
        folder = self._place(evaluation.id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder / "evaluation.json", json.dumps(evaluation.as_json()))

    def write_run(self, id_: str, run: Run) -> None:
        """Save the questions and answers of an evaluation. Raises EvaluationError if they cannot be written."""
        folder = self._place(id_) / "run"
        write_run(run, folder)
        (folder / "rows.jsonl").unlink()  # run.json also has the rows
        _write(folder / "articles.json", json.dumps(sorted(map(_hash, mentioned(run)))))

    def read_run(self, id_: str) -> Run:
        """Return the questions and answers of an evaluation. Raises EvaluationNotDoneError if there are none."""
        with contextlib.suppress(EvaluationError):
            return read_run(self._place(id_) / "run")
        raise EvaluationNotDoneError(
            "The questions and answers of this evaluation are not there.",
            help="They are kept once it is done, until an article that they mention is removed. Run it again.",
        )

    def remove(self, id_: str) -> None:
        """Remove an evaluation and its files."""
        shutil.rmtree(self._place(id_), ignore_errors=True)

    def forget(self, articles: Iterable[str]) -> list[str]:
        """Remove every text of some articles, and return the ids of the evaluations that keep only their figures."""
        removed = frozenset(articles)
        hashes = set(map(_hash, removed))
        reduced = []
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if _ID.fullmatch(folder.name) and (folder / "run").is_dir() and not hashes.isdisjoint(_mentions(folder)):
                shutil.rmtree(folder / "run")
                reduced.append(folder.name)
        for name in self.set_names():
            self._forget_in_set(name, removed)
        return reduced

    def _place(self, id_: str) -> Path:
        return self._folder / id_

    # Question sets

    def set_names(self) -> list[str]:
        """Return the names of the question sets that are kept."""
        files = self._sets.glob("*.jsonl") if self._sets.is_dir() else ()
        return sorted((file.stem for file in files if NAME.fullmatch(file.stem)), key=str.casefold)

    def keep_set(self, name: str, question_set: QuestionSet) -> None:
        """Save a question set under a name, replacing any set of that name. Raises BadNameError."""
        if not NAME.fullmatch(name) or name.casefold() == SAMPLES:
            raise BadNameError(
                f"A question set cannot be called {name!r:.100}.",
                help="Use up to 80 letters, digits, spaces, dots and hyphens, and another name than samples.",
            )
        self._sets.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self._sets / f"{name}.jsonl", _lines(question_set.questions))

    def read_set(self, name: str) -> QuestionSet:
        """Return a kept question set, or the one of the samples. Raises QuestionSetNotFoundError and
        QuestionSetError.
        """
        if name == SAMPLES:
            return _sample_questions()
        if name not in self.set_names():
            known = ", ".join([*self.set_names(), SAMPLES])
            raise QuestionSetNotFoundError(
                f"No question set is called {name!r:.100}.", help=f"There are: {known}. Or send questions."
            )
        return load_question_set(self._sets / f"{name}.jsonl")

    def remove_set(self, name: str) -> None:
        """Remove a kept question set. Raises QuestionSetNotFoundError."""
        if name not in self.set_names():
            raise QuestionSetNotFoundError(f"No question set is called {name!r:.100}.", help="Choose another one.")
        (self._sets / f"{name}.jsonl").unlink(missing_ok=True)

    def _forget_in_set(self, name: str, removed: frozenset[str]) -> None:
        """Remove from a set the evidence that quotes removed articles."""
        try:
            questions = self.read_set(name).questions
        except QuestionSetError:
            return
        remaining = [
            dataclasses.replace(
                question, evidence=tuple(piece for piece in question.evidence if piece.article not in removed)
            )
            for question in questions
        ]
        if list(questions) != remaining:
            _write(self._sets / f"{name}.jsonl", _lines(remaining))


def mentioned(run: Run) -> set[str]:
    """Return the ids of the articles that a run quotes."""
    ids: set[str] = set()
    for row in run.rows:
        answer = row.answer or {}
        parts = [*sources_json(answer), *answer.get("passages", ())]
        ids |= {part["article_id"] for part in parts} | {piece.article for piece in row.evidence} | set(row.articles)
    return ids


@functools.cache
def _sample_questions() -> QuestionSet:
    with importlib.resources.as_file(importlib.resources.files("index.samples") / "questions.jsonl") as path:
        return dataclasses.replace(load_question_set(path), name=SAMPLES)


def sample_articles() -> frozenset[str]:
    """Return the ids of the articles that the sample questions are about."""
    return frozenset(id_ for question in _sample_questions().questions for id_ in question.articles)


def _lines(questions: Iterable[Question]) -> str:
    return "".join(f"{json.dumps(question.as_row(), ensure_ascii=False)}\n" for question in questions)


def _read(value: dict[str, Any]) -> Evaluation:
    times = {name: _time(value[name]) for name in ("created_at", "ended_at")}
    evaluation = Evaluation(**{**value, **times})
    if evaluation.has_ended:
        return evaluation
    error = {"code": "stopped", "message": "The server stopped before it was done.", "help": "Run it again."}
    return dataclasses.replace(evaluation, status="failed", error=error, ended_at=evaluation.created_at)


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _mentions(folder: Path) -> Iterator[str]:
    """Yield hashes of the articles that an evaluation mentions; if that is unknown, it is assumed to mention all."""
    try:
        yield from json.loads((folder / "run" / "articles.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        _log.warning("the evaluation in %s is incomplete and is removed", folder)
        shutil.rmtree(folder / "run", ignore_errors=True)


def _write(path: Path, text: str) -> None:
    """Write a file atomically."""
    made = path.with_name(f"{path.name}.new")
    made.write_text(text, encoding="utf-8")
    made.replace(path)


def _hash(article: str) -> str:
    """Return a hash of an article's id, because the id itself may reveal something."""
    return hashlib.sha256(article.encode("utf-8", "surrogatepass")).hexdigest()[:32]
