"""Turns PDF files into Articles: the text by pypdf, its lines joined into paragraphs again."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections import Counter
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.fetching import in_words
from index.sources.format import Format, one_article
from index.sources.header import Header
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.properties import compose_document, sensible_author, sensible_title

if TYPE_CHECKING:
    import pypdf

    from index.article import Article

# Without a handler, Python prints the library's warnings about each odd file on the user's terminal.
logging.getLogger("pypdf").addHandler(logging.NullHandler())

_PAGE_NUMBER = re.compile(r"(?:page\s++)?[-–—|\s]*+\d{1,4}[-–—|\s]*+(?:(?:of|/)\s*+\d{1,4})?", re.IGNORECASE)
_BULLET = re.compile(r"(?:[•◦▪‣·*–—-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_HYPHENATED = re.compile(r"\b\w++-\w++")
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)\]]*+$")
_SPLIT_WORD = re.compile(r"\b(\w++)[-\u00ad\u2010]$")
_JOINT = 60  # characters before a line that show how it continues
_FULL_LINE = 0.75  # of the usual longest line: a shorter one ends its paragraph
_EDGE_LINES = 2  # how many lines at the head and foot of a page can be running heads
_FEWEST_PAGES = 3  # to tell a running head from a sentence that comes twice


def read_pdf(data: bytes, *, origin: str, url: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Article:
    """Return the article in a PDF file: its text in paragraphs, and the title, author and date in its metadata.

    Raises SourceError if it is broken, locked with a password, without text (scanned), or too large.
    """
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        is_locked = reader.is_encrypted and not reader.decrypt("")
        pages = [] if is_locked else _page_lines(reader, origin=origin, limits=limits)
        header = Header() if is_locked else _metadata(reader)
    except (SourceError, MemoryError):
        raise
    except pypdf.errors.DependencyError:
        # Modern (AES) encryption needs a package that Dateline does not use.
        is_locked, pages, header = True, [], Header()
    except Exception as error:  # pypdf raises all kinds of errors on broken files
        raise SourceError(
            f"{origin} is not a readable PDF.", help="Open it in a PDF program and save it again."
        ) from error
    if is_locked:
        raise SourceError(
            f"{origin} is locked with a password or encryption.",
            help="Save a copy without a password and add that.",
        )
    text = _reflow(_without_running_heads(pages))
    if not text:
        raise SourceError(
            f"{origin} has no text; it is probably a scan.",
            help="Run text recognition (OCR) on it and add the result.",
        )
    return compose_document(text, title=None, heads=(), properties=header, url=url, origin=origin, notices=())


def _page_lines(reader: pypdf.PdfReader, *, origin: str, limits: Limits) -> list[list[str]]:
    """Return the lines of each page."""
    count = len(reader.pages)
    if count > limits.max_pages:
        raise SourceError(
            f"{origin} has {count} pages; Dateline reads up to {limits.max_pages}.",
            help="Split it into parts.",
        )
    pages: list[list[str]] = []
    size = 0
    for page in reader.pages:
        text = page.extract_text()
        size += len(text)
        if size > limits.max_bytes:
            raise SourceError(
                f"{origin} unpacks to more than {in_words(limits.max_bytes)} of text.",
                help="Split it into parts.",
            )
        pages.append([line.strip() for line in text.splitlines()])
    return pages


def _metadata(reader: pypdf.PdfReader) -> Header:
    """Return title, author and day of creation, as far as they make sense."""
    info = reader.metadata
    if info is None:
        return Header()
    created = None
    with contextlib.suppress(Exception):  # a date that is none raises whatever its parser trips over
        created = info.creation_date
    return Header(
        title=sensible_title(info.title),
        author=sensible_author(info.author),
        published=created.date() if created else None,
    )


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Return the pages without page numbers and the lines that most pages begin or end with."""
    edges = Counter(key for page in pages for key in {_head_key(line) for line in _edge(page)})
    repeated = {key for key, count in edges.items() if key and len(pages) >= _FEWEST_PAGES and count > len(pages) / 2}
    kept = []
    for page in pages:
        edge = {index for index, _ in _edge_indices(page)}
        kept.append(
            [
                line
                for index, line in enumerate(page)
                if index not in edge or not (_PAGE_NUMBER.fullmatch(line) or _head_key(line) in repeated)
            ]
        )
    return kept


def _edge_indices(page: list[str]) -> list[tuple[int, str]]:
    """Return the first and last lines of a page that have words."""
    lines = [(index, line) for index, line in enumerate(page) if line]
    return lines[:_EDGE_LINES] + lines[_EDGE_LINES:][-_EDGE_LINES:]


def _edge(page: list[str]) -> list[str]:
    return [line for _, line in _edge_indices(page)]


def _head_key(line: str) -> str:
    """Return a line with its numbers masked, because page numbers differ."""
    return re.sub(r"\d+", "0", line)


def _reflow(pages: list[list[str]]) -> str:
    """Join lines into paragraphs, with a blank line between them.

    A paragraph ends at a blank line, before a bullet, after a line clearly shorter than usual, and where a sentence
    ends at the foot of a page.
    """
    lengths = sorted(len(line) for page in pages for line in page if line)
    if not lengths:
        return ""
    full = _FULL_LINE * lengths[int(len(lengths) * 0.9)]
    known = {word.lower() for page in pages for line in page for word in _HYPHENATED.findall(line)}
    paragraphs: list[list[str]] = []  # each in pieces, as a text would be copied for each line it grows by
    is_open = False
    for page in pages:
        for line in page:
            if not line:
                is_open = False
                continue
            if is_open and not _BULLET.match(line):
                _join(paragraphs[-1], line, known)
            else:
                paragraphs.append([line])
            is_open = len(line) >= full
        # Across pages only what is visibly unfinished goes on.
        is_open = is_open and bool(paragraphs) and not _SENTENCE_END.search(_end(paragraphs[-1]))
    return "\n\n".join(map("".join, paragraphs))


def _join(paragraph: list[str], line: str, known: set[str]) -> None:
    """Append a line to a paragraph.

    A hyphen at the line end is dropped, unless the text has the same hyphenated word inside a line.
    """
    split = _SPLIT_WORD.search(_end(paragraph))
    if not split or not line[0].islower():
        paragraph.append(f" {line}")
        return
    word = re.match(r"\w+", line)
    if not (word and f"{split[1]}-{word[0]}".lower() in known):
        paragraph[-1] = paragraph[-1][:-1]
    paragraph.append(line)


def _end(paragraph: list[str]) -> str:
    return "".join(paragraph[-2:])[-_JOINT:]


FORMAT = Format(
    name="pdf",
    label="PDF",
    suffixes=(".pdf",),
    media_types=("application/pdf",),
    read=one_article(
        lambda data, content, limits: read_pdf(data, origin=content.origin, url=content.url, limits=limits)
    ),
    holds="one article",
    begins=lambda data: data.startswith(b"%PDF-"),
)
