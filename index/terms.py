"""Words as the full-text index and the readers compare them: lower case, no accents or stop words, stemmed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from index.english import STOP_WORDS

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

_LONGEST_WORD = 40


def terms(text: str) -> list[str]:
    """Return the terms of a text in order, including repeated ones (English stemmer of the Snowball project)."""
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
