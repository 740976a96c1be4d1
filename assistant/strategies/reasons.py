"""Reasons: the sentences that say why, in or near the one that tells what happened."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import LONGEST, are_copies, dangles, excerpt, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.strategies.whole_articles import with_whole_articles
from assistant.support.polarity import stem
from assistant.understanding.question_forms import ask_why, asks_reason
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.scoring import ScoredSentence
    from assistant.readers.sentence_features import Sentence
    from assistant.strategies.strategy import Asked, Sources

_NUMBERS = {"two": 2, "three": 3, "four": 4, "several": 2}
_ANNOUNCES = re.compile(r"\b(two|three|four|several) (?:main )?(?:things|reasons|causes|factors)\b", re.IGNORECASE)
_MARKER = re.compile(
    r"\b(?:because|due to|owing to|as a result|thanks to|caused by|probable cause|in order to|so that|for fear"
    r"|fear(?:s|ed|ing)?|afraid|blam(?:e[ds]?|ing)|hence|led to|reluctan\w+|the (?:\w+ )?reasons?|since the"
    r"|explain(?:s|ed)?|attribut\w+ to|prompted|forced|triggered|stem(?:s|med) from|on the grounds)\b"
    r"|, (?:after|as|since) (?![\d$£€])",
    re.IGNORECASE,
)
_FAINT_MARKER = re.compile(
    r"\b(?:under \w+ (?:rules|law)|too \w+ (?:for|to)|so|since (?!last\b|then\b|\d)|came from)\b", re.IGNORECASE
)
_PURPOSE = re.compile(
    r"(?<!back )(?<!due )(?<!have )(?<!has )(?<!had )(?<!going )\bto"
    r" (?!the\b|(?:one|two|three|four|five|six|seven|eight|nine|ten)\b)([a-z]{3,})\b"
)
_SPEECH = re.compile(r"\b(?:said|says|argue[ds]|insist(?:s|ed))\b", re.IGNORECASE)
_POINTS_BACK = re.compile(r"(?:that|this)\b(?! (?:is|was)\b)", re.IGNORECASE)
_FOLLOWS = re.compile(r"\b(?:there|therefore|thus|now)\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d")

# What the signs of a reason are worth, in the log-odds of the reader's ranking.
_ANNOUNCED = 3.0
_MARKED = 2.0
_FAINTLY_MARKED = 1.0
_SPOKEN = 0.5
_OFF_TOPIC = -2.0
_ONLY_EVENT = -2.0
_LEAST_MARKED = 3.5
_LEAST_UNMARKED = 5.0
"""The least worth of a sentence to be given as a reason."""
_FEW_WORDS = 2
_SHORT = 9
_NEARLY_AS_GOOD = 0.75
_NEARLY_FIRST = 0.3
_EVENT = 0.6
"""The share of the question's words that a sentence has which tells the event."""
_WHOLE_EVENT = 0.9
_ON_TOPIC = 0.25
_WELL_ON_TOPIC = 0.5
_CONFIDENCE = 0.8


@dataclasses.dataclass(frozen=True, slots=True)
class Reasons:
    """Answers with the reasons that an article lists, or with the sentence that gives one."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the reasons; None where the reader has a short answer beside a marker, or no event is told.

        Where the event is reported without a reason, the draft says "not found".
        """
        if not asks_reason(asked.question):
            return None
        question = ask_why(asked.question)
        found = sources.search(question, k=asked.k, filters=asked.filters)
        if not found:
            return None
        read = self.reader.read(question, found)
        if read.short_answer is not None and _MARKER.search(read.statements[0].text):
            return None
        evidence = with_whole_articles(sources, found)
        sentences = Sentences(ParsedQuestion.parse(question), evidence)
        candidates = _Candidates(sentences, self.reader.scorer.score(sentences).ranked)
        chosen = candidates.choose(is_event_found=read.found)
        if not chosen:
            if not read.found:
                return None
            return dataclasses.replace(
                read, found=False, statements=(), short_answer=None, other_answers=(), kind="reason", evidence=evidence
            )
        return Draft(
            found=True,
            confidence=max(read.confidence, _CONFIDENCE),
            statements=tuple(state(excerpt(sentence, *candidates.extend(sentence))) for sentence in chosen),
            kind="reason",
            evidence=evidence,
        )


