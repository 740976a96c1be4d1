"""Renders text as safe HTML, and the templates that put it on the page.

HTML is `Markup`; any other text is escaped by templates and by `Markup.format`.

TRAP: `gr.HTML` runs what its template made as a JavaScript template literal, so `{{title}}` of an article named
`${alert(1)}` runs it, and a backslash breaks the page (Gradio 6.31). What articles, models and people wrote must
therefore never pass through `html_template`; it is escaped here and shown by the default template, which is not run.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import jinja2
from markupsafe import Markup, escape

from ui import visible
from ui.chat.icons import icon
from ui.counts import count

if TYPE_CHECKING:
    from index.errors import DatelineError

_TEMPLATES = Path(__file__).parent / "templates"
_ADDRESS_CHARACTERS = "%/:?#[]@!$&'()*+,;=~-._"


def render(name: str, **values: object) -> Markup:
    """Render the template of this name with these values."""
    return Markup(_environment().get_template(f"{name}.html").render(values))  # noqa: S704 - it escapes by itself


def label(value: object) -> str:
    """Return a value as plain text to be shown or read aloud, with hidden characters as "<U+202E>"."""
    return "" if value is None else visible.plain_name(str(value))


def words(text: str) -> Markup:
    """Return a text as HTML, with its hidden characters and mixed-script words marked.

    A hidden character stays in the HTML, so that the text can be read from there, but does not affect the layout. The
    style of the surrounding block determines the reading direction.
    """
    return Markup("").join(_odd(piece) if piece.explanation else escape(piece.text) for piece in visible.pieces(text))


def shown(value: object) -> Markup:
    """Return a value as HTML for use within our own text: as `words`, with its own reading direction."""
    if value is None:
        return Markup("")
    text = str(value)
    return Markup("<bdi>{}</bdi>").format(words(text)) if visible.is_right_to_left(text) else words(text)


def _odd(piece: visible.Piece) -> Markup:
    if not piece.is_hidden:
        return Markup('<span class="mixed" title="{}">{}</span>').format(piece.explanation, piece.text)
    return Markup('<span class="odd" title="{}" data-code="{}"><span hidden>{}</span></span>').format(
        piece.explanation, visible.codes(piece.text), piece.text
    )


def explained(error: DatelineError) -> Markup:
    """Return an error and its help as HTML."""
    return Markup(" ").join(shown(text) for text in (error, error.help) if text)


def note(kind: str, *lines: str) -> Markup:
    """Return lines, each text or HTML, as a note of the kind "done" or "problem"."""
    return render("note", kind=kind, lines=lines)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FunctionLoader(_source_of)
    )
    environment.filters |= {"shown": shown, "words": words, "label": label}
    environment.globals |= {"icon": icon, "count": count}
    return environment


def _source_of(name: str) -> str:
    """Return a template without its line breaks and indentation."""
    return "".join(line.strip() for line in (_TEMPLATES / name).read_text(encoding="utf-8").splitlines())


def web_address(url: str | None) -> str | None:
    """Return an http or https address with only valid characters; None for anything else."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    return quote(url.strip(), safe=_ADDRESS_CHARACTERS)
