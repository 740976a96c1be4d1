"""Turns Word files into Articles: paragraphs and tables by python-docx."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.fetching import in_words
from index.sources.format import Format, one_article
from index.sources.header import Header
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.pdf import sensible_author, sensible_title
from index.sources.text import compose

if TYPE_CHECKING:
    import docx.document
    from docx.table import Table

    from index.article import Article

_MOST_PARTS = 10_000
_TEMPLATE_AUTHOR = "python-docx"  # whose template carries a title and a date, too, and neither is the article's


def read_docx(data: bytes, *, origin: str, url: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Article:
    """Return the article in a Word file: paragraphs and tables in order, and its core properties.

    Raises SourceError if it is not a Word file, is locked with a password, or unpacks to too much.
    """
    import docx

    _check_size(data, origin=origin, limits=limits)
    try:
        document = docx.Document(io.BytesIO(data))
        text = "\n\n".join(_blocks(document))
        header = _properties(document)
    except MemoryError:
        raise
    except Exception as error:  # python-docx raises all kinds of errors on files that are not as they should be
        raise _unreadable(origin) from error
    return compose(text, header.filled_from(Header(url=url)), origin=origin, is_page=False)


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


def _blocks(document: docx.document.Document) -> list[str]:
    """Return the paragraphs and tables that have text, in the order of the file."""
    from docx.table import Table

    blocks = (_table_text(block) if isinstance(block, Table) else block.text for block in document.iter_inner_content())
    return [text for text in (block.strip() for block in blocks) if text]


def _table_text(table: Table) -> str:
    """Return a table with a line a row: a cell that goes over columns comes once, one that goes over rows in each.

    python-docx's own `row.cells` has an entry for each column of a cell, of which a file may claim any number.
    """
    from docx.table import _Cell

    lines: list[str] = []
    above: dict[int, str] = {}  # the texts of the row above, by their columns
    for row in table._tbl.tr_lst:
        here: dict[int, str] = {}
        column = row.grid_before
        for cell in row.tc_lst:
            is_below = cell.vMerge == "continue" and column in above
            here[column] = above[column] if is_below else " ".join(_Cell(cell, table).text.split())
            column += cell.grid_span
        lines.append(" | ".join(filter(None, here.values())))
        above = here
    return "\n".join(filter(None, lines))


def _properties(document: docx.document.Document) -> Header:
    """Return the metadata in Word's properties: title (or the text in the style Title), author, day of creation."""
    properties = document.core_properties
    styled = (paragraph.text for paragraph in document.paragraphs[:5] if _is_title(paragraph.style))
    title = next(filter(str.strip, styled), None)
    if properties.author == _TEMPLATE_AUTHOR:
        return Header(title=title)
    created = properties.created
    return Header(
        title=sensible_title(properties.title) or title,
        author=sensible_author(properties.author),
        published=created.date() if created else None,
    )


def _is_title(style: object) -> bool:
    return getattr(style, "name", None) in {"Title", "Heading 1"}


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
