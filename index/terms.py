"""Words as the full-text index and the readers compare them: lower case, no accents or stop words, stemmed."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from index.english import STOP_WORDS

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

_LONGEST_WORD = 40
_using = threading.RLock()  # an analyzer that two threads use at once raises "Already borrowed"


def terms(text: str) -> list[str]:
    """Return the terms of a text in order, including repeated ones (English stemmer of the Snowball project)."""
    with _using:
        found: list[str] = _shared().analyze(text)
    return found


def analyzer() -> TextAnalyzer:
    """Return a new analyzer; the full-text index and `terms` use equal ones."""
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


_shared = functools.cache(analyzer)
