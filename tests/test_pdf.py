"""PDF files: reassembled paragraphs, metadata, and files that cannot be read."""

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import pypdf
import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject

from index.article import Article
from index.errors import SourceError
from index.sources import Limits, load
from index.sources.formats import ocr
from index.sources.formats.pdf import read_pdf

FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}


Placed = tuple[float, float, float, str]  # from the left, from the bottom, size, text


def make(
    *pages: Sequence[str] | Sequence[Placed],
    metadata: dict[str, str] | None = None,
    password: str | None = None,
    owner: str | None = None,
    algorithm: str = "RC4-128",
    pictures: int = 0,
) -> bytes:
    """A PDF with these lines on its pages, and then some pages with a picture each."""
    writer = pypdf.PdfWriter()
    names = DictionaryObject({NameObject(key): NameObject(value) for key, value in FONT.items()})
    font = writer._add_object(names)
    for lines in pages:
        page = writer.add_blank_page(612, 792)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        stream.set_data("".join(map(shown, placed(lines))).encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    for _ in range(pictures):
        add_picture(writer)
    if metadata:
        writer.add_metadata(metadata)
    if password is not None:
        writer.encrypt(password, owner, algorithm=algorithm)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def placed(lines: Sequence[str] | Sequence[Placed]) -> list[Placed]:
    """Lines as placed as they are, or one below the other from the top."""
    return [line if isinstance(line, tuple) else (50, 740 - 14 * row, 11, line) for row, line in enumerate(lines)]


def shown(line: Placed) -> str:
    left, bottom, size, text = line
    return f"BT /F1 {size} Tf {left} {bottom} Td ({text}) Tj ET\n" if text else ""


def add_picture(writer: pypdf.PdfWriter) -> None:
    page = writer.add_blank_page(612, 792)
    picture = DecodedStreamObject()
    picture.set_data(b"\xc0")
    size = {NameObject("/Width"): NumberObject(1), NameObject("/Height"): NumberObject(1)}
    kind = {NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image")}
    colours = {NameObject("/ColorSpace"): NameObject("/DeviceGray"), NameObject("/BitsPerComponent"): NumberObject(8)}
    picture.update(size | kind | colours)
    named = DictionaryObject({NameObject("/P"): writer._add_object(picture)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): named})
    stream = DecodedStreamObject()
    stream.set_data(b"q 500 0 0 700 50 50 cm /P Do Q")
    page[NameObject("/Contents")] = writer._add_object(stream)


def read(tmp_path: Path, data: bytes, limits: Limits | None = None) -> Article | SourceError:
    path = tmp_path / "harbour-wall.pdf"
    path.write_bytes(data)
    [found] = load(str(path), limits=limits or Limits())
    return found


def article(tmp_path: Path, data: bytes) -> Article:
    found = read(tmp_path, data)
    assert isinstance(found, Article), found
    return found


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
        (make(LINES, password="secret", algorithm="AES-256"), "is locked with a password or encryption."),  # noqa: S106
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


def told(found: Article) -> list[tuple[str, str, str]]:
    return [(notice.rule, notice.text, notice.place) for notice in found.notices if notice.kind == "left_out"]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_file_that_only_its_owner_may_change_is_read(tmp_path: Path, algorithm: str) -> None:
    assert article(tmp_path, make(LINES, password="", owner="secret", algorithm=algorithm)).text == TEXT


LEFT = [
    "The ferry company will sail again from the",
    "old quay on Friday, its director told the",
    "reporters who had come. The ship had been",
    "out of service since a fire in its engine",
    "room in winter, in which nobody was hurt.",
]
RIGHT = [
    "Repairs took eleven weeks and cost about",
    "two million pounds, of which the insurer",
    "pays the greater part. The old ship has a",
    "new engine and a bridge of a better kind.",
]
COLUMNS = [" ".join(LEFT), " ".join(RIGHT)]


def in_columns(*columns: list[str], top: float = 700, width: float = 260, step: float = 0) -> list[Placed]:
    """Columns side by side, row by row as some programs write them; each begins `step` lower than the one before."""
    rows = max(map(len, columns))
    return [
        (40 + width * place, top - 13 * row - step * place, 11, column[row])
        for row in range(rows)
        for place, column in enumerate(columns)
        if row < len(column)
    ]


@pytest.mark.parametrize("step", [0, 5])
def test_columns_are_read_one_after_the_other(tmp_path: Path, step: float) -> None:
    headline: Placed = (40, 740, 20, "Ferry sails again after the fire in its engine room")
    found = article(tmp_path, make([headline, *in_columns(LEFT, RIGHT, step=step)]))
    assert found.title == headline[-1]
    assert found.text.split("\n\n") == COLUMNS


def test_columns_under_and_over_a_line_that_goes_over_both(tmp_path: Path) -> None:
    banner: Placed = (
        40,
        600,
        11,
        "In the next part of this report we look at the harbour and at what it needs to grow.",
    )
    lower = [line.replace("ferry", "harbour") for line in LEFT]
    found = article(tmp_path, make([*in_columns(LEFT, RIGHT), banner, *in_columns(lower, RIGHT, top=570)]))
    assert found.text.split("\n\n") == [*COLUMNS, banner[-1], " ".join(lower), " ".join(RIGHT)]


def test_three_columns_and_a_last_page_whose_right_column_is_short(tmp_path: Path) -> None:
    narrow = [line[:24].strip() for line in LEFT]
    found = article(tmp_path, make(in_columns(narrow, narrow, narrow, width=180)))
    assert found.text.split("\n\n")[0].startswith(narrow[0] + " " + narrow[1])
    found = article(tmp_path, make(in_columns(LEFT, RIGHT), in_columns(LEFT, ["It sails at noon."])))
    assert found.text.split("\n\n") == [*COLUMNS, " ".join(LEFT), "It sails at noon."]


def test_facts_beside_prose_are_read_after_it_line_by_line(tmp_path: Path) -> None:
    facts = ["Facts and figures", "Length: 40 metres", "Built: 1904", "Seats: 120"]
    found = article(tmp_path, make(in_columns(LEFT, facts, width=300)))
    assert found.text.split("\n\n") == [COLUMNS[0], *facts]


def test_a_large_first_letter_belongs_to_its_word_and_a_bullet_to_its_line(tmp_path: Path) -> None:
    initial: Placed = (50, 700, 32, "T")
    beside: list[Placed] = [(72, 713, 11, LEFT[0][1:]), (72, 700, 11, LEFT[1])]
    below: list[Placed] = [(50, 687 - 13 * row, 11, line) for row, line in enumerate(LEFT[2:])]
    points: list[Placed] = [
        (60, 620, 11, "•"),
        (78, 620, 11, "It sails at noon."),
        (60, 606, 11, "•"),
        (78, 606, 11, "It is full."),
    ]
    found = article(tmp_path, make([initial, *beside, *below, *points]))
    assert found.text.split("\n\n") == [COLUMNS[0], "• It sails at noon.", "• It is full."]


def test_nothing_is_added_after_a_dash_between_words(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        make(["The ferry served the island in the years 2019–", "2022 and made a loss — which grew —", "each year."]),
    )
    assert found.text == "The ferry served the island in the years 2019–2022 and made a loss — which grew — each year."


def test_cells_of_a_table_are_read_row_by_row_and_an_empty_one_keeps_its_place(tmp_path: Path) -> None:
    rows = [("Line", "2021", "2022"), ("Ardmore to Kell", "120", "131"), ("Kell to Sund", "", "12"), ("All", "388", "")]
    cells = [
        (50 + 130 * place, 700 - 14 * row, 11, text)
        for row, cells in enumerate(rows)
        for place, text in enumerate(cells)
    ]
    found = article(tmp_path, make([(50, 730, 11, "Passengers of each line, in thousands:"), *cells]))
    assert found.text.split("\n\n") == [
        "Passengers of each line, in thousands:",
        "Line | 2021 | 2022\nArdmore to Kell | 120 | 131\nKell to Sund |  | 12\nAll | 388 |",
    ]


@pytest.mark.parametrize(
    ("end", "line", "joined"),
    [
        ("a 33-", "strong choir", "a 33-strong choir"),
        ("the anti-", "inflation law", "the anti-inflation law"),
        ("the Anglo-", "Irish firm", "the Anglo-Irish firm"),
        ("a UN-", "backed fund", "a UN-backed fund"),
        ("in mid-", "March", "in mid-March"),
        ("short-", "and long-term", "short- and long-term"),
        ("the govern-", "ment said", "the government said"),
        ("Zwicken-", "dorf", "Zwickendorf"),
        ("the un-", "employment", "the unemployment"),
        ("a well-", "known firm", "a well-known firm"),
        ("the GOVERN-", "MENT said", "the GOVERNMENT said"),
    ],
)
def test_a_hyphen_at_a_line_end_stays_where_it_belongs_to_the_word(
    tmp_path: Path, end: str, line: str, joined: str
) -> None:
    found = article(tmp_path, make([f"The council told the people of the old town about {end}", f"{line} on Monday."]))
    assert found.text == f"The council told the people of the old town about {joined} on Monday."


def test_a_sentence_in_ragged_lines_is_one_paragraph_and_no_title(tmp_path: Path) -> None:
    lines = [
        "The ferry company said that it would sail from the old quay on Friday, and that its new",
        "director,",
        "who had come from abroad, was glad. Mrs Walker",
        "Featherstonehaughington agreed, as did all the others.",
    ]
    found = article(tmp_path, make(lines))
    assert found.text == " ".join(lines)
    assert found.title == "harbour wall"


def test_figures_and_headings_at_the_edges_of_pages_stay(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        make(
            ["The flood of the river was the worst in the valley for many years, and the", "water, they say, stood at"],
            ["2,340", "millimetres at the bridge of the town on Monday night, when the rain ended.", "", "Repairs"],
            ["The wall will be built again in spring, the council said. It was worst in", "1953"],
            ["2024", "was the wettest year, the office for weather said. It is as wet as", "once, and it rains."],
        ),
    )  # fmt: skip
    assert found.text.split("\n\n") == [
        "The flood of the river was the worst in the valley for many years, and the water, they say, stood at 2,340 "
        "millimetres at the bridge of the town on Monday night, when the rain ended.",
        "Repairs",
        "The wall will be built again in spring, the council said. It was worst in 1953",
        "2024 was the wettest year, the office for weather said. It is as wet as once, and it rains.",
    ]
    assert told(found) == []


def test_heads_of_left_and_right_pages_are_left_out_where_one_comes_once(tmp_path: Path) -> None:
    def page(number: int, *lines: str) -> list[Placed]:
        name, side = ("Kell Herald", 50) if number % 2 else ("Local news", 400)
        return [(side, 770, 9, name), (450 - side, 770, 9, str(41 + number)), *placed(lines)]

    found = article(tmp_path, make(page(1, *LEFT[:2]), page(2, *LEFT[2:4]), page(3, LEFT[4])))
    assert found.text == COLUMNS[0]
    assert [text for _, text, _ in told(found)] == ["Kell Herald | 42 … Kell Herald | 44", "43 | Local news"]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_that_is_turned_is_read(tmp_path: Path, turns: int) -> None:
    matrix = {1: "0 1 -1 0 612 0", 2: "-1 0 0 -1 612 792", 3: "0 -1 1 0 0 792"}[turns]
    writer = pypdf.PdfWriter(io.BytesIO(make(LINES)))
    contents = DecodedStreamObject()
    contents.set_data(f"{matrix} cm\n".encode() + writer.pages[0].get_contents().get_data())  # type: ignore[union-attr]
    writer.pages[0][NameObject("/Contents")] = writer._add_object(contents)
    buffer = io.BytesIO()
    writer.write(buffer)
    assert article(tmp_path, buffer.getvalue()).text == TEXT


def test_a_justified_line_with_wide_gaps_is_no_row_of_a_table(tmp_path: Path) -> None:
    gaps: list[Placed] = [(50, 672, 11, "and it had"), (140, 672, 11, "been seen,")]
    found = article(tmp_path, make([*placed(LEFT), *gaps, (50, 658, 11, "as they said.")]))
    assert found.text == f"{COLUMNS[0][:-1]}. and it had been seen, as they said."


def test_running_heads_are_left_out_told_and_say_what_the_text_does_not(tmp_path: Path) -> None:
    def page(number: int, *lines: str) -> list[Placed]:
        head: list[Placed] = [(50, 770, 9, "THE KELL HERALD"), (400, 770, 9, "Friday, March 3, 2023")]
        foot: list[Placed] = [(50, 30, 9, "kellherald.example"), (400, 30, 9, f"Page {number} of 2")]
        return [*head, *placed(list(lines)), *foot]

    found = article(
        tmp_path,
        make(
            page(1, *LEFT, "It pays the sec-"), page(2, "ond half of it.", *RIGHT), metadata={"/CreationDate": "D:2025"}
        ),
    )
    assert found.text.startswith(f"{COLUMNS[0]} It pays the second half of it.")
    assert (found.source, found.published) == ("THE KELL HERALD", dt.date(2023, 3, 3))
    assert told(found) == [
        ("running head", "THE KELL HERALD | Friday, March 3, 2023", "pages 1-2"),
        ("running head", "kellherald.example | Page 1 of 2 … kellherald.example | Page 2 of 2", "pages 1-2"),
    ]


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        (["14/11/2025, 18:05", "Ferry sails | Kell Herald"], ["https://kell.example/ferry", "1/1"]),
        (["Ferry sails | Kell Herald", "https://kell.example/ferry"], ["1 of 1", "11/14/25, 6:05 PM"]),
        (
            ["Ferry sails | Kell Herald"],
            ["https://kell.example/ferry", "Page 1 of 1", "Friday, 14 November 2025 at 18:05"],
        ),
        (["2025-11-14, 18:05", "Ferry sails - an unknown title"], ["https://kell.example/ferry", "Page 1 of 1"]),
    ],
)
def test_what_a_browser_prints_around_a_page_is_left_out_and_its_day_is_not_the_articles(
    tmp_path: Path, head: list[str], foot: list[str]
) -> None:
    def edge(bottom: float, texts: list[str]) -> list[Placed]:
        return [(30 + 190 * place, bottom, 8, text) for place, text in enumerate(texts)]

    metadata = {"/Title": "Ferry sails | Kell Herald", "/CreationDate": "D:20251114180500Z"}
    top: list[Placed] = [(50, 740, 18, "Ferry sails"), (50, 715, 11, "By Ines Walker")]
    body: list[Placed] = [(50, 650 - 14 * row, 11, line) for row, line in enumerate(LEFT)]
    day: list[Placed] = [(50, 700, 11, "3 March 2023")]
    found = article(tmp_path, make([*edge(775, head), *top, *day, *body, *edge(20, foot)], metadata=metadata))
    assert (found.title, found.author, found.published) == ("Ferry sails", "Ines Walker", dt.date(2023, 3, 3))
    assert (found.url, found.text) == ("https://kell.example/ferry", COLUMNS[0])
    assert [notice[0] for notice in told(found)] == ["print header", "print footer"]
    undated = article(tmp_path, make([*edge(775, head), *top, *body, *edge(20, foot)], metadata=metadata))
    assert undated.published is None


