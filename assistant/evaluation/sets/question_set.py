"""Questions with their known answers, and how a set of them is read from a file or folder."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from assistant.conversation import Turn
from assistant.errors import QuestionSetError
from assistant.evaluation.sets.expectations import Expectations
from assistant.evaluation.sets.formats import Row, RowProblem, read_contents
from assistant.evaluation.sets.formats import values as read
from index.filters import Filters

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from index.article import Article

_LISTED = 20  # problems that one message names


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an answer rests on: `quote` is an exact part of the article's text.

    `article` is empty if a format gives only the quote; `resolve` then looks for it in a collection.
    """

    article: str = ""
    quote: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, its acceptable short answers, and the articles and quotes that hold them.

    `fields` has every further field of its row as plain data, for breakdowns. `as_of` is the day it is asked on.
    `earlier` are the questions of its `chat` before it; they are asked first, and their answers are its history.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool = True
    articles: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    type: str | None = None
    filters: Filters = dataclasses.field(default_factory=Filters)
    as_of: dt.date | None = None
    history: tuple[Turn, ...] = ()
    expectations: Expectations | None = None
    chat: str | None = None
    earlier: tuple[str, ...] = ()
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)

    def as_row(self) -> dict[str, Any]:
        """Return the question as JSON that `load_question_set` reads; empty optional fields are omitted."""
        row: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "answers": list(self.answers),
            "answerable": self.answerable,
            "articles": list(self.articles),
            "evidence": [{"article": piece.article, "quote": piece.quote} for piece in self.evidence],
            "type": self.type,
        }
        if self.filters:
            row["filters"] = self.filters.as_json()
        if self.as_of:
            row["as_of"] = self.as_of.isoformat()
        if self.expectations:
            row |= self.expectations.as_row()
        if self.chat:
            row["chat"] = self.chat
        if self.history:
            row["history"] = [{"question": turn.question, "answer": turn.answer} for turn in self.history]
        return row | {name: value for name, value in self.fields.items() if name not in row}


@dataclasses.dataclass(frozen=True, kw_only=True)
class QuestionSet:
    """Questions in the order of their file; `articles` is the collection that comes with them, if any."""

    name: str
    questions: tuple[Question, ...]
    articles: tuple[Article, ...] | None = None

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 in hex over the questions and articles, whatever file format or order of fields they came in."""
        rows = [_canonical(question) for question in self.questions]
        articles = None if self.articles is None else [[article.id, article.content_hash] for article in self.articles]
        return hashlib.sha256(json.dumps([rows, articles], sort_keys=True).encode()).hexdigest()


def load_question_set(path: Path) -> QuestionSet:
    """Return the questions in a file, or in a folder with their articles; docs/question-sets.md lists the formats.

    Raises QuestionSetError, which names every row that cannot be read or repeats an id.
    """
    contents = read_contents(path)
    problems: list[RowProblem] = []
    questions: dict[str, Question] = {}
    places: dict[str, Row] = {}
    made: Counter[str] = Counter()
    chats: defaultdict[str, list[str]] = defaultdict(list)
    for row in contents.rows:
        question = row if isinstance(row, RowProblem) else _read_question(row, problems)
        if isinstance(question, RowProblem):
            problems.append(question)
        elif question is None or isinstance(row, RowProblem):
            continue
        elif question.id and question.id in questions:
            problems.append(row.problem("id", f"is {question.id!r}, which {places[question.id].place()} also has"))
        else:
            question = _with_id(question, questions, made)
            question = _in_chat(question, chats)
            questions[question.id] = question
            places[question.id] = row
    if problems:
        raise _unreadable(path, problems)
    if not questions:
        raise QuestionSetError(f"{path} has no questions in it.", help="Check that this is the right file.")
    name = path.resolve().stem if path.is_file() else path.resolve().name
    return QuestionSet(name=name, questions=tuple(questions.values()), articles=contents.articles)


_READERS: dict[str, Callable[[Any], Any]] = {
    "id": read.word,
    "question": read.text,
    "answers": read.texts,
    "answerable": read.flag,
    "articles": read.words,
    "evidence": read.evidence,
    "type": read.word,
    "filters": read.filters,
    "as_of": read.day,
    "history": read.history,
    "must": read.alternatives,
    "must_some": read.some_alternatives,
    "must_not": read.texts,
    "first": read.texts,
    "short": read.texts,
    "chat": read.word,
}


def _read_question(row: Row, problems: list[RowProblem]) -> Question | None:
    """Return the question in a row, with an empty id if it has none; None after recording what is wrong with it."""
    before = len(problems)
    known: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for name, value in row.values.items():
        if value is None or value == "":
            continue
        if name not in _READERS:
            fields[name] = value
            continue
        try:
            known[name] = _READERS[name](value)
        except ValueError as error:
            problems.append(row.problem(name, str(error)))
    if not any(name == "question" and value not in (None, "") for name, value in row.values.items()):
        problems.append(row.problem("question", "is missing"))
    if len(problems) > before:
        return None
    known["evidence"] = tuple(Evidence(article=article, quote=quote) for article, quote in known.get("evidence", ()))
    known["expectations"] = _expectations(known)
    known["history"] = tuple(Turn(*turn) for turn in known.get("history", ()))
    return Question(**({"id": ""} | known), fields=fields)


def _in_chat(question: Question, chats: defaultdict[str, list[str]]) -> Question:
    """Return the question with those before it in its chat, and add it to them."""
    if question.chat is None:
        return question
    before = chats[question.chat]
    question = dataclasses.replace(question, earlier=tuple(before))
    before.append(question.question)
    return question


def _expectations(known: dict[str, Any]) -> Expectations | None:
    """Take what is expected of the answer out of the fields of a question."""
    given = {name: known.pop(name) for name in ("must", "must_some", "must_not", "first", "short") if name in known}
    if not given:
        return None
    least, some = given.pop("must_some", (0, ()))
    return Expectations(some=some, least=least, **given)


def _with_id(question: Question, taken: Mapping[str, Question], made: Counter[str]) -> Question:
    """Return the question with an id made of its content if it has none; equal ones are numbered by `made`."""
    if question.id:
        return question
    content = "q-" + hashlib.sha256(json.dumps(_canonical(question), sort_keys=True).encode()).hexdigest()[:12]
    id_ = content
    while id_ in taken:
        made[content] += 1
        id_ = f"{content}-{made[content] + 1}"
    return dataclasses.replace(question, id=id_)


def _canonical(question: Question) -> dict[str, Any]:
    """Return the row of a question with further fields as text, because tables have only text."""
    further = {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
        for name, value in question.fields.items()
    }
    return dataclasses.replace(question, fields=further).as_row()


def _unreadable(path: Path, problems: Sequence[RowProblem]) -> QuestionSetError:
    """Return the error that names the first problems and counts the others."""
    messages = [str(problem) for problem in problems]
    first = " ".join(messages[:_LISTED])
    more = f" And {len(messages) - _LISTED:,} more." if len(messages) > _LISTED else ""
    lead = "" if len(messages) == 1 else f"{path} has {len(messages):,} problems. "
    return QuestionSetError(
        f"{lead}{first}{more}",
        help=_shared_help(problems) or "Correct them; docs/question-sets.md explains each field.",
        problems=messages,
    )


def _shared_help(problems: Iterable[RowProblem]) -> str | None:
    helps = {problem.help for problem in problems}
    return helps.pop() if len(helps) == 1 else None
