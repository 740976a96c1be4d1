"""What is on a page of a PDF: runs of characters, and where PDFium says that they are."""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import itertools
import math
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pypdfium2

    _Box = tuple[float, float, float, float]  # left, right, bottom, top

_WIDE_GAP = 0.9  # heights of a line: what is further apart belongs to different columns or cells
_SPACES = 3  # in a row stand for a gap
_DROP_CAP = 1.7  # heights of a line
_ASKED = 50  # characters, which way they are turned
_DRAWN = 50  # lines and curves that a page of drawn letters has at least
_COVERED = 0.7  # of a page that is one picture
_STAMP = 40  # characters
_HYPHENS = frozenset({0x02, 0xAD, 0x2010, 0xFFFE})  # the first and the last are PDFium's own
_UNKNOWN = frozenset({0, 0xFFFD})
SAME_ROW = 0.5
"""Of the lower one's height that two runs of a row share."""


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
        if shared < SAME_ROW * min(last_top - last_bottom, top - bottom):
            return True
    return left - last_right > _WIDE_GAP * height or last_left - right > _WIDE_GAP * height
