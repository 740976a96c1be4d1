"""The list of a user's conversations as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.chat.icons import icon
from ui.chat.markup import escape, label, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.chat.kept import ConversationInfo


def side_html(conversations: Sequence[ConversationInfo], *, current: str | None) -> str:
    """Return the conversations, the one used last first, and a button for a new one."""
    items = "".join(_item(info, is_current=info.id == current) for info in conversations)
    kept = f"<ul>{items}</ul>" if items else '<p class="none">Conversations are kept here.</p>'
    new = f'<button type="button" class="new" data-new>{icon("plus")}<span>New conversation</span></button>'
    return f'<nav class="side" aria-label="Conversations">{new}{kept}</nav>'


def _item(info: ConversationInfo, *, is_current: bool) -> str:
    state = ' aria-current="true"' if is_current else ""
    questions = "1 question" if info.turns == 1 else f"{info.turns} questions"
    when = f"{info.updated_at.day} {info.updated_at:%b %Y}"
    return (
        f'<li><button type="button" class="open" data-open="{escape(info.id)}"{state}>'
        f'<span class="name">{shown(info.title)}</span><span class="when">{questions} · {when}</span></button>'
        f'<button type="button" class="delete" data-delete="{escape(info.id)}"'
        f' aria-label="Delete the conversation: {label(info.title)}" title="Delete">{icon("bin")}</button></li>'
    )
