"""Turns agencies' news in NITF into Articles."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.notices import Notice
from index.sources.formats.format import Format, one_article
from index.sources.formats.packages import find, find_all, parse_xml, remove, words
from index.sources.formats.text import compose
from index.sources.metadata import bylines
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.text.markup import text_of_tree

if TYPE_CHECKING:
    import datetime as dt

    from index.article import Article

_ROOT = re.compile(rb"<nitf[\s>/]", re.IGNORECASE)
_HEAD = 4096
_ISSUED = ("date.issue", "date.release", "story.date")


def read_nitf(data: bytes, *, origin: str, url: str | None) -> Article:
    """Return the article in a NITF document. Raises SourceError if it is none, or has no text."""
    root = parse_xml(data, place=origin)
    story = find(root, "body")
    content = find(root, "body.content")
    if story is None:
        raise SourceError(f"{origin} is not a NITF document with a body.", help="Export it again.")
    return compose_nitf(root, story if content is None else content, known=Header(url=url), origin=origin)


def compose_nitf(root: Any, content: Any, *, known: Header, origin: str) -> Article:
    """Return the article in NITF's `body.content`, with what the document says about it."""
    notices = []
    for media in find_all(content, "media"):
        if caption := words(media):
            notices.append(Notice(kind="left_out", rule="picture with its caption", text=caption))
        remove(media)
    text = "\n\n".join(filter(None, [*_standfirst(root), text_of_tree(content), *_end(root)]))
    if dateline := words(find(root, "body.head", "dateline")):
        notices.append(Notice(kind="left_out", rule="dateline apart from the text", text=dateline))
    return compose(text, _header(root).filled_from(known), origin=origin, is_page=False, notices=notices)


def _standfirst(root: Any) -> list[str]:
    """Return what stands between title and text: lesser headlines, and the abstract."""
    top = find(root, "body.head")
    lines = [] if top is None else [*find_all(top, "hl2"), *find_all(top, "abstract")]
    return [line for line in map(words, lines) if line]


def _end(root: Any) -> list[str]:
    """Return what stands below the text, such as who else contributed."""
    end = find(root, "body.end")
    return [] if end is None else [text_of_tree(end)]


def _header(root: Any) -> Header:
    head, top = find(root, "head"), find(root, "body.head")
    title = words(find(root, "hedline", "hl1")) or words(find(root, "hedline"))
    byline = find(root, "byline")
    stated = words(byline)
    named = words(find(byline, "person")) if byline is not None else None
    read = bylines.find_byline(stated or "")
    distributor = words(find(root, "distributor"))
    return Header(
        title=title or (words(find(head, "title")) if head is not None else None),
        author=named or (read.author if read else stated),
        source=distributor or (read.source if read else None) or _attribute(root, "doc.copyright", "holder"),
        published=_day(root, top),
    )


def _day(root: Any, top: Any) -> dt.date | None:
    """Return the day of issue, else the one in the dateline or of publication."""
    written = [_attribute(root, name, "norm") for name in _ISSUED]
    if top is not None:
        written += [_attribute(top, "story.date", "norm"), words(find(top, "story.date"))]
    written.append(_attribute(root, "pubdata", "date.publication"))
    for value in filter(None, written):
        with contextlib.suppress(ValueError):
            return parse_date(re.sub(r"^(\d{8})T?\d{4,6}.*", r"\1", value))
    return None


def _attribute(root: Any, name: str, attribute: str) -> str | None:
    found = find(root, name)
    return None if found is None else found.get(attribute)


FORMAT = Format(
    name="nitf",
    label="NITF",
    suffixes=(".nitf",),
    media_types=("application/nitf+xml", "text/nitf"),
    read=one_article(lambda data, content, _: read_nitf(data, origin=content.origin, url=content.url)),
    holds="one article",
    shared=(".xml",),
    begins=lambda data: _ROOT.search(data[:_HEAD].replace(b"\x00", b"")) is not None,
)
