"""Recognises questions that ask for several things: "list the candidates", "which countries", "who voted for"."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from assistant.understanding.answer_types import find_names
from index.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable

_AUXILIARY = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
_NO_NOUN = rf"(?!(?:{_AUXILIARY}|this|its|his|as|the|an?|of|in|to|kinds?|types?|sorts?|parts?)\b)"
_PLURAL = rf"{_NO_NOUN}(?:[\w-]{{2,30}}(?<!s)s|people|children|men|women|criteria|media)\b"
_NOUN_PHRASE = rf"(?:{_NO_NOUN}[\w'’-]{{1,30}} ){{0,2}}?(?P<noun>{_PLURAL})"
_NOUN = re.compile(_NOUN_PHRASE, re.IGNORECASE)
_ORDER = re.compile(
    r"\W*(?:please )?(?:can you |could you )?(?:(?:list|name|enumerate)|give (?:me )?(?:a |the )?(?:full |complete )?"
    r"(?:list of|names of)|give (?:me )?(?=all\b)|what is the list of)(?: me)? (?!one\b|an?\b)"
    r"(?:all(?: of)? )?(?P<rest>.+)",
    re.IGNORECASE,
)
_WHICH = re.compile(
    rf"\W*(?:what|which)(?: other)? (?P<rest>{_NOUN_PHRASE} "
    rf"(?:{_AUXILIARY}|\w+ed|won|took|gave|got|made|said)\b.*)",
    re.IGNORECASE,
)
_WHAT_ARE = re.compile(
    rf"\W*(?:what|which|who)(?: all)? (?:are|were|have been)(?: all)?(?: of)? the (?P<rest>{_NOUN_PHRASE}.*)",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"\W*who (?:all |else )?(?P<rest>(?:on [\w' -]{1,40}? )?"
    r"(?:voted|opposed|supported|backed|objected|attended"
    r"|scored(?! the \w+er\b| the (?:winning|only|first|last|opening))|signed|testified|took part|spoke|resigned"
    r"|was arrested|were)\b.*)",
    re.IGNORECASE,
)
_PROGRAMME = re.compile(
    r"\W*(?:(?:what|which) (?:is|are|was|were) (?:on|playing|showing|shown|planned|scheduled)\b"
    r"|(?:what|which|how many)\b.*\b(?:listed|programmes?|programs?|schedules?|line-?ups?|agendas?)\b)",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"\W*what (?:has |have |had |will )?changed?\b", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:two|three|four|five|six|seven)\b", re.IGNORECASE)
_EVERYONE = re.compile(r"(?:everyone|everybody|all (?:those|people)|those|people) (?:who|that) ", re.IGNORECASE)
# "What are the hairs called?" asks for one word.
_ASKS_NAME = re.compile(r"\b(?:called|known as|named|referred to)\W*$", re.IGNORECASE)
_PEOPLE = re.compile(
    r"(?:candidate|mayor|member|president|minister|leader|victim|suspect|people|player|witness|winner|loser|scorer|men"
    r"|women|children|official|politician|lawyer|\w{3,}(?:er|or|ist|man|men|ian))s?",
    re.IGNORECASE,
)
_SIGNS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(r"\b(?:vot\w+ (?:against|no)|oppos\w+|object\w*)", re.IGNORECASE),
        re.compile(r"\b(?:vot\w+ (?:against|no)|oppos\w+|object\w*|reject\w*)\b", re.IGNORECASE),
    ),
    (
        re.compile(r"\b(?:vot\w+ (?:for|yes|in favou?r)|support\w*|back(?:ed|s)?)\b", re.IGNORECASE),
        re.compile(r"\b(?:vot\w+ (?:for|yes|in favou?r)|support\w*|back(?:ed|s)?)\b", re.IGNORECASE),
    ),
    (
        re.compile(r"\b(?:quoted|interviewed|spoke|commented)\b", re.IGNORECASE),
        re.compile(r"\b(?:said|says|told|according to|writes|wrote)\b", re.IGNORECASE),
    ),
    (
        re.compile(r"\bchanged?\b|\bchanges\b", re.IGNORECASE),
        re.compile(r"\b(?:since then|no longer|from now on|instead of|will now|now|must)\b", re.IGNORECASE),
    ),
)


@dataclasses.dataclass(frozen=True, slots=True)
class ListRequest:
    """A request for several things, as a question that a reader can answer with each of them.

    `noun` has the terms of the word for the things, such as "candidates"; it is empty where the question has none.
    `signs` finds other wordings of what is asked. `only_listed` says that only a list in the text answers, `is_counted`
    that it is known how many things there are.
    """

    question: str
    noun: frozenset[str]
    for_people: bool
    signs: re.Pattern[str] | None
    names: tuple[str, ...] = ()
    only_listed: bool = False
    is_counted: bool = False


def read_list_request(question: str) -> ListRequest | None:
    """Return what is to be listed; None if a question asks for one thing only."""
    if _ASKS_NAME.search(question):
        return None
    for pattern, phrase in _FORMS:
        match = pattern.match(question)
        if match is not None:
            rest = match.groupdict().get("rest", "")
            noun = _NOUN.match(rest.removeprefix("the "))
            for_people = bool(_WHO.match(question)) or _names_people(rest, noun)
            signs = next((found for asked, found in _SIGNS if asked.search(question)), None)
            names = tuple(question[start:end] for start, end in find_names(question) if start)
            words = frozenset(terms(noun["noun"])) if noun and pattern is not _WHO else frozenset[str]()
            return ListRequest(
                phrase(question, rest, for_people),
                words,
                for_people,
                signs,
                names,
                pattern is _PROGRAMME,
                _COUNTED.search(rest) is not None,
            )
    return None


def _names_people(rest: str, noun: re.Match[str] | None) -> bool:
    return bool(_EVERYONE.match(rest)) or (noun is not None and _PEOPLE.fullmatch(noun["noun"]) is not None)


def _as_asked(question: str, rest: str, for_people: bool) -> str:  # noqa: ARG001 - one of several wordings
    return question


def _as_question(question: str, rest: str, for_people: bool) -> str:  # noqa: ARG001 - one of several wordings
    """Return an order as the question that it stands for."""
    rest = rest.strip(" .?!")
    everyone = _EVERYONE.match(rest)
    if everyone is not None:
        return f"Who {rest[everyone.end() :]}?"
    return f"{'Who' if for_people else 'What'} are {rest if rest.startswith('the ') else f'the {rest}'}?"


_FORMS: tuple[tuple[re.Pattern[str], Callable[[str, str, bool], str]], ...] = (
    (_ORDER, _as_question),
    (_WHAT_ARE, _as_asked),
    (_WHICH, _as_asked),
    (_WHO, _as_asked),
    (_CHANGED, _as_asked),
    (_PROGRAMME, _as_asked),
)
