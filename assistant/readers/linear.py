"""Judges sentences by a linear model over plain features, without the trained reader and with little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.readers.linear_weights import ANSWERED, RANKING
from assistant.readers.reader import Span
from assistant.readers.scoring import ScoredSentence, Scores, logistic, weigh
from assistant.readers.short_answers import find_short_answer

if TYPE_CHECKING:
    from assistant.readers.sentence_features import Sentence, Sentences
    from index.passages.embedding import Embedder

THRESHOLD = 0.12
# How many sentences are embedded, the best by the other features; each costs 2 to 3 ms on two cores. Of
# 1,490 questions, three get a different first sentence than if all are embedded; with four embedded, 16; with one, 182.
_EMBEDDED = 16


class LinearScorer:
    """Ranks sentences by the weighted features of `sentence_features`.

    A logistic model over a few of them gives the chance that the best one is right.
    """

    name = "linear"
    threshold = THRESHOLD

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def score(self, sentences: Sentences) -> Scores:
        """Return the sentences, best first; only the best 16 by the cheap features are embedded and kept."""
        ranked = rank(sentences, self._embedder)
        if not ranked:
            return Scores((), 0.0)
        best, features, _ = ranked[0]
        confidence = logistic(weigh(ANSWERED, sentences.measure_support(best, features)))
        found = [ScoredSentence(sentence, score, _short_answer(sentences, sentence)) for sentence, _, score in ranked]
        return Scores(found, confidence)


def rank(sentences: Sentences, embedder: Embedder) -> list[tuple[Sentence, dict[str, float], float]]:
    """Return the sentences with their features and scores, best first."""
    measured = [(sentence, sentences.measure(sentence)) for sentence in sentences.all]
    measured.sort(key=lambda pair: -weigh(RANKING, pair[1]))
    measured = measured[:_EMBEDDED]
    if not measured:
        return []
    vectors = embedder.embed([sentence.readable for sentence, _ in measured])
    cosines = vectors @ embedder.embed_question(sentences.question.text)
    ranked = []
    for (sentence, features), cosine in zip(measured, cosines, strict=True):
        features["cosine"] = float(cosine)
        ranked.append((sentence, features, weigh(RANKING, features)))
    return sorted(ranked, key=lambda entry: -entry[2])


def _short_answer(sentences: Sentences, sentence: Sentence) -> Span | None:
    """Return the short answer, from the previous sentence if the chosen one depends on it and has none."""
    for candidate in [sentence, *sentences.before(sentence)]:
        found = find_short_answer(sentences, candidate)
        if found is not None:
            return Span(candidate.source.passage, candidate.start + found[0], candidate.start + found[1])
    return None
