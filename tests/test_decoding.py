"""Texts come out right in whatever encoding they are, or are refused; stray bytes are replaced and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from index import Article, SourceError
from index.sources import load
from index.sources.text.decoding import decode, decode_declared

if TYPE_CHECKING:
    from pathlib import Path

    from index.notices import Notice

FRENCH = "Le marché de Lescaux est fermé – les étals à 30 € ont été vidés."
SENTENCES = {
    "cp1252": "The résumé was “naïve”, he said – and left.",
    "mac_roman": "Zoë Müller’s naïve façade was shut – at last.",
    "cp1251": "Городской совет открыл новый мост через реку во вторник.",
    "koi8_r": "Городской совет открыл новый мост через реку во вторник.",
    "cp1250": "Řidiči v pondělí ráno čekali na novém mostě přes řeku dvě hodiny.",
    "cp1253": "Ο δήμος άνοιξε τη νέα γέφυρα πάνω από το ποτάμι την Τρίτη.",
    "cp932": "市役所は火曜日、川にかかる新しい橋を来月開通させると発表しました。",
    "euc_jp": "市役所は火曜日、川にかかる新しい橋を来月開通させると発表しました。",
    "gb18030": "市长星期二表示，横跨河流的新桥将于下个月正式开放通车。",
    "big5": "市長星期二表示，橫跨河流的新橋將於下個月正式開放通車。",
    "cp949": "시장은 화요일에 강을 가로지르는 새 다리가 다음 달 개통한다고 밝혔다.",
}
# A character of each that the larger set of the same name has and the strict one lacks.
SUPERSETS = [
    ("gb2312", "gbk", "市长朱镕基说，新桥将于下个月开放通车，造价两百万元。"),
    ("x-sjis", "cp932", "髙橋市長は火曜日、①新しい橋を来月開通させると発表しました。"),
    ("euc-kr", "cp949", "펲시콜라 쓩 하는 소리가 났다고 시장은 화요일에 밝혔다."),
    ("big5", "big5hkscs", "香港嘅市長話，新橋喺下個月開通，佢哋好開心。"),
]


def one(path: Path, data: bytes) -> Article:
    path.write_bytes(data)
    [article] = load(str(path))
    assert isinstance(article, Article), article
    return article


def page(text: str, head: str = "") -> str:
    paragraphs = f"<p>{text}</p>" * 1 + f"<p>{text[::-1]}</p>"
    return f"<html><head>{head}<title>{text[:12]}</title></head><body><article><h1>{text[:12]}</h1>{paragraphs}"


def repaired(notices: tuple[Notice, ...]) -> list[str]:
    return [notice.text for notice in notices if notice.kind == "repaired"]


@pytest.mark.parametrize("ending", ["txt", "html", "md"])
def test_one_stray_byte_spoils_only_its_own_character(tmp_path: Path, ending: str) -> None:
    text = f"{FRENCH}\n\nLa fin \ufffd est proche."
    written = page(FRENCH, "<meta charset=utf-8>") + "<p>La fin \ufffd est proche.</p>" if ending == "html" else text
    article = one(tmp_path / f"a.{ending}", written.encode().replace("\ufffd".encode(), b"\xe9"))
    assert FRENCH in article.text
    assert repaired(article.notices) == ["La fin \ufffd est proche."]


def test_one_stray_byte_in_a_table_spoils_only_its_own_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"title,text\nÉté,{FRENCH}\nFin,Le \ufffd.\n".encode().replace("\ufffd".encode(), b"\xff"))
    rows = [article for article in load(str(path)) if isinstance(article, Article)]
    assert [(row.title, row.text, repaired(row.notices)) for row in rows] == [
        ("Été", FRENCH, []),
        ("Fin", "Le \ufffd.", ["Le \ufffd."]),
    ]


@pytest.mark.parametrize(("name", "written"), [("a.csv", "text\n{}"), ("a.json", '{{"text": "{}"}}'), ("a.md", "{}")])
def test_a_guessed_encoding_is_told_of_every_article(tmp_path: Path, name: str, written: str) -> None:
    article = one(tmp_path / name, written.format(SENTENCES["cp1251"]).encode("cp1251"))
    assert article.text == SENTENCES["cp1251"]
    assert [notice.text for notice in article.notices if notice.rule == "encoding"] == ["windows-1251"]


@pytest.mark.parametrize(("label", "codec", "text"), SUPERSETS)
def test_a_declared_encoding_is_read_as_browsers_read_its_name(label: str, codec: str, text: str) -> None:
    found = decode_declared(text.encode(codec), (label,), name="page")
    assert (found.text, found.notices) == (text, ())


@pytest.mark.parametrize("codec", SENTENCES)
def test_an_encoding_that_is_not_declared_is_told_by_the_text(codec: str) -> None:
    found = decode_declared(SENTENCES[codec].encode(codec), (None,), name="file")
    assert found.text == SENTENCES[codec]
    assert [(notice.kind, notice.rule) for notice in found.notices] == [("guessed", "encoding")]


def test_a_page_is_searched_for_words_that_tell_its_encoding(tmp_path: Path) -> None:
    scripts = f"<script>{'let count = 1;' * 500}</script>"
    article = one(tmp_path / "a.html", page(SENTENCES["cp1251"], scripts).encode("cp1251"))
    assert SENTENCES["cp1251"] in article.text


def test_a_text_whose_encoding_cannot_be_told_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("הגשר נפתח מחדש ביום שני.".encode("cp1255"))
    [error] = load(str(path))
    assert isinstance(error, SourceError)
    assert str(error) == f"{path} is not UTF-8, and its encoding cannot be told."


@pytest.mark.parametrize(
    ("charsets", "codec"),
    [
        (("iso-8859-1", "windows-1251"), "cp1251"),  # what the server says of every page, and what this one says
        (("utf-8", "windows-1251"), "cp1251"),
        (("windows-1251",), "utf-8"),
        (("iso-8859-1",), "utf-8"),
        (("iso-8859-1",), "cp1251"),
        (("no-such-set", "koi8-r"), "koi8_r"),
    ],
)
def test_where_declarations_disagree_the_content_decides(charsets: tuple[str, ...], codec: str) -> None:
    text = SENTENCES["cp1251"]
    assert decode_declared(text.encode(codec), charsets, name="page").text == text


def test_an_xml_declaration_names_the_encoding(tmp_path: Path) -> None:
    text = "Radni miasta Gdańsk ogłosili we wtorek, że most zostanie otwarty w przyszłym miesiącu."
    xml = f'<?xml version="1.0" encoding="iso-8859-2"?>\n{page(text)}'
    assert text in one(tmp_path / "a.xhtml", xml.encode("iso8859-2")).text


def test_text_without_a_mark_is_read_as_utf_16_if_every_other_byte_is_zero() -> None:
    assert decode("The pier is “shut”.".encode("utf-16-le"), name="file") == "The pier is “shut”."
    assert decode("The pier is shut.".encode("utf-16-be"), name="file") == "The pier is shut."


def test_japanese_with_escapes_is_read() -> None:
    assert decode(SENTENCES["cp932"].encode("iso2022_jp"), name="file") == SENTENCES["cp932"]


@pytest.mark.parametrize("entry", ["<content:encoded><![CDATA[<p>{}</p><p>Une {} phrase.</p>]]></content:encoded>"])
def test_one_stray_byte_in_a_feed_spoils_only_its_own_character(tmp_path: Path, entry: str) -> None:
    body = entry.format(f"{FRENCH}</p><p>{FRENCH} Oui.", "\ufffd")
    feed = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/'
        f'content/"><channel><title>Été</title><item><title>« Étals » vidés</title>{body}</item></channel></rss>'
    )
    article = one(tmp_path / "a.rss", feed.encode().replace("\ufffd".encode(), b"\xe9"))
    assert article.title == "« Étals » vidés"
    assert FRENCH in article.text
    assert repaired(article.notices) == ["Une \ufffd phrase."]
