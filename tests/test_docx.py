"""Word files: paragraphs and tables in order, properties, and files that are not what they say."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from index.article import Article
from index.errors import SourceError
from index.sources import Limits, load


def saved(tmp_path: Path, document: object, name: str = "harbour-wall.docx") -> Path:
    path = tmp_path / name
    document.save(str(path))  # type: ignore[attr-defined]
    return path


def read(path: Path, limits: Limits | None = None) -> Article | SourceError:
    [found] = load(str(path), limits=limits or Limits())
    return found


def test_text_tables_and_properties(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Harbour wall gives way"
    document.core_properties.author = "Ann Lee"
    document.core_properties.created = dt.datetime(2024, 5, 6, 10, 15)
    document.add_heading("Harbour wall gives way", 0)
    document.add_paragraph("The wall fell at six.")
    table = document.add_table(rows=2, cols=3)
    for index, text in enumerate(["Street", "Depth", "", "Quay Road", "1 m", "dry"]):
        table.cell(index // 3, index % 3).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    document.add_paragraph("")
    document.add_paragraph("Nobody was hurt.")
    path = saved(tmp_path, document)
    found = read(path)
    assert isinstance(found, Article)
    assert found.title == "Harbour wall gives way"
    assert (found.author, found.published) == ("Ann Lee", dt.date(2024, 5, 6))
    assert found.text == "The wall fell at six.\n\nStreet | Depth\nQuay Road | 1 m | dry\n\nNobody was hurt."
    assert found.origin == str(path)


def test_properties_of_the_word_template_are_ignored(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Harbour wall gives way", 1)
    document.add_paragraph("The wall fell at six.")
    found = read(saved(tmp_path, document))
    assert isinstance(found, Article)
    assert (found.title, found.author, found.published) == ("Harbour wall gives way", None, None)


def test_without_a_title_the_file_name_is_one(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("The wall fell at six. Nobody was hurt.")
    found = read(saved(tmp_path, document))
    assert isinstance(found, Article)
    assert found.title == "harbour wall"


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"PK", b"not a zip at all", b"\xd0\xcf\x11\xe0" * 200, zipped(a=b"x"), zipped()])
def test_a_file_that_is_not_a_word_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(data)
    found = read(path)
    assert isinstance(found, SourceError)
    assert str(found) == f"{path} is not a readable Word file, or is locked with a password."
    assert found.help


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(zipped(bomb=b"\0" * 2_000_000))
    found = read(path, Limits(max_bytes=1_048_576))
    assert isinstance(found, SourceError)
    assert str(found) == f"{path} unpacks to more than 1 MB."


def test_an_empty_document_has_no_article(tmp_path: Path) -> None:
    found = read(saved(tmp_path, docx.Document()))
    assert isinstance(found, SourceError)
    assert "no article text" in str(found)


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("The wall fell at six.")
    path = saved(tmp_path, document)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = parts["word/document.xml"].replace(b"six.", b"six &wall;").split(b"?>", 1)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    doctype = f'<!DOCTYPE d [<!ENTITY wall SYSTEM "{secret.as_uri()}">]>'.encode()
    parts["word/document.xml"] = body[0] + b"?>" + doctype + body[1]
    path.write_bytes(zipped(**parts))
    found = read(path)
    assert isinstance(found, SourceError) or "secret" not in found.text


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MORE = (
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def run(text: str, marks: str = "") -> str:
    return f'<w:r><w:rPr>{marks}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*parts: str, marks: str = "") -> str:
    inner = "".join(part if part.startswith("<") else run(part) for part in parts)
    return f"<w:p><w:pPr><w:rPr>{marks}</w:rPr></w:pPr>{inner}</w:p>"


def deleted(text: str) -> str:
    return f'<w:del w:id="1" w:author="e"><w:r><w:delText xml:space="preserve">{text}</w:delText></w:r></w:del>'


def control(inner: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def field(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def instruction(text: str) -> str:
    return f"<w:r><w:instrText>{text}</w:instrText></w:r>"


def cell(inner: str, marks: str = "") -> str:
    return f"<w:tc><w:tcPr>{marks}</w:tcPr>{inner if '<w:p>' in inner else paragraph(inner)}</w:tc>"


def row(*cells: str, marks: str = "") -> str:
    inner = "".join(each if each.startswith("<w:tc>") else cell(each) for each in cells)
    return f"<w:tr><w:trPr>{marks}</w:trPr>{inner}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def made(tmp_path: Path, *body: str, **notes: str) -> Article:
    """The article in a Word file with this body; `footnotes` and `endnotes` are the parts of these names."""
    document = docx.Document()
    for block in parse_xml(f"<w:body {WORD}{MORE}>{''.join(body)}</w:body>"):
        document.element.body.insert(len(document.element.body) - 1, block)
    for kind, content in notes.items():
        name = PackURI(f"/word/{kind}.xml")
        media_type = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"
        data = f"<w:{kind} {WORD}>{content}</w:{kind}>".encode()
        document.part.relate_to(Part(name, media_type, data, document.part.package), f"{RELATIONS}/{kind}")
    found = read(saved(tmp_path, document))
    assert isinstance(found, Article), found
    return found


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def told(found: Article) -> list[tuple[str, str]]:
    return [(notice.rule, notice.text) for notice in found.notices if notice.kind == "left_out"]


def test_tracked_changes_are_read_as_accepted(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        paragraph("The ferry carries ", deleted("ninety"), f"<w:ins>{run('120')}</w:ins>", " people."),
        paragraph(f"<w:hyperlink>{run('The company')}<w:ins>{run(' Northline')}</w:ins></w:hyperlink>", " agreed."),
        f"<w:p><w:ins>{run('The mayor did not.')}</w:ins></w:p>",
        paragraph(f"<w:moveFrom>{run('Fares stay as they are.')}</w:moveFrom>"),
        paragraph("It sails at noon", marks="<w:del/>"),
        paragraph(" and at six."),
        table(row("Fare", "Price"), row("Child", "4", marks="<w:del/>"), row("Adult", "9", marks="<w:ins/>")),
        paragraph(f"<w:moveTo>{run('Fares stay as they are.')}</w:moveTo>"),
    )
    assert found.text.split("\n\n") == [
        "The ferry carries 120 people.",
        "The company Northline agreed.",
        "The mayor did not.",
        "It sails at noon and at six.",
        "Fare | Price\nAdult | 9",
        "Fares stay as they are.",
    ]
    assert told(found) == [("tracked deletion", "ninety"), ("tracked deletion", "Child4")]


def test_a_paragraph_that_was_moved_away_is_told(tmp_path: Path) -> None:
    found = made(tmp_path, paragraph("The ferry sails."), paragraph(f"<w:moveFrom>{run('It is old.')}</w:moveFrom>"))
    assert found.text == "The ferry sails."
    assert told(found) == [("moved text", "It is old.")]


def test_text_in_controls_fields_tags_and_links_is_read(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        control(paragraph("The ferry sails at noon, the company said.") + control(table(row("Day", "Time")))),
        paragraph(
            "It leaves ",
            f"<w:smartTag>{run('Ardmore')}</w:smartTag>",
            " on ",
            field("begin") + instruction(" DATE ") + field("separate") + run("3 May") + field("end"),
            ", ",
            control(run("a Friday")),
            f"<w:customXml>{run(', for')}</w:customXml>",
            f"<w:fldSimple>{run(' Kell')}</w:fldSimple>",
            ".",
        ),
        paragraph(
            field("begin") + instruction(" IF ") + field("begin") + instruction(" PAGE ") + field("separate"),
            run("7") + field("end") + run(" = 7 ") + field("separate") + run("It is full.") + field("end"),
        ),
        paragraph(field("begin") + run("The field never ends.")),
        paragraph(
            '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="calm"/>'
            '<w:listEntry w:val="rough"/></w:ddList></w:ffData></w:fldChar></w:r>' + field("end") + run(" sea"),
        ),
    )
    assert found.text.split("\n\n") == [
        "The ferry sails at noon, the company said.",
        "Day | Time",
        "It leaves Ardmore on 3 May, a Friday, for Kell.",
        "It is full.",
        "The field never ends.",
        "rough sea",
    ]
    assert told(found) == []


def test_text_boxes_come_once_after_their_paragraph(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('At a glance: 120 seats.')}{paragraph('Built in 1998.')}</w:txbxContent>"
    found = made(
        tmp_path,
        paragraph(
            "The ferry",
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>"
            f"{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r>",
            " sails.",
        ),
        paragraph(f"<w:r><w:pict><v:shape><v:textbox>{box.replace('120', '98')}</v:textbox></v:shape></w:pict></w:r>"),
        paragraph("It is full."),
    )
    assert found.text.split("\n\n") == [
        "The ferry sails.",
        "At a glance: 120 seats.",
        "Built in 1998.",
        "At a glance: 98 seats.",
        "Built in 1998.",
        "It is full.",
    ]


def test_notes_are_read_once_and_a_note_may_refer_to_itself(tmp_path: Path) -> None:
    def reference(kind: str) -> str:
        return f'<w:r><w:{kind}Reference w:id="3"/></w:r>'

    found = made(
        tmp_path,
        paragraph("The ferry sails at noon.", reference("footnote"), reference("endnote")),
        table(row(f"<w:tc>{paragraph('Fare', reference('footnote'))}</w:tc>", "9")),
        paragraph("It is full."),
        footnotes=f'<w:footnote w:id="3">{paragraph("In summer only.", reference("footnote"))}</w:footnote>',
        endnotes=f'<w:endnote w:id="3">{paragraph("Northline, 2024.")}{paragraph("Page 12.")}</w:endnote>',
    )
    assert found.text.split("\n\n") == [
        "The ferry sails at noon.",
        "In summer only.",
        "Fare | 9",
        "It is full.",
        "Northline, 2024.",
        "Page 12.",
    ]


def test_what_word_does_not_show_is_left_out_and_told(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        paragraph("The ferry sails.", run(" Call Ann.", "<w:vanish/>"), run(" It is full.", '<w:vanish w:val="0"/>')),
        control(paragraph("Click here to enter text."), "<w:showingPlcHdr/>"),
        comments=f"<w:comment>{paragraph('Is that so?')}</w:comment>",
    )
    assert found.text == "The ferry sails. It is full."
    assert told(found) == [
        ("hidden text", "Call Ann."),
        ("placeholder", "Click here to enter text."),
        ("comment", "Is that so?"),
    ]


def test_hyphens_breaks_and_formulas(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        paragraph("A roll", "<w:r><w:noBreakHyphen/></w:r>", "on fer", "<w:r><w:softHyphen/></w:r>", "ry"),
        paragraph("Kell", "<w:r><w:br/></w:r>", "Ardmore"),
        paragraph(
            "Half: ",
            "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>",
        ),
        paragraph("Quays ", '<w:r><w:sym w:font="Arial" w:char="2192"/></w:r>', " town"),
    )
    assert found.text == "A roll-on ferry\n\nKell\nArdmore\n\nHalf: 1/2\n\nQuays → town"


def test_empty_cells_keep_their_place_and_tables_within_tables_are_read(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        table(
            row("", "Summer", "Winter"),
            row("Bus", "", "4"),
            row("Ferry", "9", ""),
            row(cell("Both", '<w:gridSpan w:val="2"/>'), "11"),
            row("8", "9", marks='<w:gridBefore w:val="1"/>'),
            control(row(control(cell("Train")), "2", "3")),
        ),
        table(
            row(cell(paragraph("Ports") + table(row("Kell", "2"), row(cell(table(row("Quay", "A"))), "1"))), "All year")
        ),
        table(row(cell(paragraph("A frame holds this paragraph.") + paragraph("And this.")))),
    )
    assert found.text.split("\n\n") == [
        "| Summer | Winter\nBus |  | 4\nFerry | 9 |\nBoth |  | 11\n| 8 | 9\nTrain | 2 | 3",
        "Ports | All year\nKell | 2\n| 1\nQuay | A",
        "A frame holds this paragraph.",
        "And this.",
    ]


@pytest.mark.parametrize(
    ("byline", "day", "expected"),
    [
        ("By Ines Duarte", "3 March 2023", ("Ines Duarte", dt.date(2023, 3, 3))),
        ("By Ines Duarte and Karl Voss", "Published on 3 March 2023", ("Ines Duarte, Karl Voss", dt.date(2023, 3, 3))),
        (None, "March 3, 2023", ("Normal Template", dt.date(2023, 3, 3))),
        ("By Ines Duarte", None, ("Ines Duarte", dt.date(2011, 8, 9))),
    ],
)
def test_properties_lose_to_the_lines_of_the_text(
    tmp_path: Path, byline: str | None, day: str | None, expected: tuple[str, dt.date]
) -> None:
    document = docx.Document()
    document.core_properties.title = "Press release"
    document.core_properties.author = "Normal Template"
    document.core_properties.created = dt.datetime(2011, 8, 9)
    document.add_heading("Ferry to sail at noon", 1)
    for line in filter(None, (byline, day)):
        document.add_paragraph(line)
    document.add_paragraph("The ferry will sail at noon, the company said.")
    found = read(saved(tmp_path, document))
    assert isinstance(found, Article)
    assert (found.author, found.published) == expected
    assert found.title == "Ferry to sail at noon"
    assert found.text == "The ferry will sail at noon, the company said."
    guessed = [notice.text for notice in found.notices if notice.kind == "guessed"]
    assert guessed == ([] if day else ["2011-08-09"])


def test_page_headers_are_left_out_and_say_what_the_text_does_not(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.author = "Normal Template"
    document.core_properties.created = dt.datetime(2011, 8, 9)
    document.sections[0].header.paragraphs[0].text = "The Kell Herald, 3 March 2023"
    document.sections[0].footer.paragraphs[0].text = "All rights reserved"
    document.add_paragraph("The ferry will sail at noon, the company said.")
    found = read(saved(tmp_path, document))
    assert isinstance(found, Article)
    assert found.text == "The ferry will sail at noon, the company said."
    assert (found.source, found.published) == ("The Kell Herald", dt.date(2023, 3, 3))
    assert told(found) == [("page header", "The Kell Herald, 3 March 2023"), ("page footer", "All rights reserved")]
