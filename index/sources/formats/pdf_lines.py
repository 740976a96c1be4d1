"""The lines of a PDF in reading order: columns and rows follow from where the characters of its pages are."""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from index.sources.formats.pdf_page import SAME_ROW, TextRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from index.sources.formats.pdf_page import PageText

_CELL_GAP = 1.8  # heights of a line
_SURE_CELL_GAP = 5.0  # in a row of its own, as a justified line may have wide gaps
_INDENT = 0.15  # of the width of a page: a second column begins further right
_FEWEST_LINES = 3  # of a column
_COLUMN_WORDS = 3  # a line of prose has more on average
_GOING_ON = 0.5  # of the lines under the first that begin small, as cells of a table do not
_COLUMN_FILL = 0.7  # of the longest line that a usual line of prose has; cells of a table are of all widths
_MOST_CROSSING = 0.5  # of all runs that may go over a gutter, such as headlines and what stands above the columns
_GUTTERS_TRIED = 8
_MOST_CUTS = 8
CELLS = " | "
"""What stands between the cells of a row."""


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
    return shared >= SAME_ROW * min(first.height, run.height)


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
