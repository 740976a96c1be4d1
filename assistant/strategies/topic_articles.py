"""Finds the articles on a topic, if there are any."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

from assistant.understanding.answer_types import find_names
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from assistant.strategies.strategy import Sources
    from index import Article, ArticleIndex, Filters, ScoredPassage

_RETRIEVED = 40  # passages
_LOOKED_AT = 10  # articles
_LEAD = 500  # characters
_LEAST_COVERED = 0.6
_HALF = 0.5
# Words for the kind of a topic, which articles on it need not have.
_GENERIC = frozenset(
    terms(
        "affair article case coverage crisis debate development disaster event incident issue matter news piece project"
        " question report saga situation story study talk thing topic update plan latest visitor reader people"
    )
)
_WORD = re.compile(r"[\w&]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Topic:
    """A topic by its terms; names count twice."""

    text: str
    weights: dict[str, float]
    names: frozenset[str]
    phrases: tuple[str, ...] = ()
    """Its names of two words or more, as terms."""

    @classmethod
    def parse(cls, text: str) -> Topic:
        """Parse a topic as written in a question."""
        words = dict.fromkeys(terms(text))
        wanted = [word for word in words if word not in _GENERIC] or list(words)
        of_names = [] if text.isupper() else [terms(text[start:end]) for start, end in find_names(text)]
        capitalised = {term for each in of_names for term in each}
        names = frozenset(word for word in wanted if word in capitalised)
        phrases = tuple(f" {' '.join(each)} " for each in of_names if len(each) > 1)
        return cls(text, {word: 2.0 if word in names else 1.0 for word in wanted}, names, phrases)

    def cover(self, present: Collection[str]) -> float:
        """Return the share (0 to 1) of the topic that is `present`."""
        total = sum(self.weights.values())
        return sum(weight for word, weight in self.weights.items() if word in present) / total if total else 0.0

    def weighed_among(self, texts: Sequence[Collection[str]]) -> Topic:
        """Return the topic with its terms weighted by how few of these texts have them, without those that none has."""
        counts = {word: sum(word in text for text in texts) for word in self.weights}
        weights = {
            word: weight * math.log(1 + len(texts) / counts[word])
            for word, weight in self.weights.items()
            if counts[word]
        }
        return dataclasses.replace(self, weights=weights)


@dataclasses.dataclass(frozen=True, slots=True)
class OnTopic:
    """An article, how much of it is about the topic (0 to 1), and how much of the topic it has."""

    article: Article
    about: float
    covered: float
    in_lead: bool
    """Whether title or lead have the topic, for the most part."""
    by_name: bool
    """Whether it has every name of the topic in one piece."""


def find_on_topic(topic: Topic, sources: Sources, filters: Filters) -> tuple[list[OnTopic], Topic, list[ScoredPassage]]:
    """Return the articles that have the topic, most about it first, the topic by its telling words, and what was found.

    There are none unless an article has enough of the topic's words and all of its names.
    """
    retrieved = sources.index.retrieve(topic.text, k=_RETRIEVED, filters=filters)
    scores: dict[str, float] = {}
    for scored in retrieved:
        scores.setdefault(scored.article.id, scored.score)
    words = [_Words.read(sources.index.article(id_)) for id_ in list(scores)[:_LOOKED_AT]]
    telling = topic.weighed_among([each.whole for each in words])
    found = [_measure(topic, telling, each, scores[each.article.id]) for each in words]
    kept = [each for each in found if each.covered >= _LEAST_COVERED]
    by_name = [article for article in kept if article.by_name]
    return sorted(by_name or kept, key=lambda article: -article.about), telling, retrieved


@dataclasses.dataclass(frozen=True, slots=True)
class _Words:
    """The terms of an article: of its title, of title and lead, and of all its text and metadata."""

    article: Article
    title: frozenset[str]
    lead: frozenset[str]
    whole: frozenset[str]

    @classmethod
    def read(cls, article: Article) -> _Words:
        title = frozenset(terms(article.title or ""))
        day = f"{article.published:%B %d %Y}" if article.published else ""
        lead = title.union(terms(f"{article.text[:_LEAD]} {day}"))
        whole = lead.union(terms(f"{article.text} {article.source or ''} {article.author or ''}"))
        return cls(article, title, lead, whole)


def _measure(topic: Topic, telling: Topic, words: _Words, score: float) -> OnTopic:
    covered = topic.cover(words.whole) if topic.names <= words.whole else 0.0
    about = (telling.cover(words.title) + telling.cover(words.lead) + telling.cover(words.whole) + score) / 4
    if covered >= _HALF and telling.cover(words.title) == 1:  # a title that has all that any article has
        covered = max(covered, _LEAST_COVERED)
    in_order = f" {' '.join(terms(f'{words.article.title}. {words.article.text}'))} "
    in_lead = telling.cover(words.lead) >= _HALF
    return OnTopic(words.article, about, covered, in_lead, all(phrase in in_order for phrase in topic.phrases))


def name_sources(text: str, index: ArticleIndex) -> tuple[str, ...]:
    """Return the sources of the collection that a text names, by their name without "The" or its last word."""
    words = " ".join(["", *_WORD.findall(text.lower()), ""])
    found = [name for name in index.names("source") if f" {_core(name)} " in words]
    if found:
        return tuple(found)
    by_last: dict[str, list[str]] = {}
    for name in index.names("source"):
        by_last.setdefault(_core(name).rpartition(" ")[2], []).append(name)
    return tuple(
        names[0] for last, names in by_last.items() if len(names) == 1 and f" {last} " in words and last.title() in text
    )


def _core(name: str) -> str:
    words = _WORD.findall(name.lower())
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)


def without(text: str, names: Sequence[str]) -> str:
    """Return a text without the words of these names."""
    dropped = {word for name in names for word in _WORD.findall(name.lower())}
    return " ".join(word for word in text.split() if word.lower().strip(".,’'s") not in dropped)
