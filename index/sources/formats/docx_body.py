"""The words of a Word file, with all changes accepted: paragraphs, tables, text boxes and notes in their order."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from index.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lxml.etree import _Element

    from index.notices import NoticeKind

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_NOT_SHOWN = {
    f"{WORD}del": "tracked deletion",
    f"{WORD}moveFrom": "moved text",
    f"{WORD}rt": "reading above characters",
}
_OWN_CHARACTERS = range(0xF000, 0xF100)  # what a font of symbols has instead of letters
_OFF = frozenset({"0", "false", "off"})
_MOST_COLUMNS = 63  # of a table in Word; a file may claim any number


class _Tag:
    """What a paragraph can hold that becomes text, or has text of its own."""

    TEXT = f"{WORD}t"
    FORMULA_TEXT = f"{_M}t"
    DRAWN_TEXT = f"{_A}t"
    TAB = f"{WORD}tab"
    OWN_TAB = f"{WORD}ptab"
    BREAK = f"{WORD}br"
    RETURN = f"{WORD}cr"
    HYPHEN = f"{WORD}noBreakHyphen"
    SYMBOL = f"{WORD}sym"
    FIELD = f"{WORD}fldChar"
    FRACTION = f"{_M}f"
    FOOTNOTE = f"{WORD}footnoteReference"
    ENDNOTE = f"{WORD}endnoteReference"
    BOX = f"{WORD}txbxContent"


_TEXT = (_Tag.TEXT, _Tag.FORMULA_TEXT, _Tag.DRAWN_TEXT)


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A paragraph with the id of its style, or a table with a line a row."""

    text: str
    style: str | None = None
    is_table: bool = False


