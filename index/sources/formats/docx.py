"""Turns Word files into Articles: the file is opened by python-docx, its words are read by `docx_body`."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.notices import Notice
from index.sources.formats.docx_body import WORD, WordBody
from index.sources.formats.format import Format, one_article
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.metadata.header import Header
from index.sources.metadata.properties import compose_document, sensible_author, sensible_title
from index.sources.web.fetching import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docx.document
    from lxml.etree import _Element

    from index.article import Article
    from index.sources.formats.docx_body import Block

_MOST_PARTS = 10_000
_TEMPLATE_AUTHOR = "python-docx"  # whose template carries a title and a date, too, and neither is the article's
_TITLE_BLOCKS = 5  # at the top, where a title may stand
# Kinds of parts, and how they are called in notices.
_PARTS_LEFT_OUT = {"header": "page header", "footer": "page footer", "comments": "comment"}
_UNREAD_PARTS = {"aFChunk": "embedded file", "chart": "chart", "diagramData": "diagram", "oleObject": "embedded file"}


def read_docx(data: bytes, *, origin: str, url: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Article:
    """Return the article in a Word file: its text as it would be printed with all changes accepted, and its metadata.

    Raises SourceError if it is not a Word file, is locked with a password, or unpacks to too much.
    """
    import docx

    _check_size(data, origin=origin, limits=limits)
    try:
        document = docx.Document(io.BytesIO(data))
        body = _read_body(document)
        blocks = body.read(document.element.body)
        text = "\n\n".join(block.text for block in blocks)
        notices = [*body.notices(text), *_left_out(document)]
        title, properties = _title(document, blocks), _properties(document)
    except MemoryError:
        raise
    except Exception as error:  # python-docx raises all kinds of errors on files that are not as they should be
        raise _unreadable(origin) from error
    heads = [notice.text for notice in notices if notice.rule == _PARTS_LEFT_OUT["header"]]
    return compose_document(
        text, title=title, heads=heads, properties=properties, url=url, origin=origin, notices=notices
    )


def _check_size(data: bytes, *, origin: str, limits: Limits) -> None:
    """Refuse a file that would unpack to more than is allowed, before unpacking anything.

    The sizes are those that the archive declares; zipfile unpacks no more of a part than that.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise _unreadable(origin) from None
    if sum(part.file_size for part in parts) > limits.max_bytes or len(parts) > _MOST_PARTS:
        raise SourceError(
            f"{origin} unpacks to more than {in_words(limits.max_bytes)}.",
            help="Save it without images.",
        )


def _read_body(document: docx.document.Document) -> WordBody:
    notes = {kind: _notes(document, kind) for kind in ("footnote", "endnote")}
    return WordBody(lambda kind, id_: notes[kind].get(id_))


def _notes(document: docx.document.Document, kind: str) -> dict[str, _Element]:
    """Return the footnotes or endnotes by their ids."""
    return {
        note.get(f"{WORD}id", ""): note
        for root in _parts(document, f"{kind}s")
        for note in root.iterchildren(f"{WORD}{kind}")
    }


def _parts(document: docx.document.Document, kind: str) -> list[_Element]:
    """Return the parts of the file of a kind, such as "header", parsed."""
    from docx.oxml import parse_xml

    related = document.part.rels.values()
    return [parse_xml(link.target_part.blob) for link in related if link.reltype.endswith(f"/{kind}")]


def _left_out(document: docx.document.Document) -> Iterator[Notice]:
    """Yield what stands in parts of the file that are no part of the text."""
    for kind, rule in _PARTS_LEFT_OUT.items():
        for root in _parts(document, kind):
            if text := "\n".join(block.text for block in _read_body(document).read(root)):
                yield Notice(kind="left_out", rule=rule, text=text)
    for link in document.part.rels.values():
        if unread := _UNREAD_PARTS.get(link.reltype.rpartition("/")[2]):
            yield Notice(kind="unread", rule=unread, text=link.target_ref)


def _properties(document: docx.document.Document) -> Header:
    """Return the metadata in Word's properties: title, author, day of creation."""
    properties = document.core_properties
    if properties.author == _TEMPLATE_AUTHOR:
        return Header()
    created = properties.created
    return Header(
        title=sensible_title(properties.title),
        author=sensible_author(properties.author),
        published=created.date() if created else None,
    )


def _title(document: docx.document.Document, blocks: list[Block]) -> str | None:
    """Return the first text in the style of a title."""
    titles = {style.style_id for style in document.styles if style.name in {"Title", "Heading 1"}}
    return next((block.text for block in blocks[:_TITLE_BLOCKS] if block.style in titles), None)


def _unreadable(origin: str) -> SourceError:
    return SourceError(
        f"{origin} is not a readable Word file, or is locked with a password.",
        help="Open it in Word and save it as .docx without a password.",
    )


FORMAT = Format(
    name="docx",
    label="Word (.docx)",
    suffixes=(".docx",),
    media_types=("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    read=one_article(
        lambda data, content, limits: read_docx(data, origin=content.origin, url=content.url, limits=limits)
    ),
    holds="one article",
)
