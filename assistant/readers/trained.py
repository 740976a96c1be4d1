"""Judges sentences by the trained reader: where an answer is, and whether there is one."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from assistant.readers.answer_spans import choose_span, find_spans
from assistant.readers.descriptions import describe, described_in, names
from assistant.readers.reader import Span
from assistant.readers.scoring import ScoredSentence, Scores, logistic, weigh
from assistant.readers.trained_weights import ANSWERED, RANKING, SEEN, THRESHOLD
from assistant.understanding.question_forms import asks_yes_or_no

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assistant.readers.cross_encoder import CrossEncoder, PassageReading
    from assistant.readers.sentence_features import Sentence, Sentences
    from index.article import ScoredPassage
    from index.passages.embedding import Embedder

_RANKED = 16  # most sentences that are scored
_DESCRIBES = 4.0
"""Log-odds for a sentence that says what somebody or something is, where that is asked for."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A sentence that may contain an answer, and the reading of its passage.

    Of the `features`, `answers` is the model's verdict on the passage and `margin` what all its spans have over "no
    answer here", both as log-odds, `retrieved` the score that it was found with, and `log_share` the logarithm of the
    sentence's share of what the model believes of the passage's spans; where it belongs to a list, the list's share.
    `covered` is the share of the question's terms in the sentence, with the one before it where it leans on that.
    """

    sentence: Sentence
    features: dict[str, float]
    reading: PassageReading
    describes: bool = False

    @property
    def score(self) -> float:
        """The log-odds, comparable within one question."""
        return weigh(RANKING, self.features) + _DESCRIBES * self.describes

    def is_at(self, places: Iterable[tuple[str, int, int]]) -> bool:
        """Return whether the sentence overlaps one of the places (article, characters)."""
        passage = self.sentence.source.passage
        start, end = (passage.start + offset for offset in self.sentence.spans[self.sentence.place])
        return any(passage.article_id == article and start < to and begin < end for article, begin, to in places)


class TrainedScorer:
    """Ranks the sentences of passages that the cross-encoder reads.

    A logistic model over the reader's output, the retrieval score, a few plain features, and products of any two of
    them estimates how likely the best sentence answers; scripts/calibrate_reader.py fits it.
    """

    name = "trained"
    threshold = THRESHOLD

    def __init__(self, model: CrossEncoder, embedder: Embedder, *, seconds: float | None = None) -> None:
        self._model = model
        self._embedder = embedder
        self._seconds = seconds

    def score(self, sentences: Sentences) -> Scores:
        """Return the sixteen best sentences, best first, with the words that answer."""
        found = self.find(sentences)
        if not found:
            return Scores((), 0.0)
        # A description may stand in a passage that tells little else; what tells most of the name counts as well.
        firsts = {id(one): one for one in (found[0], max(found, key=lambda one: weigh(RANKING, one.features)))}
        confidence = max(
            logistic(weigh(ANSWERED, multiply(measure_confidence(sentences, one, self._embedder), SEEN)))
            for one in firsts.values()
        )
        is_yes_or_no = asks_yes_or_no(sentences.question.text)
        ranked = [
            ScoredSentence(
                candidate.sentence,
                candidate.score,
                *((None, 0.0) if is_yes_or_no else _short_answer(sentences, candidate)),
            )
            for candidate in found[:_RANKED]
        ]
        return Scores(ranked, confidence)

    def find(self, sentences: Sentences) -> list[Found]:
        """Return the sentences that may contain an answer, best first."""
        readings = self._model.read(sentences.question.text, sentences.evidence, seconds=self._seconds)
        of_passage = dict(zip((scored.passage.id for scored in sentences.evidence), readings, strict=True))
        found = [
            candidate
            for id_, members in itertools.groupby(sentences.all, key=lambda candidate: candidate.source.passage.id)
            if (reading := of_passage[id_]) is not None
            for candidate in _find(sentences, members, reading)
        ]
        return sorted(found, key=lambda one: -one.score)


def measure_confidence(sentences: Sentences, best: Found, embedder: Embedder) -> dict[str, float]:
    """Return the features that show whether the best sentence answers.

    Besides its features: `cosine` of sentence and question, `retrieved_best`, the score of the passage that was found
    first, and from `Sentences.measure_support` what has to do with the passage as a whole.
    """
    vector = embedder.embed([best.sentence.readable])[0]
    return {
        **sentences.measure_support(best.sentence, {}),
        **best.features,
        "cosine": float(vector @ embedder.embed_question(sentences.question.text)),
        "retrieved_best": max(map(_retrieved, sentences.evidence)),
    }


def multiply(measured: Mapping[str, float], seen: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return the values named in `seen` and, as `a*b`, their products: the longer a question, say, the more counts how
    much of it is covered. `seen` holds the lowest and highest that weights were fitted on; none goes further than that.
    """
    inside = {name: min(max(measured[name], low), high) for name, (low, high) in seen.items()}
    pairs = itertools.combinations_with_replacement(inside, 2)
    return inside | {f"{first}*{second}": inside[first] * inside[second] for first, second in pairs}


def _retrieved(scored: ScoredPassage) -> float:
    return scored.score if scored.retrieved is None else scored.retrieved


def _find(sentences: Sentences, members: Iterable[Sentence], reading: PassageReading) -> Iterator[Found]:
    """Yield the sentences of one passage that have a token."""
    name = described_in(sentences.question.text)
    for sentence in members:
        look = reading.look(*sentence.spans[sentence.place])
        if look is not None:
            first, last = sentence.whole_list or (sentence.place, sentence.place)
            whole = reading.look(sentence.spans[first][0], sentence.spans[last][1]) or look
            features = {
                "answers": reading.answers,
                "margin": reading.margin,
                "retrieved": _retrieved(sentence.source),
                "log_share": whole.log_share,
                "covered": sentences.cover({*sentence.terms, *(sentence.before if sentence.leans_back else ())}),
            }
            yield Found(sentence, features, reading, name is not None and describe(sentence.text, name) is not None)


def _short_answer(sentences: Sentences, found: Found) -> tuple[Span | None, float]:
    """Return the words of the sentence that answer, if there are any, and how far ahead of others they are."""
    sentence = found.sentence
    passage = sentence.source.passage
    name = described_in(sentences.question.text)
    description = describe(sentence.text, name) if name is not None else None
    if description is not None:
        return Span(passage, sentence.start + description[0], sentence.start + description[1]), 3.0
    chosen = choose_span(sentences, sentence, find_spans(found.reading, sentence))
    if chosen is None:
        return None, 0.0
    (start, end), lead = chosen
    if name is not None and passage.text[start].isdigit() and names(sentence.text, name):
        return None, 0.0  # a figure does not say what a named thing is
    return Span(passage, passage.start + start, passage.start + end), lead
