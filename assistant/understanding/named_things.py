"""The names in a text, and whether each is of a person, a thing or a place, judged by the words around it."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Literal

from index.english import HONORIFICS, MONTHS, OFFICES, STOP_WORDS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

AUXILIARY = (
    "do does did is are was were has have had can could will would should may might must isn't aren't wasn't weren't "
    "don't doesn't didn't hasn't haven't can't won't"
)
ASKING = (
    f"what who whom whose when where which why how {AUXILIARY} tell give list name show explain describe summarise "
    "summarize compare what's who's"
)
_UPPER = "".join(letter for letter in map(chr, range(0x530)) if letter.isupper())
_NAME = re.compile(
    rf"[{_UPPER}][\w’'-]*\w(?:\.?\s+(?:(?:of|de|van|von|al|bin|the)\s+)?[{_UPPER}][\w’'-]*\w|\.[{_UPPER}])*"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_NO_NAMES = STOP_WORDS | frozenset(
    f"""
    {ASKING} {" ".join((*WEEKDAYS, *MONTHS))} according after also before besides both
    despite during however i'm it's meanwhile not only please says since under until while yes
    """.split()
)
OFFICE_WORDS = (
    HONORIFICS | OFFICES | frozenset("defence defense finance former spokesman spokesperson spokeswoman".split())
)
NEAR = 40  # characters before a name that show what kind of name it is
_OFFICE_AND_NAME = 2  # words that stay together: "President Putin"
_THINGS = frozenset(
    """
    act agency agreement army association authority bank bridge bureau church club college commission committee company
    conference congress convention corporation council county court department forces foundation fund group hospital
    inc institute island lake law ltd ministry mountain museum office organisation organization parliament party plan
    police project river road school senate service state states street summit times treaty union university war
    """.split()
)
_PLACES = frozenset(
    """
    africa america asia australia austria baghdad beijing belarus belgium berlin brazil britain brussels canada china
    crimea cuba cyprus denmark egypt england europe finland france gaza geneva germany greece hungary india indonesia
    iran iraq ireland israel italy japan jerusalem kiev korea kyiv laos lebanon london mexico moscow netherlands nigeria
    norway pakistan palestine paris poland portugal romania russia scotland serbia singapore spain sudan sweden
    switzerland syria taiwan tehran tokyo turkey ukraine venezuela vietnam wales washington yemen
    """.split()
)
_SPEAKS = re.compile(r"^[\s,]*(?:said|says|told|is|was|has|had|will|won|\w+ed)\b")
PLACED = re.compile(rf"\b(?:in|at|near|into|across|inside|(?:{'|'.join(OFFICES)})\s+of)\s+(?:the\s+)?$", re.IGNORECASE)
NamedKind = Literal["person", "thing", "place"]


@dataclasses.dataclass(frozen=True, slots=True)
class NamedThing:
    """A name, and where it stands in its text; `is_clear` if more than a capital shows what kind of name it is."""

    text: str
    start: int
    end: int
    kind: NamedKind
    is_clear: bool
    is_placed: bool


def names_in(text: str) -> list[NamedThing]:
    """Return the names in a text; a capital at the beginning of a sentence is not enough to make one."""
    if text.isupper():
        return []
    return [name for match in _NAME.finditer(text) for name in _name(text, *match.span())]


def _name(text: str, start: int, end: int) -> Iterator[NamedThing]:
    """Yield the name among capitalised words, if there is one, without an office before it."""
    end -= len(ending[0]) if (ending := _POSSESSIVE.search(text[start:end])) else 0
    words = text[start:end].split()
    before = text[max(0, start - NEAR) : start]
    begins = _begins_sentence(before)
    while words and words[0].lower().strip(".’'") in _NO_NAMES:
        words, begins = words[1:], False
    if begins and len(words) > _OFFICE_AND_NAME and words[0].endswith("ing"):
        words = words[1:]  # "Using Ada Orr as a front, ..."
    while len(words) > _OFFICE_AND_NAME and words[0].lower().strip(".") in OFFICE_WORDS:
        words, begins = words[1:], False
    if not words or all(word.lower() in OFFICE_WORDS for word in words):
        return
    start = text.index(words[0], start)
    name = text[start:end]
    speaks = _SPEAKS.match(text[end:]) is not None
    if begins and len(words) == 1 and not (speaks and not name.endswith("s")) and not ending:
        return
    kind = _kind(words, has_article=re.search(r"\bthe\s+$", before, re.IGNORECASE) is not None)
    is_clear = kind != "person" or speaks or len(words) > 1
    is_placed = PLACED.search(before) is not None and words[0].lower().strip(".") not in OFFICE_WORDS
    yield NamedThing(name, start, end, kind, is_clear, is_placed)


def _kind(words: list[str], *, has_article: bool) -> NamedKind:
    """Return whether a name is a thing, a place or a person; a person if it is known as neither of the others."""
    lower = {word.lower().strip(".") for word in words}
    if not lower.isdisjoint(_THINGS | {"of"}) or has_article or "".join(words).replace(".", "").isupper():
        return "thing"
    return "person" if lower.isdisjoint(_PLACES) else "place"


def _begins_sentence(before: str) -> bool:
    """Return whether a sentence begins after these words, ignoring quotation marks and brackets."""
    bare = before.rstrip('"“‘(')
    return not bare or '"' in before[len(bare) :] or bare.rstrip().endswith((*'.!?:]”"',))
