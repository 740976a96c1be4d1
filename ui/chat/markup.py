"""Text as HTML that only shows it.

TRAP: `gr.HTML` runs what its template made as a JavaScript template literal, so `{{title}}` of an article named
`${alert(1)}` runs it, and a backslash breaks the page (Gradio 6.31). What articles, models and people wrote must
therefore never pass through `html_template`; it is escaped here and shown by the default template, which is not run.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from ui import visible

if TYPE_CHECKING:
    from index.errors import DatelineError

_ADDRESS_CHARACTERS = "%/:?#[]@!$&'()*+,;=~-._"


def escape(value: object) -> str:
    """Return a value, just as it is, for a quoted attribute that scripts read; None is empty."""
    return "" if value is None else html.escape(str(value), quote=True)


def label(value: object) -> str:
    """Return a value for a quoted attribute that people read or hear, characters that do not show as "<U+202E>"."""
    return "" if value is None else escape(visible.plain_name(str(value)))


def words(text: str) -> str:
    """Return a text as HTML between tags, its odd characters and words marked.

    A character that does not show is in the HTML, so that the text can be read from there, but takes no part in how it
    is laid out. The block around it finds the reading direction by its style.
    """
    return "".join(_odd(piece) if piece.told else html.escape(piece.text) for piece in visible.pieces(text))


def shown(value: object) -> str:
    """Return a value that stands among our own words as HTML: as `words`, with a reading direction of its own."""
    if value is None:
        return ""
    text = str(value)
    return f"<bdi>{words(text)}</bdi>" if visible.is_right_to_left(text) else words(text)


def _odd(piece: visible.Piece) -> str:
    text, told = html.escape(piece.text), html.escape(piece.told, quote=True)
    if not piece.is_hidden:
        return f'<span class="mixed" title="{told}">{text}</span>'
    return f'<span class="odd" title="{told}" data-code="{visible.codes(piece.text)}"><span hidden>{text}</span></span>'


def explained(error: DatelineError) -> str:
    """Return an error and what to do about it as HTML text."""
    return f"{shown(error)} {shown(error.help)}".strip()


def note(kind: str, html: str) -> str:
    """Return HTML as a note of a kind: running, done or problem."""
    return f'<div class="adding {kind}">{html}</div>'


def web_address(url: str | None) -> str | None:
    """Return an http or https address with only the characters that an address has; None for anything else."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    return quote(url.strip(), safe=_ADDRESS_CHARACTERS)
