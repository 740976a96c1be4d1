"""Measures how well each sentence of the evidence answers a question, by a few features with plain meanings."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from assistant.understanding.answer_types import AnswerType, find_answers, has_form, kind_of, name_terms
from index.passages.sentences import split_sentences
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from assistant.readers.reader import Judged
    from index.article import ScoredPassage

MAX_QUESTION = 600
"""Characters of a question that are read."""
_NEAR = 60  # characters on either side of a possible answer
_CENTURIES = {"16", "17", "18", "19", "20"}
_FEW = 4  # most terms of a short sentence
# Words that show what kind of thing is asked for; a sentence that answers need not repeat them.
_KIND_WORDS = (
    "many much long old far tall year day date month time percent percentage number amount name named called person"
    " kind type country city place happen say said tell told latest get got going supposed describe"
)
_SPEECH = re.compile(
    r"\b(?:say|says|saying|said|told|tells?|call(?:s|ed)|describ\w+|demand\w*|claim\w*|announc\w+|argu\w+|stat(?:ed|es|ing)"
    r"|add(?:ed|s)|warn\w*|promis\w+|ask(?:ed|s)|wrote|insist\w*|express\w*|according to|want(?:s|ed))\b|[\"“”]",
    re.IGNORECASE,
)
_LEANS_BACK = re.compile(
    r"[“\"'‘(]*(?:(?:and|but|so|then|however|also|later),? )?"
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|such|the (?:former|latter|two))\b",
    re.IGNORECASE,
)
_SUPPORT = ("cosine", "coverage", "coverage_before", "pairs", "near")
BULLET = re.compile(r"\s*(?:[-*•–—]|\d{1,3}[.)])\s+")
"""The sign before the line of a list."""
_LONGEST_LIST = 700  # characters
FEATURES = (
    "cosine",
    "coverage",
    "coverage_before",
    "coverage_carried",
    "coverage_title",
    "pairs",
    "passage_score",
    "person",
    "date",
    "number",
    "place",
    "near",
    "speaker",
    "short",
    "length",
    "news",
    "asks",
)
"""What `Sentences.measure` and the cosine give the ranking; each is explained there."""


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """A parsed question: its content terms, and which of them are names or numbers."""

    text: str
    kind: AnswerType
    terms: tuple[str, ...]
    names: frozenset[str]
    every_term: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> ParsedQuestion:
        """Parse the first 600 characters of `text`."""
        text = " ".join(text[:MAX_QUESTION].split())
        every = tuple(dict.fromkeys(terms(text)))
        content = tuple(term for term in every if term not in _kind_terms()) or every
        capitalised = set() if text.isupper() else name_terms(text)
        names = frozenset(term for term in content if term in capitalised or term.isdigit())
        return cls(text, kind_of(text), content, names, frozenset(every))


@functools.cache
def _kind_terms() -> frozenset[str]:
    return frozenset(terms(_KIND_WORDS))


@dataclasses.dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the evidence: number `place` of the `spans` (characters, in the passage's text) of its passage."""

    source: ScoredPassage
    place: int
    spans: tuple[tuple[int, int], ...]
    terms: tuple[str, ...]
    before: tuple[str, ...]
    """The terms of the sentence before it in the passage."""

    @property
    def text(self) -> str:
        """Its words."""
        return self.stretch(self.place, self.place)

    def stretch(self, first: int, last: int) -> str:
        """Return the passage's text from sentence `first` to sentence `last`."""
        return self.source.passage.text[self.spans[first][0] : self.spans[last][1]]

    @property
    def start(self) -> int:
        """Its first character, in the article."""
        return self.source.passage.start + self.spans[self.place][0]

    @property
    def leans_back(self) -> bool:
        """Whether it begins with a pronoun and continues a sentence of the same passage."""
        return self.place > 0 and _LEANS_BACK.match(self.text) is not None

    @property
    def whole_list(self) -> tuple[int, int] | None:
        """The places of the sentence that introduces the list this sentence is in or announces, and of the list's last
        item.
        """
        if not (self._is_listed(self.place) or (self.text.endswith(":") and self._is_listed(self.place + 1))):
            return None
        first = last = self.place
        while first > 0 and self._is_listed(first):
            first -= 1
        while self._is_listed(last + 1) and self.spans[last + 1][1] - self.spans[first][0] <= _LONGEST_LIST:
            last += 1
        return first, last

    def _is_listed(self, place: int) -> bool:
        return place < len(self.spans) and BULLET.match(self.stretch(place, place)) is not None

    @property
    def readable(self) -> str:
        """The sentence with the one before it if it depends on that."""
        return self.stretch(self.place - self.leans_back, self.place)


