"""Markup that is all article, such as a message, a chapter or a post: its words in the order of the document.

A web page has its article among other things and is read by `html`; here nothing is left out but what is never shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from index.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hr html legend main nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_NOT_IN_CELLS = _BLOCKS - {"tbody", "tfoot", "thead", "tr", "html", "body"}
_SILENT = frozenset(
    "applet audio button canvas embed frame head iframe math noframes object script select style svg template textarea"
    " title video".split()
)
_HIDDEN_STYLE = re.compile(
    r"display\s{0,9}:\s{0,9}none|mso-hide\s{0,9}:\s{0,9}all|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE
)
_CLOSED = re.compile(r"<(a|b|div|em|i|iframe|p|script|span|strong|style|td|textarea|title)(\s[^<>]*)?/>", re.IGNORECASE)
_LONG_TAG = re.compile(r"<([a-z][\w:-]*+)[^<>]{2000,}+>", re.IGNORECASE)
_MOST_ATTRIBUTES = 200
_MOST_WORDS = 1000  # in one tag
_TOO_MUCH = re.compile(r"depth|huge|limit", re.IGNORECASE)


def text_of_markup(markup: str, *, place: str) -> str:
    """Return the text of HTML or XHTML: a line for each block, items of lists with a dash, cells of a row with bars.

    Raises SourceError, naming `place`, if it is nested too deeply.
    """
    root = parse_markup(markup, place=place)
    return "" if root is None else text_of_tree(root)


def parse_markup(markup: str, *, place: str) -> Any:
    """Return the tree of HTML or XHTML, None if it is empty. Raises SourceError if it is nested too deeply."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    # In XHTML an empty element may be closed at once; read as HTML, it would swallow what follows.
    whole = _CLOSED.sub(r"<\1\2></\1>", with_short_tags(markup))
    try:
        root = etree.fromstring(whole.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):  # nothing in it
        root = None
    if any(_TOO_MUCH.search(error.message) for error in parser.error_log.filter_from_fatals()):
        raise SourceError(f"{place} is nested too deeply to be read.", help="Save its text as a .txt file.")
    return root


def with_short_tags(page: str) -> str:
    """Return markup whose tags have no more attributes than a parser, which compares each with each, can take."""
    return _LONG_TAG.sub(_without_many_attributes, page)


def _without_many_attributes(tag: re.Match[str]) -> str:
    is_bare = tag[0].count("=") > _MOST_ATTRIBUTES or len(tag[0].split()) > _MOST_WORDS
    return f"<{tag[1]}>" if is_bare else tag[0]


def text_of_tree(root: Any) -> str:
    """Return the text of an element and all in it."""
    pieces = "".join(_pieces(root))
    lines = [" ".join(line.split()).strip(" |") for line in pieces.replace("\x00", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _pieces(root: Any) -> Iterator[str]:
    from lxml import etree

    layouts = _layouts(root)
    tables: list[Any] = []
    kept = 0  # how many elements around this one keep their line ends
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = _name(element)
        if event == "start":
            if name in _SILENT or _is_unseen(element):
                walk.skip_subtree()
                continue
            tables += [element] if name == "table" else []
            kept += name == "pre"
            yield _opening(name, in_data=bool(tables) and tables[-1] not in layouts)
            yield _written(element.text, keep=kept > 0)
            continue
        if not (name in _SILENT or _is_unseen(element)):
            yield _closing(name, in_data=bool(tables) and tables[-1] not in layouts)
            if name == "table":
                tables.pop()
            kept -= name == "pre"
        if element is not root:
            yield _written(element.tail, keep=kept > 0)


def _layouts(root: Any) -> set[Any]:
    """Return the tables that only place things: those with blocks in their cells, or with one cell a row."""
    from lxml import etree

    found: set[Any] = set()
    rows: dict[Any, int] = {}
    tables: list[Any] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = _name(element)
        if event == "start":
            if tables and name in _NOT_IN_CELLS and name != "caption":
                found.add(tables[-1])
            if tables and name in {"td", "th"}:
                row = element.getparent()
                rows[row] = rows.get(row, 0) + 1
            tables += [element] if name == "table" else []
        elif name == "table":
            tables.pop()
    wide = {table for row, cells in rows.items() if cells > 1 for table in row.iterancestors("table")}
    return found | {table for table in root.iter("table") if table not in wide}


def _opening(name: str, *, in_data: bool) -> str:
    if name == "li":
        return "\x00- "
    if name == "tr":
        return "\x00" if in_data else "\x00\x00"
    if name in {"td", "th"}:
        return "" if in_data else "\x00\x00"
    return "\x00\x00" if name in _BLOCKS and not (in_data and name != "table") else ""


def _closing(name: str, *, in_data: bool) -> str:
    if name == "br":
        return "\x00"
    if name in {"td", "th"}:
        return " | " if in_data else "\x00\x00"
    if name == "tr":
        return "" if in_data else "\x00\x00"
    return "\x00\x00" if name in _BLOCKS and not (in_data and name != "table") else ""


def _written(text: str | None, *, keep: bool) -> str:
    """Return text as a browser would show it: white space is one space, unless it is kept."""
    text = (text or "").replace("\x00", "")
    return text if keep else re.sub(r"\s+", " ", text)


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _is_unseen(element: Any) -> bool:
    return "hidden" in element.attrib or _HIDDEN_STYLE.search(element.get("style") or "") is not None
