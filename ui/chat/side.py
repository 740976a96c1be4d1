"""The list of a user's conversations as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.chat.markup import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.conversations.kept import ConversationInfo


def side_html(conversations: Sequence[ConversationInfo], *, current: str | None) -> str:
    """Return the conversations, the last used first, and a button for a new one."""
    return render("side", conversations=conversations, current=current)
