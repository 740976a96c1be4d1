"""Questions about what was said: who said something, and what somebody said about something."""

from __future__ import annotations

import dataclasses
import re


@dataclasses.dataclass(frozen=True, slots=True)
class WhoSaid:
    """Who said these words; `is_exact` says that they stood in quotation marks."""

    words: str
    is_exact: bool


@dataclasses.dataclass(frozen=True, slots=True)
class WhatSaid:
    """What a speaker said about a topic, which is empty where none is named."""

    speaker: str
    topic: str
    is_exact: bool
    """Whether the very words are asked for."""


_LONGEST = 600  # characters of a question
_QUOTED = re.compile(
    r"[“„«](?P<curly>[^“”„«»]{3,400})[”“»]|\"(?P<straight>[^\"]{3,400})\"|(?<![\w’'])[‘'](?P<single>.{3,400})[’'](?!\w)"
)
_ASKS_WHO = re.compile(
    r"\b(?:who (?:\w+ )?(?:said|says|called|calls|described|spoke|used|uttered)\b"
    r"|(?:who|which \w+)(?: was it that)? (?:said|says)\b|whose (?:words?|quotes?|line|quotation|phrase)\b"
    r"|who (?:is|was)\b.{0,30}\b(?:words|quote|line|phrase|quoted))",
    re.IGNORECASE,
)
_WHO_SAID = re.compile(
    r"(?:and |so |but )?who (?:was it (?:that|who) |exactly |first |else |has |had |was the one who )?"
    r"(?:said|says|warned|claimed|claims|remarked|complained|joked|argued|argues|insisted|admitted|quipped|commented"
    r"|(?:told|tells)(?: [\w.’'-]+){1,4}?(?= that\b)|spoke of|speaks of|described|describes|called|calls|referred to"
    r"|compared|likened|is quoted as saying|was quoted as saying|used the (?:words?|phrase|term|expression))"
    r"(?: (?:that|about|of|it|in public|publicly|this|to \w+))?[:,]? (?P<words>.+)",
    re.IGNORECASE,
)
_SAY = r"(?:say|said|tell|told|remark|comment|state|write|wrote)"
_ABOUT = r"(?:about|on|of|regarding|concerning|over|in response to|in reaction to|when asked about|with regard to)"
_WHAT_SAID = re.compile(
    r"(?:and |so |but )?(?:what|which words)(?P<exactly> exactly| precisely)?(?: else| all| words)?"
    r" (?:did|does|do|has|have|had) (?P<who>.{2,80}?)(?P<surely> exactly| actually| precisely| literally)?"
    rf" (?P<verb>{_SAY})\b(?P<word_for_word> exactly| word for word)?(?P<rest>.*)",
    re.IGNORECASE,
)
_WORDS_OF = re.compile(
    r"(?:what (?:was|were|is|are) |give me |show me |find |get |read me )?(?:the )?(?:a |any |some )?"
    r"(?:exact |own |very )?"
    r"(?:words|quotes?|quotations?|statements?|comments?|remarks?) (?:of|by|from) (?P<who>.{2,80}?)"
    rf"(?: {_ABOUT} (?P<topic>.+))?",
    re.IGNORECASE,
)
_THEIR_WORDS = re.compile(
    r"(?:what (?:was|were|is|are) |give me |show me |find )?(?P<who>.{2,80}?)['’]s? (?:exact |own |very )?"
    r"(?:words|quotes?|quotations?|statements?|comments?|remarks?)"
    rf" {_ABOUT} (?P<topic>.+)",
    re.IGNORECASE,
)
_QUOTE = re.compile(rf"quote (?P<who>.{{2,80}}?)(?: {_ABOUT} (?P<topic>.+))?", re.IGNORECASE)
_QUOTED_AS = re.compile(
    rf"what (?:is|was|are|were) (?P<who>.{{2,80}}?) quoted as saying(?: {_ABOUT} (?P<topic>.+))?", re.IGNORECASE
)
_TOPIC = re.compile(rf"(?:(?P<to>.*?) )??{_ABOUT} (?P<topic>.+)", re.IGNORECASE)
_FOLLOWS = re.compile(
    rf"(?:{_ABOUT}|in|at|to|during|after|before|when|while|as|by|there|then|next|first|exactly)\b", re.IGNORECASE
)
# Whoever is meant is no speaker in an article, or not known.
_NO_SPEAKER = re.compile(
    r"(?:(?:the|this|that|these|those|your|all|any|both|other|an?|each) )*(?:\w+ )?"
    r"(?:articles?|stor(?:y|ies)|texts?|reports?|pieces?|(?:news)?papers?|headlines?|titles?|collection|sources?|anyone|anybody|people|it|you|we"
    r"|they|he|she|i|him|her|them|this|that|law|rules?|constitution|bible)",
    re.IGNORECASE,
)


def read_quotation_question(question: str) -> WhoSaid | WhatSaid | None:
    """Return what a question asks of what was said; None where it asks something else."""
    text = " ".join(question[:_LONGEST].split()).strip(" ?!.")
    quoted = _QUOTED.search(text)
    if (who := _WHO_SAID.match(text)) is not None or (quoted is not None and _ASKS_WHO.search(text)):
        if quoted is not None:
            words = quoted["curly"] or quoted["straight"] or quoted["single"]
            return WhoSaid(words.strip(" ,.?!"), is_exact=True)
        return WhoSaid(who["words"], is_exact=False) if who is not None else None
    return _what_said(text)


def _what_said(text: str) -> WhatSaid | None:
    if (asked := _WHAT_SAID.fullmatch(text)) is not None:
        rest = asked["rest"].strip()
        topic = _TOPIC.fullmatch(rest)
        if rest and not asked["verb"].lower().startswith("t") and _FOLLOWS.match(rest) is None:
            return None  # what is said to have happened
        named = topic["topic"] if topic is not None else ""
        is_exact = any(asked[group] for group in ("exactly", "surely", "word_for_word"))
        return _said(asked["who"], named, is_exact=is_exact)
    for pattern in (_QUOTE, _QUOTED_AS, _WORDS_OF, _THEIR_WORDS):
        if (asked := pattern.fullmatch(text)) is not None:
            return _said(asked["who"], asked["topic"] or "", is_exact=True)
    return None


def _said(speaker: str, topic: str, *, is_exact: bool) -> WhatSaid | None:
    is_unknown = _NO_SPEAKER.fullmatch(speaker) is not None or speaker.endswith(" not")
    return None if is_unknown else WhatSaid(speaker.strip(), topic.strip(), is_exact)
