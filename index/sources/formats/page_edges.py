"""What stands at the edges of pages and is no part of the text: running heads, page numbers, what a browser prints."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from index.notices import Notice
from index.sources.formats.pdf_lines import CELLS, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from index.sources.formats.pdf_page import PageText, TextRun

_EDGE_ROWS = 3  # at the head and at the foot of a page
_MOST_CHARACTERS = 200
_FEWEST_PAGES = 3  # that show a line without a gap beside it to be a running head
_SAME_PLACE = 3.0  # points
_GAP = 0.8  # heights of a line between a running head and the text
_LONGEST_NUMBER = 4  # digits, of a page
_YEARS = range(1800, 2101)
_NUMBER = re.compile(r"\d+")
_OF_PAGES = re.compile(r"(?:page\s++)?(\d{1,4})\s*+(?:of|/|von|sur|de)\s*+(\d{1,4})", re.IGNORECASE)
_LABELLED = re.compile(r"(?:page|p\.|seite)\s*+\d{1,4}", re.IGNORECASE)
_ONLY_PAGE = re.compile(r"(?:page |[-–—] ?)?1(?: ?[-–—])?", re.IGNORECASE)
_LINK = re.compile(r"(?:https?|file)://\S+")
_DAY = (
    r"(?:\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{2,4}"
    r"|(?:[a-z]{3,12},?\s)?(?:[a-z]{3,12}\.?\s\d{1,2}|\d{1,2}\.?\s[a-z]{3,12}\.?),?\s\d{4})"
)
_STAMP = re.compile(
    rf"{_DAY},?(?:\s(?:at|um|à))?\s\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?(?:\s?[AP]\.?M\.?)?", re.IGNORECASE
)


@dataclasses.dataclass(slots=True)
class _Row:
    """A row at an edge of a page; `is_detached` says that there is a gap between it and what it stands beside."""

    page: int
    runs: list[TextRun]
    text: str
    is_head: bool
    is_detached: bool


@dataclasses.dataclass(slots=True)
class Edges:
    """What was taken from the edges: the running heads, the address and whether a browser printed the pages."""

    heads: list[str]
    notices: list[Notice]
    url: str | None = None
    is_print: bool = False


def take_edges(pages: Sequence[PageText], *, title: str | None, is_browser: bool) -> Edges:
    """Remove from pages what is no part of the text, and return it.

    `title` is the title in the properties of the file, which browsers print above each page. A line of the text that is
    a number, a year or a heading stays, and in doubt so does everything.
    """
    edges = Edges(heads=[], notices=[])
    _take_prints(pages, edges, title=title, is_browser=is_browser)
    for _ in range(_EDGE_ROWS):  # from the outside to the inside
        groups = defaultdict(list)
        for page in pages:
            for row in filter(None, _outer_rows(page)):
                groups[(_NUMBER.sub("0", row.text), row.is_head)].append(row)
        taken = [rows for rows in groups.values() if _is_running(rows, len(pages))]
        taken += _alone(groups.values(), taken)
        if not taken:
            break
        for rows in taken:
            _drop(pages, rows)
            is_number = not any(map(str.isalpha, _LABELLED.sub("", _OF_PAGES.sub("", rows[0].text))))
            edges.notices.append(_notice("page number" if is_number else "running head", rows))
            edges.heads += [] if is_number else [_plain_head(rows[0])]
    return edges


def _take_prints(pages: Sequence[PageText], edges: Edges, *, title: str | None, is_browser: bool) -> None:
    """Take the day, title, address and page number that browsers print around a page."""
    found: list[_Row] = []
    for page in pages:
        head, foot = _outer_rows(page)
        is_foot = foot is not None and _is_print(foot, title, is_sure=is_browser)
        is_sure = is_browser or is_foot
        found += [foot] if foot is not None and is_foot else []
        found += [head] if head is not None and _is_print(head, title, is_sure=is_sure) else []
    for row in found:
        for run in row.runs:
            if _LINK.fullmatch(run.text) and not run.text.endswith(("…", "...")):
                edges.url = edges.url or run.text
        edges.is_print = edges.is_print or any(_STAMP.fullmatch(run.text) for run in row.runs)
    _drop(pages, found)
    for is_head in (True, False):
        if rows := [row for row in found if row.is_head == is_head]:
            edges.notices.append(_notice("print header" if is_head else "print footer", rows))


def _is_print(row: _Row, title: str | None, *, is_sure: bool) -> bool:
    """Return whether a row has nothing but what browsers print: a time, an address, a page number, a title.

    If it `is_sure` that a browser printed the page, a time or an address is enough, and the title may be any words.
    """
    texts = [run.text for run in row.runs]
    kinds = {kind for kind in (_STAMP, _LINK, _OF_PAGES) if any(map(kind.fullmatch, texts))}
    rest = [text for text in texts if not any(kind.fullmatch(text) for kind in kinds)]
    if texts == [title]:
        return is_sure and row.is_head and row.is_detached
    if not kinds - {_OF_PAGES} or len(rest) > 1:
        return False
    if rest and rest != [title]:
        return is_sure and _STAMP in kinds
    return len(texts) > 1 or (is_sure and row.is_detached)


def _outer_rows(page: PageText) -> tuple[_Row | None, _Row | None]:
    """Return the first and the last row of a page."""
    rows = rows_of(page.runs)
    head = _edge_row(page, rows[0], rows[1:2], is_head=True) if rows else None
    foot = _edge_row(page, rows[-1], rows[-2:-1], is_head=False) if len(rows) > 1 else None
    return head, foot


def _edge_row(page: PageText, runs: list[TextRun], beside: list[list[TextRun]], *, is_head: bool) -> _Row | None:
    text = CELLS.join(run.text for run in runs)
    if len(text) > _MOST_CHARACTERS:
        return None
    return _Row(page.number, runs, text, is_head, not beside or _gap(runs, beside[0]) > _GAP)


def _gap(row: Sequence[TextRun], beside: Sequence[TextRun]) -> float:
    """Return how much space is between a row and the one beside it, in heights of the row."""
    upper, lower = (row, beside) if row[0].top > beside[0].top else (beside, row)
    space = min(run.bottom for run in upper) - max(run.top for run in lower)
    return space / max(row[0].height, 1.0)


def _is_running(rows: Sequence[_Row], pages: int) -> bool:
    """Return whether rows with the same words, at the edges of several pages, are a running head or page numbers."""
    if len(rows) == 1:
        row = rows[0]
        of_pages = _OF_PAGES.fullmatch(row.text)
        is_first = of_pages is not None and of_pages[1] == of_pages[2] == "1"
        return pages == 1 and row.is_detached and (is_first or _ONLY_PAGE.fullmatch(row.text) is not None)
    counts = [[int(number) for number in _NUMBER.findall(row.text)[:20]] for row in rows]
    first = rows[0]
    steps = [
        {values[place] - row.page for values, row in zip(counts, rows, strict=True)} for place in range(len(counts[0]))
    ]
    changing = [place for place in range(len(counts[0])) if len({values[place] for values in counts}) > 1]
    if any(len(steps[place]) > 1 for place in changing):
        return False  # figures of the text
    if not any(map(str.isalpha, first.text)) and not changing:
        return False  # the same figure at the edges of several pages
    if any(counts[0][place] in _YEARS for place in changing) and not all(row.is_detached for row in rows):
        return False
    is_placed = all(abs(row.runs[0].bottom - first.runs[0].bottom) < _SAME_PLACE for row in rows)
    is_sure = (is_placed and all(row.is_detached for row in rows)) or _LABELLED.search(first.text) is not None
    return is_sure or (len(rows) >= _FEWEST_PAGES and (is_placed or len(rows) > pages / 2))


def _alone(groups: Iterable[list[_Row]], taken: Sequence[list[_Row]]) -> list[list[_Row]]:
    """Return the rows that come once, but where running heads are, and with a number that counts on from theirs."""
    known = {place for rows in taken for row in rows for place in _number_places(row)}
    return [rows for rows in groups if len(rows) == 1 and rows[0].is_detached and known & _number_places(rows[0])]


def _number_places(row: _Row) -> set[tuple[bool, int, int]]:
    """Return where the numbers that stand alone in a row are, and by how much each differs from that of its page."""
    numbers = [int(run.text) for run in row.runs if run.text.isdecimal() and len(run.text) <= _LONGEST_NUMBER]
    height = round(row.runs[0].bottom / _SAME_PLACE)
    return {(row.is_head, height, number - row.page) for number in numbers}


def _drop(pages: Sequence[PageText], rows: Iterable[_Row]) -> None:
    gone = {id(run) for row in rows for run in row.runs}
    for page in pages:
        page.runs = [run for run in page.runs if id(run) not in gone]


def _notice(rule: str, rows: Sequence[_Row]) -> Notice:
    """Return one notice of a row that is on several pages: its words on the first and, if they differ, on the last."""
    texts = dict.fromkeys([rows[0].text, rows[-1].text])
    return Notice(kind="left_out", rule=rule, text=" … ".join(texts), place=in_pages(row.page for row in rows))


def _plain_head(row: _Row) -> str:
    """Return a running head without the number of its page."""
    parts = (run.text for run in row.runs)
    return CELLS.join(part for part in parts if not (_OF_PAGES.fullmatch(part) or _LABELLED.fullmatch(part)))


def in_pages(numbers: Iterable[int]) -> str:
    """Return numbers of pages in words: "page 3", "pages 2-4, 7"."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    words = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
    return f"page{'' if words.isdigit() else 's'} {words}"
