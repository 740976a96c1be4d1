"""Checks whether a question set still fits a collection, question by question."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from assistant.evaluation.sets.quotes import ArticleLookup, QuotePlace, find_quotes, find_words, fold
from assistant.evaluation.sets.resolving import Problem, resolve, shorten
from index.errors import ArticleNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet
    from index.filters import Filters

_SPAN = 12  # words; a longer answer is worded freely and need not occur anywhere
_FREE = frozenset({"yes", "no", "true", "false"})


def check(question_set: QuestionSet, collection: ArticleLookup) -> list[Problem]:
    """Return what is wrong with a set in this collection, in the order of its questions.

    Quotes without an article are searched for first, as `resolve` does; those not found are a problem too.
    """
    resolved, problems = resolve(question_set, collection)
    checker = _QuestionChecker(collection, _misplaced(resolved, collection))
    found = [*problems, *_duplicates(resolved)]
    for question in resolved.questions:
        found += checker.check(question)
    order = {question.id: number for number, question in enumerate(resolved.questions)}
    return sorted(found, key=lambda problem: order[problem.question])


def _misplaced(question_set: QuestionSet, collection: ArticleLookup) -> dict[str, list[QuotePlace]]:
    """Return which other articles have each quote that its own article does not have."""
    text_of = _text_reader(collection)
    pieces = [piece for question in question_set.questions for piece in question.evidence if piece.article]
    return find_quotes(
        {piece.quote for piece in pieces if piece.quote not in (text_of(piece.article) or "")}, collection
    )


def _text_reader(collection: ArticleLookup) -> Callable[[str], str | None]:
    """Return a function that gives the text of an article, or None if it does not exist."""

    @functools.lru_cache(maxsize=256)
    def text_of(id_: str) -> str | None:
        try:
            return collection.article(id_).text
        except ArticleNotFoundError:
            return None

    return text_of


def _duplicates(question_set: QuestionSet) -> Iterator[Problem]:
    """Yield a warning for each question that repeats an earlier one in words and circumstances."""
    first: dict[object, str] = {}
    for question in question_set.questions:
        key = (fold(question.question), question.filters, question.as_of, question.history)
        before = first.setdefault(key, question.id)
        if before != question.id:
            yield Problem(
                question=question.id,
                field="question",
                message=f"{before} asks the same question.",
                help="Remove one of them, or merge their answers.",
                severity="warning",
            )


class _QuestionChecker:
    """Checks single questions; `elsewhere` says which other articles have quotes that are not in their own."""

    def __init__(self, collection: ArticleLookup, elsewhere: Mapping[str, list[QuotePlace]]) -> None:
        self._collection = collection
        self._elsewhere = elsewhere
        self._text_of = _text_reader(collection)

    def check(self, question: Question) -> Iterator[Problem]:
        """Yield what is wrong with a question."""
        yield from self._check_answerable(question)
        yield from self._check_articles(question)
        for piece in question.evidence:
            if piece.article:
                yield from self._check_evidence(question, piece)
        yield from self._check_answers(question)
        yield from self._check_filters(question)

    def _check_answerable(self, question: Question) -> Iterator[Problem]:
        if question.answerable and not (question.answers or question.articles or question.evidence):
            yield Problem(
                question=question.id,
                field="answers",
                message="It has no answers, articles or evidence, so nothing can be measured with it.",
                help='Give one of them, or "answerable": false.',
            )
        if not question.answerable and (question.answers or question.evidence):
            yield Problem(
                question=question.id,
                field="answerable",
                message="It is marked unanswerable but has answers or evidence.",
                help="Remove them, or mark it answerable.",
            )

    def _check_articles(self, question: Question) -> Iterator[Problem]:
        cited = {piece.article for piece in question.evidence}
        for id_ in question.articles:
            if id_ not in cited and self._text_of(id_) is None:
                yield _unknown(question, "articles", id_, [])

    def _check_evidence(self, question: Question, piece: Evidence) -> Iterator[Problem]:
        """Yield a problem if a quote is not in its article, with similar text there or the article that has it."""
        text = self._text_of(piece.article)
        if text is None:
            yield _unknown(question, "evidence", piece.article, self._elsewhere.get(piece.quote, []))
        elif piece.quote not in text:
            near = find_words(piece.quote, text)
            others = [place.article for place in self._elsewhere.get(piece.quote, ()) if place.article != piece.article]
            help_ = "Correct the quote; it must be an exact part of the article's text."
            if near:
                help_ = (
                    f"The article differs only in capitals, white space or punctuation; copy it from there: “{near}”"
                )
            elif others:
                help_ = f"It is in {others[0]}; name that article."
            yield Problem(
                question=question.id,
                field="evidence",
                message=f"{piece.article} does not have the quote “{shorten(piece.quote)}”.",
                help=help_,
            )

    def _check_answers(self, question: Question) -> Iterator[Problem]:
        """Yield a warning for each short answer that neither the evidence nor an article has."""
        texts = [piece.quote for piece in question.evidence] + [self._text_of(id_) or "" for id_ in question.articles]
        if not any(texts):
            return
        folded = [fold(text) for text in texts]
        for answer in question.answers:
            wanted = fold(answer)
            if wanted in _FREE or len(wanted.split()) > _SPAN or any(wanted in text for text in folded):
                continue
            yield Problem(
                question=question.id,
                field="answers",
                message=f"Neither its evidence nor its articles contain the answer “{shorten(answer)}”.",
                help="Write it as the article does, unless the different wording is intended.",
                severity="warning",
            )

    def _check_filters(self, question: Question) -> Iterator[Problem]:
        filters = question.filters
        if not filters:
            return
        if not self._collection.count(filters=filters):
            yield Problem(
                question=question.id,
                field="filters",
                message="No article meets its filters.",
                help="Loosen them; `dateline list` takes the same filters.",
                severity="error" if question.answerable else "warning",
            )
            return
        for id_ in dict.fromkeys([*question.articles, *(piece.article for piece in question.evidence)]):
            if self._text_of(id_) is not None and not self._lets_through(filters, id_):
                yield Problem(
                    question=question.id,
                    field="filters",
                    message=f"Its filters exclude {id_}, which answers it.",
                    help="Loosen them, or name other articles.",
                )

    def _lets_through(self, filters: Filters, id_: str) -> bool:
        named = not filters.articles or id_ in filters.articles
        return named and self._collection.count(filters=dataclasses.replace(filters, articles=(id_,))) > 0


def _unknown(question: Question, field: str, id_: str, places: list[QuotePlace]) -> Problem:
    """Return the problem of an article that is not in the collection."""
    help_ = "Add it to the collection, or correct the id; `dateline list` shows the ids."
    if places:
        help_ = f"Its quote is in {places[0].article}; is that the right article?"
    return Problem(question=question.id, field=field, message=f"There is no article {id_}.", help=help_)
