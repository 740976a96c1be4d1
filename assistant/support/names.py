"""What is known about names: titles, words that are capitalised for other reasons, and forms of the same name."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

from index.english import HONORIFICS, OFFICES

if TYPE_CHECKING:
    from collections.abc import Iterator

# Titles are not part of a name: "President Trump" is Trump.
TITLES = (
    HONORIFICS
    | OFFICES
    | frozenset(
        """
    vice king queen prince princess miss lord lady prof colonel captain judge justice coach director chairwoman
    superintendent pope saint st rep sen gov pres battalion major lieutenant sergeant admiral detective inspector
    """.split()
    )
)
# Words that are capitalised at the start of a sentence but not names, besides words with the endings below.
_ORDINARY = frozenset(
    """
    maybe perhaps the a an in on at of for to from by with and or but if as so it its he she they we you i
    this that these those there his her their our my your when where while after before since until during
    although though because however also not no yes most many some all both each one two three four five six
    seven eight nine ten then than now here what who how why which such other under over between among about
    despite following according overall meanwhile another several few later earlier today yesterday tomorrow
    tonight still yet even just only once more less much nearly almost around roughly first second third last
    next early late additionally moreover furthermore instead never nobody nothing none neither nor either
    every everyone everything someone something anyone anything people police officials critics experts
    residents workers researchers scientists students supporters opponents analysts lawmakers voters fans
    patients parents president minister government revenue profit inflation unemployment congress parliament
    talks negotiations prices sales shares data evidence work construction without within through throughout
    against along across behind beyond upon into onto toward towards via per like unlike given based let may
    can could would should must will shall might did does do is are was were be been being has have had having
    please note answer question passage article source report statement news text part half sixty thirty
    twenty fifty forty seventy eighty ninety hundred thousand million billion dozens hundreds thousands former
    new old young big small large long short high low good bad great little local national international
    federal american-led state city town country war peace deal plan land trade money time year month week day
    life death man woman men women children child family mother father son daughter
    """.split()
)
_ORDINARY_END = re.compile(
    r".{3,}(?:ly|ing|ed|tion|sion|ment|ness|ity|ists|ers|ors|ies|ances?|ences?|ages|ships?|isms?)|[^s]{4,}s"
)
# Short forms of names, and peoples whose names do not begin like their country's.
_ONE_NAME = {
    word: forms.split()[0]
    for forms in (
        "america american americans usa u.s u.s.a us",
        "britain british briton britons uk u.k",
        "germany german germans",
        "france french frenchman",
        "netherlands dutch",
        "spain spanish spaniard spaniards",
        "greece greek greeks",
        "denmark danish dane danes",
        "poland polish pole poles",
        "wales welsh",
        "ireland irish",
        "switzerland swiss",
        "norway norwegian norwegians",
        "turkey turkish turk turks türkiye",
        "europe european europeans eu e.u",
        "un u.n",
        "scotland scottish scots",
        "sweden swedish swede swedes",
        "finland finnish finn finns",
        "norman normans normandy",
    )
    for word in forms.split()
}
UNIONS: dict[tuple[str, ...], str] = {
    ("united", "states"): "america",
    ("united", "kingdom"): "britain",
    ("great", "britain"): "britain",
    ("united", "nations"): "un",
    ("european", "union"): "europe",
}
_ENDINGS = tuple("ians ian ans ish ese ian ia an ns is an i n s y e a".split())
_ROOT = 4


@functools.lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Return a word in lower case, without accents and possessive."""
    plain = unicodedata.normalize("NFKD", word.replace("’", "'"))
    plain = "".join(character for character in plain if not unicodedata.combining(character)).lower()
    return plain.removesuffix("'s").removesuffix("'").rstrip(".")


@functools.lru_cache(maxsize=20_000)
def root(word: str) -> str:
    """Return the common root of a country and its people, or of a name and its plural ("Russian", "Russia")."""
    if word in _ONE_NAME:
        return _ONE_NAME[word]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _ROOT:
            return word[: -len(ending)]
    return word


def is_ordinary(folded: str) -> bool:
    """Return whether a word that begins a sentence is probably not a name."""
    return folded in _ORDINARY or _ORDINARY_END.fullmatch(folded) is not None


def join_unions(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the words of a name with the United States, the United Kingdom and the like as one word."""
    index = 0
    while index < len(words):
        union = UNIONS.get(words[index : index + 2])
        yield union or words[index]
        index += 2 if union else 1
