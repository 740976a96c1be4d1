"""The properties of files of office programs: they count only where the text itself says nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.sources.formats.text import compose
from index.sources.metadata.header import Header, split_header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index.article import Article
    from index.notices import Notice

# What programs write into the title and author of a file when nobody has.
_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint) - .*|powerpoint presentation|\(?(?:anonymous|unspecified)\)?"
    r"|untitled.*|(?:document|title)\s*\d*"
    r"|.*\.(?:docx?|pdf|indd|odt|tex|rtf|qxd|pptx?)",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"\(?(?:admin|administrator|anonymous|author|owner|unknown|(?:windows |microsoft office )?user|unspecified)\)?",
    re.IGNORECASE,
)
_TITLE_LINES = 5  # at the top, where a title may stand


def compose_document(
    text: str,
    *,
    title: str | None,
    heads: Iterable[str],
    properties: Header,
    url: str | None,
    origin: str,
    notices: Iterable[Notice],
) -> Article:
    """Return the article in a text, with what its lines do not say filled from its page heads, then its properties.

    `title` is a line of the text that is set as its title. The day in the properties is a guess, for it is the day the
    file, its template or its print was made.
    """
    top = [" ".join(line.split()) for line in text.split("\n") if line.strip()][:_TITLE_LINES]
    title = title or (properties.title if properties.title in top else None)
    fallback = _read_heads(heads).filled_from(properties)
    known = Header(title=title, url=url)
    return compose(text, known, origin=origin, is_page=False, fallback=fallback, notices=notices)


def _read_heads(heads: Iterable[str]) -> Header:
    """Return publisher and day in the heads of pages, such as "The Bay Gazette, 6 May 2024"."""
    found = Header()
    for head in heads:
        read, _ = split_header(head, Header())
        found = found.filled_from(Header(source=read.source, published=read.published))
    return found


def sensible_title(title: str | None) -> str | None:
    """Return a title from a file's metadata unless a program made it up."""
    title = (title or "").strip()
    return title if title and not _NO_TITLE.fullmatch(title) else None


def sensible_author(author: str | None) -> str | None:
    """Return an author from a file's metadata unless a program made them up."""
    author = (author or "").strip()
    return author if author and not _NO_AUTHOR.fullmatch(author) else None
