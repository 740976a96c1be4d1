"""Finds what a text says that somebody or something is: "the mayor of Lindreth", "a listed building"."""

from __future__ import annotations

import re

from assistant.understanding.answer_types import find_names

_ASKS = re.compile(
    r"^\W{0,3}(?:who|what)(?: is| was| are| were|s|'s|’s) (?:the |an? )?(?P<name>\w[^?]{1,60}[^?\s])\s*+\??$",
    re.IGNORECASE,
)
_LONGEST_NAME = 6  # words
_LONGER = 4  # letters; "of", "for" and "the" are shorter
# What follows a name and says who it is: ", the mayor of Lindreth," or "is a Norwegian singer".
_AFTER = re.compile(
    r"(?:,(?: \d+,)? (?=(?i:an?|the|one of) |[^,]{1,60}[’']s \w"
    r"|(?!in |with |at |on |for |who |which )[^,]*\b(?:of|for|at)\b)"
    r"|,? (?:who |which )?(?i:is|was|are|were) (?=(?i:an?|the|one of) ))"
    r"(?P<description>[^,.;:()“”\"]{3,100})(?=[,.;]| (?i:who|which)\b)"
)
# "The developer, Aldersky Homes, ...", "the incumbent, Aldous Trenneck".
_BEFORE = re.compile(r"\b(?P<description>(?:the|an?) [a-z][\w’' -]{2,60}), (?:the |an? )?$", re.IGNORECASE)
# What comes before a name: "Russian Deputy Foreign Minister Alexander Grushko", "Trump’s special envoy Steve Witkoff".
_TITLE_BEFORE = re.compile(r"(?:[^\W\d_a-z][\w’'.-]{1,40} ){1,6}(?:[a-z]{3,20} ){0,2}$")
_TITLE = re.compile(
    r"\b(?:Mayor|Coach|Captain|Inspector|Superintendent|Judge|President|Prime Minister|Chancellor|Minister|Senator"
    r"|Governor|King|Queen|Prince|Princess|Pope|General|Colonel|Premier|Professor|Economist|Secretary) $"
)
_NAME_PART = r"[^\W\d_a-z][\w’'.-]+"


def described_in(question: str) -> str | None:
    """Return what a question may want described, as "Who is Zoë Karrenholm?" does; None if it asks for something else.

    Case does not tell: whether it is a name is seen where a text has it.
    """
    asked = _ASKS.match(question)
    return asked["name"] if asked is not None and len(asked["name"].split()) <= _LONGEST_NAME else None


def describe(text: str, name: str) -> tuple[int, int] | None:
    """Return the words that say who or what `name` is: an apposition, a predicate, or the title before the name."""
    whole = re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
    if whole is not None and not _is_capitalised(whole[0]):
        return None
    called = rf"(?i:{re.escape(name)})"
    if " " in name and find_names(name) == [(0, len(name))] and not text.isupper():
        called = rf"(?:{called}|(?:{_NAME_PART} )*{re.escape(name.rsplit(maxsplit=1)[-1])})"
    for match in re.finditer(rf"\b{called}\b", text):
        after = _AFTER.match(text, match.end()) if match[0][0].isupper() else None
        if after is not None:
            return after.span("description")
    if whole is None or not whole[0][0].isupper() or text.isupper():
        return None
    before = text[: whole.start()]
    if (apposition := _BEFORE.search(before)) is not None:
        return apposition.span("description")
    title = _TITLE_BEFORE.search(before) or _TITLE.search(before)
    if title is None or not (" " in title[0].strip() or _TITLE.match(title[0])):
        return None
    return title.start(), title.end() - 1


def names(text: str, name: str) -> bool:
    """Return whether a text has the name, written as one."""
    whole = re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
    return whole is not None and whole[0][0].isupper() and _is_capitalised(whole[0])


def _is_capitalised(name: str) -> bool:
    """Return whether a text writes every longer word of a name with a capital: not "Trump’s special envoy"."""
    return all(word[0].isupper() for word in name.split() if len(word) >= _LONGER)
