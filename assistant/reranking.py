"""Puts the passages that were found in a better order, by reading the first of them together with the question."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from assistant.readers.scoring import logistic
from assistant.understanding.question_forms import is_question
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.cross_encoder import CrossEncoder, PassageReading
    from index.article import ScoredPassage

# The weight of the reader's verdict against the retrieval score; docs/benchmarks.md has what other values give.
VERDICT = 1.0
PASSAGES = 8
"""How many passages are read; docs/benchmarks.md has what more and fewer give."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reranker:
    """Reads the first `passages` of what was found, for `seconds` at most."""

    model: CrossEncoder
    passages: int = PASSAGES
    seconds: float | None = None

    def rerank(self, question: str, found: Sequence[ScoredPassage]) -> list[ScoredPassage]:
        """Return the passages, best first, scored anew: a mix (0 to 1) of the score they had and the reader's verdict.

        One that was not read keeps its share of the mix. A query that is no question keeps its order.
        """
        weight = VERDICT if is_question(question) else 0.0
        first = found[: self.passages]
        readings = self.model.read(question, first, seconds=self.seconds)
        judged = [_judge(*pair, weight) for pair in itertools.zip_longest(found, readings)]
        order = sorted(range(len(found)), key=lambda place: (-judged[place].score, place))
        return [dataclasses.replace(judged[place], rank=rank) for rank, place in enumerate(order, start=1)]


def _judge(scored: ScoredPassage, reading: PassageReading | None, weight: float) -> ScoredPassage:
    """Return the passage with its new score, in which the verdict has this weight.

    Its highlight is the sentence that the reader would point at.
    """
    verdict = logistic(reading.answers) if reading is not None else 0.0
    return dataclasses.replace(
        scored,
        score=(scored.score + weight * verdict) / (1 + weight),
        retrieved=scored.score,
        highlight=_highlight(scored, reading) if reading is not None else None,
    )


def _highlight(scored: ScoredPassage, reading: PassageReading) -> tuple[int, int] | None:
    looks = [(span, reading.look(*span)) for span in split_sentences(scored.passage.text)]
    shares = [(look.log_share, span) for span, look in looks if look is not None]
    if not shares:
        return None
    _, (start, end) = max(shares)
    return scored.passage.start + start, scored.passage.start + end
