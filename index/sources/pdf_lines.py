"""The lines of a PDF page in reading order: PDFium says where each character is, columns and rows follow from that."""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import itertools
import math
import statistics
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pypdfium2

    _Box = tuple[float, float, float, float]  # left, right, bottom, top

_WIDE_GAP = 0.9  # heights of a line: what is further apart belongs to different columns or cells
_CELL_GAP = 1.8
_SURE_CELL_GAP = 5.0  # in a row of its own, as a justified line may have wide gaps
_SAME_ROW = 0.5  # of the lower one's height that two runs of a row share
_SPACES = 3  # in a row stand for a gap
_INDENT = 0.15  # of the width of a page: a second column begins further right
_FEWEST_LINES = 3  # of a column
_COLUMN_WORDS = 3  # a line of prose has more on average
_GOING_ON = 0.5  # of the lines under the first that begin small, as cells of a table do not
_COLUMN_FILL = 0.7  # of the longest line that a usual line of prose has; cells of a table are of all widths
_MOST_CROSSING = 0.5  # of all runs that may go over a gutter, such as headlines and what stands above the columns
_GUTTERS_TRIED = 8
_MOST_CUTS = 8
_ASKED = 50  # characters, which way they are turned
_DRAWN = 50  # lines and curves that a page of drawn letters has at least
_COVERED = 0.7  # of a page that is one picture
_STAMP = 40  # characters
_DROP_CAP = 1.7  # heights of a line
_HYPHENS = frozenset({0x02, 0xAD, 0x2010, 0xFFFE})  # the first and the last are PDFium's own
_UNKNOWN = frozenset({0, 0xFFFD})
CELLS = " | "
"""What stands between the cells of a row."""


@dataclasses.dataclass(slots=True)
class TextRun:
    """Characters of one row without a wide gap in them, and their place in points from the left and the bottom."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def height(self) -> float:
        """The height of its characters."""
        return self.top - self.bottom


@dataclasses.dataclass(slots=True)
class Line:
    """A line in reading order; `page` counts from 1, `column` tells apart what is read one after the other."""

    text: str
    page: int
    column: int
    left: float
    right: float
    bottom: float
    top: float
    cells: list[TextRun] = dataclasses.field(default_factory=list)  # if it is a row of a table

    @property
    def height(self) -> float:
        """The height of its characters."""
        return self.top - self.bottom


@dataclasses.dataclass(slots=True)
class PageText:
    """What is on a page: runs of text, how many characters have no meaning, and whether it shows anything else.

    It `is_picture` if one covers most of it.
    """

    number: int
    runs: list[TextRun]
    unknown: int = 0
    has_pictures: bool = False
    is_picture: bool = False
    is_recognised: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether it shows something that is no text, or text in a font that does not say what it is.

        A picture of a whole page may have a stamp on it, such as the name of the program that scanned it.
        """
        letters = sum(len(run.text) for run in self.runs)
        is_scan = self.has_pictures and letters <= (_STAMP if self.is_picture else 0)
        return self.unknown > letters or is_scan


def read_page(page: pypdfium2.PdfPage, number: int) -> PageText:
    """Return the runs of text on a page, in the order of the file."""
    text_page = page.get_textpage()
    runs: list[TextRun] = []
    letters: list[str] = []  # of the run that is being read
    left = right = 0.0
    last = (0.0, 0.0, 0.0, 0.0)
    spaces = unknown = 0

    def end_run() -> None:
        if text := " ".join("".join(letters).split()):
            runs.append(TextRun(text, left, right, *last[2:]))
        letters.clear()

    for code, here in _characters(text_page.raw, _quarter_turns(text_page.raw)):
        letter = _letter(code)
        if letter.isspace():
            spaces += 1
            letters.append(" ")
        elif letter:
            if 0 < len(letters) <= _SPACES and _is_drop_cap(letters, last, here):
                letters[1:] = []
            elif letters and (spaces >= _SPACES or is_apart(last, here)):
                end_run()
            if not letters:
                left, right = here[:2]
            elif here[1] > right or here[0] < left:
                left, right = min(left, here[0]), max(right, here[1])
            letters.append(letter)
            last, spaces = here, 0
        else:
            unknown += _is_unknown(code)
    end_run()
    text_page.close()
    has_pictures, is_picture = _pictures(page)
    return PageText(number, runs, unknown, has_pictures=has_pictures, is_picture=is_picture)


