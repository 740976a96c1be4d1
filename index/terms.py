"""Words as the full-text index and the readers compare them: lower case, no accents, no stop words, stemmed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

STOP_WORDS = frozenset(
    """
    a about am an and are as at be been being but by can could d did do does for from had has have he her his
    how i if in into is it its ll m may me might must my no not of on or our re s she should so such t than that
    the their them then there these they this those to ve was we were what when where which who whom whose why
    will with would you your
    """.split()
)
_LONGEST_WORD = 40


def terms(text: str) -> list[str]:
    """Return the terms of a text in order, repeated ones too (English stemmer of the Snowball project)."""
    found: list[str] = analyzer().analyze(text)
    return found


@functools.cache
def analyzer() -> TextAnalyzer:
    """Return the analyzer that the full-text index and `terms` share."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(_LONGEST_WORD))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.custom_stopword(sorted(STOP_WORDS)))
        .filter(Filter.stemmer("english"))
        .build()
    )
