"""Reckonings: what two figures of one sentence come to, in words of our own beside the sentence that has both."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING

from assistant.readers.reader import DraftStatement
from assistant.support.amounts import amount_in, write
from assistant.support.figures import Number, find_figures
from assistant.understanding.reckoning_questions import read_reckoning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.readers.extractive import ExtractiveReader
    from assistant.readers.reader import Draft
    from assistant.strategies.strategy import Asked, Sources
    from assistant.understanding.reckoning_questions import Reckoning

_OF = re.compile(r"\s?(?:[a-z]{1,20} ){0,2}of (?:(?:its|their|the|his|her|all|some|our) ){0,2}", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|between)(?: about)? $", re.IGNORECASE)
_TO = re.compile(r" to ", re.IGNORECASE)
# "in the 12 months to August": how long it was counted, not what was.
_PERIOD = re.compile(r"\b(?:in|over|within|for|during) (?:the )?(?:last |past |first |next )?$", re.IGNORECASE)
_DOWN_FROM = re.compile(
    r"[^.;:]{0,40}\b(?:(?:down|up) from|instead of|compared (?:with|to)|rather than) ", re.IGNORECASE
)
_TAKES_AWAY = re.compile(
    r"\b(?:cut|cuts|cutting|los[et]s?|lost|clos\w+|sold|sells?|kill\w*|died|dismiss\w*|laid off|axed?|shed|destroyed"
    r"|sank|gone|left|resign\w*|withdr[ae]w\w*|remov\w+|eliminat\w+)\b",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Reckonings:
    """Adds to the reader's sentence what its two figures come to: the rest, the share, the difference."""

    reader: ExtractiveReader

    def answer(self, asked: Asked, sources: Sources) -> Draft | None:
        """Return the sentence and the result; None where it is not certain which figures are meant."""
        reckoning = read_reckoning(asked.question)
        found = sources.search(asked.question, k=asked.k, filters=asked.filters) if reckoning is not None else []
        read = self.reader.read(asked.question, found) if found else None
        if reckoning is None or read is None or not read.found:
            return None
        best = read.judged[0].span.text
        pairs = list(_pairs(reckoning, best))
        stated = amount_in(read.short_answer.text) if read.short_answer is not None else None
        if len(pairs) != 1 or (stated is not None and stated.value not in {each.value for each in pairs[0]}):
            return None  # the sentence may state the result itself
        result, words = _reckon(reckoning, *pairs[0])
        first = read.statements[0]
        return dataclasses.replace(
            read,
            statements=(first, DraftStatement(f"By Dateline’s reckoning: {words}.", first.spans, 1.0)),
            short_answer=None,
            short_text=result,
            other_answers=(),
            kind="comparison",
            evidence=tuple(found),
        )


def _pairs(reckoning: Reckoning, sentence: str) -> Iterator[tuple[Number, Number]]:
    """Yield the pairs of figures that belong together: the part and the whole, or the value before and after."""
    figures = [(start, end, figure) for start, end, figure in find_figures(sentence) if isinstance(figure, Number)]
    for (start, end, first), (after, _, second) in itertools.pairwise(figures):
        between = sentence[end:after]
        if first.rounded or second.rounded or first.ordinal or second.ordinal:
            continue
        if reckoning == "change":
            is_range = _TO.fullmatch(between) is not None and _FROM.search(sentence[:start]) is not None
            is_pair = is_range or (
                _DOWN_FROM.fullmatch(between) is not None and _PERIOD.search(sentence[:start]) is None
            )
            if is_pair and first.comparable(second):
                yield first, second
            continue
        is_part = _OF.fullmatch(between) is not None and first.value < second.value and first.comparable(second)
        is_meant = reckoning == "share" or _TAKES_AWAY.search(sentence[:start]) is not None
        if is_part and is_meant and first.unit != "%":
            yield first, second


def _reckon(reckoning: Reckoning, first: Number, second: Number) -> tuple[str, str]:
    """Return the result, and how it comes about."""
    unit = first.unit or second.unit
    smaller, larger = sorted((first.value, second.value))
    if reckoning == "share":
        share = f"{100 * smaller / larger:.1f}%"
        return share, f"{write(Number(smaller, unit))} of {write(Number(larger, unit))} is {share}"
    result = write(Number(larger - smaller, unit))
    plain = "" if unit == "%" else unit
    percent = "%" if unit == "%" else ""
    return result, f"{write(Number(larger, plain))}{percent} less {write(Number(smaller, plain))}{percent} is {result}"
