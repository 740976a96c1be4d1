"""Finds the sentences of a passage that support a statement, and measures how well they do."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from assistant.readers.reader import Span
from assistant.support.agreement import find_problems
from assistant.support.names import root
from assistant.support.quotations import find_quotations, locate
from assistant.support.reading import Item, Reading, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from index.article import Passage
    from index.passages.embedding import Embedder

    _Judged = tuple[range, float, list[str]]

SUPPORTED = 0.5
"""The score from which a statement counts as supported."""
MAX_STATEMENT = 4000
"""The longest statement, in characters; a longer one is not a single statement and counts as unsupported."""
MAX_ITEMS = 250
"""The most words, names and figures of a statement, likewise."""
MAX_PASSAGE = 5000
"""Characters of a passage that are read; passages of the index are far shorter."""
_MAX_SENTENCES = 3
_EXAMINED = 5  # windows whose facts are compared, those with the best wording first
_LONGER = 0.04  # what each further sentence must add to the wording score to be included
_OUTVOTED = 0.15
# The wording score from which sentences without a contradicting fact count as support. Neighbouring passages, which
# share the subject, reach 0.5 and more ("off_by_one" in tests/benchmarks/mutations.py); paraphrases reach 0.65.
_ALIKE = 0.56
_LIGHT = 0.25  # the weight of reporting verbs and of words that refer to the sources
_LIGHT_WORDS = frozenset(
    """
    say tell accord report state claim add note announc explain mention passag articl sourc text provid describ
    statement
    """.split()
)
_FACT_WEIGHT = 1.5
_DIFFERS = 0.45  # the factor on the score if a fact differs; makes it less than SUPPORTED


@dataclasses.dataclass(frozen=True, slots=True)
class Support:
    """The span of a passage that best supports a statement, how well (0 to 1), and what contradicts it.

    The statement counts as supported exactly if the score is at least `SUPPORTED`.
    """

    span: Span
    score: float
    problems: tuple[str, ...]


def find_support(statement: str, passage: Passage, *, embedder: Embedder, about: str = "") -> Support:
    """Return the sentence, or the two or three neighbouring ones, of a passage that best support a statement.

    `about` is what was shown with the passage (title, source, date): names and dates may come from there, claims may
    not.
    """
    return support_statement(statement, [passage], embedder=embedder, abouts=[about])[0]


def support_statement(
    statement: str, passages: Sequence[Passage], *, embedder: Embedder, abouts: Sequence[str] = ()
) -> list[Support]:
    """Return the support that each passage gives, in order; `abouts`, if given, has one text for each passage.

    The wording score is the mean of two measures: the weighted share of the statement's terms that the sentences have,
    and the cosine of the embeddings. Facts must agree whatever the wording.
    """
    if len(statement) > MAX_STATEMENT:
        return [_none(passage, "too long to be checked") for passage in passages]
    readings = [_read_passage(passage.text[:MAX_PASSAGE]) for passage in passages]
    vectors = _embed(statement, readings, embedder)
    known = [*abouts, *[""] * (len(passages) - len(abouts))]
    return [
        _support(statement, passage, reading, cosines, about)
        for passage, reading, cosines, about in zip(passages, readings, vectors, known, strict=True)
    ]


@functools.lru_cache(maxsize=512)
def _read_passage(text: str) -> Reading:
    return read(text)


@functools.lru_cache(maxsize=512)
def _read_about(text: str, proper: frozenset[str]) -> Reading:
    return read(text, proper=proper)


def _none(passage: Passage, problem: str) -> Support:
    return Support(Span(passage, passage.start, passage.end), 0.0, (problem,))


def _embed(statement: str, readings: Sequence[Reading], embedder: Embedder) -> list[NDArray[np.float32]]:
    """Return for each reading one row for the statement and one per sentence, all embedded at once."""
    texts = [statement]
    for reading in readings:
        texts += [reading.text[start:end] for start, end in reading.sentences]
    distinct = list(dict.fromkeys(texts))
    rows = dict(zip(distinct, embedder.embed(distinct), strict=True))
    return [
        np.stack([rows[statement], *(rows[reading.text[start:end]] for start, end in reading.sentences)])
        for reading in readings
    ]


def _support(text: str, passage: Passage, reading: Reading, vectors: NDArray[np.float32], about: str) -> Support:
    statement = read(text, proper=reading.proper)
    items = [item for item in statement.items if item.kind != "pronoun"]
    if not items or not reading.sentences:
        return _none(passage, "nothing to check")
    if len(items) > MAX_ITEMS:
        return _none(passage, "too long to be checked")
    quotations = find_quotations(text)
    places = [locate(quotation, reading.text) for quotation in quotations]
    windows = _windows(len(reading.sentences))
    standing = next((place for place in places if place is not None), None)
    if standing is not None:
        windows = _covering(windows, reading, standing) or windows
    wording = _Wording(items, reading, vectors, quoted=standing is not None)
    alike = {window: wording.of(window) for window in windows}
    ranked = sorted(windows, key=lambda window: -alike[window] + _LONGER * len(window))[:_EXAMINED]
    known = _read_about(about, reading.proper) if about else None
    missing = ["quotation not in the passage"] if None in places else []
    # A window that is much less like the statement than its neighbour cannot outrank it.
    closest = max(alike[window] for window in ranked)
    ranked = [window for window in ranked if alike[window] >= closest - _OUTVOTED]
    at_most = [_value(_judge(window, alike[window], missing)) for window in ranked]
    judged: list[_Judged] = []
    for place, window in enumerate(ranked):
        if judged and max(map(_value, judged)) >= max(at_most[place:]):
            break  # comparing facts is slow, and can only lower a window's score
        judged.append(_judge(window, alike[window], [*missing, *find_problems(statement, reading, window, known)]))
    best, score, problems = max(judged, key=_value)
    start, end = reading.sentences[best[0]][0], reading.sentences[best[-1]][1]
    return Support(Span(passage, passage.start + start, passage.start + end), score, tuple(problems))


def _judge(window: range, wording: float, problems: list[str]) -> _Judged:
    """Return a window with its score and what contradicts the statement."""
    if problems:
        return window, _DIFFERS * wording, problems
    if wording < _ALIKE:
        return window, SUPPORTED * wording / _ALIKE, ["the passage says something else"]
    return window, SUPPORTED + (1 - SUPPORTED) * (wording - _ALIKE) / (1 - _ALIKE), []


def _value(judged: _Judged) -> float:
    window, score, _ = judged
    return score - _LONGER * len(window)


def _windows(count: int) -> list[range]:
    """Return every run of one to three adjacent sentences."""
    return [range(start, start + size) for size in range(1, _MAX_SENTENCES + 1) for start in range(count - size + 1)]


def _covering(windows: Sequence[range], reading: Reading, place: tuple[int, int]) -> list[range]:
    """Return the windows that contain a stretch; if it takes more than three sentences, the shortest run that contains
    it.
    """
    holding = [
        sentence for sentence, (start, end) in enumerate(reading.sentences) if start < place[1] and place[0] < end
    ]
    if not holding:
        return []
    first, last = holding[0], holding[-1]
    return [window for window in windows if window[0] <= first and last <= window[-1]] or [range(first, last + 1)]


class _Wording:
    """How well the wording of some sentences matches a statement, facts aside; 0 to 1."""

    def __init__(self, items: Sequence[Item], reading: Reading, vectors: NDArray[np.float32], *, quoted: bool) -> None:
        self._quoted = quoted
        self._weights = [_weight(item) for item in items]
        self._total = sum(self._weights)
        keys: list[set[str]] = [set() for _ in reading.sentences]
        for item in reading.items:
            keys[item.sentence].add(item.key)
            keys[item.sentence] |= {name for name, _ in item.sides}
        self._has = [
            [_is_in(item, own, words) for item in items] for own, words in zip(keys, reading.words, strict=True)
        ]
        self._statement, self._sentences = vectors[0], vectors[1:]

    def of(self, window: range) -> float:
        """Return the mean of the covered weight and the cosine."""
        covered = sum(
            weight for term, weight in enumerate(self._weights) if any(self._has[sentence][term] for sentence in window)
        )
        together = self._sentences[window[0] : window[-1] + 1].sum(axis=0)
        norm = float(np.linalg.norm(together)) or 1.0
        near = [float(self._statement @ self._sentences[sentence]) for sentence in window] + [
            float(self._statement @ together) / norm
        ]
        share = covered / self._total
        alike = (share + max(near)) / 2
        # Words that occur verbatim do not need a similar sentence.
        return min(1.0, max(0.0, alike, share if self._quoted else 0.0))


def _weight(item: Item) -> float:
    if item.kind != "word":
        return _FACT_WEIGHT
    return _LIGHT if item.key in _LIGHT_WORDS else 1.0


def _is_in(item: Item, keys: set[str], words: frozenset[str]) -> bool:
    if item.kind == "name":
        return item.key in keys or any(word in words or root(word) in words for word in item.words[-1:])
    return item.key in keys or any(name in keys for name, _ in item.sides)
