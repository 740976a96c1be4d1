"""Question sets as the benchmarks read them: a folder of articles and a questions.jsonl that names them."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import SourceError
from index.sources import find_sources, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index import Article


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """A quote that answers a question, and the id of the article it is from."""

    article: str
    quote: str


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold answers, the ids of its gold articles, and its evidence."""

    id: str
    text: str
    answerable: bool
    answers: tuple[str, ...]
    articles: frozenset[str]
    evidence: tuple[Evidence, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class QuestionSet:
    """The articles and questions of one folder."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]


def load_set(folder: Path) -> QuestionSet:
    """Read a set; where there is no articles.jsonl, its other files are the articles, by file name."""
    questions_file = folder / "questions.jsonl"
    table = folder / "articles.jsonl"
    sources = [str(table)] if table.exists() else _others(folder, questions_file)
    articles = tuple(article for source in sources for article in _articles(source))
    known = {Path(article.origin).name: article.id for article in articles if article.origin}
    known |= {article.id: article.id for article in articles}
    with questions_file.open(encoding="utf-8") as lines:
        questions = tuple(_question(json.loads(line), known) for line in lines)
    return QuestionSet(folder.resolve().name, articles, questions)


def questions_in_turn(sets: Iterable[QuestionSet]) -> list[str]:
    """Return the texts of all questions, one of each set in turn."""
    in_turn = itertools.zip_longest(*(one.questions for one in sets))
    return [one.text for one in itertools.chain.from_iterable(in_turn) if one is not None]


def _others(folder: Path, questions_file: Path) -> list[str]:
    return [source for source in find_sources(str(folder)) if source != str(questions_file.resolve())]


def _articles(source: str) -> list[Article]:
    """Return the articles of a source, of which every one must be readable."""
    articles = []
    for item in load(source):
        if isinstance(item, SourceError):
            raise item
        articles.append(item)
    return articles


def _question(row: dict[str, Any], known: dict[str, str]) -> Question:
    return Question(
        id=row["id"],
        text=row["question"],
        answerable=row["answerable"],
        answers=tuple(row["answers"]),
        articles=frozenset(known[name] for name in row["articles"]),
        evidence=tuple(Evidence(known[one["article"]], one["quote"]) for one in row["evidence"]),
    )
