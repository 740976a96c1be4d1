"""Turns PDF files into Articles: characters by PDFium, in lines, columns and paragraphs again."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.notices import Notice
from index.sources.formats import ocr
from index.sources.formats.format import Format, one_article
from index.sources.formats.page_edges import in_pages, take_edges
from index.sources.formats.pdf_lines import reading_order
from index.sources.formats.pdf_page import read_page
from index.sources.formats.text import title_from_name
from index.sources.limits import DEFAULT_LIMITS, Limits
from index.sources.metadata.bylines import is_publisher
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.metadata.properties import compose_document, sensible_author, sensible_title
from index.sources.text.paragraphs import join_lines, title_above
from index.sources.web.fetching import in_words

if TYPE_CHECKING:
    import pypdfium2

    from index.article import Article
    from index.sources.formats.pdf_lines import Line
    from index.sources.formats.pdf_page import PageText

_DAY = re.compile(r"D:(\d{8})")
# What names itself in files that a browser printed, whose day is that of the print.
_BROWSER = re.compile(r"Mozilla|Chrom|Skia|Firefox|Safari|wkhtmltopdf|HeadlessShell", re.IGNORECASE)
_TITLE_LENGTH = 200
_ONE_LINE = 90  # characters: what is longer and goes over lines in the size of the text is no title
_OCR_TIME = 0.7  # of the time for reading a file


def read_pdf(data: bytes, *, origin: str, url: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Article:
    """Return the article in a PDF file: its text in paragraphs, and the title, author and date in it.

    Raises SourceError if it is broken, locked with a password, without text (scanned), or too large.
    """
    import pypdfium2

    try:
        with contextlib.closing(pypdfium2.PdfDocument(data)) as document:
            pages = _read_pages(document, origin=origin, limits=limits)
            known = document.get_metadata_dict()
            is_browser = any(_BROWSER.search(known.get(field, "")) for field in ("Creator", "Producer"))
            edges = take_edges(pages, title=known.get("Title") or None, is_browser=is_browser)
            notices = [*edges.notices, *_recognise(document, pages, limits), *_unknown_characters(pages)]
    except (SourceError, MemoryError):
        raise
    except pypdfium2.PdfiumError as error:
        raise _unreadable(origin, error) from error
    properties = _properties(known)
    lines = reading_order(pages)
    text = join_lines(lines)
    if not text:
        raise SourceError(
            f"{origin} has no text; it is probably a scan.",
            help=" ".join(notice.text for notice in notices) or "Add a copy with text.",
        )
    text += _marked(pages)
    if is_browser or edges.is_print:  # its day is that of the print
        properties = Header(title=properties.title, author=properties.author)
    return compose_document(
        text,
        title=_title(lines) or _stand_in(text, lines, properties, origin),
        heads=edges.heads,
        properties=properties,
        url=url or edges.url,
        origin=origin,
        notices=notices,
    )


def _unreadable(origin: str, error: pypdfium2.PdfiumError) -> SourceError:
    import pypdfium2.raw as pdfium

    if error.err_code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
        return SourceError(
            f"{origin} is locked with a password or encryption.",
            help="Save a copy without a password and add that.",
        )
    return SourceError(f"{origin} is not a readable PDF.", help="Open it in a PDF program and save it again.")


def _read_pages(document: pypdfium2.PdfDocument, *, origin: str, limits: Limits) -> list[PageText]:
    """Return what is on each page."""
    count = len(document)
    if count > limits.max_pages:
        raise SourceError(
            f"{origin} has {count} pages; Dateline reads up to {limits.max_pages}.",
            help="Split it into parts.",
        )
    pages: list[PageText] = []
    size = 0
    for number in range(1, count + 1):
        with contextlib.closing(document[number - 1]) as page:
            pages.append(read_page(page, number))
        size += sum(len(run.text) for run in pages[-1].runs)
        if size > limits.max_bytes:
            raise SourceError(
                f"{origin} unpacks to more than {in_words(limits.max_bytes)} of text.",
                help="Split it into parts.",
            )
    return pages


def _recognise(document: pypdfium2.PdfDocument, pages: list[PageText], limits: Limits) -> list[Notice]:
    """Recognise the text of pages that are only pictures where that is installed, and return what is told of them."""
    unread = [page for page in pages if page.is_unread]
    if not unread:
        return []
    reason = "" if ocr.is_installed() else ocr.HELP
    recogniser = ocr.Recogniser(limits.ocr_languages, _OCR_TIME * limits.read_seconds)
    for page in unread if not reason else ():
        try:
            with contextlib.closing(document[page.number - 1]) as picture:
                runs = recogniser.read(picture)
        except ocr.OcrError as error:
            reason = f"Their text was not recognised: {error}."
            break
        if runs:
            page.runs, page.unknown, page.is_recognised = runs, 0, True
    numbers = {kind: [page.number for page in unread if page.is_recognised == kind] for kind in (True, False)}
    notices: list[Notice] = []
    if recognised := numbers[True]:
        notices += take_edges([page for page in pages if page.is_recognised], title=None, is_browser=False).notices
        words = f"The text of {in_pages(recognised)} was recognised in pictures (OCR)."
        notices.append(Notice(kind="guessed", rule="text of pictures", text=words, place=in_pages(recognised)))
    if without := numbers[False]:
        words = f"There is no text on {in_pages(without)}, only pictures. {reason}".strip()
        notices.append(
            Notice(kind="unread", rule="text on pages that are pictures", text=words, place=in_pages(without))
        )
    return notices


def _marked(pages: list[PageText]) -> str:
    """Return the last paragraph of a text that was recognised, which says so."""
    recognised = [page.number for page in pages if page.is_recognised]
    return (
        f"\n\n[Text recognised in pictures (OCR), which may have mistakes: {in_pages(recognised)}]"
        if recognised
        else ""
    )


def _unknown_characters(pages: list[PageText]) -> list[Notice]:
    """Return what is told of characters whose font does not say what they are."""
    places = [page.number for page in pages if page.unknown]
    if not places:
        return []
    words = f"{sum(page.unknown for page in pages):,} characters whose font does not say what they are"
    return [Notice(kind="unread", rule="character", text=words, place=in_pages(places))]


def _title(lines: list[Line]) -> str | None:
    """Return the largest words at the top of the first page, unless they name the publisher."""
    titles = (title for title in title_above(lines) if len(title) <= _TITLE_LENGTH and not is_publisher(title))
    return next(titles, None)


def _stand_in(text: str, lines: list[Line], properties: Header, origin: str) -> str | None:
    """Return a title from outside the text if the text begins with a paragraph that is none, however it ends."""
    first = text.partition("\n\n")[0]
    is_prose = len(first) > max(_ONE_LINE, len(lines[0].text))
    return (properties.title or title_from_name(origin)) if is_prose else None


def _properties(known: dict[str, str]) -> Header:
    """Return title, author and day of creation, as far as they make sense."""
    created = None
    if day := _DAY.match(known.get("CreationDate", "")):
        with contextlib.suppress(ValueError):
            created = parse_date(day[1])
    return Header(
        title=sensible_title(known.get("Title")), author=sensible_author(known.get("Author")), published=created
    )


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
