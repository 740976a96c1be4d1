"""What an empty chat shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.chat.log import asks_html
from ui.chat.markup import shown

if TYPE_CHECKING:
    from collections.abc import Sequence


def welcome_html(examples: Sequence[str], *, articles: int) -> str:
    """Return a greeting with questions that the collection answers."""
    held = "one article" if articles == 1 else f"{articles:,} articles"
    tries = f'<p class="label">For example</p>{asks_html(examples)}' if examples else ""
    return (
        '<section class="welcome"><h2>What would you like to know?</h2>'
        f"<p>Ask about the {held} in this collection. Every answer quotes its sources, and each quotation has been"
        f" checked word for word.</p>{tries}</section>"
    )


def first_steps_html(*, may_add: bool = True) -> str:
    """Return what to do where there are no articles yet."""
    if not may_add:
        return (
            '<section class="welcome"><h2>There are no articles yet</h2>'
            "<p>This collection is empty, and your role does not let you add to it. Ask who runs the server.</p>"
            "</section>"
        )
    return (
        '<section class="welcome"><h2>Begin with some articles</h2>'
        "<p>This collection is empty. Add your own articles in the <strong>Articles</strong> tab: files, web pages or"
        " feeds. Or begin with a small sample collection to see how it works.</p>"
        '<p><button type="button" class="primary" data-sample>Add the sample collection</button></p></section>'
    )


def not_ready_html(message: str) -> str:
    """Return why nothing can be asked just now."""
    return f'<section class="welcome" role="alert"><h2>Not just now</h2><p>{shown(message)}</p></section>'
