"""PDF files: reassembled paragraphs, metadata, and files that cannot be read."""

import datetime as dt
import io
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from index.article import Article
from index.errors import SourceError
from index.sources import Limits, load

FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}


def make(*pages: list[str], metadata: dict[str, str] | None = None, password: str | None = None) -> bytes:
    """A PDF with these lines on its pages."""
    writer = pypdf.PdfWriter()
    names = DictionaryObject({NameObject(key): NameObject(value) for key, value in FONT.items()})
    font = writer._add_object(names)
    for lines in pages:
        page = writer.add_blank_page(612, 792)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        shown = "".join(f"({line}) Tj T*\n" if line else "T*\n" for line in lines)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 11 Tf 14 TL 50 740 Td\n{shown}ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    if metadata:
        writer.add_metadata(metadata)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def read(tmp_path: Path, data: bytes, limits: Limits | None = None) -> Article | SourceError:
    path = tmp_path / "harbour-wall.pdf"
    path.write_bytes(data)
    [found] = load(str(path), limits=limits or Limits())
    return found


def article(tmp_path: Path, data: bytes) -> Article:
    found = read(tmp_path, data)
    assert isinstance(found, Article), found
    return found


def make_aes() -> bytes:
    """A PDF that opens without a password but is packed with AES, which takes a package of its own."""
    crypt = b"/V 4 /CF << /StdCF << /CFM /AESV2 /Length 16 >> >> /StmF /StdCF /StrF /StdCF"
    return make(LINES, password="").replace(b"/V 2", crypt).replace(b"/R 3", b"/R 4")


LINES = [
    "The harbour wall at Port Ellis gave way early on Monday, flood-",
    "ing two streets and a school. It was a well-known risk, and it",
    "had been reported by engineers many times since the winter.",
    "Nobody was hurt.",
    "Repairs will take three months, the council said, at a well-",
    "known cost of about two million pounds, for which it has no",
    "money.",
]
TEXT = (
    "The harbour wall at Port Ellis gave way early on Monday, flooding two streets and a school. It was a "
    "well-known risk, and it had been reported by engineers many times since the winter. Nobody was hurt.\n\n"
    "Repairs will take three months, the council said, at a well-known cost of about two million pounds, for "
    "which it has no money."
)


def test_lines_become_paragraphs_and_hyphens_at_line_ends_go(tmp_path: Path) -> None:
    found = article(tmp_path, make(LINES))
    assert found.text == TEXT
    assert found.title == "harbour wall"
    assert found.origin == str(tmp_path / "harbour-wall.pdf")


def test_metadata(tmp_path: Path) -> None:
    metadata = {
        "/Title": "Harbour wall gives way",
        "/Author": "Ann Lee",
        "/CreationDate": "D:20240506101500Z",
    }
    found = article(tmp_path, make(LINES, metadata=metadata))
    assert (found.title, found.author) == ("Harbour wall gives way", "Ann Lee")
    assert found.published == dt.date(2024, 5, 6)


def test_metadata_made_up_by_programs_is_ignored(tmp_path: Path) -> None:
    metadata = {
        "/Title": "Microsoft Word - wall.docx",
        "/Author": "Administrator",
        "/CreationDate": "yesterday",
    }
    found = article(tmp_path, make(LINES, metadata=metadata))
    assert (found.title, found.author, found.published) == ("harbour wall", None, None)


def test_page_numbers_and_running_heads_go_and_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    head = "The Bay Gazette, 6 May 2024"
    pages = [
        [head, *LINES[:2], "1"],
        [head, *LINES[2:5], "2"],
        [head, *LINES[5:], "3"],
    ]
    assert article(tmp_path, make(*pages)).text == TEXT


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7 broken", "is not a readable PDF."),
        (b"no pdf", "is not a readable PDF."),
        (make(LINES, password="secret")[:-200], "is not a readable PDF."),  # noqa: S106
        (make(LINES, password="secret"), "is locked with a password or encryption."),  # noqa: S106
        (make_aes(), "is locked with a password or encryption."),
        (make([]), "has no text; it is probably a scan."),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, data: bytes, message: str) -> None:
    found = read(tmp_path, data)
    assert isinstance(found, SourceError)
    assert str(found) == f"{tmp_path / 'harbour-wall.pdf'} {message}"
    assert found.help


def test_a_file_locked_without_a_password_opens(tmp_path: Path) -> None:
    assert article(tmp_path, make(LINES, password="")).text == TEXT


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(max_pages=2), "has 3 pages; Dateline reads up to 2."),
        (Limits(max_bytes=500), "is larger than 500 bytes."),
    ],
)
def test_limits(tmp_path: Path, limits: Limits, message: str) -> None:
    found = read(tmp_path, make(LINES, LINES, LINES), limits)
    assert str(found) == f"{tmp_path / 'harbour-wall.pdf'} {message}"
