"""Words that are divided at the end of a line, and whether their hyphen is theirs."""

from __future__ import annotations

import functools
import re

from index.passages.onnx_models import tokenizer

_WORD = re.compile(r"\w+")
_HYPHENATED = re.compile(r"\b\w++(?:-\w++)+")
_SUSPENDED = frozenset("and or to und oder bis y o et ou".split())  # "short- and long-term"
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "ers")


class Hyphens:
    """Joins words over line ends, by the words that a text has elsewhere and those of English."""

    def __init__(self, lines: list[str]) -> None:
        self._hyphenated = {part.lower() for line in lines for part in _HYPHENATED.findall(line)}
        self._words = {word.lower() for line in lines for word in _WORD.findall(line)}

    def join(self, end: str, line: str) -> tuple[str, str] | None:
        """Return how a text ends before a line, and what joins them, if it ends in a divided word; else None."""
        before = end[:-1].rpartition(" ")[2].lstrip("\"“‘'([")
        following = _WORD.match(line)
        if not end.endswith("-") or following is None or not before[-1:].isalnum():
            return None
        after = following[0]
        if after.lower() in _SUSPENDED:
            return end, " "
        if after[0].isupper() and before[0].islower() and not _is_english(before):
            return None  # "pro-" and "mid-" go before a name, half a word does not
        return (end, "") if self._is_compound(before, after) else (end[:-1], "")

    def _is_compound(self, before: str, after: str) -> bool:
        """Return whether the hyphen belongs to the word and does not only divide it."""
        last = re.split(r"[-’']", before)[-1]
        if not after[0].islower() or last[-1].isdigit() or (len(last) > 1 and last.isupper()):
            return not (last.isupper() and after.isupper() and f"{last}{after}".lower() in _english())
        whole, parted = f"{last}{after}".lower(), f"{before}-{after}".lower()
        if any(parted == word or word.startswith(f"{parted}-") for word in self._hyphenated):
            return True
        if whole in self._words or _is_english(whole):
            return False
        return _is_english(last.lower()) and _is_english(after)


def _is_english(word: str) -> bool:
    known = _english()
    return word in known or any(word.endswith(ending) and word[: -len(ending)] in known for ending in _ENDINGS)


@functools.cache
def _english() -> frozenset[str]:
    """Return the thirty thousand most usual words of English, which the bundled embedder has."""
    return frozenset(word for word in tokenizer().get_vocab() if len(word) > 1 and word.isalpha())
