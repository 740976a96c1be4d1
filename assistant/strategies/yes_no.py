"""Yes or no before a sentence that settles the question, and what the articles say where it assumes otherwise."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import excerpt, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import ParsedQuestion, Sentences, find_judged, list_sentences
from assistant.strategies.whole_articles import with_whole_articles
from assistant.support.polarity import NEGATIONS, sides, stem
from assistant.understanding.question_forms import assumed_event, yes_no_question
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.sentence_features import Sentence
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
_HURT = re.compile(r"\b(?:hurt|injur(?:y|ies|ed)|wounded)\b", re.IGNORECASE)
_DIED = re.compile(r"\b(?:kill(?:ed|s)?|die[ds]?|dead|deaths?)\b", re.IGNORECASE)
_HEDGED = re.compile(
    r"\b(?:if|whether|would|could|may|might|should|unclear|ambiguous|in theory|in principle|alleged(?:ly)?|reportedly"
    r"|rumou?rs?|rul(?:e|es|ed|ing) out|plan(?:s|ned)? to|wants? to|wanted to|tr(?:y|ies|ied|ying) to|hopes?"
    r"|expect(?:s|ed)?)\b",
    re.IGNORECASE,
)
"""What leaves open whether a thing happened."""
_EXCLUSIVE = frozenset(
    "rise/fall raise/lower accept/reject win/lose succeed/fail convict/acquit guilty/innocent confirm/deny more/less"
    " higher/lower".split()
)
"""The pairs of which a sentence that has one denies the other; what starts, say, also ends."""
_LEAST_COVERED = 0.3
_SETTLED = 0.85
"""The share of the question's words, or of their opposites, that a sentence must have to settle it."""
_NEAREST = 0.6
"""The share of the question's words other than names that the nearest sentence must have."""
_FEWEST = 2
"""The fewest words of a question, without what the title has, that a sentence may settle it by."""
_READ = 6  # how many sentences may settle a question
_NEGATED_BEFORE, _NEGATED_AFTER = 4, 2
_CONFIDENCE = 0.85


