"""Finds the quotations of a statement and locates them in a passage, ignoring typography."""

from __future__ import annotations

import re

MIN_WORDS = 3
"""The number of words from which a quotation must be verbatim; shorter ones are scare quotes and titles."""
_QUOTED = re.compile(r"“([^“”]{5,3000})”|„([^„“”]{5,3000})[“”]|«([^«»]{5,3000})»|\"([^\"]{5,3000})\"")
_SAME = dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("‘’‚‛`´′", "'") | {"…": "..."}
_DROPPED = frozenset("“”„‟\"«»'\u00ad\u200b\u200c\u200d\u2060\ufeff*_")
_EDGES = " .,;:!?-"


def find_quotations(text: str) -> list[str]:
    """Return the quotations of three words or more, without their marks."""
    quoted = ("".join(group or "" for group in match.groups()) for match in _QUOTED.finditer(text))
    return [words for words in quoted if len(re.findall(r"\w+", words)) >= MIN_WORDS]


def locate(quotation: str, text: str) -> tuple[int, int] | None:
    """Return where `text` has a quotation word for word; None if it does not.

    Case, white space, the style of quotation marks, dashes, apostrophes and ellipses, and punctuation at the ends do
    not matter. An ellipsis that omits words does: nothing shows that the parts belong together.
    """
    wanted, _ = _plain(quotation)
    plain, places = _plain(text)
    wanted = wanted.strip(_EDGES)
    position = plain.find(wanted) if wanted else -1
    while position >= 0:
        end = position + len(wanted)
        if not plain[position - 1 : position].isalnum() and not plain[end : end + 1].isalnum():
            return places[position], places[end - 1] + 1
        position = plain.find(wanted, position + 1)
    return None


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the text without typographic differences, and for each character its place in the original."""
    characters: list[str] = []
    places: list[int] = []
    for position, original in enumerate(text):
        character = _SAME.get(original, original)
        if character in _DROPPED:
            continue
        if character.isspace():
            if characters and characters[-1] not in " -":
                characters.append(" ")
                places.append(position)
            continue
        if character == "-" and characters and characters[-1] == " ":
            characters.pop()
            places.pop()
        for folded in character.lower():
            characters.append(folded)
            places.append(position)
    return "".join(characters), places
