"""Changes: how a value went from one article to the next, oldest first."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import attribute_each, excerpt, merge_copies, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.strategies.whole_articles import by_article
from assistant.understanding.question_forms import changing_value
from index.terms import terms

if TYPE_CHECKING:
    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.sentence_features import Sentence
    from assistant.strategies.strategy import Asked, Sources
    from index import ScoredPassage

_PASSAGES = 16
_ARTICLES = 6
_LEAST_COVERED = 0.6
_LEAST_SURE = 0.4
"""Share of the most confident article's confidence with which another article's value is told."""
_FIGURE = re.compile(r"\d")
_NAMES_MONEY = re.compile(
    r"\b(?:costs?|prices?|estimates?|bills?|budgets?|fees?|fares?|values?|worth|revenue|profits?)\b", re.IGNORECASE
)
_MONEY = re.compile(r"[$£€¥]\s?\d|\d (?:dollars|pounds|euros|francs|marks|rubles|yen)\b", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Changes:
    """Answers how a value changed with what each dated article says that it is."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the values, oldest article first; None where fewer than two dated articles give one."""
        value = changing_value(asked.question)
        if value is None:
            return None
        question = f"What is {value}?"
        found = sources.search(question, k=_PASSAGES, filters=asked.filters)
        dated = by_article(scored for scored in found if scored.article.published is not None)
        read = (self._read(question, passages) for passages in dated[:_ARTICLES])
        values = [each for each in read if each is not None]
        surest = max((confidence for _, confidence in values), default=0.0)
        points = [sentence for sentence, confidence in values if confidence >= _LEAST_SURE * surest]
        points.sort(key=lambda point: str(point.source.article.published))
        statements = merge_copies(state(excerpt(point)) for point in points)
        if len(statements) < 2:  # noqa: PLR2004 - one value is no change
            return None
        return Draft(
            found=True,
            confidence=surest,
            statements=attribute_each(statements, found),
            kind="timeline",
            evidence=tuple(found),
        )

    def _read(self, question: str, passages: list[ScoredPassage]) -> tuple[Sentence, float] | None:
        """Return the sentence of an article that best gives the value, and the confidence; None if none does."""
        sentences = Sentences(ParsedQuestion.parse(question), passages)
        scores = self.reader.scorer.score(sentences)
        value = set(sentences.question.terms) - sentences.question.names
        money = set(terms(" ".join(_NAMES_MONEY.findall(question))))
        for scored in scores.ranked:
            sentence = scored.sentence
            if not _FIGURE.search(sentence.text):
                continue
            words = {*sentence.terms, *(money if _MONEY.search(sentence.text) else ())}
            around = {*sentence.before, *terms(sentence.source.article.title or "")}
            if value.isdisjoint(words) or sentences.cover(words | around) < _LEAST_COVERED:
                continue
            if not money or _MONEY.search(sentence.text):
                return sentence, scores.confidence
        return None