def list_sentences(evidence: Sequence[ScoredPassage]) -> list[Sentence]:
    """Return every sentence of the evidence, passage by passage."""
    found: list[Sentence] = []
    for source in evidence:
        spans = tuple(split_sentences(source.passage.text))
        before: tuple[str, ...] = ()
        for place, (start, end) in enumerate(spans):
            own = tuple(terms(source.passage.text[start:end]))
            found.append(Sentence(source, place, spans, own, before))
            before = own
    return found


def find_judged(judged: Iterable[Judged], sentences: Iterable[Sentence]) -> list[tuple[Judged, Sentence]]:
    """Return what a reader judged, in its order, each with the sentence meant; without what is not among these."""
    by_start = {(sentence.source.passage.id, sentence.start): sentence for sentence in sentences}
    starts = ((each, (each.span.passage.id, each.span.start)) for each in judged)
    return [(each, by_start[start]) for each, start in starts if start in by_start]


class Sentences:
    """The sentences of the evidence for one question, measured one by one and against each other."""

    def __init__(self, question: ParsedQuestion, evidence: Sequence[ScoredPassage]) -> None:
        self.question = question
        self.evidence = tuple(evidence)
        self.all = list_sentences(evidence)
        self._rarity = _rarity(question.terms, self.all)
        self._total = sum(self._rarity.values())
        self._best_score = max((source.score for source in evidence), default=0.0)
        self._titles = {source.article.id: set(terms(source.article.title or "")) for source in evidence}
        self._passages: dict[str, set[str]] = {source.passage.id: set() for source in evidence}
        for sentence in self.all:
            self._passages[sentence.source.passage.id].update(sentence.terms)

    def cover(self, present: Collection[str]) -> float:
        """Return the share (0 to 1) of the question's terms that are `present`, rare ones counting more."""
        return (
            sum(weight for term, weight in self._rarity.items() if term in present) / self._total
            if self._total
            else 0.0
        )

    def measure(self, sentence: Sentence) -> dict[str, float]:
        """Return the features of one sentence, all but `cosine`.

        `coverage` is the share of the question's terms in it; `coverage_before` and `coverage_title` are what the
        sentence before it and the title add, `coverage_carried` is the former where it begins with a pronoun. `pairs`
        is the share of neighbouring question terms that are neighbours here, `passage_score` the retriever's score over
        the best one. `person`, `date`, `number` and `place` say that the kind asked for is there and not only in the
        question, `near` how much of the question stands within 60 characters of it, `speaker` that it reports speech
        of the one asked about. `short`, `length`, `news` (terms that are not the question's) and `asks` (it is a
        question itself) describe the sentence.
        """
        question, own = self.question, set(sentence.terms)
        coverage = self.cover(own)
        before = self.cover(own.union(sentence.before)) - coverage
        answers = self.new_answers(sentence)
        kind = "date" if question.kind == "time" else question.kind
        return {
            "coverage": coverage,
            "coverage_before": before,
            "coverage_carried": before * sentence.leans_back,
            "coverage_title": self.cover(own | self._titles[sentence.source.article.id]) - coverage,
            "pairs": _pair_share(question.terms, sentence.terms),
            "passage_score": sentence.source.score / self._best_score if self._best_score > 0 else 0.0,
            **{name: float(kind == name and bool(answers)) for name in ("person", "date", "number", "place")},
            "near": max((self.nearness(sentence, span) for span in answers), default=0.0),
            "speaker": float(self._reports_speech(sentence)),
            "short": float(len(sentence.terms) < _FEW),
            "length": math.log(1 + len(sentence.terms)),
            "news": min(len(own - question.every_term), 10) / 10,
            "asks": float(sentence.text.rstrip("\"'”’) ").endswith("?")),
        }

    def measure_support(self, sentence: Sentence, features: dict[str, float]) -> dict[str, float]:
        """Return the features that show whether the best sentence answers at all.

        Besides some of its features: `passage_coverage`, the share of the question's terms in its passage, the title
        and the year of publication; `names_missing`, the share of the question's names and numbers that neither its
        passage nor the title holds; `year_missing`, that they, and the date of publication, lack a year it names;
        `kind_missing`, that a date or a number is asked for and none is there; `question_length`, the logarithm of the
        number of terms.
        """
        question, article = self.question, sentence.source.article
        passage = self._passages[sentence.source.passage.id] | self._titles[article.id]
        if article.published is not None:
            passage.add(str(article.published.year))
        figure = question.kind in {"date", "time", "number"}
        return {
            **{name: features[name] for name in _SUPPORT if name in features},
            "passage_coverage": self.cover(passage),
            "names_missing": len(question.names - passage) / len(question.names) if question.names else 0.0,
            "year_missing": float(any(is_year(term) and term not in passage for term in question.terms)),
            "kind_missing": float(figure and not self.new_answers(sentence)),
            "question_length": math.log(1 + len(question.terms)),
        }

    def before(self, sentence: Sentence) -> list[Sentence]:
        """Return the sentence that this one depends on, if any."""
        return [self.all[self.all.index(sentence) - 1]] if sentence.leans_back else []

    def new_answers(self, sentence: Sentence) -> list[tuple[int, int]]:
        """Return the spans of the sentence that are of the requested kind and not words of the question."""
        text, question = sentence.text, self.question
        if question.kind == "reason":
            return find_answers(text, "reason")
        return [
            (start, end)
            for start, end in find_answers(text, question.kind)
            if not question.every_term.issuperset(terms(text[start:end]))
            and (question.kind != "number" or has_form(question.text, text[start:end]))
        ]

    def nearness(self, sentence: Sentence, span: tuple[int, int]) -> float:
        """Return how much of the question the words near a span of the sentence cover."""
        text, (start, end) = sentence.text, span
        return self.cover({*terms(text[max(0, start - _NEAR) : start]), *terms(text[end : end + _NEAR])})

    def _reports_speech(self, sentence: Sentence) -> bool:
        """Return whether the sentence is speech of someone whom a question about what was said names."""
        names = self.question.names
        if self.question.kind != "quote" or not names:
            return False
        by_name = not names.isdisjoint(sentence.terms)
        by_pronoun = sentence.leans_back and not names.isdisjoint(sentence.before)
        return (by_name or by_pronoun) and _SPEECH.search(sentence.text) is not None


def _rarity(wanted: Sequence[str], sentences: Sequence[Sentence]) -> dict[str, float]:
    """Return the inverse document frequency of each term among the sentences (the form of Lucene's BM25)."""
    counts = Counter(term for sentence in sentences for term in set(sentence.terms))
    total = len(sentences)
    return {term: math.log(1 + (total - counts[term] + 0.5) / (counts[term] + 0.5)) for term in wanted}


def is_year(term: str) -> bool:
    """Return whether a term is a year of recent centuries."""
    return term.isdecimal() and term[:2] in _CENTURIES and len(term) == len("2025")


def _pair_share(wanted: Sequence[str], present: Sequence[str]) -> float:
    """Return the share of neighbours in `wanted` that are at most one apart in `present`, in either order."""
    pairs = list(itertools.pairwise(wanted))
    close = {*itertools.pairwise(present), *zip(present, present[2:], strict=False)}
    return sum(pair in close or pair[::-1] in close for pair in pairs) / len(pairs) if pairs else 0.0
