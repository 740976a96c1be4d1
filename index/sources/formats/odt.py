"""Turns OpenDocument texts and presentations into Articles: paragraphs and tables in the order of the file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from index.notices import Notice
from index.sources.formats.format import Format, one_article
from index.sources.formats.packages import Package, attribute, find, lines_of, local, remove, words
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.metadata.properties import compose_document, sensible_author, sensible_title

if TYPE_CHECKING:
    import datetime as dt

    from index.article import Article
    from index.sources.limits import Limits

_LEFT_OUT = {"tracked-changes": "tracked deletion", "annotation": "comment"}
_PARAGRAPHS = frozenset({"p", "h"})
_MOST_SPACES = 100


def read_odt(data: bytes, *, origin: str, url: str | None, limits: Limits) -> Article:
    """Return the article in an OpenDocument file: its paragraphs, tables, notes and text boxes, and its metadata.

    Raises SourceError if it is none, is locked with a password, or unpacks to too much.
    """
    package = Package(data, origin=origin, kind="OpenDocument file", limits=limits)
    body = find(package.needed("content.xml"), "body")
    if body is None:
        raise package.unreadable()
    notices = []
    for element in [element for element in body.iter() if local(element) in _LEFT_OUT]:
        if text := words(element):
            notices.append(Notice(kind="left_out", rule=_LEFT_OUT[local(element)], text=text))
        remove(element)
    lines = lines_of(body, _text, paragraphs=_PARAGRAPHS, row="table-row", cell="table-cell")
    text = "\n\n".join(filter(None, lines))
    return compose_document(
        text,
        title=None,
        heads=(),
        properties=_properties(package.xml("meta.xml")),
        url=url,
        origin=origin,
        notices=notices,
    )


def _text(paragraph: Any) -> str:
    """Return the text of a paragraph without that of the paragraphs inside it."""
    from lxml import etree

    pieces: list[str] = []
    walk = etree.iterwalk(paragraph, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        is_inner = element is not paragraph and name in _PARAGRAPHS
        if event == "start" and is_inner:
            walk.skip_subtree()
        elif event == "start":
            pieces += [_inline(name, element), element.text or ""]
        elif element is not paragraph:
            pieces.append(element.tail or "")
    return "".join(pieces)


def _inline(name: str, element: Any) -> str:
    """Return the white space that an element inside a paragraph stands for."""
    if name == "s":
        count = attribute(element, "c") or "1"
        return " " * min(int(count), _MOST_SPACES) if count.isdecimal() else " "
    return {"tab": "\t", "line-break": "\n"}.get(name, "")


def _properties(meta: Any) -> Header:
    if meta is None:
        return Header()
    return Header(
        title=sensible_title(words(find(meta, "title"))),
        author=sensible_author(words(find(meta, "initial-creator")) or words(find(meta, "creator"))),
        published=_day(words(find(meta, "creation-date"))),
    )


def _day(written: str | None) -> dt.date | None:
    with contextlib.suppress(ValueError):
        return parse_date(written or "")
    return None


FORMAT = Format(
    name="odt",
    label="OpenDocument (.odt)",
    suffixes=(".odt", ".odp"),
    media_types=(
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.presentation",
    ),
    read=one_article(
        lambda data, content, limits: read_odt(data, origin=content.origin, url=content.url, limits=limits)
    ),
    holds="one article",
    begins=lambda data: b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:100],
)
