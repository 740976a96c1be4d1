"""Numbers of things in words."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as "1 article"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
