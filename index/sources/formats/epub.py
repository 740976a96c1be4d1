"""Turns EPUB books and magazines into Articles: each chapter, or each story of an issue, is one.

A chapter begins where the table of contents says, or with a heading; what follows without either belongs to it.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.notices import Notice
from index.sources.formats.format import Format
from index.sources.formats.packages import Package, attribute, find, find_all, local, resolved, words
from index.sources.formats.text import compose
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.text.decoding import decode
from index.sources.text.markup import parse_markup, text_of_tree

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from index.article import Article
    from index.sources.limits import Limits

_MARKUP = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_HEADINGS = ("h1", "h2", "h3")
_STOPS = (".", "!", "?", "…", "。")
_NAVIGATION = 8  # links, of which most of a page's words are, make it a table of contents


@dataclasses.dataclass(slots=True)
class _Chapter:
    """A chapter as it is put together: its title, the part it begins with, and its texts."""

    title: str | None
    part: str
    texts: list[str]


def read_epub(data: bytes, *, origin: str, limits: Limits) -> Iterator[Article | SourceError]:
    """Yield the chapters of a book in reading order, each an article with the book as its source.

    Raises SourceError if it is no EPUB file, is locked, or has no text.
    """
    package = Package(data, origin=origin, kind="EPUB file", limits=limits)
    main = attribute(find(package.needed("META-INF/container.xml"), "rootfile"), "full-path") or ""
    book = package.needed(main)
    if "META-INF/encryption.xml" in package.names and "META-INF/rights.xml" in package.names:
        raise SourceError(f"{origin} is locked by its seller.", help="Use a copy without copy protection.")
    chapters, bare = _chapters(package, book, main)
    if not chapters:
        raise SourceError(f"{origin} contains no article text.", help="Check that its pages are not pictures.")
    known = _about(book)
    for number, chapter in enumerate(chapters):
        header = dataclasses.replace(known, title=chapter.title or known.title)
        notices = [
            Notice(kind="left_out", rule="page of a book without a sentence", text=text, place=part)
            for part, text in (bare if number == 0 else [])
        ]
        try:
            yield compose(
                "\n\n".join(chapter.texts),
                header,
                origin=f"{origin}/{chapter.part}",
                is_page=False,
                notices=notices,
            )
        except SourceError as error:
            yield error


def _chapters(package: Package, book: Any, main: str) -> tuple[list[_Chapter], list[tuple[str, str]]]:
    """Return the chapters, and the pages of which none is a sentence, such as the cover, with their texts."""
    items = {item.get("id"): item for item in find_all(book, "item")}
    titles = _contents(package, items.values(), main)
    chapters: list[_Chapter] = []
    bare: list[tuple[str, str]] = []
    for entry in find_all(book, "itemref"):
        item = items.pop(entry.get("idref"), None)  # each page comes once
        if item is None or item.get("media-type") not in _MARKUP or "nav" in (item.get("properties") or "").split():
            continue
        part = resolved(main, item.get("href") or "")
        data = package.read(part)
        root = None if data is None else parse_markup(decode(data, name=part), place=part)
        text = "" if root is None else text_of_tree(root)
        if root is None or not text:
            continue
        if not _has_sentence(text) or _is_contents(root, text):
            bare.append((part, text))
            continue
        heading = next((words(found) for found in root.iter(*_HEADINGS) if words(found)), None)
        if part in titles or heading or not chapters:
            chapters.append(_Chapter(heading or titles.get(part), part, [text]))
        else:
            chapters[-1].texts.append(text)
    return chapters, bare


def _contents(package: Package, items: Any, main: str) -> dict[str, str | None]:
    """Return the parts that the table of contents names, each with its title there."""
    found: dict[str, str | None] = {}
    for item in items:
        part = resolved(main, item.get("href") or "")
        is_nav = "nav" in (item.get("properties") or "").split()
        if not (is_nav or item.get("media-type") == "application/x-dtbncx+xml") or part not in package.names:
            continue
        with contextlib.suppress(SourceError):  # without it, chapters begin with their headings
            tree = package.needed(part)
            for link in find_all(tree, "a" if is_nav else "navPoint"):
                target = link.get("href") if is_nav else attribute(find(link, "content"), "src")
                title = words(link) if is_nav else words(find(link, "text"))
                if target:
                    found.setdefault(resolved(part, target), title)
    return found


def _has_sentence(text: str) -> bool:
    return any(
        line.rstrip("\"'”’»)]").endswith((".", "!", "?", "…", "。")) and " " in line for line in text.split("\n")
    )


def _is_contents(root: Any, text: str) -> bool:
    """Return whether a page is a table of contents: most of its words are links."""
    links = [link for link in root.iter("a") if link.get("href")]
    return len(links) > _NAVIGATION and 2 * sum(len(words(link) or "") for link in links) > len(text)


def _about(book: Any) -> Header:
    """Return what the book says about itself; a chapter's source is its publication."""
    metadata = find(book, "metadata")
    if metadata is None:
        return Header()
    stated: dict[str, list[str]] = {}
    for element in metadata.iter():
        if value := words(element):
            stated.setdefault(local(element), []).append(value)
    published = next((day for written in stated.get("date", []) if (day := _day(written))), None)
    return Header(
        title=None,
        source=next(iter(stated.get("title") or stated.get("publisher") or []), None),
        author=", ".join(stated.get("creator", [])) or None,
        published=published,
    )


def _day(written: str) -> dt.date | None:
    with contextlib.suppress(ValueError):
        return parse_date(written)
    return None


FORMAT = Format(
    name="epub",
    label="EPUB",
    suffixes=(".epub",),
    media_types=("application/epub+zip",),
    read=lambda stream, content, limits: read_epub(stream.read(), origin=content.origin, limits=limits),
    begins=lambda data: b"mimetypeapplication/epub+zip" in data[:100],
)
