"""RTF, OpenDocument, PowerPoint, Excel, Word with macros or of old, and EPUB."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING

import docx
import openpyxl
import pytest

from tests.reading import articles, one, problems, read, zipped

if TYPE_CHECKING:
    from pathlib import Path

LEAD = "The ferry to Skerrin ran aground on Friday, and all forty on board were brought ashore."
NEXT = "The owners said that the captain had been warned of the sandbank the week before."
OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" ' + " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for name, long in (("text", "text"), ("table", "table"), ("meta", "meta"), ("draw", "drawing"))
)


def test_an_rtf_file_with_letters_of_two_alphabets_a_table_and_a_note(tmp_path: Path) -> None:
    rtf = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}"
        r"{\info{\title Ferry report}{\author Nora Quist}{\creatim\yr2024\mo5\dy11\hr9}}"
        r"\pard The caf\'e9 on \u8220?Skerrin\u8221? was full.{\footnote It has twelve seats.} Many waited.\par"
        r"{\f1 \'cc\'ee\'f1\'f2}\par See {\field{\*\fldinst HYPERLINK "
        '"https://skerrin.example/x"'
        r"}{\fldrslt the list}}.\par\trowd Boat\cell Year\cell\row\trowd Tern\cell 1962\cell\row}"
    )
    article = one(tmp_path / "a.rtf", rtf)
    assert article.text == (
        "The café on “Skerrin” was full. Many waited.\n\nМост\n\nSee the list.\n\nBoat | Year\n\nTern | 1962\n\n"
        "It has twelve seats."
    )
    assert (article.title, article.author, article.published) == ("Ferry report", "Nora Quist", dt.date(2024, 5, 11))
    assert one(tmp_path / "a.doc", rtf).text == article.text


def odt(body: str) -> bytes:
    meta = (
        f'<office:document-meta {OFFICE} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
        "<dc:title>Ferry report</dc:title><meta:initial-creator>Nora Quist</meta:initial-creator>"
        "</office:meta></office:document-meta>"
    )
    content = f"<office:document-content {OFFICE}><office:body><office:text>{body}</office:text></office:body>"
    return zipped(
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", f"{content}</office:document-content>"),
        ("meta.xml", meta),
    )


def test_an_opendocument_text_with_everything_that_can_stand_in_it(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:deletion><text:p>Three drowned.</text:p></text:deletion></text:tracked-changes>"
        "<text:h>The ferry</text:h>"
        "<text:p>It ran<text:s text:c='2'/>aground<text:note><text:note-body><text:p>On a sandbank.</text:p>"
        "</text:note-body></text:note> on <text:span>Friday</text:span>.<text:line-break/>All were saved.</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>Boat</text:p></table:table-cell>"
        "<table:table-cell table:number-columns-repeated='2000000000'><text:p>Year</text:p><text:p>built</text:p>"
        "</table:table-cell></table:table-row></table:table>"
        "<text:list><text:list-item><text:p>Twelve hurt</text:p></text:list-item></text:list>"
        "<text:p><draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>"
    )
    article = one(tmp_path / "a.odt", odt(body))
    assert article.text == (
        "It ran  aground on Friday.\nAll were saved.\n\nOn a sandbank.\n\nBoat | Year built\n\nTwelve hurt\n\nIn a box."
    )
    assert (article.title, article.author) == ("The ferry", "Nora Quist")
    assert [(notice.rule, notice.text) for notice in article.notices] == [("tracked deletion", "Three drowned.")]


def pptx() -> bytes:
    main = (
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/x"'
    )

    def links(*targets: str) -> str:
        return "<Relationships>" + "".join(
            f'<Relationship Id="r{number}" Target="{target}"/>' for number, target in enumerate(targets, 1)
        ) + "</Relationships>"  # fmt: skip

    def shape(text: str, kind: str = "body") -> str:
        return f'<sp><ph type="{kind}"/><txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></txBody></sp>'

    rows = "<a:tbl><a:tr><a:tc><a:p><a:t>Boat</a:t></a:p></a:tc><a:tc><a:p><a:t>Year</a:t></a:p></a:tc></a:tr></a:tbl>"
    return zipped(
        ("ppt/presentation.xml", f'<p {main}><sldId r:id="r2"/><sldId r:id="r1"/></p>'),
        ("ppt/_rels/presentation.xml.rels", links("slides/slide1.xml", "slides/slide2.xml")),
        ("ppt/slides/slide1.xml", f"<s {main}>{shape(NEXT)}{rows}{shape('2', 'sldNum')}</s>"),
        ("ppt/slides/slide2.xml", f"<s {main}>{shape('Ferry aground', 'ctrTitle')}{shape(LEAD)}</s>"),
        ("ppt/slides/_rels/slide1.xml.rels", links("../notesSlides/n1.xml")),
        ("ppt/notesSlides/n1.xml", f"<s {main}>{shape('Thank the crew.')}</s>"),
    )


def test_the_slides_of_a_presentation_in_their_order_with_notes(tmp_path: Path) -> None:
    article = one(tmp_path / "a.pptx", pptx())
    assert article.text == f"{LEAD}\n\n{NEXT}\n\nBoat | Year\n\nThank the crew."
    assert article.title == "Ferry aground"


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_sheet_of_articles_is_read_row_by_row(tmp_path: Path) -> None:
    data = workbook(("title", "text", "date"), ("Ferry", LEAD, dt.datetime(2024, 5, 11)), (), ("Owners", NEXT, None))
    first, second = articles(read(tmp_path / "a.xlsx", data))
    assert (first.title, first.text, first.published) == ("Ferry", LEAD, dt.date(2024, 5, 11))
    assert (second.title, second.text, second.published) == ("Owners", NEXT, None)


def test_any_other_sheet_is_text(tmp_path: Path) -> None:
    data = workbook(("Boat", "Built"), ("Tern", 1962.0), (None, dt.date(2024, 5, 11)))
    article = one(tmp_path / "Boats of Skerrin.xlsx", data)
    assert article.text == "Boat | Built\nTern | 1962\n2024-05-11"
    assert article.title == "Boats of Skerrin"


def test_a_word_file_with_macros_and_one_that_is_called_doc(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(LEAD)
    document.save(str(tmp_path / "plain.docx"))
    plain = (tmp_path / "plain.docx").read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as before, zipfile.ZipFile(buffer, "w") as after:
        for part in before.infolist():
            content = before.read(part)
            if part.filename == "[Content_Types].xml":
                content = content.replace(
                    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                    b"application/vnd.ms-word.document.macroEnabled.main+xml",
                )
            after.writestr(part.filename, content)
    assert one(tmp_path / "a.docm", buffer.getvalue()).text == LEAD
    assert one(tmp_path / "a.doc", plain).text == LEAD


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500


def test_an_old_word_file_takes_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import index.sources.reader_process as process

    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    process._close_all()  # the next reader has this path
    path = tmp_path / "a.doc"
    assert problems(read(path, OLD)) == [
        f"{path} is in a format of Office before 2007, which takes LibreOffice, and that is not installed."
    ]


EPUB = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
    "OPS/book.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
    "<dc:title>Skerrin Quarterly</dc:title>"
    "<dc:creator>Nora Quist</dc:creator><dc:date>2024-05-11</dc:date></metadata><manifest>"
    '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    + "".join(f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name in "abcd")
    + "</manifest><spine>"
    + "".join(f'<itemref idref="{name}"/>' for name in "abcd")
    + "</spine></package>",
    "OPS/nav.xhtml": '<html><body><nav><a href="b.xhtml#x">The ferry</a></nav></body></html>',
    "OPS/a.xhtml": "<html><head><title/></head><body><p>Skerrin Quarterly</p></body></html>",
    "OPS/b.xhtml": f"<?xml version='1.0'?><html><head><title/></head><body><p>{LEAD}</p></body></html>",
    "OPS/c.xhtml": f"<html><body><p>{NEXT}</p></body></html>",
    "OPS/d.xhtml": "<html><body><h2>The pier</h2><p>The pier is&nbsp;shut.</p></body></html>",
}


def test_each_chapter_of_a_book_is_an_article(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    ferry, pier = articles(read(path, zipped(*EPUB.items())))
    assert (ferry.title, ferry.text, ferry.origin) == ("The ferry", f"{LEAD}\n\n{NEXT}", f"{path}/OPS/b.xhtml")
    assert (ferry.source, ferry.author, ferry.published) == ("Skerrin Quarterly", "Nora Quist", dt.date(2024, 5, 11))
    assert [notice.text for notice in ferry.notices] == ["Skerrin Quarterly"]
    assert (pier.title, " ".join(pier.text.split())) == ("The pier", "The pier is shut.")


@pytest.mark.parametrize("name", ["a.odt", "a.pptx", "a.xlsx", "a.epub", "a.docm", "a.rtf", "a.doc"])
def test_files_that_are_not_what_their_ending_says(tmp_path: Path, name: str) -> None:
    for data in (b"no such file", zipped(("a.txt", "a"))):
        [problem] = read(tmp_path / name, data)
        assert isinstance(problem, Exception)
        assert "is not a" in str(problem) or "is damaged" in str(problem)
