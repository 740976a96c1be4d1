"""Texts that were tokenised for a corpus, as they would be written."""

from __future__ import annotations

import re

_TOKENS = {"-lrb-": "(", "-rrb-": ")", "``": '"', "''": '"'}


def detokenise(text: str) -> str:
    """Return a tokenised sentence with its brackets, quotation marks and closed-up punctuation."""
    for token, written in _TOKENS.items():
        text = text.replace(token, written)
    return re.sub(r"\s+([.,;:?!)%]|'s\b|n't\b)", r"\1", text).replace("( ", "(").strip()
