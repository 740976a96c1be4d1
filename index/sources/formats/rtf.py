"""Turns RTF files into Articles: text by striprtf, title, author and day from the file's own notes."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.formats.format import Format, one_article
from index.sources.metadata.header import Header
from index.sources.metadata.properties import compose_document, sensible_author, sensible_title

if TYPE_CHECKING:
    from index.article import Article

_INFO = re.compile(r"\{\\info\b")
_INFO_LENGTH = 20_000
_FIELD = re.compile(r"\{\\(title|author)[ \r\n]([^{}]{1,2000})\}")
_MADE = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_FONTS = re.compile(r"\{\\fonttbl\b")
_FONT = re.compile(r"\\f(\d{1,5})(?!\d)|\\fcharset(\d{1,3})(?!\d)")
_MOST_FONTS = 2_000
_LINK = re.compile(r"\{\\field(?=[\s{])")
_ASIDE = re.compile(r"\{(?:\\\*)?\\(?:footnote|shptxt)(?![a-z])")
_BRACE = re.compile(r"\\[{}\\]|[{}]")


def read_rtf(data: bytes, *, origin: str, url: str | None = None) -> Article:
    """Return the article in an RTF file, its notes and text boxes after it. Raises SourceError if it is none, or has no
    text.
    """
    if not is_rtf(data):
        raise SourceError(f"{origin} is not an RTF file.", help="Open it in a word processor and save it as .docx.")
    # RTF is ASCII, with other letters written as codes; what is not, is in Windows-1252 by custom.
    markup, asides = _without_asides(data.decode("cp1252", errors="replace"))
    texts = [_text(markup, origin=origin), *(_text(aside, origin=origin) for aside in asides)]
    return compose_document(
        "\n\n".join(filter(None, texts)),
        title=None,
        heads=(),
        properties=_properties(markup, origin=origin),
        url=url,
        origin=origin,
        notices=(),
    )


def _without_asides(markup: str) -> tuple[str, list[str]]:
    """Return a document without its notes and text boxes, which striprtf would leave out, and those."""
    kept: list[str] = []
    asides: list[str] = []
    start = end = 0
    while (begin := _ASIDE.search(markup, end)) and (end := _end_of_group(markup, begin.start())):
        kept.append(markup[start : begin.start()])
        asides.append(f"{_head(markup)} {markup[begin.end() : end]}")
        start = end
    return "".join([*kept, markup[start:]]), asides


def _end_of_group(markup: str, start: int) -> int:
    """Return where the group that begins at `start` ends; 0 if it does not."""
    depth = 0
    for brace in _BRACE.finditer(markup, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.end()
    return 0


def _with_plain_fonts(markup: str) -> str:
    """Return a document whose table of fonts has a line for each and nothing else, which striprtf reads in no time."""
    fonts = _FONTS.search(markup)
    end = _end_of_group(markup, fonts.start()) if fonts else 0
    if not fonts or not end:
        return markup
    lines: list[str] = []
    number = None
    for font in _FONT.finditer(markup, fonts.end(), end):
        if font[1]:
            number = font[1]
        elif number is not None and len(lines) < _MOST_FONTS:
            lines.append(rf"{{\f{number}\fcharset{font[2]} x;}}")
            number = None
    table = "\n".join(lines)
    return f"{markup[: fonts.start()]}{{\\fonttbl\n{table}}}\n{markup[end:]}"


def _head(markup: str) -> str:
    """Return the beginning of a document that says how its letters are written."""
    page = re.search(r"\\ansicpg\d{3,5}", markup[:_INFO_LENGTH])
    return r"{\rtf1\ansi" + (page[0] if page else "")


def _text(markup: str, *, origin: str) -> str:
    """Return the paragraphs of a document, and the rows of its tables."""
    from striprtf.striprtf import rtf_to_text

    # Its pattern for links takes quadratic time, and writes addresses into the text; a line end hides links from it.
    markup = _LINK.sub("{\\\\field\n", markup)
    markup = _with_plain_fonts(markup)
    try:
        text: str = rtf_to_text(markup, encoding="cp1252", errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, TypeError, OverflowError):
        raise SourceError(
            f"{origin} is not a readable RTF file.", help="Open it in a word processor and save it as .docx."
        ) from None
    lines = [line.strip() for line in text.replace("\xad", "").split("\n")]
    return "\n\n".join(line.strip("|").replace("|", " | ") if line.endswith("|") else line for line in lines if line)


def is_rtf(data: bytes) -> bool:
    """Return whether the bytes begin like RTF."""
    return data.lstrip()[:6].startswith(b"{\\rtf")


def _properties(markup: str, *, origin: str) -> Header:
    """Return the metadata in the group `info`."""
    start = _INFO.search(markup)
    if start is None:
        return Header()
    info = markup[start.start() : start.start() + _INFO_LENGTH]
    stated = {name: _text(f"{_head(markup)} {value}}}", origin=origin) for name, value in _FIELD.findall(info)}
    published = None
    if made := _MADE.search(info):
        with contextlib.suppress(ValueError):
            published = dt.date(int(made[1]), int(made[2]), int(made[3]))
    return Header(
        title=sensible_title(stated.get("title")), author=sensible_author(stated.get("author")), published=published
    )


FORMAT = Format(
    name="rtf",
    label="RTF",
    suffixes=(".rtf",),
    media_types=("application/rtf", "text/rtf", "text/richtext"),
    read=one_article(lambda data, content, _: read_rtf(data, origin=content.origin, url=content.url)),
    holds="one article",
    shared=(".doc", ".docx"),
    begins=is_rtf,
)
