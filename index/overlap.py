"""How much of one text is in another: what tells a new version of an article from another page at its address."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w{1,100}")
_RUN = 4  # words; shorter runs are shared by texts that have nothing to do with each other


def share_in(text: str, other: str) -> float:
    """Return the share of a text's runs of words, from 0 to 1, that another text has, too."""
    runs = _runs(text)
    return len(runs & _runs(other)) / len(runs)


def _runs(text: str) -> set[int]:
    words = [word.lower() for word in _WORD.findall(text)]
    return {hash(tuple(words[start : start + _RUN])) for start in range(max(1, len(words) - _RUN + 1))}
