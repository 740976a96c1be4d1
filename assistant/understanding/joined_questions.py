"""Makes one question of two, of which the second only asks further: "What did Orr demand? Why?"."""

from __future__ import annotations

import re

_TWO = re.compile(r"(?P<first>[^?]{3,400})\? (?P<second>[^?]{2,60})\?*$")
_ASSURE = re.compile(
    r"(?:are you (?:really |quite |absolutely )?(?:sure|certain)|really|seriously|is (?:that|it|this) (?:really )?"
    r"(?:true|right|correct|so))(?: (?:about|of) (?:that|this|it))?\W*",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:please )?(?:(?:can|could) you )?(?:tell me more|say more|more(?: details?| about (?:that|this|it))?|go on"
    r"|continue|elaborate|(?:what|who|where|when) else|anything (?:else|more)|and (?:what )?else)"
    r"(?: (?:about|on) (?:that|this|it)| please)?\W*",
    re.IGNORECASE,
)
_FURTHER = re.compile(
    r"(?P<asks>(?:(?:since|until|from|by|in|at|on|for) )?(?:why|when|where|how(?: (?:much|many|long|often))?|whom"
    r"|(?:which|what) (?:year|month|day|date|time|place|town|city|country))(?: exactly)?)(?: so (?:much|many|long))?"
    r"(?: (?:is|was|were|are|did|does|has|had) (?:that|this|it)(?: (?:happen(?:ed)?|been|done))?)?\W*",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:(?:and|but|so) )?(?:what|whom?|which|when|where|why|how(?: (?:much|many|long|old|far|big|often))?) ",
    re.IGNORECASE,
)
_YES_NO = re.compile(r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should) ", re.IGNORECASE)


def asks_for_more(question: str) -> bool:
    """Return whether a question only asks what else there is to say."""
    return _MORE.fullmatch(question.strip()) is not None


def join_questions(text: str) -> str:
    """Return the one question that two ask together; the same text where they are not such."""
    two = _TWO.fullmatch(text)
    if two is None:
        return text
    first, second = two["first"], two["second"].strip()
    if _ASSURE.fullmatch(second) or _MORE.fullmatch(second):
        return f"{first}?"
    further = _FURTHER.fullmatch(second)
    if further is None:
        return text
    if (asked := _ASKED.match(first)) is not None:
        return f"{further['asks']} {first[asked.end() :]}?"
    return f"{further['asks']} {first[0].lower()}{first[1:]}?" if _YES_NO.match(first) else text
