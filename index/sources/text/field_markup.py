"""HTML inside a field, such as an API's body of an article: how it is told from prose."""

from __future__ import annotations

import html
import re

_TAGS = (
    "p|div|h[1-6]|ul|ol|li|blockquote|figure|figcaption|table|tr|td|span|a|strong|em|b|i|u|script|style|section"
    "|article|header|footer|main|pre|code|sup|sub|small"
)
_CLOSED = re.compile(rf"</(?:{_TAGS})\s*>", re.IGNORECASE)
_OPENED = re.compile(r"<(?:p|br|hr|img)\b[^<>]{0,1000}>", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:p|div|br|li|h[1-6]|t[dr]|blockquote)\b", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|amp|quot|apos|nbsp|lt|gt|[lr][sd]quo|[mn]dash|hellip|[lr]aquo|szlig"
    r"|[a-zA-Z](?:acute|grave|uml|circ|tilde|cedil));"
)


def is_markup(text: str) -> bool:
    """Return whether a text is HTML and not prose that has an angle bracket in it."""
    return _CLOSED.search(text) is not None or len(_OPENED.findall(text)) > 1


def with_line_ends(markup: str) -> str:
    """Return HTML that has no elements for paragraphs, as WordPress keeps it, with its line ends as such."""
    return markup if _BLOCK.search(markup) else markup.replace("\n", "<br>\n")


def unescaped(text: str) -> str:
    """Return a text with HTML's names of characters ("&amp;") as the characters."""
    return html.unescape(text) if _ENTITY.search(text) else text