class WordBody:
    """Reads the parts of a Word file that hold text, and keeps a notice of what is left out.

    `notes` returns the element of a footnote or an endnote by the name of its reference and its id.
    """

    def __init__(self, notes: Callable[[str, str], _Element | None]) -> None:
        self._notes = notes
        self._boxes: list[Block] = []  # beside the paragraph that is being read
        self._footnotes: list[Block] = []  # under it
        self._endnotes: list[Block] = []
        self._read_notes: set[_Element] = set()
        self._instructions: set[_Element] = set()
        self._told: list[Notice] = []

    def read(self, body: _Element) -> list[Block]:
        """Return the blocks that have text: a footnote or a text box comes after its paragraph, endnotes at the end."""
        blocks: list[Block] = []
        for block in self._part(body):
            blocks.append(block)
            blocks += self._footnotes
            self._footnotes.clear()
        return [*blocks, *self._footnotes, *self._endnotes]

    def notices(self, text: str) -> list[Notice]:
        """Return what was left out, except what was moved and stands elsewhere in `text`."""
        return [note for note in self._told if note.rule != _NOT_SHOWN[f"{WORD}moveFrom"] or note.text not in text]

    def _part(self, root: _Element) -> Iterator[Block]:
        """Yield the blocks of the body, or of a note."""
        self._instructions |= _instructions(root)
        return self._blocks(root)

    def _blocks(self, container: _Element) -> Iterator[Block]:
        begun = ""  # a paragraph whose end was deleted goes on in the next
        for element in self._unwrapped(container, f"{WORD}p", f"{WORD}tbl"):
            if element.tag == f"{WORD}tbl":
                yield from self._table(element)
            else:
                text = begun + self._inline(element)
                begun = text if _is_end_deleted(element) else ""
                if text.strip() and not begun:
                    yield Block(text.strip(), style=_value(element.find(f"{WORD}pPr/{WORD}pStyle")))
            boxes, self._boxes = self._boxes, []
            yield from boxes
        if begun.strip():
            yield Block(begun.strip())

    def _unwrapped(self, container: _Element, *wanted: str) -> Iterator[_Element]:
        """Yield the wanted elements in order, out of content controls, insertions and whatever else holds them."""
        for element in self._shown(container):
            if element.tag in wanted:
                yield element
            elif next(element.iter(*wanted), None) is not None:
                yield from self._unwrapped(element, *wanted)

    def _shown(self, container: _Element) -> Iterator[_Element]:
        """Yield the children that Word shows, and tell of the others."""
        for child in container:
            if child.tag == f"{_MC}AlternateContent":
                yield from _alternative(child)
            elif reason := self._reason_to_hide(child):
                self._tell("left_out", reason, _all_text(child))
            elif isinstance(child.tag, str):  # and no comment of the XML
                yield child

    def _reason_to_hide(self, element: _Element) -> str | None:
        if reason := _NOT_SHOWN.get(element.tag):
            return reason
        if element.tag == f"{WORD}r" and _is_on(element.find(f"{WORD}rPr/{WORD}vanish")):
            return "hidden text"
        if element.tag == f"{WORD}sdt" and _is_on(element.find(f"{WORD}sdtPr/{WORD}showingPlcHdr")):
            return "placeholder"
        is_deleted_row = element.tag == f"{WORD}tr" and element.find(f"{WORD}trPr/{WORD}del") is not None
        if is_deleted_row or (element.tag == f"{WORD}tc" and element.find(f"{WORD}tcPr/{WORD}cellDel") is not None):
            return _NOT_SHOWN[f"{WORD}del"]
        return None

    def _tell(self, kind: NoticeKind, rule: str, text: str) -> None:
        if text.strip():
            self._told.append(Notice(kind=kind, rule=rule, text=text.strip()))

    def _inline(self, container: _Element) -> str:
        """Return the words of a paragraph, or of a part of one."""
        return "".join(map(self._words, self._shown(container)))

    def _words(self, element: _Element) -> str:
        text = ""
        match element.tag:
            case _Tag.TEXT | _Tag.FORMULA_TEXT | _Tag.DRAWN_TEXT:
                text = "" if element in self._instructions else element.text or ""
            case _Tag.TAB | _Tag.OWN_TAB:
                text = "\t"
            case _Tag.BREAK | _Tag.RETURN:
                text = "\n"
            case _Tag.HYPHEN:
                text = "-"
            case _Tag.SYMBOL:
                text = self._symbol(element)
            case _Tag.FIELD:
                text = _chosen(element)
            case _Tag.FRACTION:
                text = "/".join(map(self._inline, element.findall(f"{_M}num") + element.findall(f"{_M}den")))
            case _Tag.FOOTNOTE | _Tag.ENDNOTE:
                self._add_note(element)
            case _Tag.BOX:
                self._boxes = self._boxes + self._aside(self._blocks(element))
            case _:
                text = self._inline(element)
        return text

    def _aside(self, blocks: Iterator[Block]) -> list[Block]:
        """Return blocks that do not belong to the paragraph being read, although they begin within it."""
        outer, self._boxes = self._boxes, []
        inner = list(blocks)
        self._boxes = outer
        return inner

    def _add_note(self, reference: _Element) -> None:
        is_endnote = reference.tag == _Tag.ENDNOTE
        note = self._notes("endnote" if is_endnote else "footnote", reference.get(f"{WORD}id", ""))
        if note is not None and note not in self._read_notes:
            self._read_notes.add(note)
            (self._endnotes if is_endnote else self._footnotes).extend(self._aside(self._part(note)))

    def _symbol(self, element: _Element) -> str:
        code = int(element.get(f"{WORD}char", "20"), 16)
        if code in _OWN_CHARACTERS:
            self._tell("unread", "symbol", f"{element.get(f'{WORD}font', 'a font')} {code - _OWN_CHARACTERS.start}")
            return ""
        return chr(code)

    def _table(self, table: _Element) -> Iterator[Block]:
        """Yield a table with a line a row, or the paragraphs in it if it is only a frame around them.

        An empty cell keeps its place, a cell that goes over rows comes in each, one that goes over columns once. A
        table within a cell follows its row.
        """
        rows = [list(self._unwrapped(row, f"{WORD}tc")) for row in self._unwrapped(table, f"{WORD}tr")]
        if all(len(row) <= 1 for row in rows):
            for cell in (cell for row in rows for cell in row):
                yield from self._blocks(cell)
            return
        lines: list[str] = []
        above: dict[int, str] = {}  # the texts of the row above, by their columns
        for cells in rows:
            here: dict[int, str] = {}
            inner: list[str] = []
            column = _number(cells[0].getparent().find(f"{WORD}trPr/{WORD}gridBefore"), default=0) if cells else 0
            for cell in cells:
                is_below = _is_continued(cell) and column in above
                here[column] = above[column] if is_below else self._cell(cell, inner)
                column += _number(cell.find(f"{WORD}tcPr/{WORD}gridSpan"), default=1)
            above = here
            lines += [_row(here), *inner]
        if text := "\n".join(filter(None, lines)):
            yield Block(text, is_table=True)

    def _cell(self, cell: _Element, inner: list[str]) -> str:
        """Return the paragraphs of a cell on one line, and add the tables in it to `inner`."""
        blocks = list(self._blocks(cell))
        inner += [block.text for block in blocks if block.is_table]
        return " ".join(" ".join(block.text.split()) for block in blocks if not block.is_table)


