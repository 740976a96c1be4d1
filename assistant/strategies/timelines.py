"""Timelines: dated points on a topic, oldest first."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import attribute_each, excerpt, merge_copies, reads_alone, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.understanding.answer_types import find_answers
from assistant.understanding.question_forms import timeline_topic
from index.terms import terms

if TYPE_CHECKING:
    from assistant.readers.sentence_features import Sentence
    from assistant.strategies.strategy import Asked, Sources

_PASSAGES = 16
_ARTICLES = 6
_FEW_ARTICLES = 3
_LEAST_COVERED = 0.5
_DATED = 0.3
"""What a figure or a date in a sentence is worth, beside the share of the topic's words in it."""
_CONFIDENCE = 0.8
_FIGURE = re.compile(r"\d")


@dataclasses.dataclass(frozen=True, slots=True)
class Timelines:
    """Answers with the sentences of dated articles that say most on the topic, each with its outlet and date."""

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the points, oldest article first; None where fewer than two dated articles are on the topic."""
        topic = timeline_topic(asked.question)
        if topic is None:
            return None
        passages = [
            scored
            for scored in sources.search(topic, k=_PASSAGES, filters=asked.filters)
            if scored.article.published is not None
        ]
        sentences = Sentences(ParsedQuestion.parse(topic), passages)
        chosen: dict[str, list[Sentence]] = {}
        for sentence in sorted(sentences.all, key=lambda each: -_worth(sentences, each)):
            if _coverage(sentences, sentence) >= _LEAST_COVERED and reads_alone(sentence.text):
                chosen.setdefault(sentence.source.article.id, []).append(sentence)
        articles = dict(list(chosen.items())[:_ARTICLES])
        if len(articles) < 2:  # noqa: PLR2004 - one article is a story, not a timeline
            return None
        each = 2 if len(articles) <= _FEW_ARTICLES else 1
        points = [sentence for of_article in articles.values() for sentence in of_article[:each]]
        points.sort(key=_moment)
        statements = merge_copies(state(excerpt(sentence)) for sentence in points)
        return Draft(
            found=True,
            confidence=_CONFIDENCE,
            statements=attribute_each(statements, passages),
            kind="timeline",
            evidence=tuple(passages),
        )


def _moment(sentence: Sentence) -> tuple[str, int]:
    """Return the day of a sentence's article and its place in it."""
    return str(sentence.source.article.published), sentence.start


def _coverage(sentences: Sentences, sentence: Sentence) -> float:
    """Return the share of the topic in a sentence with the one before it and its title; 0 if only the title has any."""
    words = {*sentence.terms, *sentence.before}
    if not sentences.cover(words):
        return 0.0
    return sentences.cover(words.union(terms(sentence.source.article.title or "")))


def _worth(sentences: Sentences, sentence: Sentence) -> float:
    is_dated = _FIGURE.search(sentence.text) is not None or bool(find_answers(sentence.text, "date"))
    return sentences.cover({*sentence.terms, *sentence.before}) + _DATED * is_dated