def test_a_time_above_or_an_address_below_a_text_that_no_browser_printed_stays(tmp_path: Path) -> None:
    time: Placed = (50, 770, 11, "6/5/2024, 10:00 AM: the storm reaches the coast")
    link: Placed = (50, 300, 11, "https://ferry.example/fares")
    lines = [*LEFT, "", *RIGHT, "", *LEFT, "", *RIGHT]
    found = article(tmp_path, make([time, *placed(lines), link]))
    assert found.text.split("\n\n")[-3:] == [*COLUMNS, link[-1]]
    assert (found.url, told(found)) == (None, [])


def test_a_sentence_goes_on_under_a_footnote(tmp_path: Path) -> None:
    notes: list[Placed] = [(50, 90, 8, "1 The fire began on 12 January."), (50, 80, 8, "2 It had a crew of eleven.")]
    found = article(tmp_path, make([*placed(LEFT[:3]), *notes], placed(LEFT[3:])))
    assert found.text.split("\n\n") == [COLUMNS[0], "1 The fire began on 12 January.", "2 It had a crew of eleven."]


def test_pages_without_text_are_told(tmp_path: Path) -> None:
    found = article(tmp_path, make(LINES, [], pictures=3))
    assert found.text == TEXT
    [notice] = [notice for notice in found.notices if notice.kind == "unread"]
    assert (notice.rule, notice.place) == ("text on pages that are pictures", "pages 3-5")