def _characters(text_page: object, turns: int) -> Iterator[tuple[int, _Box]]:
    """Yield each character of a page as PDFium numbers it, and where it is once the page is turned upright."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    reference = ctypes.byref(box)
    find, letter_of = pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetUnicode
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        find(text_page, index, reference)
        place = (box.left, box.right, box.bottom, box.top)
        for _ in range(turns):
            left, right, bottom, top = place
            place = (bottom, top, -right, -left)
        yield letter_of(text_page, index), place


def _quarter_turns(text_page: object) -> int:
    """Return by how many quarters most characters of a page are turned."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(text_page)
    asked = range(0, count, max(1, count // _ASKED))
    angles = (pdfium.FPDFText_GetCharAngle(text_page, index) for index in asked)
    turns = Counter(-round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def _is_drop_cap(letters: Sequence[str], last: _Box, here: _Box) -> bool:
    """Return whether one letter was read, as high as several lines, whose word goes on beside it."""
    is_alone = len("".join(letters).strip()) == 1
    return is_alone and last[3] - last[2] > _DROP_CAP * (here[3] - here[2]) and not is_apart(last, here)


def _pictures(page: pypdfium2.PdfPage) -> tuple[bool, bool]:
    """Return whether a page has an image, or as many lines as drawn letters take, and whether an image covers it."""
    import pypdfium2.raw as pdfium

    kinds = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH)
    shown = list(itertools.islice(page.get_objects(filter=kinds, max_depth=3), _DRAWN))
    images = [each.get_bounds() for each in shown if each.type == pdfium.FPDF_PAGEOBJ_IMAGE]
    width, height = page.get_size()
    covered = max(((right - left) * (top - bottom) for left, bottom, right, top in images), default=0.0)
    return bool(images) or len(shown) == _DRAWN, covered >= _COVERED * width * height


@functools.lru_cache(maxsize=4096)
def _letter(code: int) -> str:
    """Return a character as text: a space for a break, a hyphen where PDFium found a word divided, else nothing."""
    if code in _HYPHENS:
        return "-"
    letter = chr(code)
    if letter.isspace():
        return " "
    return "" if _is_unknown(code) or unicodedata.category(letter) in {"Cc", "Cn", "Cs"} else letter


def _is_unknown(code: int) -> bool:
    """Return whether the font of a character does not say which one it is."""
    return code in _UNKNOWN or unicodedata.category(chr(code)) == "Co"


def is_apart(last: _Box, here: _Box) -> bool:
    """Return whether a character is in another row than the one before, or far from it."""
    last_left, last_right, last_bottom, last_top = last
    left, right, bottom, top = here
    height = max(top - bottom, last_top - last_bottom, 1.0)
    if bottom != last_bottom or top != last_top:  # most characters are exactly in the row of the one before
        shared = min(last_top, top) - max(last_bottom, bottom)
        if shared < _SAME_ROW * min(last_top - last_bottom, top - bottom):
            return True
    return left - last_right > _WIDE_GAP * height or last_left - right > _WIDE_GAP * height


def reading_order(pages: Sequence[PageText]) -> list[Line]:
    """Return the lines of all pages: a column is read to its end before the next."""
    known = [gutter for page in pages if (gutter := _gutter(page.runs)) is not None]
    lines: list[Line] = []
    column = 0
    for page in pages:
        for region in _regions(page.runs, known, _MOST_CUTS):
            column += 1
            inside = [_line(row, page.number, column) for row in rows_of(region)]
            _align_tables(inside)
            lines += inside
    return lines


def _regions(runs: list[TextRun], known: Sequence[float], cuts: int) -> Iterator[list[TextRun]]:
    """Yield the runs that are read row by row, one column after the other.

    What goes over a gutter, such as a headline, is read after the columns above it and before those below.
    """
    gutter = _gutter(runs)
    if gutter is None:
        gutter = next((place for place in known if _is_split(runs, place)), None)
    if gutter is None or not cuts:
        yield runs
        return
    above: list[TextRun] = []  # over the whole width
    left: list[TextRun] = []
    right: list[TextRun] = []
    for run in sorted(runs, key=lambda run: -run.top):
        if run.left < gutter and run.right > gutter:
            if left or right:
                yield from _columns(above, left, right, cuts)
                above, left, right = [], [], []
            above.append(run)
        else:
            (left if run.right <= gutter else right).append(run)
    yield from _columns(above, left, right, cuts)


def _columns(above: list[TextRun], left: list[TextRun], right: list[TextRun], cuts: int) -> Iterator[list[TextRun]]:
    if not right:  # the end of what stands above, such as a byline
        above, left = above + left, []
    for part in (above, left, right):
        if part:
            yield from _regions(part, (), cuts - 1)


def _gutter(runs: Sequence[TextRun]) -> float | None:
    """Return where prose in two columns is parted, if it is."""
    if len(runs) < 2 * _FEWEST_LINES:
        return None
    first = min(run.left for run in runs)
    least = first + _INDENT * (max(run.right for run in runs) - first)
    starts = Counter(round(run.left) for run in runs if run.left > least)
    usual = [start for start, count in starts.most_common(_GUTTERS_TRIED) if count >= _FEWEST_LINES]
    gutters = [start - 2.0 for start in usual if _parts_prose(runs, start - 2.0)]
    return min(gutters, default=None, key=lambda gutter: sum(run.left < gutter < run.right for run in runs))


def _parts_prose(runs: Sequence[TextRun], gutter: float) -> bool:
    left = [run for run in runs if run.right <= gutter]
    right = [run for run in runs if run.left >= gutter]
    if len(runs) - len(left) - len(right) > _MOST_CROSSING * len(runs):
        return False
    if not left or not right or min(_top(left), _top(right)) <= max(_foot(left), _foot(right)):
        return False
    return (_is_prose(left) and _is_prose(right)) or _goes_on(left) or _goes_on(right)


def _goes_on(runs: Sequence[TextRun]) -> bool:
    """Return whether these lines certainly are sentences that go on from line to line, whatever stands beside them."""
    if not _is_prose(runs):
        return False
    ordered = sorted(runs, key=lambda run: -run.top)
    small = sum(run.text[0].islower() for run in ordered[1:])
    return len(ordered) > _FEWEST_LINES and small >= _GOING_ON * (len(ordered) - 1)


def _is_split(runs: Sequence[TextRun], gutter: float) -> bool:
    """Return whether there is text beside a gutter known from other pages, and hardly anything over it."""
    left = [run for run in runs if run.right <= gutter]
    right = [run for run in runs if run.left >= gutter]
    crossing = len(runs) - len(left) - len(right)
    return crossing <= _MOST_CROSSING * len(runs) and _is_prose(left) and bool(right)


def _top(runs: Iterable[TextRun]) -> float:
    return max(run.top for run in runs)


def _foot(runs: Iterable[TextRun]) -> float:
    return min(run.bottom for run in runs)


def _is_prose(runs: Sequence[TextRun]) -> bool:
    """Return whether these are lines of a column: several words each, and most about as long as the longest."""
    if len(runs) < _FEWEST_LINES:
        return False
    widths = [run.right - run.left for run in runs]
    words = statistics.mean(len(run.text.split()) for run in runs)
    return words >= _COLUMN_WORDS and statistics.median(widths) >= _COLUMN_FILL * max(widths)


def rows_of(runs: Iterable[TextRun]) -> list[list[TextRun]]:
    """Return runs in rows from the top, each in the order in which it is read."""
    rows: list[list[TextRun]] = []
    for run in sorted(runs, key=lambda run: (-run.top, run.left)):
        if rows and _share_row(rows[-1][0], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    for row in rows:
        is_leftwards = sum(map(_direction, (run.text for run in row))) < 0
        row.sort(key=lambda run: run.left, reverse=is_leftwards)
    return rows


def _share_row(first: TextRun, run: TextRun) -> bool:
    shared = min(first.top, run.top) - max(first.bottom, run.bottom)
    return shared >= _SAME_ROW * min(first.height, run.height)


def _direction(text: str) -> int:
    """Return a number below 0 if most letters are of a script that is written to the left."""
    kinds = Counter(map(unicodedata.bidirectional, text[:200]))
    return kinds["L"] - kinds["R"] - kinds["AL"]


def _line(row: Sequence[TextRun], page: int, column: int) -> Line:
    cells: list[TextRun] = []
    for run in row:
        before = cells[-1] if cells else None
        gap = max(run.left - before.right, before.left - run.right) if before else 0.0
        if before is None or gap > _CELL_GAP * max(run.height, before.height):
            cells.append(run)
        else:
            left, right = min(before.left, run.left), max(before.right, run.right)
            longer = max(before, run, key=lambda part: len(part.text))
            cells[-1] = TextRun(f"{before.text} {run.text}", left, right, longer.bottom, longer.top)
    longest = max(cells, key=lambda cell: len(cell.text))
    return Line(
        text=CELLS.join(cell.text for cell in cells),
        page=page,
        column=column,
        left=min(cell.left for cell in cells),
        right=max(cell.right for cell in cells),
        bottom=longest.bottom,
        top=longest.top,
        cells=cells if len(cells) > 1 else [],
    )


def _align_tables(lines: Sequence[Line]) -> None:
    """Give empty cells their place in the text of rows that follow one another."""
    for is_table, group in itertools.groupby(lines, key=lambda line: bool(line.cells)):
        rows = list(group)
        if not is_table:
            continue
        if len(rows) == 1 and _widest_gap(rows[0]) < _SURE_CELL_GAP * rows[0].height:
            rows[0].text, rows[0].cells = " ".join(cell.text for cell in rows[0].cells), []
            continue
        columns: list[tuple[float, float]] = []  # from where to where
        for cell in sorted((cell for row in rows for cell in row.cells), key=lambda cell: cell.left):
            if columns and cell.left <= columns[-1][1]:
                columns[-1] = (columns[-1][0], max(columns[-1][1], cell.right))
            else:
                columns.append((cell.left, cell.right))
        for row in rows:
            places = [next(i for i, column in enumerate(columns) if cell.left <= column[1]) for cell in row.cells]
            if places == sorted(set(places)):  # and no cell goes over several columns
                texts = dict(zip(places, (cell.text for cell in row.cells), strict=True))
                row.text = CELLS.join(texts.get(place, "") for place in range(len(columns))).strip()


def _widest_gap(row: Line) -> float:
    return max(after.left - before.right for before, after in itertools.pairwise(row.cells))
