"""The contents of an empty chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.chat.markup import render

if TYPE_CHECKING:
    from collections.abc import Sequence


def welcome_html(examples: Sequence[str], *, articles: int) -> str:
    """Return a greeting with questions that the collection answers."""
    return render("welcome", examples=examples, articles=articles)


def first_steps_html(*, may_add: bool = True) -> str:
    """Return instructions for an empty collection."""
    return render("first_steps", may_add=may_add)


def not_ready_html(message: str) -> str:
    """Return the reason why no question can be asked now."""
    return render("not_ready", message=message)
