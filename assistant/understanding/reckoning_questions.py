"""Recognises questions whose answer is reckoned from two figures: a rest, a share, a change."""

from __future__ import annotations

import re
from typing import Literal

Reckoning = Literal["rest", "share", "change"]

_FORMS: tuple[tuple[Reckoning, re.Pattern[str]], ...] = (
    (
        "rest",
        re.compile(
            r"\bhow many\b.{2,80}\b(?:left|remain(?:s|ed|ing)?|still|keeps?|survived?"
            r"|after (?:the|these|those|its|that))\b",
            re.IGNORECASE,
        ),
    ),
    (
        "share",
        re.compile(
            r"\bwhat (?:percentage|percent|per cent|share|proportion|fraction)\b|\bhow (?:large|big|great) a share\b",
            re.IGNORECASE,
        ),
    ),
    (
        "change",
        re.compile(
            r"\bby how (?:much|many)\b"
            r"|\bhow (?:much|many)\b.{0,40}\b(?:more|fewer|less|longer|shorter|higher|lower|faster|slower|lost?|lose"
            r"|gain(?:ed)?|shed)\b"
            r"|\bwhat (?:is|was) the (?:increase|change|drop|rise|fall|gain|loss)\b"
            r"|\bhow (?:much|many) did\b.{2,80}\b(?:rise|fall|drop|grow|increase|decrease|shrink|change"
            r"|go (?:up|down))\b",
            re.IGNORECASE,
        ),
    ),
)


def read_reckoning(question: str) -> Reckoning | None:
    """Return what is to be reckoned; None if a question asks for no such thing."""
    return next((reckoning for reckoning, form in _FORMS if form.search(question)), None)