def _row(cells: Mapping[int, str]) -> str:
    """Return a row as a line; a row without words is none."""
    if not any(cells.values()):
        return ""
    return " | ".join(cells.get(column, "") for column in range(max(cells) + 1)).strip()


def _is_continued(cell: _Element) -> bool:
    merged = cell.find(f"{WORD}tcPr/{WORD}vMerge")
    return merged is not None and _value(merged) != "restart"


def _alternative(element: _Element) -> list[_Element]:
    """Return what shows the newer of two ways to say the same, or the older if that has no words."""
    ways = [*element.findall(f"{_MC}Choice"), *element.findall(f"{_MC}Fallback")]
    return next(([way] for way in ways if _all_text(way)), ways[:1])


def _instructions(root: _Element) -> set[_Element]:
    """Return the texts that only say how a field is made; a field that never ends hides nothing."""
    found: set[_Element] = set()
    fields: list[list[_Element] | None] = []  # the instruction of each open field, None once its result has begun
    for element in root.iter(f"{WORD}fldChar", f"{WORD}t"):
        if element.tag == f"{WORD}t":
            instruction = next((open_ for open_ in fields if open_ is not None), None)
            if instruction is not None:
                instruction.append(element)
        elif (mark := element.get(f"{WORD}fldCharType")) == "begin":
            fields.append([])
        elif fields and mark in {"separate", "end"}:
            found.update(fields[-1] or ())
            fields[-1] = None
            if mark == "end":
                fields.pop()
    return found


def _chosen(field: _Element) -> str:
    """Return the entry that is chosen in a drop-down list of a form."""
    choices = field.find(f"{WORD}ffData/{WORD}ddList")
    if choices is None:
        return ""
    entries = [_value(entry) or "" for entry in choices.findall(f"{WORD}listEntry")]
    chosen = choices.find(f"{WORD}result")
    number = _number(choices.find(f"{WORD}default") if chosen is None else chosen, default=0)
    return entries[number] if number < len(entries) else ""


def _is_end_deleted(paragraph: _Element) -> bool:
    marks = paragraph.find(f"{WORD}pPr/{WORD}rPr")
    return marks is not None and any(marks.find(f"{WORD}{name}") is not None for name in ("del", "moveFrom"))


def _is_on(switch: _Element | None) -> bool:
    return switch is not None and _value(switch) not in _OFF


def _value(element: _Element | None) -> str | None:
    return None if element is None else element.get(f"{WORD}val")


def _number(element: _Element | None, *, default: int) -> int:
    """Return a number of columns or the like, within what Word itself allows."""
    value = _value(element) or ""
    return min(int(value), _MOST_COLUMNS) if value.isdecimal() else default


def _all_text(element: _Element) -> str:
    """Return every word within an element, deleted ones as well."""
    return "".join(part.text or "" for part in element.iter(*_TEXT, f"{WORD}delText"))
