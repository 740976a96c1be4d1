"""Chooses the words of a sentence that answer, among the spans that the reader's model holds to be likely."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from assistant.readers.excerpts import is_balanced
from assistant.readers.scoring import weigh
from assistant.readers.span_weights import SPANS
from assistant.understanding.answer_types import find_answers, has_form
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.readers.cross_encoder import PassageReading
    from assistant.readers.sentence_features import Sentence, Sentences

    Place = tuple[int, int]

_SPANS = 12  # spans of a sentence that are looked at, the likeliest
_NO_ANSWER_ENDS = " \t\n.,;:!?"
_FARTHEST = 3.0  # log-odds; a span that is further behind tells no more
_NEAR = 60  # characters on either side of a span
_FIGURES = {"number", "date", "time"}
# "140 of its 1,900 jobs": the first figure is the one that something happens to.
_SHARE_OF = re.compile(r" of (?:its|the|their|his|her|\d)")
_NAME_GOES_ON = re.compile(r"\s[^\W\d_a-zß-öø-ÿ]\w")
_PREPOSITION = re.compile(
    r"(?:in|on|at|by|of|from|to|for|with|as|into|about|between|after|before|during)\b", re.IGNORECASE
)
_JOINS = re.compile(r"\b(?:and|or)\b|[,;]", re.IGNORECASE)


def find_spans(reading: PassageReading, sentence: Sentence) -> dict[Place, float]:
    """Return the likeliest spans of whole words in a sentence (characters of the passage), each with its log-odds
    against the likeliest of all.
    """
    text = sentence.source.passage.text
    likeliest = reading.spans(*sentence.spans[sentence.place], count=_SPANS)
    found: dict[Place, float] = {}
    for start, end, logit in likeliest:
        whole = _whole_words(text, start, end)
        if whole is not None:
            found.setdefault(whole, logit - likeliest[0][2])
    return found


def choose_span(sentences: Sentences, sentence: Sentence, spans: Mapping[Place, float]) -> tuple[Place, float] | None:
    """Return the span that is the likeliest to be the whole answer and no more, and how far it is ahead (log-odds) of
    those that have no word in common with it; None if there are no spans.
    """
    chances = {
        place: odds * SPANS["log_odds"] + weigh(SPANS, measure_span(sentences, sentence, place))
        for place, odds in spans.items()
    }
    if not chances:
        return None
    best = max(chances, key=chances.__getitem__)
    others = [chance for (start, end), chance in chances.items() if end <= best[0] or best[1] <= start]
    return best, min(_FARTHEST, chances[best] - max(others, default=-math.inf))


def measure_span(sentences: Sentences, sentence: Sentence, place: Place) -> dict[str, float]:
    """Return what shows whether a span is the answer, besides the model's log-odds.

    `whole` says that it is exactly one value of the type asked for, `untyped` that a figure is asked for and it has
    none, `extra` how many words it has besides the figure. `share` is that it is a part "of its 1,900". `repeats` is
    the share of its terms that the question has, `echo` that it has no other. `near` is how much of the question stands
    beside it. The others describe its words: how many, how they begin and end, and whether they cut a name.
    """
    question, text = sentences.question, sentence.source.passage.text
    first, last = sentence.spans[sentence.place]
    words, before, after = text[slice(*place)], text[first : place[0]], text[place[1] : last]
    own = set(terms(words))
    values = [
        value
        for value in (() if question.kind == "quote" else find_answers(words, question.kind))
        if question.kind != "number" or has_form(question.text, words[slice(*value)])
    ]
    is_figure = question.kind in _FIGURES
    longest = max((len(words[slice(*value)].split()) for value in values), default=0)
    count = len(words.split())
    opens, closes = words.count("("), words.count(")")
    return {
        "whole": float(question.kind != "reason" and values == [(0, len(words))]),
        "untyped": float(is_figure and not values),
        "extra": math.sqrt(count - longest) if is_figure and values else 0.0,
        "share": float(question.kind == "number" and _SHARE_OF.match(after) is not None),
        "repeats": len(own & question.every_term) / len(own) if own else 1.0,
        "echo": float(own <= question.every_term),
        "near": sentences.cover({*terms(before[-_NEAR:]), *terms(after[:_NEAR])}),
        "words": math.log(count),
        "preposition": float(_PREPOSITION.match(words) is not None),
        "joins": float(_JOINS.search(words) is not None),
        "cut": float(not is_balanced(words) or opens != closes),
        "remark": float(opens > 0 and opens == closes),
        "bracketed": float(before.endswith("(")),
        "name_cut": float(
            words[0].isupper() and not (words + after).isupper() and _NAME_GOES_ON.match(after) is not None
        ),
    }


def _whole_words(text: str, start: int, end: int) -> Place | None:
    """Return the span as whole words without punctuation at its end; None if nothing is left."""
    while start > 0 and text[start - 1 : start + 1].isalnum():
        start -= 1
    while text[end - 1 : end + 1].isalnum() and end < len(text):
        end += 1
    words = text[start:end]
    end -= len(words) - len(words.rstrip(_NO_ANSWER_ENDS))
    return (start, end) if start < end else None
