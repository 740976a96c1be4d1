"""Text as HTML that only shows it.

TRAP: `gr.HTML` runs what its template made as a JavaScript template literal, so `{{title}}` of an article named
`${alert(1)}` runs it, and a backslash breaks the page (Gradio 6.31). What articles, models and people wrote must
therefore never pass through `html_template`; it is escaped here and shown by the default template, which is not run.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from index.errors import DatelineError

_ADDRESS_CHARACTERS = "%/:?#[]@!$&'()*+,;=~-._"


def escape(value: object) -> str:
    """Return a value as HTML text, safe between tags and in quoted attributes; None is empty."""
    return "" if value is None else html.escape(str(value), quote=True)


def explained(error: DatelineError) -> str:
    """Return an error and what to do about it as HTML text."""
    return f"{escape(error)} {escape(error.help)}".strip()


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
