"""Word files: paragraphs and tables in order, properties, and files that are not what they say."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import docx
import pytest

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
