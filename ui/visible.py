"""Finds characters in a text that are invisible or imitate others, so that they can be made visible.

Hidden are controls, marks that turn the reading direction around, and what has no width, except where a script or an
emoji needs them: joiners in Persian, Indic and family emoji, variation selectors, direction marks beside right-to-left
letters, soft hyphens within words. A word is mixed where letters of scripts that look alike stand side by side.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Piece:
    """A stretch of a text with an explanation if it is hidden or misleading; consecutive hidden characters are one
    piece.
    """

    start: int
    text: str
    explanation: str = ""
    is_hidden: bool = False


# Every character that may have to be made visible; each is then checked in its context.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
# Scripts with letters that look like Latin ones.
_ALIKE = re.compile(
    "[\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1f00-\u1fff\u2c80-\u2cff\ua640-\ua69f"
    "\uab70-\uabbf\U00010400-\U0001044f]"
)
_NAMED = 3  # consecutive characters that are named
_NEAR = 8  # characters
_NON_JOINER = "\u200c"
_JOINERS = frozenset("\u200c\u200d")
_JOINED = frozenset(
    "ARABIC SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM SINHALA KHMER MYANMAR"
    " MONGOLIAN TIBETAN THAI LAO NKO MANDAIC BALINESE JAVANESE".split()
)
_SELECTORS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
_SELECTABLE = frozenset({"So", "Sm", "Po", "Nd", "Lo"})  # categories of characters that come in several forms
_FILLERS = frozenset("\u115f\u1160")
_JAMO = re.compile("[\u1100-\u11ff]")
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f")
_SOFT_HYPHEN = "\u00ad"
_BLACK_FLAG = "\U0001f3f4"
_CONFUSED = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "DESERET"})
# Greek letters used as symbols for quantities and variants.
_SYMBOLS = frozenset("αβγδεζηθκλμπρσςτφχψωΓΔΘΛΞΠΣΦΨΩ")
_SHORT = 5  # most letters of a word with such a symbol
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_OTHER_NAMES = {
    "\u202a": "left-to-right embedding",
    "\u202b": "right-to-left embedding",
    "\u202c": "pop directional formatting",
    "\ufeff": "zero width no-break space",
}


def pieces(text: str) -> Iterator[Piece]:
    """Yield the text in pieces, in order; most texts are a single piece."""
    position = 0
    for odd in sorted([*_hidden(text), *_mixed(text)]):
        if position < odd.start:
            yield Piece(position, text[position : odd.start])
        yield odd
        position = odd.start + len(odd.text)
    if position < len(text):
        yield Piece(position, text[position:])


def plain(text: str) -> str:
    """Return a text as plain text, with hidden characters as "<U+202E>"."""
    return "".join(f"<{codes(piece.text)}>" if piece.is_hidden else piece.text for piece in pieces(text))


def plain_name(text: str) -> str:
    """Return a name as plain text; words with letters of several scripts are explained as well."""
    explanations = dict.fromkeys(
        piece.explanation for piece in pieces(text) if piece.explanation and not piece.is_hidden
    )
    return f"{plain(text)} <{', '.join(explanations)}>" if explanations else plain(text)


def codes(characters: str) -> str:
    """Return the code points of characters, such as U+202E; of many, the first ones and the number of others."""
    named = " ".join(f"U+{ord(character):04X}" for character in characters[:_NAMED])
    return named if len(characters) <= _NAMED else f"{named} and {len(characters) - _NAMED:,} more"


def is_right_to_left(text: str) -> bool:
    """Return whether a text has letters that are read from right to left."""
    return _RIGHT_TO_LEFT.search(text) is not None


def _hidden(text: str) -> Iterator[Piece]:
    for run in _HIDDEN.finditer(text):
        odd = [index for index in range(*run.span()) if not _belongs(text, index)]
        for _, group in itertools.groupby(enumerate(odd), lambda pair: pair[1] - pair[0]):
            places = [place for _, place in group]
            stretch = text[places[0] : places[-1] + 1]
            yield Piece(places[0], stretch, _named(stretch), is_hidden=True)


def _named(characters: str) -> str:
    if len(characters) > 1:
        return f"{codes(characters)}: characters that do not show"
    return f"{codes(characters)} {_OTHER_NAMES.get(characters) or unicodedata.name(characters, 'CONTROL').lower()}"


def _belongs(text: str, index: int) -> bool:
    """Return whether a hidden character has its legitimate purpose in its context."""
    character, before, after = text[index], text[index - 1 : index], text[index + 1 : index + 2]
    if character == _SOFT_HYPHEN:
        belongs = before.isalpha() and after.isalpha()
    elif character in _DIRECTION_MARKS:
        belongs = is_right_to_left(text[max(0, index - _NEAR) : index + _NEAR])
    elif character in _JOINERS:
        belongs = _joins(before) and (_joins(after) or character == _NON_JOINER)
    elif character in _SELECTORS:
        belongs = bool(before) and unicodedata.category(before) in _SELECTABLE
    elif "\U000e0020" <= character <= "\U000e007f":
        belongs = text.rfind(_BLACK_FLAG, max(0, index - _NEAR), index) >= 0
    elif "\u180b" <= character <= "\u180f":
        belongs = "\u1800" <= before <= "\u18af"
    else:
        belongs = character in _FILLERS and bool(_JAMO.search(before + after))
    return belongs


def _joins(character: str) -> bool:
    """Return whether a joiner may be next to a character: one of a cursive or Indic script, or an emoji."""
    is_emoji = character in _SELECTORS or (character != "" and unicodedata.category(character) in {"So", "Sk"})
    return is_emoji or (character != "" and _script(character) in _JOINED)


def _mixed(text: str) -> Iterator[Piece]:
    """Yield the words that mix letters of similar-looking scripts, and the scripts."""
    if text.isascii() or not _ALIKE.search(text):
        return
    # Some hidden characters count as letters; they are reported separately and are not part of a word.
    for found in _WORD.finditer(_HIDDEN.sub(lambda run: " " * len(run[0]), text)):
        word = found[0]
        if word.isascii() or not _ALIKE.search(word):
            continue
        scripts = {_script(letter) for letter in word} & _CONFUSED
        if len(scripts) > 1 and not _is_symbol(word):
            names = sorted(script.capitalize() for script in scripts)
            yield Piece(found.start(), word, f"{' and '.join(names)} letters")


def _is_symbol(word: str) -> bool:
    """Return whether the Greek letter in a Latin word is a symbol, as in "kΩ", "TNFα" and "NFκB"."""
    greek = [letter for letter in word if _script(letter) != "LATIN"]
    if len(greek) != 1 or greek[0] not in _SYMBOLS:
        return False
    is_code = greek[0].islower() and word.replace(greek[0], "").isupper()
    return is_code or (len(word) <= _SHORT and greek[0] in {word[0], word[-1]})


@functools.lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """Return the script of a letter, which is how its name begins."""
    name = unicodedata.name(character, "")
    return name.partition(" ")[0] if name else ""