@pytest.mark.parametrize(
    "stamps", [["Kell Herald - page 2", "Kell Herald - page 3"], ["Scanned with PaperEye", "Scan"]]
)
def test_pages_that_are_pictures_with_a_stamp_or_a_running_head_are_told(tmp_path: Path, stamps: list[str]) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(make(LINES)))
    for stamp in stamps:
        add_picture(writer)
        page = writer.pages[-1]
        page.merge_page(pypdf.PdfReader(io.BytesIO(make([(50, 770, 9, stamp)]))).pages[0])
    buffer = io.BytesIO()
    writer.write(buffer)
    found = read(tmp_path, buffer.getvalue(), Limits(ocr_languages="xyz"))
    assert isinstance(found, Article), found
    assert [notice.place for notice in found.notices if notice.kind == "unread"] == ["pages 2-3"]


def scan(*lines: str) -> bytes:
    """A PDF with a picture of these lines on its only page."""
    picture = Image.new("L", (1654, 2339), 255)
    drawing = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        drawing.text((150, 150 + 60 * row), line, font=ImageFont.load_default(36), fill=0)
    buffer = io.BytesIO()
    picture.save(buffer, "PDF", resolution=200)
    return buffer.getvalue()


def with_pages(first: bytes, second: bytes) -> bytes:
    writer = pypdf.PdfWriter()
    for data in (first, second):
        writer.append(io.BytesIO(data))
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.skipif(not ocr.is_installed(), reason="takes the program tesseract")
def test_scanned_pages_are_recognised_and_marked(tmp_path: Path) -> None:
    found = article(
        tmp_path, with_pages(make(LINES), scan("The wall was built by a firm from the next", "town in 1904."))
    )
    scanned = "The wall was built by a firm from the next town in 1904."
    mark = "[Text recognised in pictures (OCR), which may have mistakes: page 2]"
    assert found.text == f"{TEXT}\n\n{scanned}\n\n{mark}"
    assert [(notice.kind, notice.place) for notice in found.notices] == [("guessed", "page 2")]
    assert article(tmp_path, scan("By Ines Walker", "", "The wall was sold on Monday.")).author == "Ines Walker"


@pytest.mark.skipif(not ocr.is_installed(), reason="takes the program tesseract")
def test_a_scan_in_a_language_that_is_not_installed_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, with_pages(make(LINES), scan("The wall was sold.")), Limits(ocr_languages="xyz"))
    assert isinstance(found, Article), found
    assert found.text == TEXT
    [notice] = found.notices
    assert (notice.rule, notice.place) == ("text on pages that are pictures", "page 2")
    assert "Tesseract failed" in notice.text


def test_without_text_recognition_a_scan_is_a_problem_that_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan("The wall was sold on Monday."))
    with pytest.raises(SourceError, match="has no text; it is probably a scan") as problem:
        read_pdf(path.read_bytes(), origin=str(path))
    assert "pip install 'dateline[ocr]'" in (problem.value.help or "")
