"""Judges the sentences of the evidence: the interface between the extractive reader and its scorers."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.readers.reader import Span
    from assistant.readers.sentence_features import Sentence, Sentences


@dataclasses.dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence with its score (log-odds, comparable within one question only) and the words in it that answer.

    `lead` is how far these are ahead of other words of the sentence (log-odds, 0 to 3).
    """

    sentence: Sentence
    score: float
    short_answer: Span | None
    lead: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Scores:
    """The sentences that may answer, best first, and the probability that the best one does."""

    ranked: Sequence[ScoredSentence]
    confidence: float


class Scorer(Protocol):
    """Judges sentences. `threshold` is the confidence below which the reader should say "not found"."""

    @property
    def name(self) -> str:
        """The scorer's name."""

    @property
    def threshold(self) -> float:
        """The confidence that an answer should have."""

    def score(self, sentences: Sentences) -> Scores:
        """Return the scores of the sentences of the evidence for one question."""


def weigh(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """Return the weighted sum of the features that have a weight, plus the bias if there is one."""
    return weights.get("bias", 0.0) + sum(weights[name] * features[name] for name in features if name in weights)


def logistic(log_odds: float) -> float:
    """Return the probability that corresponds to log-odds."""
    return 1 / (1 + math.exp(-log_odds)) if log_odds > 0 else math.exp(log_odds) / (1 + math.exp(log_odds))
