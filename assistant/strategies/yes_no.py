"""Yes or no before a sentence that settles the question, and that nobody came to harm where an article says so."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import excerpt, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.strategies.whole_articles import with_whole_articles
from assistant.support.polarity import NEGATIONS, sides, stem
from assistant.understanding.question_forms import asks_yes_or_no
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.extractive import ExtractiveReader
    from assistant.strategies.strategy import Asked, Sources
    from index.article import ScoredPassage

_WORD = re.compile(r"[\w']+")
_HARM = re.compile(
    r"\b(?:kill(?:ed|s)?|die[ds]?|dead|deaths?|casualt(?:y|ies)|hurt|injur(?:y|ies|ed)|li(?:fe|ves))\b", re.IGNORECASE
)
_ANYBODY = re.compile(r"\b(?:anybody|anyone|any|how many (?:people|persons|men|women|were))\b", re.IGNORECASE)
_UNHARMED = re.compile(
    r"\b(?:no (?:deaths|one|casualties|injuries|fatalities)|nobody|without (?:the )?loss of (?:a single )?life)\b",
    re.IGNORECASE,
)
_LEAST_COVERED = 0.3
_SETTLED = 0.85
"""The share of the question's words, or of their opposites, that a sentence must have to settle it."""
_CONFIDENCE = 0.6


@dataclasses.dataclass(frozen=True, slots=True)
class YesNo:
    """Says yes or no before a sentence that has all that is asked, or its opposite."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the answer; None where no sentence settles the question."""
        asks_harm = _ANYBODY.search(asked.question) is not None and _HARM.search(asked.question) is not None
        if not asks_harm and not asks_yes_or_no(asked.question):
            return None
        found = sources.search(asked.question, k=asked.k, filters=asked.filters)
        unharmed = _find_unharmed(asked.question, sources, found) if asks_harm and found else None
        return unharmed or (self._settle(asked.question, found) if asks_yes_or_no(asked.question) else None)

    def _settle(self, question: str, found: Sequence[ScoredPassage]) -> Draft | None:
        """Return the reader's answer behind a yes or no; None where its best sentence does not settle the question."""
        read = self.reader.read(question, found)
        if not read.found:
            return None
        first = read.statements[0]
        titles = {scored.article.id: scored.article.title or "" for scored in found}
        verdict = _verdict(question, first.text, titles[first.spans[0].passage.article_id])
        if verdict is None:
            return None
        return dataclasses.replace(
            read,
            statements=(dataclasses.replace(first, text=f"{verdict}: {first.text}"), *read.statements[1:]),
            short_answer=None,
            other_answers=(),
            kind="yes_no",
            evidence=tuple(found),
        )


def _find_unharmed(question: str, sources: Sources, found: Sequence[ScoredPassage]) -> Draft | None:
    """Return the sentence of the article in question that says that nobody came to harm."""
    evidence = with_whole_articles(sources, found)
    sentences = Sentences(ParsedQuestion.parse(question), evidence)
    article = [sentence for sentence in sentences.all if sentence.source.article.id == found[0].article.id]
    about = {term for sentence in article for term in sentence.terms}
    unharmed = [one for one in article if _UNHARMED.search(one.text) and _HARM.search(one.text)]
    if not unharmed or sentences.cover(about) < _LEAST_COVERED or not sentences.question.names <= about:
        return None
    return Draft(
        found=True,
        confidence=_CONFIDENCE,
        statements=(state(excerpt(unharmed[0])),),
        kind="yes_no",
        evidence=evidence,
    )


def _verdict(question: str, sentence: str, title: str) -> str | None:
    """Return "Yes" or "No" where the sentence has all words of the question, or the opposite of one of them.

    Names may stand in the title instead.
    """
    asked, stated = _stems(question), _stems(sentence)
    asked -= ParsedQuestion.parse(question).names & set(terms(title))
    stated_sides = {side for word in stated for side in sides(word)}
    same = {word for word in asked if word in stated or any(side in stated_sides for side in sides(word))}
    opposite = {word for word in asked - same if any((name, -sign) in stated_sides for name, sign in sides(word))}
    if not asked or len(same | opposite) < _SETTLED * len(asked) or len(opposite) > 1:
        return None
    is_denied = _is_negated(question) != _is_negated(sentence)
    return "No" if is_denied != bool(opposite) else "Yes"


def _is_negated(text: str) -> bool:
    return not NEGATIONS.isdisjoint(_words(text))


def _stems(text: str) -> set[str]:
    return {stem(word.removesuffix("'s")) for word in _words(text)} - {""}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))
