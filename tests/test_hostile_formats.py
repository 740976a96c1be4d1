"""Hostile messages, books, office files, exports and transcripts: each ends within seconds, with words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import Limits
from tests.hostile_files import BODY
from tests.reading import articles, read, zipped

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(read_seconds=20, read_memory_mb=600)
HTML = "From: a@b.example\nSubject: Wall\nContent-Type: text/html\n\n"
ENTITIES = (
    "<!DOCTYPE r [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{level} '{f'&a{level - 1};' * 10}'>" for level in range(1, 10))
    + "]>"
)
ATTRIBUTES = " ".join(f"a{number}='b'" for number in range(20_000))
MIXED = 'From: a@b.example\nContent-Type: multipart/mixed; boundary="b"'
WXR = "<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel>"
PARTS = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3000))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.eml", f"{HTML}<p {ATTRIBUTES}>{BODY}</p>"),
        ("a.eml", HTML + "<table><tr><td>x</td><td>y</td></tr></table>" * 5_000),
        ("a.nitf", f"<nitf><body><body.content><p {ATTRIBUTES}>{BODY}</p></body.content></body></nitf>"),
        ("a.rtf", r"{\rtf1{\fonttbl" + r"{\f0\fcharset0 x}" * 2_000 + "}" + BODY + "}"),
        ("a.rtf", r"{\rtf1 " + r"{\footnote x}" * 3_000 + BODY + "}"),
        ("a.rtf", r"{\rtf1 " + "{" * 100_000 + BODY),
        ("a.vtt", "WEBVTT\n\n" + "00:00:01.0 --> 00:00:01.5\nwall\n\n" * 9_000),
        ("a.xml", f"{WXR}<item><encoded><![CDATA[{BODY}{'<!-- wp:' * 20_000}]]></encoded></item></channel></rss>"),
        ("a.odt", zipped(("content.xml", f"<a><body><p>{BODY}</p>{'<p/>' * 100_000}</body></a>"))),
    ],
    ids=["attributes", "tables", "xml attributes", "fonts", "notes", "braces", "cues", "comments", "paragraphs"],
)  # fmt: skip
def test_what_is_only_strange_is_read_in_time(tmp_path: Path, name: str, data: str | bytes) -> None:
    began = time.monotonic()
    [found] = read(tmp_path / name, data, limits=LIMITS)
    assert isinstance(found, Article), found
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.eml", HTML + "<div>" * 100_000 + BODY, "is nested too deeply to be read."),
        ("a.eml", f"Subject: x\nFrom: {'(' * 50_000}\n\n{BODY}", "is nested too deeply to be read."),
        ("a.eml", f"From: a@b.example\nSubject: x\n{PARTS}\n{BODY}", "is not a readable message."),
        ("a.eml", f"{MIXED}\n\n" + "--b\n\nx\n" * 5_000, "has more than 1,000 parts."),
        ("a.rtf", r"{\rtf1 \u99999999999 " + BODY, "is not a readable RTF file."),
        ("a.opml", "<opml><body>" + "<outline>" * 100_000, "is nested too deeply to be read"),
        ("a.html", "<!DOCTYPE NETSCAPE-Bookmark-file-1>" + "<DL><p><DT>" * 50_000, "is nested too deeply to be read."),
        ("a.nitf", f"{ENTITIES}<nitf>&a9;</nitf>", "defines XML entities, which Dateline does not expand."),
        ("a.xml", f"{ENTITIES}{WXR}&a9;", "defines XML entities, which Dateline does not expand."),
        ("a.xml", f"{ENTITIES}<urlset>&a9;</urlset>", "defines XML entities, which Dateline does not expand."),
        ("a.odt", zipped(("content.xml", f"{ENTITIES}<a><body><p>&a9;</p></body></a>")), "(content.xml) defines XML"),
        ("a.odt", zipped(("content.xml", "<a><body>" + "<p>" * 100_000)), "(content.xml) is nested too deeply"),
        ("a.odt", zipped(("content.xml", "a" * 60_000_000)), "unpacks to more than 50 MB."),
        ("a.pptx", zipped(("ppt/presentation.xml", f"{ENTITIES}<a>&a9;</a>")), "(ppt/presentation.xml) defines XML"),
        ("a.xlsx", zipped(("xl/workbook.xml", f"{ENTITIES}<a>&a9;</a>")), "is not a readable Excel workbook"),
        ("a.epub", zipped(("META-INF/container.xml", f"{ENTITIES}<a>&a9;</a>")), "(META-INF/container.xml) "),
    ],
)  # fmt: skip
def test_what_would_never_end_is_refused(tmp_path: Path, name: str, data: str | bytes, message: str) -> None:
    [found] = read(tmp_path / name, data, limits=LIMITS)
    assert isinstance(found, SourceError), found
    assert str(found).startswith((f"{tmp_path / name} {message}", f"{tmp_path / name}: {message}"))
    assert found.help


def test_a_book_or_a_presentation_that_repeats_its_pages_has_each_once(tmp_path: Path) -> None:
    book = "<p><item id='a' href='a' media-type='text/html'/>" + "<itemref idref='a'/>" * 20_000 + "</p>"
    container = ("META-INF/container.xml", '<c><rootfile full-path="o"/></c>')
    found = read(tmp_path / "a.epub", zipped(container, ("o", book), ("a", f"<h1>Wall</h1><p>{BODY}</p>")))
    assert [item.title for item in articles(found)] == ["Wall"]
    slides = [
        ("ppt/presentation.xml", "<p>" + "<sldId id='r1'/>" * 20_000 + "</p>"),
        ("ppt/_rels/presentation.xml.rels", "<r><Relationship Id='r1' Target='s.xml'/></r>"),
        ("ppt/s.xml", f"<s><p><t>{BODY}</t></p></s>"),
    ]
    assert [item.text for item in articles(read(tmp_path / "a.pptx", zipped(*slides)))] == [BODY]
