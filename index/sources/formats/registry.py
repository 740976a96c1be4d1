"""All formats that are read, and which one a file or page is in: a new format is a module and a line in `FORMATS`."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.errors import SourceError
from index.sources.formats import (
    archives,
    bookmarks,
    captions,
    docm,
    docx,
    epub,
    feed,
    html,
    json_feed,
    mail,
    markdown,
    mhtml,
    newsml,
    ninjs,
    nitf,
    odt,
    older_office,
    opml,
    pdf,
    pptx,
    rtf,
    sitemap,
    table,
    text,
    warc,
    webarchive,
    wordpress,
    xlsx,
)
from index.sources.formats.format import Content, Format, one_article
from index.sources.messages import entry_of
from index.sources.web.article_address import article_address

if TYPE_CHECKING:
    from pathlib import Path

    from index.sources.web.fetching import Fetched

FORMATS = (
    text.FORMAT,
    markdown.FORMAT,
    html.FORMAT,
    mhtml.FORMAT,
    webarchive.FORMAT,
    pdf.FORMAT,
    docx.FORMAT,
    docm.FORMAT,
    odt.FORMAT,
    rtf.FORMAT,
    pptx.FORMAT,
    older_office.DOC,
    older_office.XLS,
    older_office.PPT,
    epub.FORMAT,
    mail.EML,
    mail.MBOX,
    captions.FORMAT,
    xlsx.FORMAT,
    table.CSV,
    table.JSON,
    table.JSON_LINES,
    feed.FORMAT,
    json_feed.FORMAT,
    wordpress.FORMAT,
    nitf.FORMAT,
    newsml.FORMAT,
    ninjs.FORMAT,
    sitemap.FORMAT,
    opml.FORMAT,
    bookmarks.FORMAT,
    warc.FORMAT,
    archives.ZIP,
    archives.GZIP,
)
# An entry of a feed that carries its whole article: made by `following`, and never by a file or a server.
ENTRY = Format(
    name="entry",
    label="",
    suffixes=(),
    read=one_article(lambda data, _, limits: feed.compose_entry(entry_of(data), limits)),
    holds="one article",
)
_LABELS = [known.label for known in FORMATS if known.label]  # some are told together with another
READABLE = " and ".join([", ".join(_LABELS[:-1]), _LABELS[-1]])
_BY_NAME = {known.name: known for known in (*FORMATS, ENTRY)}
_BY_SUFFIX = {suffix: known for known in FORMATS for suffix in known.suffixes}
_BY_MEDIA_TYPE = {media_type: known for known in FORMATS for media_type in known.media_types}
# Servers send these for anything they do not know; there the address's ending says more.
_VAGUE_TYPES = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
_MIXED_UP = (html.FORMAT, feed.FORMAT)  # servers call the one the other
HEAD = 2**16
"""Bytes at the beginning of a file by which its format is told."""
_BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_QUERY = re.compile(r"\.[a-z][a-z0-9]{1,7}(\?|_[\w-]{1,40}=)", re.IGNORECASE)


def format_of(content: Content) -> Format:
    """Return the format that content is in."""
    return _BY_NAME[content.format]


def of_file(path: Path) -> Content:
    """Return a file with its format, by its ending and how it begins. Raises SourceError where that is none that is
    read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:  # reported by whoever reads it
        head = b""
    found = named(path.name, head)
    if found is None:
        raise unknown_ending(str(path))
    return Content(origin=str(path), format=found.name)


def named(name: str, head: bytes) -> Format | None:
    """Return the format of a file by its name and its first bytes; None if it is none that is read."""
    suffixes = _endings(name)
    for suffix in suffixes:
        if found := _BY_SUFFIX.get(suffix):
            return _shared(found, head) or found
    found = _by_beginning(head)
    is_program = found is html.FORMAT and not head.lstrip(_BEFORE_MARKUP).startswith(b"<")  # with HTML in it
    is_package = found is not None and found.holds == "members" and bool(suffixes)  # of a program that packs by zip
    if is_program or is_package:
        found = None
    return found or (text.FORMAT if not suffixes and text.is_prose(head) else None)


def unknown_ending(place: str) -> SourceError:
    """Return the problem of a file whose name does not say what it is, nor does how it begins."""
    suffix = PurePosixPath(place).suffix
    ending = f"the ending {suffix!r}" if suffix else "no ending"
    return SourceError(f"{place} has {ending}, so its format is not known.", help=f"Dateline reads {READABLE}.")


def of_response(fetched: Fetched) -> Content:
    """Return what was fetched with its format: by its bytes, its media type, and the ending of its address.

    Raises SourceError when that is no format to read.
    """
    if not fetched.content.strip():
        raise SourceError(f"{fetched.url} is empty.", help="Check the address.")
    found = served(fetched.content[:HEAD], fetched.content_type, unquote(urlsplit(fetched.url).path))
    if found is None:
        raise SourceError(
            f"{fetched.url} is of a type Dateline does not read ({fetched.content_type or 'not named'}).",
            help=f"It reads {READABLE}.",
        )
    address = article_address(fetched.url)
    return Content(origin=address, format=found.name, data=fetched.content, url=address, charset=fetched.charset)


def served(head: bytes, media_type: str, path: str) -> Format | None:
    """Return the format of bytes that came with a media type and a path; None if it is none that is read."""
    by_name = next(filter(None, map(_BY_SUFFIX.get, _endings(PurePosixPath(path).name))), None)
    found = _BY_MEDIA_TYPE.get(media_type)
    if media_type in _VAGUE_TYPES:
        plain = text.FORMAT if media_type == "text/plain" else None
        found = by_name or _by_beginning(head) or plain
    elif found in _MIXED_UP:
        found = _by_beginning(head) or found
    return found and (_shared(found, head) or found)


def _endings(name: str) -> list[str]:
    """Return the endings of a name that could be a format's, the longest first: of "a.warc.gz" two.

    What a browser or wget puts after the ending of an address, as in "page.html?id=12", is no part of it.
    """
    if query := _QUERY.search(name):
        name = name[: query.start(1)]
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes[-2:]]
    return ["".join(suffixes[start:]) for start in range(len(suffixes))]


def _shared(owner: Format, head: bytes) -> Format | None:
    """Return the format that a file with an ending of `owner` begins like, of those that share one."""
    return next(
        (
            known
            for known in FORMATS
            if known.begins and not set(known.shared).isdisjoint(owner.suffixes) and known.begins(head)
        ),
        None,
    )


def _by_beginning(head: bytes) -> Format | None:
    """Return the format that the first bytes give away."""
    # HTML last, for the beginning of a feed or a PDF file may have HTML in it.
    tried = sorted(FORMATS, key=lambda known: known is html.FORMAT)
    return next((known for known in tried if known.begins and known.begins(head)), None)
