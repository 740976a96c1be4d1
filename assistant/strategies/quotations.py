"""Quotations: who said something, and what somebody said, in the speaker's own words and nobody else's."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from typing import TYPE_CHECKING

from assistant.readers.excerpts import LONGEST, is_balanced, merge_copies, on_one_line
from assistant.readers.reader import Draft, DraftStatement
from assistant.strategies.utterances import Meant, hear, utterances
from assistant.support.quotations import locate
from assistant.understanding.answer_types import find_names
from assistant.understanding.quotation_questions import WhatSaid, WhoSaid, read_quotation_question
from index.english import STOP_WORDS
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.reader import Span
    from assistant.strategies.strategy import Asked, Sources
    from assistant.strategies.utterances import Heard, Utterance
    from index.article import ScoredPassage

_SAME_WORDS = 0.62
"""The share of the words asked for from which a quotation is the one that is meant."""
_SAME_SENSE = 0.7
"""The same, where no quotation marks say that these are the words."""
_FEW = 3  # words; of fewer, all must be there
_FUNCTION_WORD = 0.2  # what a word such as "the" counts in a quotation, where others count 1
_BETWEEN = 6  # words of an attribution that may stand between two parts of a quotation
_ON_TOPIC = 0.5
_AT_LEAST_BESIDE = 0.4
_ALSO_ON_TOPIC = 0.75
_BESIDE = 0.6  # what a term counts that stands beside what was said, not in it
_NEARLY_AS_GOOD = 0.8
_OWN_WORDS = 0.3  # what it counts that an utterance has words of the speaker's own
_MOST = 3
_LONGEST_WHOLE = 1_500  # characters of a quotation that is shown whole because its beginning is
_FEWEST_SHORT = 3  # words of a short answer; fewer are none of somebody's words
_MOST_SHORT = 12
_MARKS = 3  # marks at the end of a quotation that may be left out
_CONJUNCTION = re.compile(r"(?:and|but|so)\b,? ++(?=[“\"A-Z])", re.IGNORECASE)
_CONFIDENCE = 0.9
_WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclasses.dataclass(frozen=True, slots=True)
class Quotations:
    """Answers with whole quotations, each with the one who says it."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the quotations; None where the question is of another kind, or nobody says such a thing.

        Words given in quotation marks that are in none of the articles are refused.
        """
        question = read_quotation_question(asked.question)
        if question is None:
            return None
        query = question.words if isinstance(question, WhoSaid) else asked.question
        found = sources.search(query, k=asked.k, filters=asked.filters)
        if not found:
            return None
        heard = hear(sources, found)
        if isinstance(question, WhoSaid):
            return _who_said(question, heard)
        return self._what_said(question, asked.question, heard, found)

    def _what_said(
        self, question: WhatSaid, asked: str, heard: Sequence[Heard], found: Sequence[ScoredPassage]
    ) -> Draft | None:
        """Return what the speaker said on the topic; None where nothing is."""
        meant = [Meant(name) for name in question.speaker.split(" and ")]
        own = [
            utterance
            for each in heard
            for utterance in utterances(each)
            if any(name.speaks(utterance) for name in meant)
        ]
        if question.is_exact and any(utterance.is_quoted for utterance in own):
            own = [utterance for utterance in own if utterance.is_quoted]
        if not own:
            return None
        read = self.reader.read(asked, found)
        topic = set(terms(question.topic)).difference(*(name.terms for name in meant))
        on_topic = {id(utterance): _on_topic(utterance, topic) for utterance in own}
        if topic and not any(on_topic.values()):
            # Somebody or something that the speaker is nowhere near speaking of.
            is_of_names = bool(find_names(question.topic))
            return (
                Draft(found=False, confidence=0.0, kind="quotation", evidence=_evidence(heard)) if is_of_names else None
            )
        judged = {
            id(utterance): on_topic[id(utterance)] + _reading(utterance, read) + _OWN_WORDS * utterance.is_quoted
            for utterance in own
        }
        ranked = sorted(own, key=lambda utterance: judged[id(utterance)], reverse=True)
        best = judged[id(ranked[0])]
        agrees = read.found and _is_quoted_too(ranked[0], read)
        if topic and not agrees and (best < _ON_TOPIC or on_topic[id(ranked[0])] < _AT_LEAST_BESIDE):
            return None
        if read.found and not ranked[0].is_quoted and not agrees:
            return None
        least = max(_ALSO_ON_TOPIC, _NEARLY_AS_GOOD * best) if topic else 0.0
        chosen = [utterance for number, utterance in enumerate(ranked) if not number or judged[id(utterance)] >= least]
        drafted = [statement for utterance in chosen if (statement := _state(utterance, topic)) is not None]
        statements = merge_copies(drafted)[:_MOST]
        if not statements:
            return None
        short = read.short_answer if read.found else None
        if short is not None and not _is_own_words(ranked[0], short):
            short = None
        return Draft(
            found=True,
            confidence=max(read.confidence, _CONFIDENCE),
            statements=tuple(statements),
            short_answer=short,
            judged=read.judged,
            kind="quotation",
            evidence=_evidence(heard),
        )


def _who_said(question: WhoSaid, heard: Sequence[Heard]) -> Draft | None:
    """Return who said the words, with the whole quotation; what was said by nobody is refused."""
    wanted = _words(question.words)
    ranked = sorted(
        (
            (_likeness(wanted, utterance, is_exact=question.is_exact), utterance)
            for each in heard
            for utterance in utterances(each)
        ),
        key=lambda pair: -pair[0],
    )
    least = 1.0 if len(wanted) < _FEW else _SAME_WORDS if question.is_exact else _SAME_SENSE
    if not ranked or ranked[0][0] < least:
        is_there = any(locate(question.words, each.spoken.text) for each in heard)
        if not question.is_exact or is_there or len(wanted) < _FEW:
            return None
        return Draft(found=False, confidence=0.0, kind="quotation", evidence=_evidence(heard))
    best = ranked[0][1]
    topic = {word for word in wanted if word not in STOP_WORDS}
    first = _state(best, topic)
    if first is None:
        return None
    copies = [
        copy
        for likeness, utterance in ranked[1:]
        if likeness >= least and utterance.heard is not best.heard and (copy := _state(utterance, topic)) is not None
    ]
    statement = next((merged for merged in merge_copies([first, *copies]) if merged.spans[0] == first.spans[0]), first)
    if question.is_exact and locate(question.words, best.text) is None:
        statement = dataclasses.replace(statement, text=f"The words in the article are: {statement.text}")
    return Draft(
        found=True,
        confidence=_CONFIDENCE,
        statements=(statement,),
        short_text=best.speaker or None,
        kind="quotation",
        evidence=_evidence(heard),
    )


def _state(utterance: Utterance, topic: set[str]) -> DraftStatement | None:
    """Return an utterance as a statement, or its part on the topic where it is long, with the speaker's name."""
    spoken = utterance.heard.spoken
    first, last = _part_on(utterance, topic)
    if not utterance.speaker:  # a pronoun whose person only a reader can tell
        while first > max(0, utterance.first - 2) and len(spoken.stretch(first - 1, last)) <= LONGEST:
            first -= 1
    spans = utterance.heard.spans(first, last)
    trimmed = _trimmed(utterance.heard, spans)
    spans = trimmed if is_balanced(_text(trimmed)) else spans
    if not spans:
        return None
    if (conjunction := _CONJUNCTION.match(spans[0].text)) is not None:
        spans = (dataclasses.replace(spans[0], start=spans[0].start + conjunction.end()), *spans[1:])
    statement = DraftStatement(on_one_line(_text(spans)), spans, 1.0)
    if utterance.speaker and set(terms(utterance.speaker)).isdisjoint(terms(statement.text)):
        statement = dataclasses.replace(statement, text=f"[{utterance.speaker}] {statement.text}")
    return statement