class _Candidates:
    """The sentences that the reader thinks most of, and what each is worth as a reason."""

    def __init__(self, sentences: Sentences, ranked: Sequence[ScoredSentence]) -> None:
        self._sentences = sentences
        self._asked = {stem(word) for word in re.findall(r"[a-z']+", sentences.question.text.lower())}
        self._ranked = ranked
        self._near = {(s.source.passage.id, s.place): s for s in sentences.all}

    def choose(self, *, is_event_found: bool) -> list[Sentence]:
        """Return the best one, and another that is nearly as good; none where nothing is good enough."""
        eligible = [scored for scored in self._ranked if not self._is_figure_alone(scored)]
        worth = sorted(((self._worth(scored), -place) for place, scored in enumerate(eligible)), reverse=True)
        if not worth:
            return []
        first = eligible[-worth[0][1]]
        if not (self._is_good(first) if is_event_found else self._is_clear(first)):
            return self._find_announced(first.sentence) if is_event_found else []
        chosen = [first.sentence]
        for value, place in worth[1:] if is_event_found else ():
            sentence = eligible[-place].sentence
            is_other = not self._touch(sentence, first.sentence) and not are_copies(sentence.text, first.sentence.text)
            if value >= worth[0][0] - _NEARLY_AS_GOOD and self._marking(sentence) and is_other:
                return [*chosen, sentence]
        return chosen

    def _find_announced(self, near: Sentence) -> list[Sentence]:
        """Return the sentence of the same article that announces reasons, if there is one."""
        article = near.source.article.id
        announced = [s for s in self._sentences.all if s.source.article.id == article and _ANNOUNCES.search(s.text)]
        return sorted(announced, key=lambda s: -self._sentences.cover({*s.terms, *s.before}))[:1]

    def _is_good(self, scored: ScoredSentence) -> bool:
        """Return whether a sentence is worth enough where the event is reported."""
        if self._marking(scored.sentence) > 0:
            return self._worth(scored) >= _LEAST_MARKED
        return scored.score >= _LEAST_UNMARKED

    def _is_figure_alone(self, scored: ScoredSentence) -> bool:
        """Return whether the reader found only a figure or a name or two, where nothing marks a reason."""
        if self._marking(scored.sentence) > 0 or self._leans_on_event(scored.sentence):
            return False
        words = "" if scored.short_answer is None else scored.short_answer.text
        tells_event = self._sentences.cover(scored.sentence.terms) >= _EVENT
        is_figure = _FIGURE.search(words) is not None and len(words.split()) <= _SHORT
        return is_figure or (tells_event and len(words.split()) <= _FEW_WORDS)

    def _leans_on_event(self, sentence: Sentence) -> bool:
        """Return whether a sentence tells the event as what follows from the sentence before it."""
        tells_event = self._sentences.cover(sentence.terms) >= _EVENT
        return tells_event and sentence.place > 0 and _FOLLOWS.search(sentence.text) is not None

    def _touch(self, sentence: Sentence, other: Sentence) -> bool:
        first, last = self.extend(other)
        return sentence.source.passage.id == other.source.passage.id and first - 1 <= sentence.place <= last + 1

    def extend(self, sentence: Sentence) -> tuple[int, int]:
        """Return the places of the first and last sentence to quote: all reasons announced, or the event next to it."""
        for place in range(sentence.place, max(-1, sentence.place - 4), -1):
            announcement = _ANNOUNCES.search(sentence.stretch(place, place))
            if announcement and sentence.place - place <= _NUMBERS[announcement[1].lower()]:
                last = min(place + _NUMBERS[announcement[1].lower()], len(sentence.spans) - 1)
                return place, last
        if self._leans_on_event(sentence) and not self._marking(sentence):
            return sentence.place - 1, sentence.place
        if self._cover(sentence) < _EVENT:
            for place in (sentence.place - 1, sentence.place + 1):
                neighbour = self._near.get((sentence.source.passage.id, place))
                first, last = min(place, sentence.place), max(place, sentence.place)
                if neighbour and self._cover(neighbour) >= _EVENT and len(sentence.stretch(first, last)) <= LONGEST:
                    return first, last
        return sentence.place, sentence.place

    def _is_clear(self, scored: ScoredSentence) -> bool:
        """Return whether a reason stands where the reader itself would refuse: it is marked, and on the topic."""
        sentence = scored.sentence
        title = set(terms(sentence.source.article.title or ""))
        passage = {t for s in self._sentences.all if s.source.article.id == sentence.source.article.id for t in s.terms}
        if not self._sentences.question.names <= passage | title:
            return False
        covered = self._cover(sentence)
        if scored.score < max(each.score for each in self._ranked) - _NEARLY_FIRST:
            return False
        if scored.score >= _LEAST_UNMARKED and covered >= _WELL_ON_TOPIC:
            return True
        shared = set(sentence.terms) & set(self._sentences.question.terms)
        return self._marking(sentence) >= _MARKED and covered >= _ON_TOPIC and bool(shared)

    def _worth(self, scored: ScoredSentence) -> float:
        sentence = scored.sentence
        marking = self._marking(sentence)
        worth = scored.score + marking
        if max(map(self._cover, self._around(sentence))) < _ON_TOPIC:
            worth += _OFF_TOPIC
        if marking == 0.0:
            if self._sentences.cover(sentence.terms) >= _WHOLE_EVENT:
                worth += _ONLY_EVENT
            if _SPEECH.search(sentence.text):
                worth += _SPOKEN
        return worth

    def _marking(self, sentence: Sentence) -> float:
        """Return what the words of a sentence that mark a reason are worth."""
        text = sentence.text
        if _ANNOUNCES.search(text):
            return _ANNOUNCED
        if _MARKER.search(text) or (sentence.place > 0 and _POINTS_BACK.match(text)):
            return _MARKED
        has_purpose = any(stem(match[1]) not in self._asked for match in _PURPOSE.finditer(text))
        return _FAINTLY_MARKED if has_purpose or _FAINT_MARKER.search(text) else 0.0

    def _cover(self, sentence: Sentence) -> float:
        return self._sentences.cover({*sentence.terms, *(sentence.before if dangles(sentence.text) else ())})

    def _around(self, sentence: Sentence) -> list[Sentence]:
        places = (sentence.place - 1, sentence.place, sentence.place + 1)
        return [self._near[key] for place in places if (key := (sentence.source.passage.id, place)) in self._near]
