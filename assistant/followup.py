"""Makes a follow-up stand alone, with no model: "and what did he say about NATO?" names who "he" is.

A careful heuristic. It touches a question only where that cannot be understood by itself: a pronoun with nothing to
point at, or a fragment such as "why?" or "and in 2014?".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.terms import terms

if TYPE_CHECKING:
    from assistant.conversation import Conversation

_NAME = re.compile(r"[A-Z][\w’'.-]*[\w](?:\s+(?:(?:of|de|van|von|al|the)\s+)?[A-Z][\w’'-]*\w)*")
_CONNECTIVE = re.compile(r"^\s*(?:and|but|so|also|then|ok(?:ay)?|well)\b[\s,]*", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"^(?:(?:what|how)\s+about\s+|(?=(?:in|on|at|by|for|from|to|with|since|before|after|during)\b))(.+)$",
    re.I,
)
# "and Putin?", "and the mayor?"
_FRAGMENT_WORDS = 3
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_PERSON = re.compile(r"\b(?:he|she|him|his|hers?)\b", re.IGNORECASE)
_THING = re.compile(r"\b(?:it|its|they|them|their)\b", re.IGNORECASE)
_EVENT = re.compile(r"\b(?:this|that|these|those|there)\b", re.IGNORECASE)
# Terms that ask for something without saying of what.
_EMPTY_TERMS = frozenset(
    terms("tell say said more else explain elaborate detail further continue please happened next")
)
_POSSESSIVE = re.compile(r"^(?:his|her|its|their)$", re.IGNORECASE)
_QUESTION_WORDS = frozenset(
    """
    what who whom whose when where which why how did do does is are was were has have had can could will would
    should may might and but so then also the a an in on at i it he she they we you tell give list name
    """.split()
)


def make_standalone(question: str, conversation: Conversation) -> str:
    """Return the question so that it can be understood without the turns before it; mostly just as it is."""
    question = question.strip()
    if not conversation.turns or not question:
        return question
    last = conversation.turns[-1]
    bare = _CONNECTIVE.sub("", question)
    if set(terms(bare)) <= _EMPTY_TERMS:  # "why?", "who was he?", "tell me more": nothing of its own to search for
        pointed = _resolve(bare, conversation)
        return pointed if pointed != bare else f"{last.question} {_capitalise(bare)}"
    fragment = _FRAGMENT.match(bare)
    if fragment:
        return _fill_in(last.question, fragment[1].rstrip(" ?.!"))
    if len(bare.split()) <= _FRAGMENT_WORDS and bare != question and not _has_verb(bare):
        return _fill_in(last.question, bare.rstrip(" ?.!"))
    if _points_at_event(bare):
        return f"{last.question} {_capitalise(bare)}"
    pointed = _resolve(bare, conversation)
    return question if pointed == bare == question else _capitalise(pointed)


def _resolve(question: str, conversation: Conversation) -> str:
    """Put the name that a pronoun points at in its place, if the question has no name of its own before it."""
    pronoun = _PERSON.search(question) or _THING.search(question)
    if pronoun is None or any(name.start() < pronoun.start() for name in _names(question)):
        return question
    antecedent = _antecedent(conversation)
    if antecedent is None:
        return question
    owner = _POSSESSIVE.match(pronoun[0]) and re.match(r"\s+\w", question[pronoun.end() :])
    name = f"{antecedent}’s" if owner and not antecedent.endswith("s") else f"{antecedent}’" if owner else antecedent
    return question[: pronoun.start()] + name + question[pronoun.end() :]


def _points_at_event(question: str) -> bool:
    """Say whether "that" or "this" stands by itself, as in "when was that?", and not before a noun."""
    pronoun = _EVENT.search(question)
    if pronoun is None or _names(question):
        return False
    after = question[pronoun.end() :].split()
    return not after or not after[0].isalpha()


def _antecedent(conversation: Conversation) -> str | None:
    """Return the name spoken of last: in the question before, else in the answer to it, else further back."""
    for turn in reversed(conversation.turns):
        for text in (turn.question, turn.answer):
            names = _names(text)
            if names:
                return names[0][0]
    return None


def _names(text: str) -> list[re.Match[str]]:
    """Return the capitalised names in a text; a question word that begins it is none."""
    found = []
    for match in _NAME.finditer(text):
        first = match[0].split()[0].lower().strip("’'.")
        if first in _QUESTION_WORDS:
            rest = _NAME.search(text, match.start() + len(match[0].split()[0]), match.end())
            if rest is not None:
                found.append(rest)
        else:
            found.append(match)
    return found


def _fill_in(question: str, piece: str) -> str:
    """Ask the question before again with a piece changed: a year for a year, a name for a name, else added."""
    body = question.rstrip(" ?.!")
    year, new_year = _YEAR.search(body), _YEAR.search(piece)
    if year and new_year:
        return f"{body[: year.start()]}{new_year[0]}{body[year.end() :]}?"
    names, new_names = _names(body), _names(piece)
    if len(names) == 1 and new_names and new_names[0].start() == 0:
        return f"{body[: names[0].start()]}{piece}{body[names[0].end() :]}?"
    return f"{body} {piece}?"


def _has_verb(text: str) -> bool:
    """Say whether a short text begins as a whole question does."""
    return text.split(maxsplit=1)[0].lower() in _QUESTION_WORDS


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