def _text(spans: Sequence[Span]) -> str:
    return " ".join(span.text for span in spans)


def _trimmed(heard: Heard, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the spans without what stands before or after a mark that ends a quotation in another sentence.

    Texts that put spaces around marks leave the closing one to the next sentence.
    """
    ends = {heard.start + speech.end for speech in heard.spoken.speeches if speech.is_quoted}
    if not spans:
        return ()
    first, last = spans[0], spans[-1]
    if first.start + 1 in ends:
        begin = first.start + 1
        spans = (
            dataclasses.replace(first, start=begin + len(first.text[1:]) - len(first.text[1:].lstrip())),
            *spans[1:],
        )
    mark = max((end for end in ends if last.start < end < last.end), default=None)
    if mark is not None and heard.begins_sentence(mark - 1):
        spans = (*spans[:-1], dataclasses.replace(spans[-1], end=mark))
    return spans


def _part_on(utterance: Utterance, topic: set[str]) -> tuple[int, int]:
    """Return the first and last sentence of the speech of an utterance that is most on the topic, and of what it goes
    on with.
    """
    spoken = utterance.heard.spoken

    def covers(place: int) -> int:
        first, last = utterance.speeches[place].sentences
        return len(topic & {*terms(spoken.stretch(first, last)), *_words(spoken.stretch(first, last))})

    place = max(range(len(utterance.speeches)), key=lambda number: (covers(number), -number))
    first, last = utterance.speeches[place].sentences
    for speech in utterance.speeches[place + 1 :]:
        is_begun = speech.sentences[0] <= last
        begins = speech.start == spoken.sentences[speech.sentences[0]][0]
        goes_on = is_begun or (speech.is_quoted and speech.named is None and begins)
        longest = _LONGEST_WHOLE if is_begun else LONGEST
        if not goes_on or len(spoken.stretch(first, max(last, speech.sentences[1]))) > longest:
            break
        last = max(last, speech.sentences[1])
    # The sentences before it, back to the one that names the speaker.
    for number in range(place, 0, -1):
        earlier = utterance.speeches[number - 1].sentences[0]
        if utterance.speeches[number].named is not None or len(spoken.stretch(min(first, earlier), last)) > LONGEST:
            break
        first = min(first, earlier)
    return first, last


def _on_topic(utterance: Utterance, topic: set[str]) -> float:
    """Return the share of the topic's terms that an utterance has; those just before or after it count less."""
    if not topic:
        return 0.0
    spoken = utterance.heard.spoken
    own = set(terms(utterance.text))
    beside = spoken.stretch(max(0, utterance.first - 1), min(len(spoken.sentences) - 1, utterance.last + 1))
    near = {*terms(beside), *terms(utterance.heard.title)} - own
    return (len(topic & own) + _BESIDE * len(topic & near)) / len(topic)


def _reading(utterance: Utterance, read: Draft) -> float:
    """Return what the reader thinks of an utterance beside the best sentence, from 0 to 1."""
    spans = utterance.heard.spans(utterance.first, utterance.last)
    scores = [sentence.score for sentence in read.judged if any(sentence.span.overlaps(span) for span in spans)]
    if not scores:
        return 0.0
    return float(2.0 ** min(0.0, max(scores) - read.judged[0].score)) * (1.0 if read.found else 0.3)


def _is_quoted_too(utterance: Utterance, read: Draft) -> bool:
    """Return whether the reader quotes a part of an utterance, too."""
    spans = utterance.heard.spans(utterance.first, utterance.last)
    quoted = [span for statement in read.statements for span in statement.spans]
    return any(span.overlaps(other) for span in spans for other in quoted)


def _likeness(wanted: Sequence[str], utterance: Utterance, *, is_exact: bool) -> float:
    """Return the share of the wanted words that stand together in an utterance; in its quotations if they are exact."""
    if not wanted:
        return 0.0
    if is_exact:
        quoted = [speech for speech in utterance.speeches if speech.is_quoted]
        text = " ".join(utterance.heard.spoken.text[speech.start : speech.end] for speech in quoted)
    else:
        text = utterance.text
    return _best_window(wanted, _words(text), len(wanted) + _BETWEEN if is_exact else 4 * len(wanted) + 12)


def _best_window(wanted: Sequence[str], words: Sequence[str], size: int) -> float:
    """Return the greatest share of the wanted words that any stretch of `size` words has, by weight."""
    weight = {word: _FUNCTION_WORD if word in STOP_WORDS else 1.0 for word in wanted}
    missing = Counter(wanted)
    total = sum(weight[word] * count for word, count in missing.items())
    held = best = 0.0
    for place, word in enumerate(words):
        if word in weight:
            held += weight[word] * (missing[word] > 0)
            missing[word] -= 1
        gone = words[place - size] if place >= size else None
        if gone is not None and gone in weight:
            missing[gone] += 1
            held -= weight[gone] * (missing[gone] > 0)
        best = max(best, held)
    return best / total


def _words(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared; those that say little as they are."""
    return [
        next(iter(terms(word)), word) if word not in STOP_WORDS else word
        for word in (found.lower().replace("’", "'") for found in _WORD.findall(text))
    ]


def _is_own_words(utterance: Utterance, part: Span) -> bool:
    """Return whether a span is one of the quotations of an utterance, whole and short."""
    start, end = part.start - utterance.heard.start, part.end - utterance.heard.start
    return (
        part.passage.article_id == utterance.heard.article_id
        and _FEWEST_SHORT <= len(part.text.split()) <= _MOST_SHORT
        and any(
            speech.is_quoted and 0 <= start - speech.start <= 1 and 0 <= speech.end - end <= _MARKS
            for speech in utterance.speeches
        )
    )


def _evidence(heard: Sequence[Heard]) -> tuple[ScoredPassage, ...]:
    return tuple(scored for each in heard for scored in each.passages)
