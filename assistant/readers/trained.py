"""Judges sentences by the trained reader: where an answer stands, and whether one does."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING

from assistant.readers.reader import Span
from assistant.readers.scoring import ScoredSentence, Scores, logistic, weigh
from assistant.readers.trained_weights import ANSWERED, RANKING, THRESHOLD
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assistant.readers.cross_encoder import CrossEncoder, Reading
    from assistant.readers.sentence_features import Sentence, Sentences

_RANKED = 16  # sentences that are told apart
_FAR = 5.0
_YES_OR_NO = re.compile(
    r"(?:and |but |so )?(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b"
    r"(?!.*\bor\b)",
    re.IGNORECASE,
)
_NO_ANSWER_ENDS = " \t\n.,;:!?"


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The best answer within one sentence: `span` are its characters in the passage.

    Of the `features`, `answers` is the model's verdict on the passage and `margin` what all its spans have over "no
    answer here", both as log-odds, `retrieved` the score that it was found with, and `log_share` the logarithm of the
    sentence's share of what the model believes of the passage's spans. `covered` is the share of the question's terms
    in the sentence, with the one before it where it leans on that. `best_margin` is `margin` for the best span.
    """

    sentence: Sentence
    features: dict[str, float]
    span: tuple[int, int]
    best_margin: float

    @property
    def score(self) -> float:
        """Log-odds, comparable within one question."""
        return weigh(RANKING, self.features)

    def is_at(self, places: Iterable[tuple[str, int, int]]) -> bool:
        """Say whether the sentence overlaps one of the places (article, characters)."""
        passage = self.sentence.source.passage
        start, end = (passage.start + at for at in self.sentence.spans[self.sentence.place])
        return any(passage.article_id == article and start < to and at < end for article, at, to in places)

    @property
    def text(self) -> str:
        """The words of the answer."""
        return self.sentence.source.passage.text[slice(*self.span)]


class TrainedScorer:
    """Ranks the sentences of passages that the cross-encoder reads.

    A logistic model over what it says, the retrieval's score, and a few plain features tells how likely the best
    sentence answers; scripts/calibrate_reader.py fits it.
    """

    name = "trained"
    threshold = THRESHOLD

    def __init__(self, model: CrossEncoder, *, seconds: float | None = None) -> None:
        self._model = model
        self._seconds = seconds

    def score(self, sentences: Sentences) -> Scores:
        """Return the best sentence and others of passages that are believed to answer, with the words that answer."""
        found = self.find(sentences)
        if not found:
            return Scores((), 0.0)
        confidence = logistic(weigh(ANSWERED, measure_confidence(sentences, found)))
        asks_yes_or_no = _YES_OR_NO.match(sentences.question.text) is not None
        ranked = [
            ScoredSentence(one.sentence, one.score, None if asks_yes_or_no else _short_answer(one))
            for place, one in enumerate(found[:_RANKED])
            if place == 0 or one.features["answers"] > 0
        ]
        return Scores(ranked, confidence)

    def find(self, sentences: Sentences) -> list[Found]:
        """Return the sentences in which an answer can stand, best first."""
        readings = self._model.read(sentences.question.text, sentences.evidence, seconds=self._seconds)
        of_passage = dict(zip((one.passage.id for one in sentences.evidence), readings, strict=True))
        found = [
            one
            for id_, members in itertools.groupby(sentences.all, key=lambda one: one.source.passage.id)
            if (reading := of_passage[id_]) is not None
            for one in _find(sentences, members, reading)
        ]
        return sorted(found, key=lambda one: -one.score)


def measure_confidence(sentences: Sentences, found: Sequence[Found]) -> dict[str, float]:
    """Return what tells whether the best sentence answers.

    Of these, `ahead` is how far its score is above that of the best sentence of another passage (5 at most), and
    `agreement` says that the one gives the same words as the other. The rest is explained in `Found` and in
    `Sentences.measure_support`.
    """
    first = found[0]
    passage = first.sentence.source.passage.id
    rival = next((one for one in found if one.sentence.source.passage.id != passage), None)
    return {
        **sentences.measure_support(first.sentence, sentences.measure(first.sentence)),
        **first.features,
        "best_margin": first.best_margin,
        "ahead": min(first.score - rival.score, _FAR) if rival is not None else _FAR,
        "agreement": float(rival is not None and terms(rival.text) == terms(first.text)),
    }


def _find(sentences: Sentences, members: Iterable[Sentence], reading: Reading) -> Iterator[Found]:
    """Yield the sentences of one passage that hold a token, with the best span of each."""
    for sentence in members:
        look = reading.look(*sentence.spans[sentence.place])
        if look is not None:
            features = {
                "answers": reading.answers,
                "margin": reading.margin,
                "retrieved": sentence.source.score,
                "log_share": look.log_share,
                "covered": sentences.cover({*sentence.terms, *(sentence.before if sentence.leans_back else ())}),
            }
            yield Found(sentence, features, look.span, look.best_margin)


def _short_answer(one: Found) -> Span | None:
    """Return the best span as whole words without punctuation at its end; None where nothing is left."""
    passage = one.sentence.source.passage
    start, end = one.span
    while start > 0 and passage.text[start - 1 : start + 1].isalnum():
        start -= 1
    while passage.text[end - 1 : end + 1].isalnum() and end < len(passage.text):
        end += 1
    words = passage.text[start:end]
    end -= len(words) - len(words.rstrip(_NO_ANSWER_ENDS))
    return Span(passage, passage.start + start, passage.start + end) if start < end else None
