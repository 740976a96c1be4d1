"""Turns agencies' news in NewsML-G2 into Articles: each text item of a document or package is one."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.sources.formats.format import Format
from index.sources.formats.nitf import compose_nitf
from index.sources.formats.packages import attribute, find, find_all, local, parse_xml, words
from index.sources.formats.text import compose
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.text.markup import text_of_markup, text_of_tree

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from index.article import Article

_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:newsItem|newsMessage|NewsML|packageItem)[\s>/]")
_HEAD = 4096
_WITHDRAWN = re.compile(r"(?:^|[:/])(?:canceled|cancelled|withheld)$", re.IGNORECASE)


def read_newsml(data: bytes, *, origin: str) -> Iterator[Article | SourceError]:
    """Yield the article of each text item; what is withheld or cancelled is a problem.

    Raises SourceError if the document holds no text.
    """
    root = parse_xml(data, place=origin)
    items = [root] if local(root) == "newsItem" else find_all(root, "newsItem") or find_all(root, "NewsComponent")
    is_empty = True
    for number, item in enumerate(items, 1):
        place = origin if len(items) == 1 else f"{origin}/item {number}"
        if _WITHDRAWN.search(_status(item)):
            is_empty = False
            yield SourceError(f"{place} is withdrawn by its agency and was left out.", help="Nothing has to be done.")
            continue
        try:
            article = _read(item, place=place)
        except SourceError as error:
            is_empty = False
            yield error
            continue
        if article is not None:
            is_empty = False
            yield article
    if is_empty:
        raise SourceError(f"{origin} holds no text.", help="Check that it is the item with the text, not its pictures.")


def _status(item: Any) -> str:
    status = find(item, "pubStatus")
    return "" if status is None else status.get("qcode") or status.get("uri") or ""


def _read(item: Any, *, place: str) -> Article | None:
    """Return the article of an item; None if it holds a picture or the like."""
    known = _header(item)
    body = find(item, "inlineXML")
    if body is None:
        body = find(item, "inlineData")
    if body is None:
        body = find(item, "DataContent")  # of the first NewsML
    if body is None:
        return None
    nitf = find(body, "body.content")
    if nitf is not None:
        return compose_nitf(body, nitf, known=known, origin=place)
    if len(body):
        page = find(body, "body")
        text = text_of_tree(body if page is None else page)
    else:
        written = body.text or ""
        is_markup = "html" in (body.get("contenttype") or "") or re.search(r"</(?:p|div|body)>", written) is not None
        text = text_of_markup(written, place=place) if is_markup else written
    return compose(text, known, origin=place, is_page=False) if text.strip() else None


def _header(item: Any) -> Header:
    meta = find(item, "contentMeta")
    about = item if meta is None else meta
    authors = [words(find(by, "name")) for name in ("creator", "contributor") for by in find_all(about, name)][:1]
    byline = words(find(about, "by"))
    provider = find(item, "provider")
    return Header(
        title=words(find(about, "headline")) or words(find(item, "title")) or words(find(item, "HeadLine")),
        author=_without_by(byline or words(find(item, "ByLine"))) or next(filter(None, authors), None),
        source=_named(find(about, "infoSource")) or _named(provider),
        published=_day(item),
    )


def _named(element: Any) -> str | None:
    """Return the name of a party, else what its code says after the colon."""
    if element is None:
        return None
    code = attribute(element, "literal") or (attribute(element, "qcode") or "").partition(":")[2]
    return words(find(element, "name")) or code or None


def _without_by(byline: str | None) -> str | None:
    return re.sub(r"^by\s{1,9}", "", byline, flags=re.IGNORECASE) if byline else None


def _day(item: Any) -> dt.date | None:
    """Return the day of the first version, else of this one."""
    for name in ("contentCreated", "firstCreated", "versionCreated", "FirstCreated", "DateAndTime", "sent"):
        with contextlib.suppress(ValueError):
            written = words(find(item, name)) or ""
            return parse_date(re.sub(r"^(\d{8})T\d{4,6}.*", r"\1", written))
    return None


FORMAT = Format(
    name="newsml",
    label="NewsML-G2",
    suffixes=(".newsml",),
    media_types=("application/vnd.iptc.g2.newsitem+xml", "application/vnd.iptc.g2.newsmessage+xml"),
    read=lambda stream, content, _: read_newsml(stream.read(), origin=content.origin),
    shared=(".xml",),
    begins=lambda data: _ROOT.search(data[:_HEAD].replace(b"\x00", b"")) is not None,
)
