"""Small files that take long, expand or break their readers, each made in a few lines."""

from __future__ import annotations

import io
import zipfile
import zlib

import docx

BODY = "The harbour wall at Port Ellis gave way early on Monday, flooding two streets and a school."
# Nine times as much on each level.
MERGED = "x0: &x0 {a: 1}\n" + "".join(
    f"x{level}: &x{level} {{<<: [{', '.join([f'*x{level - 1}'] * 9)}]}}\n" for level in range(1, 9)
)
LINKS = ",".join(f"https://gazette.example/{number}" for number in range(40)) + " and more."
ATTRIBUTES = (
    f"<html><body><article {' '.join(f'a{number}=b' for number in range(50_000))}><p>{BODY}</p></article></body></html>"
)
ENTITIES = (
    "<!DOCTYPE r [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{level} '{f'&a{level - 1};' * 10}'>" for level in range(1, 10))
    + "]><rss><channel><item><title>&a9;</title></item></channel></rss>"
)
EMPTY_LISTS = "[" + "[]," * 15_000_000 + "[]]"


def pdf(shown: bytes) -> bytes:
    """Return a PDF of one page that shows a text, in strings as long as PDF allows; its stream is packed."""
    strings = b"".join(b"(%s) Tj " % shown[start : start + 32_000] for start in range(0, len(shown), 32_000))
    stream = zlib.compress(b"BT /F1 1 Tf " + strings + b"ET", 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def wide_cell() -> bytes:
    """Return a Word file with a table whose second cell claims two billion columns."""
    document = docx.Document()
    document.add_paragraph(BODY)
    table = document.add_table(2, 2)
    for number, text in enumerate(("Street", "Depth", "Quay Road", "1 m")):
        table.cell(number // 2, number % 2).text = text
    table._tbl.tr_lst[0].tc_lst[1].get_or_add_tcPr().grid_span = 2_000_000_000
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def many_paragraphs() -> bytes:
    """Return a Word file of half a megabyte that unfolds to eight million empty paragraphs."""
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head, tail = parts["word/document.xml"].split(b"<w:body>")
    parts["word/document.xml"] = head + b"<w:body>" + b"<w:p/>" * 8_000_000 + tail
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def hostile_files() -> dict[str, bytes]:
    """Return one of each kind by its name."""
    return {
        "word.pdf": pdf(b"a" * 100_000),
        "long.pdf": pdf(b"a" * 20_000_000),
        "cell.docx": wide_cell(),
        "paragraphs.docx": many_paragraphs(),
        "merged.md": f"---\n{MERGED}---\n{BODY}".encode(),
        "attributes.html": ATTRIBUTES.encode(),
        "links.txt": f"{BODY}\n\n{LINKS}".encode(),
        "deep.html": b"<div>" * 200_000,
        "deep.json": b"[" * 2_000_000,
        "lists.json": EMPTY_LISTS.encode(),
        "deep.xml": b"<rss>" + b"<a>" * 50_000,
        "entities.xml": ENTITIES.encode(),
        "spaces.txt": b"a" + b" " * 5_000_000 + b"b",
    }
