"""Which form a question has that a single sentence seldom answers: a timeline, a reason, yes or no."""

from __future__ import annotations

import re

_TIMELINE = re.compile(r"\b(?:time ?line|chronology|sequence of events|history of events)\b", re.IGNORECASE)
_TIMELINE_WORDS = re.compile(
    r"\b(?:(?:please )?(?:give|show|write|make|tell)(?: me)?|(?:please )?draw up|(?:a |the )?(?:short |brief )?(?:"
    r"time ?line|chronology|sequence of events|history of events)|what is|of|for|on|about)\b",
    re.IGNORECASE,
)
_CHANGED = (
    r"(?:changed?|develop(?:ed)?|evolved?|risen|rise|fallen|fall|grown?|gone (?:up|down)|go (?:up|down)|moved?"
    r"|shift(?:ed)?|progress(?:ed)?|var(?:y|ied))"
)
_VALUES = r"(?:price|cost|estimate|figure|number|date|rate|total|toll|count|budget|share)s?"
_OVER_TIME = r"(?: (?:over (?:time|the (?:years|months|weeks|days))|so far|with time|since then))?"
_CHANGE = re.compile(
    rf"(?:how (?:has|have|had|did|does|do) (?P<topic>[^?]+) {_CHANGED}{_OVER_TIME}"
    r"|(?:what|which) (?:were |are |have been )?(?:the )?(?:changes|developments|steps) (?:in|to|of) (?P<changed>[^?]+)"
    r"|(?:please )?(?:trace|track|follow|chart) (?:the )?(?:changes?|development|course|history|rise|fall|growth)"
    r" (?:in|of|to) (?P<traced>[^?]+)"
    r"|what happened to (?P<figure>[^?]*\b"
    rf"{_VALUES}\b[^?]*) over (?:time|the (?:years|months|weeks|days)))",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"\W*(?:(?:and|so|but) )?(?:why|how come|for (?:what|which) reasons?"
    r"|(?:what|which) (?:is|was|were|are) the reasons? (?:that|why))\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\W*(?:(?:and|so|but) )?what (?:caused|explains?|explained|led (?:to|up to)|made|prompted|drove|triggered"
    r"|(?:is|was|were|are) (?:behind|the (?:reasons?|causes?)))\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"\W*(?:(?:and|but|so) )?(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might"
    r"|must)\b(?! (?:you|i|we)\b)",
    re.IGNORECASE,
)
_ASKED_TRUE = re.compile(r"(?:is|was) it (?:true|correct|right|the case) that ", re.IGNORECASE)
_TAG = re.compile(
    r", (?:right|correct|true|(?:is|are|was|were|do|does|did|has|have|had|will|would)n['’]t (?:he|she|it|they))$",
    re.IGNORECASE,
)
_ASSUMED = re.compile(
    r"\W*(?:(?:and|but|so) )?(?:why|when|where|how come|how)"
    r" ((?:is|are|was|were|does|do|did|has|have|had|will) .+)",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"\bor\b", re.IGNORECASE)
_QUESTION = re.compile(
    r".*\?\s*+$|\W*+(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|do|does|did|has|have|had|can|could"
    r"|will|would|should|may|might|must)\b",
    re.IGNORECASE | re.DOTALL,
)
_REACTION = re.compile(
    r"(?:and |so |but )?(?:how (?:did|does|do|has|have|had|will|would) (?P<who>.{2,60}?)"
    r" (?:react(?:ed)?|respond(?:ed)?|repl(?:y|ied))(?: (?:to|on)(?: the news (?:of|about))? (?P<to>.+))?"
    r"|what (?:was|is|were) (?P<whose>.{2,60}?)['’]s? (?:reaction|response|reply)(?: to (?P<event>.+))?)",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Return whether a text is worded as a question, and not as a topic.

    The reader was trained on questions; of topics the retrieval knows more (docs/benchmarks.md).
    """
    return _QUESTION.match(text) is not None


def timeline_topic(question: str) -> str | None:
    """Return what a timeline is asked of; None if none is asked for."""
    if _TIMELINE.search(question) is None:
        return None
    return " ".join(_TIMELINE_WORDS.sub(" ", question).split()).strip(" .?!") or None


def changing_value(question: str) -> str | None:
    """Return what is asked to have changed over time; None if no change is asked for."""
    match = _CHANGE.fullmatch(question.strip(" .?!"))
    return next((topic for topic in match.groups() if topic), None) if match is not None else None


def with_question_mark(text: str) -> str:
    """Return a question with the mark that hurried people leave out; any other text as it is."""
    return f"{text.rstrip(' .!')}?" if "?" not in text and is_question(text) else text


def asks_reason(question: str) -> bool:
    """Return whether a question asks for a reason or a cause."""
    return _WHY.match(question) is not None or _CAUSE.match(question) is not None


def ask_why(question: str) -> str:
    """Return a question for a reason in its usual form, "Why ...", where it has one of the same meaning."""
    match = _WHY.match(question)
    return question if match is None else f"Why{question[match.end() :]}"


def asks_yes_or_no(question: str) -> bool:
    """Return whether a question can be answered by yes or no; one that offers a choice cannot."""
    return _YES_NO.match(question) is not None and _CHOICE.search(question) is None


def yes_no_question(question: str) -> str | None:
    """Return what a question asks to confirm, without "is it true that" and "..., right?"; None for other questions."""
    plain = question.strip().rstrip(" ?.!")
    statement = _TAG.sub("", _ASKED_TRUE.sub("", plain, count=1), count=1)
    return question if statement == plain and asks_yes_or_no(question) else statement if statement != plain else None


def assumed_event(question: str) -> str | None:
    """Return the event that a why, when, where or how takes for granted, as a question for yes or no."""
    match = _ASSUMED.match(question)
    return match[1] if match is not None and _CHOICE.search(question) is None else None


def read_reaction(question: str) -> tuple[str, str] | None:
    """Return whose reaction is asked for, and to what, empty where that is not named; None if none is asked for."""
    asked = _REACTION.fullmatch(question.strip(" ?!."))
    if asked is None:
        return None
    return asked["who"] or asked["whose"], asked["to"] or asked["event"] or ""
