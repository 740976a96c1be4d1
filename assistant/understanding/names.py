"""The collection's own names, and which of them somebody means who writes them in part, in short or wrongly."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from typing import TYPE_CHECKING

from index.english import HONORIFICS, STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_WORD = re.compile(r"\w+")
_SHORTEST = 4  # letters; shorter words that differ in one letter are mostly other words
_ALIKE = 0.78  # of two spellings of a name: twice the letters they share, by the letters they have
_CAPITALISED = re.compile(r"\b[^\W\d_a-z]\w{3,}")


def name_words(text: str) -> list[str]:
    """Return the words of a name in lower case and without accents, titles and articles."""
    plain = unicodedata.normalize("NFKD", re.sub(r"['’]s\b", "", text).casefold())
    words = _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
    return [word for word in words if word not in HONORIFICS and word not in {"the", "a", "an"}]


def match_names(written: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that a writer means: the same in full, or else those that have the words in this order or these
    initials ("the Courier", "NYT"). Spelling counts; `match_misspelt` forgives it.
    """
    wanted = name_words(written)
    if not wanted or all(word in STOP_WORDS for word in wanted):
        return ()
    known = {name: name_words(name) for name in names}
    same = tuple(name for name, words in known.items() if words == wanted)
    if same:
        return same
    within = tuple(name for name, words in known.items() if _contains(words, wanted))
    if within:
        return within
    return tuple(name for name, words in known.items() if len(words) > 1 and _initials(name, words) & {"".join(wanted)})


def match_misspelt(written: str, names: Iterable[str]) -> str | None:
    """Return the one name, or part of one, that is spelt nearly as this; None where there is none."""
    wanted = name_words(written)
    if len("".join(wanted)) < _SHORTEST:
        return None
    best: tuple[float, str] | None = None
    for name in names:
        words = name_words(name)
        for start in range(max(1, len(words) - len(wanted) + 1)):
            share = _likeness(" ".join(wanted), " ".join(words[start : start + len(wanted)]))
            if share >= _ALIKE and (best is None or share > best[0]):
                best = share, name
    return best[1] if best else None


def correct(text: str, misspelt: Collection[str], names: Iterable[str]) -> str:
    """Return a text with each of its `misspelt` words as the names spell the word most like it."""
    known = {word for name in names for word in _CAPITALISED.findall(name)}
    plain = {" ".join(name_words(word)): word for word in sorted(known)}

    def spell(found: re.Match[str]) -> str:
        word = found[0]
        if word not in misspelt or len(word) < _SHORTEST:
            return word
        close = difflib.get_close_matches(" ".join(name_words(word)), plain, n=1, cutoff=_ALIKE)
        return plain[close[0]] if close else word

    return _WORD.sub(spell, text)


def _contains(words: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return any(words[start : start + size] == wanted for start in range(len(words) - size + 1))


def _initials(name: str, words: list[str]) -> set[str]:
    """Return the initials of a name, with and without "the"."""
    short = "".join(word[0] for word in words)
    return {short, f"t{short}"} if name.lower().startswith("the ") else {short}


@functools.lru_cache(4096)
def _likeness(first: str, second: str) -> float:
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()
