"""Text recognition (OCR) for pages that are only pictures, by Tesseract: an extra, and a program of that name."""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, Any

from index.sources.formats.pdf_page import TextRun, is_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pypdfium2

HELP = (
    "To have the text of pictures recognised, install it with: pip install 'dateline[ocr]', and the program tesseract "
    "(such as with: apt install tesseract-ocr). Then add the file again."
)
"""What to do where it is not installed."""
_SCALE = 300 / 72  # Tesseract is trained on 300 dots an inch
_MOST_DOTS = 25_000_000
_SAME_SIZE = (0.6, 1.5)  # of the usual height: letters with and without parts above and below the line
_LINE_HEIGHT = 1.2  # of the letters


class OcrError(Exception):
    """The text of a picture could not be recognised; the message says why."""


def is_installed() -> bool:
    """Return whether text can be recognised here."""
    try:
        import pytesseract

        pytesseract.get_tesseract_version()
    except (ImportError, OSError, SystemExit):
        return False
    return True


class Recogniser:
    """Recognises the text of pages in some languages ("eng+deu", as Tesseract names them) within a time for all."""

    def __init__(self, languages: str, seconds: float) -> None:
        self._languages = languages
        self._due = time.monotonic() + seconds
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # with more threads a page is no faster, and others wait

    def read(self, page: pypdfium2.PdfPage) -> list[TextRun]:
        """Return the text on a page. Raises OcrError if it cannot be recognised in time or at all."""
        import pytesseract

        left = self._due - time.monotonic()
        if left <= 0:
            raise OcrError("the time for reading was used up; DATELINE_READ_SECONDS raises it")
        width, height = page.get_size()
        scale = min(_SCALE, (_MOST_DOTS / max(width * height, 1.0)) ** 0.5)
        image = page.render(scale=scale, grayscale=True).to_pil()
        try:
            words = pytesseract.image_to_data(
                image, lang=self._languages, timeout=left, output_type=pytesseract.Output.DICT
            )
        except pytesseract.TesseractError as error:
            raise OcrError(f"Tesseract failed: {error.message[:200]}") from error
        except RuntimeError as error:  # as pytesseract tells that the time is over
            raise OcrError("the time for reading was used up; DATELINE_READ_SECONDS raises it") from error
        return list(_runs(words, scale, height))


def _runs(words: dict[str, list[Any]], scale: float, height: float) -> Iterator[TextRun]:
    """Yield the words in runs without a wide gap, placed as on the page."""
    read = [number for number, text in enumerate(words["text"]) if text.strip()]
    if not read:
        return
    usual = statistics.median(words["height"][number] for number in read) / scale
    run: TextRun | None = None
    row: tuple[int, ...] = ()
    for number in read:
        here = tuple(words[level][number] for level in ("block_num", "par_num", "line_num"))
        text, left = words["text"][number], words["left"][number] / scale
        right = left + words["width"][number] / scale
        letters = words["height"][number] / scale
        size = usual if _SAME_SIZE[0] * usual <= letters <= _SAME_SIZE[1] * usual else letters
        bottom = height - (words["top"][number] + words["height"][number]) / scale
        if (
            run is not None
            and here == row
            and not is_apart((run.left, run.right, 0, run.height), (left, right, 0, size))
        ):
            run = TextRun(f"{run.text} {text}", run.left, right, min(run.bottom, bottom), 0.0)
        else:
            if run is not None:
                yield run
            run = TextRun(text, left, right, bottom, 0.0)
        run.top = run.bottom + _LINE_HEIGHT * size
        row = here
    if run is not None:
        yield run
