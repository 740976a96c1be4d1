"""Zip files that are one document (ODT, EPUB, PPTX), and XML that may be hostile."""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from index.errors import SourceError
from index.sources.formats.archives import DAMAGED
from index.sources.text.decoding import decode_xml
from index.sources.web.fetching import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from index.sources.limits import Limits

_MOST_PARTS = 10_000
_DECLARATION = re.compile(r"\s{0,99}<\?xml\s[^<>]{0,300}\?>")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_BARE = re.compile(r"&(?!(?:[A-Za-z][A-Za-z0-9]{0,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TOO_MUCH = re.compile(r"XML_PARSE_HUGE|excessive depth", re.IGNORECASE)
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


class Package:
    """A zip file that is one document. Raises SourceError if it is none or unpacks to more than is allowed.

    `kind` names what it should be in errors.
    """

    def __init__(self, data: bytes, *, origin: str, kind: str, limits: Limits) -> None:
        self._origin = origin
        self._kind = kind
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGED:
            raise self.unreadable() from None
        parts = self._archive.infolist()
        if sum(part.file_size for part in parts) > limits.max_bytes or len(parts) > _MOST_PARTS:
            raise SourceError(
                f"{origin} unpacks to more than {in_words(limits.max_bytes)}.", help="Save it without images."
            )
        self.names = frozenset(part.filename for part in parts)

    def read(self, name: str) -> bytes | None:
        """Return a part; None if it is missing. Raises SourceError if it is damaged or locked."""
        if name not in self.names:
            return None
        try:
            return self._archive.read(name)
        except DAMAGED:
            raise self.unreadable() from None

    def xml(self, name: str) -> Any:
        """Return the tree of a part; None if it is missing. Raises SourceError if it is no sound XML."""
        data = self.read(name)
        return None if data is None else parse_xml(data, place=f"{self._origin} ({name})")

    def needed(self, name: str) -> Any:
        """Return the tree of a part. Raises SourceError if it is missing or no sound XML."""
        tree = self.xml(name)
        if tree is None:
            raise self.unreadable()
        return tree

    def unreadable(self) -> SourceError:
        """Return the error that says that the file is not what its name says."""
        return SourceError(
            f"{self._origin} is not a readable {self._kind}, or is locked with a password.",
            help="Open it in the program that made it, and save it again without a password.",
        )


def parse_xml(data: bytes, *, place: str) -> Any:
    """Return the root of an XML document, without comments; entities of HTML are known, and no others.

    Raises SourceError, naming `place`, if it declares entities of its own, or is no XML.
    """
    from lxml import etree

    text = decode_xml(data, name=place)
    if "<!entity" in text.lower():
        raise SourceError(f"{place} defines XML entities, which Dateline does not expand.", help="Export it again.")
    text = _NAMED.sub(_character, _CONTROLS.sub("", _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)))
    problem = ""
    for sound in (text, _BARE.sub("&amp;", text)):
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            return etree.fromstring(sound.encode("utf-8", "replace"), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            problem = problem or " ".join(str(error).split())[:200]
    if _TOO_MUCH.search(problem):
        raise SourceError(f"{place} is nested too deeply to be read, or has too long a text.", help="Export it again.")
    raise SourceError(f"{place} is not sound XML: {problem}.", help="Export it again.")


def _character(entity: re.Match[str]) -> str:
    """Return the character that an entity of HTML stands for."""
    if entity[1] in _OF_XML:
        return entity[0]
    return html.unescape(entity[0]).replace("&", "&amp;").replace("<", "&lt;")


def local(element: Any) -> str:
    """Return an element's name without its namespace, "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def find(root: Any, *path: str) -> Any:
    """Return the first element by local names, from child to child, each anywhere below the one before; or None."""
    found = root
    for name in path:
        found = next((element for element in found.iter() if element is not found and local(element) == name), None)
        if found is None:
            return None
    return found


def find_all(root: Any, name: str) -> list[Any]:
    """Return all elements below one with a local name, in order."""
    return [element for element in root.iter() if element is not root and local(element) == name]


def words(element: Any) -> str | None:
    """Return the text of an element and all in it, on one line; None if there is none."""
    return None if element is None else " ".join("".join(element.itertext()).split()) or None


def attribute(element: Any, name: str) -> str | None:
    """Return an attribute by its local name, in whatever namespace; None for no element."""
    if element is None:
        return None
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def remove(element: Any) -> None:
    """Remove an element from its tree, and keep the text that follows it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def lines_of(
    root: Any, text_of: Callable[[Any], str], *, paragraphs: frozenset[str], row: str, cell: str
) -> Iterator[str]:
    """Yield the paragraphs of a document in their order, and each row of a table as one line.

    A paragraph inside another, as of a note or a text box, follows it.
    """
    current: Any = None
    cells: dict[Any, list[str]] = {}
    for paragraph in (element for element in root.iter() if local(element) in paragraphs):
        around = {local(element): element for element in paragraph.iterancestors()}  # of one kind the outermost
        if around.get(row) is not current:
            yield _joined(cells)
            current, cells = around.get(row), {}
        if current is None:
            yield text_of(paragraph).strip()
        else:
            cells.setdefault(around.get(cell), []).append(" ".join(text_of(paragraph).split()))
    yield _joined(cells)


def _joined(cells: dict[Any, list[str]]) -> str:
    texts = (" ".join(filter(None, texts)) for texts in cells.values())
    return " | ".join(filter(None, texts))


def resolved(base: str, href: str) -> str:
    """Return the name of the part that a link in the part `base` leads to."""
    path = unquote(href.partition("#")[0])
    joined = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(base), path)
    return posixpath.normpath(joined)
