"""Lists: all that is asked for, an item a line, over several sentences and articles."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import as_item, excerpt, merge_copies, stands_alone, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import find_judged, list_sentences
from assistant.strategies.listings import CONFIDENCE, find_listing
from assistant.strategies.whole_articles import with_whole_articles
from assistant.understanding.answer_types import name_terms
from assistant.understanding.list_requests import read_list_request
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.reader import DraftStatement, Judged, Span
    from assistant.readers.sentence_features import Sentence
    from assistant.strategies.strategy import Asked, Sources
    from assistant.understanding.list_requests import ListRequest

_MOST = 6
# Log-odds by which a sentence may be worse than the best one and still give an item.
_REACH = 2.5
_REACH_FOR_NAMES = 4.0
_REACH_ELSEWHERE = 1.25
_REACH_FOR_SIGNS = 6.0
# Log-odds that speak for a sentence: it has the word for the things that are asked for, or it joins several things.
_NAMES_THE_THING = 2.5
_JOINS_NAMES = 2.0
_JOINS_THINGS = 1.5
_NAMES = re.compile(r"\b[^\W\d_a-z]\w{1,30}+,? and [^\W\d_a-z]\w")
_THINGS = re.compile(r"\b[a-z]{3,30}+,? and (?:the |a |an )?[a-z]{3}")
_SEVERAL = re.compile(r"(?:,|\band\b|\bor\b|&)")
_SURE = 0.5
_FIRST = 3
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}
_ANNOUNCES = re.compile(
    r"\b(?P<count>two|three|four|five) (?:[a-z]{1,20} )?(?P<noun>[a-z]{3,20}s)\b(?! of\b)", re.IGNORECASE
)


@dataclasses.dataclass(frozen=True, slots=True)
class Lists:
    """Answers with the lines of a list in the text, or with every sentence that gives an item."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the items; None where the reader's own sentences hold them all."""
        request = read_list_request(asked.question)
        found = sources.search(request.question, k=asked.k, filters=asked.filters) if request is not None else []
        read = self.reader.read(request.question, found) if request is not None and found else None
        if request is None or read is None or not read.judged:
            return None
        evidence = with_whole_articles(sources, found, read.judged[0].span.passage.article_id)
        listing = find_listing(request, read, evidence)
        if listing is not None or request.only_listed or not read.found:
            return listing
        announced = _find_announced(request, read.judged, list_sentences(evidence))
        if announced is not None:
            return dataclasses.replace(
                read,
                confidence=max(read.confidence, CONFIDENCE),
                statements=(state(announced),),
                short_answer=None,
                kind="list",
                evidence=evidence,
            )
        whole_article = self.reader.read(request.question, evidence).judged if not _is_whole(request, read) else ()
        sentences = _gather(request, whole_article, list_sentences(evidence))
        is_named = any(_is_named(request, sentence.text) for sentence in sentences)
        if request.for_people and read.confidence < _SURE and not is_named:
            return None
        known = {statement.text for statement in read.statements}
        items = merge_copies(state(excerpt(sentence)) for sentence in sentences)
        items = [item for item in items if item.text in known or stands_alone(item.spans[0])]
        if not items or {item.text for item in items} <= known:
            return None
        return Draft(
            found=True,
            confidence=max(read.confidence, CONFIDENCE),
            statements=tuple(_as_lines(items)),
            threshold=read.threshold,
            judged=read.judged,
            kind="list",
            evidence=evidence,
        )


def _find_announced(request: ListRequest, judged: Sequence[Judged], sentences: Iterable[Sentence]) -> Span | None:
    """Return a sentence that says how many there are ("two reasons"), with as many after it; None if there is none."""
    for best, sentence in find_judged(judged[:_FIRST], sentences):
        match = _ANNOUNCES.search(best.span.text)
        if match is None or not ({*terms(match["noun"])} & {*request.noun, "thing"}):
            continue
        last = sentence.place + _NUMBERS[match["count"].lower()]
        if last < len(sentence.spans):
            return excerpt(sentence, sentence.place, last)
    return None


def _is_whole(request: ListRequest, read: Draft) -> bool:
    """Return whether the reader's short answer, or its sentence where a number of things is asked for, has them all."""
    if read.short_answer is not None and _SEVERAL.search(read.short_answer.text):
        return True
    return request.is_counted and _joins(read.statements[0].text)


def _gather(request: ListRequest, judged: Iterable[Judged], sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return the sentences that give an item, best first."""
    known = [(each.score, sentence) for each, sentence in find_judged(judged, sentences)]
    if not known:
        return []
    best, article = known[0][0], known[0][1].source.article.id
    signed = [
        sentence
        for score, sentence in known
        if request.signs is not None
        and request.signs.search(sentence.text)
        and sentence.source.article.id == article
        and score >= best - _REACH_FOR_SIGNS
    ]
    ranked = sorted(((score + _bonus(request, sentence.text), score, sentence) for score, sentence in known), key=_rank)
    near = [
        sentence
        for worth, score, sentence in ranked
        if worth >= best - _reach(request, sentence)
        and (sentence.source.article.id == article or score >= best - _REACH_ELSEWHERE)
    ]
    chosen = signed or near
    return (_with_new_names(request, chosen) if request.for_people else chosen)[:_MOST]


def _reach(request: ListRequest, sentence: Sentence) -> float:
    return _REACH_FOR_NAMES if request.for_people and not sentence.text.isupper() else _REACH


def _with_new_names(request: ListRequest, sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return the sentences that name somebody whom neither the question nor a sentence before names."""
    chosen: list[Sentence] = []
    named = set(terms(request.question))
    for sentence in sentences:
        names = name_terms(sentence.text)
        if not names <= named:
            chosen.append(sentence)
        named |= names
    return chosen


def _rank(rated: tuple[float, float, Sentence]) -> float:
    return -rated[0]


def _bonus(request: ListRequest, text: str) -> float:
    joins = _JOINS_NAMES if _NAMES.search(text) else _JOINS_THINGS
    return joins * _joins(text) + _NAMES_THE_THING * (_is_named(request, text))


def _joins(text: str) -> bool:
    return _NAMES.search(text) is not None or _THINGS.search(text) is not None


def _is_named(request: ListRequest, text: str) -> bool:
    """Return whether a text has the word for what is to be listed, or another wording of what is asked."""
    is_signed = request.signs is not None and request.signs.search(text) is not None
    return is_signed or not request.noun.isdisjoint(terms(text))


def _as_lines(items: list[DraftStatement]) -> list[DraftStatement]:
    """Return several items each on a line of its own."""
    return items if len(items) == 1 else [as_item(item) for item in items]
