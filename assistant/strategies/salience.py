"""Chooses the most informative sentences of articles: central, early and on the topic, each adding something new."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from assistant.readers.excerpts import are_copies, excerpt, stands_alone
from assistant.readers.sentence_features import list_sentences
from assistant.understanding.answer_types import find_names
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from assistant.readers.reader import Span
    from index import ScoredPassage

_FEWEST_TERMS = 4
_LONGEST = 520  # characters
# What a sentence's place in its article, its words on the topic, and a figure count beside its being central (0 to 1).
_EARLY = 0.65
_ON_TOPIC = 0.5
_HAS_FIGURE = 0.15
# The penalties for speaking of someone not named before, and for a first word that depends on other sentences.
_UNNAMED = 0.6
_LEANS = 0.3
# The penalties for repetition, and for another sentence of the same article.
_REPEATS = 1.4
_SAME_ARTICLE = 0.2
_HE_OR_SHE = re.compile(r"\b(?:he|she|him|her|his)\b", re.IGNORECASE)
_LEANING = re.compile(
    r"\W*+(?:however|instead|meanwhile|still|yet|then|also|unfortunately|moreover|besides|nonetheless|nevertheless"
    r"|for example|for instance|in addition|as a result|another|one of|not all|thus|hence|in our|we|i|you)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…][\"'”’»)\]\s]*$")
_NO_PROSE = re.compile(
    r"\W*+(?:B[yY] [A-Z][\w.-]+ [A-Z]|(?i:photo(?:graph)?:|image:|read more|related:|sign up|subscribe|click here"
    r"|follow us|advertisement|copyright|©|editor['’]s note|updated?:|watch:|listen:|also read"
    r"|this (?:article|story) (?:was|has|first|originally)))"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """An excerpt that could be quoted; `place` is its number among the sentences of its article."""

    span: Span
    source: ScoredPassage
    place: int
    terms: frozenset[str]
    counts: Counter[str]


def find_candidates(passages: Sequence[ScoredPassage], *, most: int) -> list[Candidate]:
    """Return the excerpts of one article's first `most` sentences that are prose and make sense alone.

    Where none makes sense alone, as in an article of one sentence, return them all.
    """
    found: dict[tuple[int, int], Candidate] = {}
    for place, sentence in enumerate(list_sentences(passages)[:most]):
        text = sentence.text
        if text.rstrip("\"'”’) ").endswith("?") or not _ENDS.search(text) or _NO_PROSE.match(text):
            continue
        span = excerpt(sentence)
        words = terms(span.text)
        if len(set(words)) < _FEWEST_TERMS or len(span.text) > _LONGEST:
            continue
        found.setdefault(
            (span.start, span.end), Candidate(span, sentence.source, place, frozenset(words), Counter(words))
        )
    return prefer_alone(list(found.values()))


def prefer_alone(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates that make sense alone; all where none does."""
    return [candidate for candidate in candidates if stands_alone(candidate.span)] or candidates


def choose(
    candidates: Sequence[Candidate],
    *,
    most: int,
    on_topic: Callable[[Candidate], float] = lambda _: 0.0,
) -> list[Candidate]:
    """Return up to `most` candidates, best first, chosen one by one so that each adds to the earlier ones."""
    if not candidates:
        return []
    alike = similarities([candidate.counts for candidate in candidates])
    central = alike.mean(axis=1)
    central = central / central.max()
    worth = np.array(
        [
            central[row]
            + _EARLY / (1 + 0.5 * candidate.place)
            + _ON_TOPIC * on_topic(candidate)
            + _HAS_FIGURE * any(character.isdigit() for character in candidate.span.text)
            - _UNNAMED * _names_nobody(candidate.span.text)
            - _LEANS * (_LEANING.match(candidate.span.text) is not None)
            for row, candidate in enumerate(candidates)
        ]
    )
    chosen: list[int] = []
    for _ in range(min(most, len(candidates))):
        taken = Counter(candidates[row].source.article.id for row in chosen)
        repeats = alike[:, chosen].max(axis=1) if chosen else np.zeros(len(candidates))
        gains = worth - _REPEATS * repeats
        gains -= [_SAME_ARTICLE * taken[candidate.source.article.id] for candidate in candidates]
        quoted = [candidates[row].span for row in chosen]
        gains[[row for row, candidate in enumerate(candidates) if any(map(candidate.span.overlaps, quoted))]] = -np.inf
        best = int(gains.argmax())
        if not np.isfinite(gains[best]):
            break
        chosen.append(best)
    return [candidates[row] for row in chosen]


def with_copies(chosen: Sequence[Candidate], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the chosen candidates and their copies in other articles."""
    found = list(chosen)
    for candidate in candidates:
        elsewhere = [other for other in chosen if other.source.article.id != candidate.source.article.id]
        if candidate not in found and any(are_copies(candidate.span.text, other.span.text) for other in elsewhere):
            found.append(candidate)
    return found


def representatives(counts: Sequence[Counter[str]], *, most: int) -> list[int]:
    """Return which texts best represent all of them, the most representative first."""
    alike = similarities(counts)
    covered = np.zeros(len(counts))
    chosen: list[int] = []
    for _ in range(min(most, len(counts))):
        gains = np.maximum(alike, covered).sum(axis=1)
        gains[chosen] = -np.inf
        best = int(gains.argmax())
        chosen.append(best)
        covered = np.maximum(covered, alike[best])
    return chosen


def similarities(counts: Sequence[Counter[str]]) -> NDArray[np.float64]:
    """Return the cosine of every two texts, by their terms weighted by how rare they are among the texts."""
    within: Counter[str] = Counter(term for text in counts for term in text)
    column = {term: number for number, term in enumerate(within)}
    matrix = np.zeros((len(counts), max(1, len(column))))
    for row, text in enumerate(counts):
        for term, count in text.items():
            matrix[row, column[term]] = (1 + math.log(count)) * math.log(1 + len(counts) / within[term])
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(norms > 0, norms, 1)
    product: NDArray[np.float64] = matrix @ matrix.T
    return product


def _names_nobody(text: str) -> bool:
    """Return whether a text says he or she before it has named anybody."""
    pronoun = _HE_OR_SHE.search(text)
    return pronoun is not None and not text.isupper() and not find_names(text[: pronoun.start()])
