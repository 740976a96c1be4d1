"""The kinds of questions, each of which has its own way to an answer."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "fact",
    "record",
    "summary",
    "list",
    "comparison",
    "timeline",
    "yes_no",
    "reason",
    "quotation",
    "request",
    "small_talk",
]
"""`fact` is answered by reading passages; `record` by what is stored about the articles, and by counting them."""
