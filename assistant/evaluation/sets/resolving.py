"""Resolves a question set in a collection: references to articles by address, title or quote become ids."""

from __future__ import annotations

import collections
import dataclasses
from typing import TYPE_CHECKING, Literal

from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet
from assistant.evaluation.sets.quotes import ArticleLookup, QuotePlace, find_quotes
from index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a field of a question, as a sentence, and what to do; a warning may be intended."""

    question: str
    field: str
    message: str
    help: str
    severity: Literal["error", "warning"] = "error"

    def as_json(self) -> dict[str, str]:
        """Return the problem as JSON."""
        return dataclasses.asdict(self)


def resolve(question_set: QuestionSet, collection: ArticleLookup) -> tuple[QuestionSet, tuple[Problem, ...]]:
    """Return the set with ids for all articles that the collection has, and problems for those it lacks.

    Articles may be named by their address or by a unique title. A quote without an article is searched for in all of
    them; if it is found, its words become those of the article, otherwise it is left unchanged.
    """
    names = _names(collection)
    loose = (piece.quote for question in question_set.questions for piece in question.evidence if not piece.article)
    places = find_quotes(dict.fromkeys(loose), collection)
    problems: list[Problem] = []
    questions = tuple(_resolve(question, names, places, problems) for question in question_set.questions)
    return dataclasses.replace(question_set, questions=questions), tuple(problems)


def _names(collection: ArticleLookup) -> dict[str, str]:
    """Return the id of each article by its id, its address and, if no other has it, its title."""
    infos = collection.articles(filters=Filters())
    named: dict[str, list[str]] = collections.defaultdict(list)
    for info in infos:
        for name in {info.url, info.title} - {None}:
            named[str(name)].append(info.id)
    return {name: ids[0] for name, ids in named.items() if len(ids) == 1} | {info.id: info.id for info in infos}


def _resolve(
    question: Question, names: Mapping[str, str], places: Mapping[str, list[QuotePlace]], problems: list[Problem]
) -> Question:
    articles = [names.get(name, name) for name in question.articles]
    evidence = [
        dataclasses.replace(piece, article=names.get(piece.article, piece.article))
        if piece.article
        else _find(piece, question.id, articles, places[piece.quote], problems)
        for piece in question.evidence
    ]
    found = [piece.article for before, piece in zip(question.evidence, evidence, strict=True) if not before.article]
    articles = list(dict.fromkeys([*articles, *filter(None, found)]))
    return dataclasses.replace(question, articles=tuple(articles), evidence=tuple(evidence))


def _find(
    piece: Evidence, question: str, articles: list[str], places: list[QuotePlace], problems: list[Problem]
) -> Evidence:
    """Return the evidence with its article: one that the question names, else the first that has the quote."""
    if not places:
        problems.append(
            Problem(
                question=question,
                field="evidence",
                message=f"No article has the quote “{shorten(piece.quote)}”.",
                help="Add the article it is from, or correct the quote.",
            )
        )
        return piece
    named = [place for place in places if place.article in articles]
    chosen = (named or places)[0]
    if len(places) > 1 and not named:
        problems.append(
            Problem(
                question=question,
                field="evidence",
                message=f"{len(places)} articles contain the quote “{shorten(piece.quote)}”; using {chosen.article}.",
                help="If you mean another one, name the article in the evidence.",
                severity="warning",
            )
        )
    return Evidence(article=chosen.article, quote=chosen.words)


def shorten(text: str) -> str:
    """Return a text short enough for a message, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - most of a line
