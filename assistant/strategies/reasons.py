"""Reasons: the sentences that say why, near the one that tells what happened."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import excerpt, state
from assistant.readers.reader import Draft
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.strategies.whole_articles import with_whole_articles
from assistant.understanding.question_forms import asks_reason

if TYPE_CHECKING:
    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.sentence_features import Sentence
    from assistant.strategies.strategy import Asked, Sources

_NUMBERS = {"two": 2, "three": 3, "four": 4, "several": 2}
_ENUMERATES = re.compile(r"\b(two|three|four|several) (?:main )?(?:things|reasons|causes|factors)\b", re.IGNORECASE)
_CUE = re.compile(
    r"\b(?:because|due to|owing to|as a result of|thanks to|caused by|probable cause|in order to|so that|for fear"
    r"|afraid|blamed?|to (?:avoid|prevent|protect|plan|keep|make sure|ensure)|hence|led to|reluctan\w+)\b",
    re.IGNORECASE,
)
_LEAST_COVERED = 0.5
_CONFIDENCE = 0.6


@dataclasses.dataclass(frozen=True, slots=True)
class Reasons:
    """Answers with the reasons that an article lists, or a sentence that gives one where the reader's gives none."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the reasons; None where the reader's own sentence gives one, or no sentence near the event does."""
        if not asks_reason(asked.question):
            return None
        found = sources.search(asked.question, k=asked.k, filters=asked.filters)
        if not found:
            return None
        read = self.reader.read(asked.question, found)
        if not read.found or read.short_answer is not None or _CUE.search(read.statements[0].text):
            return None
        evidence = with_whole_articles(sources, found)
        sentences = Sentences(ParsedQuestion.parse(asked.question), evidence)
        article = read.statements[0].spans[0].passage.article_id
        near = [one for one in sentences.all if one.source.article.id == article]
        listed = [one for one in near if _ENUMERATES.search(one.text) and one.place + 1 < len(one.spans)]
        if listed:
            best = max(listed, key=lambda one: sentences.cover({*one.terms, *one.before}))
            last = min(best.place + _count(best), len(best.spans) - 1)
            span = excerpt(best, best.place, last)
        else:
            reasons = [one for one in near if _CUE.search(one.text)]
            covered = {id(one): sentences.cover({*one.terms, *one.before}) for one in reasons}
            reasons = [one for one in reasons if covered[id(one)] >= _LEAST_COVERED]
            if not reasons:
                return None
            span = excerpt(max(reasons, key=lambda one: covered[id(one)]))
        return Draft(
            found=True,
            confidence=max(read.confidence, _CONFIDENCE),
            statements=(state(span),),
            kind="reason",
            evidence=evidence,
        )


def _count(sentence: Sentence) -> int:
    """Return how many reasons the sentence announces."""
    match = _ENUMERATES.search(sentence.text)
    return _NUMBERS[match[1].lower()] if match else 1