@dataclasses.dataclass(frozen=True, slots=True)
class YesNo:
    """Says yes or no before a sentence that has all that is asked, or its opposite."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the answer; None where the question is of another kind or no sentence is near it."""
        asks_harm = _ANYBODY.search(asked.question) is not None and _HARM.search(asked.question) is not None
        question = yes_no_question(asked.question)
        if question is None and not asks_harm:
            return self._correct(asked, sources)
        found = sources.search(question or asked.question, k=asked.k, filters=asked.filters)
        unharmed = _find_harm(asked.question, sources, found) if asks_harm and found else None
        return unharmed or (self._settle(question, found) if question is not None and found else None)

    def _settle(self, question: str, found: Sequence[ScoredPassage]) -> Draft | None:
        """Return a sentence behind its yes or no, or the nearest one where the reader would refuse."""
        read = self.reader.read(question, found)
        ranked = [sentence for _, sentence in find_judged(read.judged[:_READ], list_sentences(found))]
        if read.found:
            verdict = _judge(question, ranked[0], read.statements[0].text)
            if verdict is not None:
                first = read.statements[0]
                opened = dataclasses.replace(first, text=f"{verdict}: {first.text}")
                return dataclasses.replace(
                    read,
                    statements=(opened, *read.statements[1:]),
                    short_answer=None,
                    other_answers=(),
                    kind="yes_no",
                    evidence=tuple(found),
                )
        settling = [(verdict, sentence) for sentence in ranked if (verdict := _judge(question, sentence))]
        if settling and len({verdict for verdict, _ in settling}) == 1:
            return _quote(f"{settling[0][0]}: ", settling[0][1], found)
        if read.found:
            return None
        near = next((sentence for sentence in ranked if _is_near(question, sentence, found)), None)
        return None if near is None else _quote("The articles do not settle this; the nearest is: ", near, found)

    def _correct(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the sentence that says the opposite of what the question assumes; None where none does."""
        event = assumed_event(asked.question)
        if event is None:
            return None
        asks_deaths = _DIED.search(event) is not None
        if not asks_deaths and not any(sides(word) for word in _stems(event)):
            return None
        found = sources.search(event, k=asked.k, filters=asked.filters)
        unharmed = _find_harm(asked.question, sources, found) if asks_deaths and found else None
        if unharmed is not None:
            return unharmed
        judged = [(_judge(event, sentence), sentence) for sentence in self._rank(event, found)] if found else []
        denying = [sentence for verdict, sentence in judged if verdict == "No" and _has_opposite(event, sentence.text)]
        if not denying or any(verdict == "Yes" for verdict, _ in judged):
            return None
        return _quote("The articles say otherwise: ", denying[0], found)

    def _rank(self, question: str, found: Sequence[ScoredPassage]) -> list[Sentence]:
        sentences = Sentences(ParsedQuestion.parse(question), found)
        return [scored.sentence for scored in self.reader.scorer.score(sentences).ranked[:_READ]]


def _quote(opening: str, sentence: Sentence, found: Sequence[ScoredPassage]) -> Draft:
    """Return the sentence behind words of our own."""
    statement = state(excerpt(sentence))
    return Draft(
        found=True,
        confidence=_CONFIDENCE,
        statements=(dataclasses.replace(statement, text=f"{opening}{statement.text}"),),
        kind="yes_no",
        evidence=tuple(found),
    )


def _find_harm(question: str, sources: Sources, found: Sequence[ScoredPassage]) -> Draft | None:
    """Return the sentence of the article in question that says who was hurt, or that nobody came to harm."""
    evidence = with_whole_articles(sources, found)
    event = ParsedQuestion.parse(_ANYBODY.sub(" ", _HARM.sub(" ", question)))
    sentences = Sentences(event, evidence)
    article = [sentence for sentence in sentences.all if sentence.source.article.id == found[0].article.id]
    about = {term for sentence in article for term in sentence.terms}
    if sentences.cover(about) < _LEAST_COVERED or not event.names <= about:
        return None
    harm = [sentence for sentence in article if _HARM.search(sentence.text)]
    reports = [sentence for sentence in harm if _UNHARMED.search(sentence.text)]
    if _HURT.search(question) and not _DIED.search(question):
        hurt = [sentence for sentence in harm if _HURT.search(sentence.text)]
        reports = [sentence for sentence in reports if sentence in hurt] or hurt
    return None if not reports else _quote("", reports[0], evidence)


def _judge(question: str, sentence: Sentence, text: str | None = None) -> str | None:
    """Return "Yes" or "No" where the sentence, or its excerpt, settles the question."""
    return _verdict(question, sentence.readable if text is None else text, sentence.source.article.title or "")


def _verdict(question: str, sentence: str, title: str) -> str | None:
    """Return "Yes" or "No" where the sentence has all words of the question, or the opposite of one of them.

    Names may stand in the title instead. Whoever the question is about must come before what they do, as a sentence
    about another person or body may have all the same words, and only a negation beside the verb counts.
    """
    names = ParsedQuestion.parse(question).names
    in_order = [word for word in dict.fromkeys(map(_stem, _words(question))) if word]
    asked = set(in_order) - (names & set(terms(title)))
    stated = [_stem(word) for word in _words(sentence)]
    stated_sides = {side for word in stated for side in sides(word)}
    same = {word for word in asked if word in stated or any(side in stated_sides for side in sides(word))}
    opposite = {word for word in asked - same if any((name, -sign) in stated_sides for name, sign in sides(word))}
    is_thin = len(asked) < _FEWEST and names.isdisjoint(stated)
    if not asked or is_thin or len(same | opposite) < _SETTLED * len(asked) or len(opposite) > 1:
        return None
    if _HEDGED.search(sentence) and not _HEDGED.search(question):
        return None
    deed = next((word for word in in_order if word in opposite), None) or next(
        (word for word in in_order if word not in names), None
    )
    place = _place_of(deed, stated) if deed is not None else None
    if place is None or not _acts(in_order[0], names, stated, place):
        return None
    words = _words(sentence)
    beside = words[max(0, place - _NEGATED_BEFORE) : place + _NEGATED_AFTER + 1]
    is_denied = _is_negated(_words(question)) != _is_negated(beside)
    if not is_denied and _is_negated(words) and not _is_negated(beside):
        return None
    return "No" if is_denied != bool(opposite) else "Yes"


def _place_of(word: str, stated: Sequence[str]) -> int | None:
    """Return the place of a word, of one with the same meaning or of its opposite."""
    about = {name for name, _ in sides(word)}
    places = (place for place, other in enumerate(stated) if other and about & {name for name, _ in sides(other)})
    return stated.index(word) if word in stated else next(places, None)


def _acts(subject: str, names: frozenset[str], stated: Sequence[str], place: int) -> bool:
    """Return whether the subject, where it is a name that the sentence has, comes before the deed."""
    return subject not in names or subject not in stated or stated.index(subject) < place


def _has_opposite(question: str, sentence: str) -> bool:
    """Return whether a sentence has the opposite of a word of the question, where both cannot be true."""
    stated = {side for word in _stems(sentence) for side in sides(word)}
    asked = {side for word in _stems(question) for side in sides(word)}
    return any((name, -sign) in stated for name, sign in asked if name in _EXCLUSIVE)


def _is_near(question: str, sentence: Sentence, found: Sequence[ScoredPassage]) -> bool:
    """Return whether a sentence is about what is asked: its article has the names, the sentence most other words."""
    names = ParsedQuestion.parse(question).names
    article = sentence.source.article
    passages = (scored.passage.text for scored in found if scored.article.id == article.id)
    if not names or not names <= set(terms(" ".join([article.title or "", *passages]))):
        return False
    others = _stems(question) - names
    stated = _stems(sentence.readable)
    stated_sides = {side for word in stated for side in sides(word)}
    shared = {word for word in others if word in stated or any(side in stated_sides for side in sides(word))}
    return len(others) > 1 and len(shared) >= _NEAREST * len(others)


def _is_negated(words: Sequence[str]) -> bool:
    return not NEGATIONS.isdisjoint(words)


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _words(text)} - {""}


def _stem(word: str) -> str:
    return stem(word.removesuffix("'s"))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))
