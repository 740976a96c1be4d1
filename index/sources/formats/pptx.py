"""Turns PowerPoint files into Articles: the text of each slide and of its notes, in the order of the slides."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from index.sources.formats.format import Format, one_article
from index.sources.formats.packages import Package, attribute, find, find_all, lines_of, local, remove, resolved, words
from index.sources.metadata.dates import parse_date
from index.sources.metadata.header import Header
from index.sources.metadata.properties import compose_document, sensible_author, sensible_title

if TYPE_CHECKING:
    import datetime as dt

    from index.article import Article
    from index.sources.limits import Limits

_MAIN = "ppt/presentation.xml"
_AUTOMATIC = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})  # placeholders that PowerPoint fills itself


def read_pptx(data: bytes, *, origin: str, url: str | None, limits: Limits) -> Article:
    """Return the article in a presentation. Raises SourceError if it is none, or unpacks to too much."""
    package = Package(data, origin=origin, kind="PowerPoint file", limits=limits)
    linked = _links(package, _MAIN)
    listed = (linked.get(attribute(slide, "id") or "") for slide in _slides(package.needed(_MAIN)))
    slides = list(dict.fromkeys(filter(None, listed)))
    texts: list[str] = []
    for name in slides:
        texts += _lines(package.xml(name))
        for notes in (part for part in _links(package, name).values() if "/notesSlides/" in f"/{part}"):
            texts += _lines(package.xml(notes))
    title = _title(package.xml(slides[0])) if slides else None
    return compose_document(
        "\n\n".join(texts),
        title=title,
        heads=(),
        properties=_properties(package.xml("docProps/core.xml")),
        url=url,
        origin=origin,
        notices=(),
    )


def _slides(presentation: Any) -> list[Any]:
    return [entry for entry in find_all(presentation, "sldId") if attribute(entry, "id")]


def _links(package: Package, name: str) -> dict[str, str]:
    """Return the parts that a part links to, by the links' ids."""
    folder, _, file = name.rpartition("/")
    tree = package.xml(f"{folder}/_rels/{file}.rels")
    if tree is None:
        return {}
    return {
        link.get("Id") or "": resolved(name, link.get("Target") or "")
        for link in find_all(tree, "Relationship")
        if link.get("TargetMode") != "External"
    }


def _lines(slide: Any) -> list[str]:
    """Return the paragraphs of a slide, and the rows of its tables."""
    if slide is None:
        return []
    for shape in find_all(slide, "sp"):
        if any(mark.get("type") in _AUTOMATIC for mark in find_all(shape, "ph")):
            remove(shape)
    return list(filter(None, lines_of(slide, _text, paragraphs=frozenset({"p"}), row="tr", cell="tc")))


def _text(paragraph: Any) -> str:
    pieces = (
        "\n" if local(part) == "br" else part.text or "" for part in paragraph.iter() if local(part) in {"t", "br"}
    )
    return "".join(pieces)


def _title(slide: Any) -> str | None:
    """Return the text in the title of a slide."""
    if slide is None:
        return None
    shapes = (
        shape
        for shape in find_all(slide, "sp")
        if any(mark.get("type") in {"title", "ctrTitle"} for mark in find_all(shape, "ph"))
    )
    return next(filter(None, (words(find(shape, "txBody")) for shape in shapes)), None)


def _properties(core: Any) -> Header:
    if core is None:
        return Header()
    return Header(
        title=sensible_title(words(find(core, "title"))),
        author=sensible_author(words(find(core, "creator"))),
        published=_day(words(find(core, "created"))),
    )


def _day(written: str | None) -> dt.date | None:
    with contextlib.suppress(ValueError):
        return parse_date(written or "")
    return None


FORMAT = Format(
    name="pptx",
    label="PowerPoint (.pptx)",
    suffixes=(".pptx", ".pptm", ".ppsx"),
    media_types=("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
    read=one_article(
        lambda data, content, limits: read_pptx(data, origin=content.origin, url=content.url, limits=limits)
    ),
    holds="one article",
)
