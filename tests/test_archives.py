"""Archives are read like folders, within bounds."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import Fetched, Limits, load
from tests.reading import articles, problems, read, zipped

if TYPE_CHECKING:
    from pathlib import Path

FERRY = "The ferry to Skerrin sank in the night, and all on board were saved."
PAGE = f"<!doctype html><html><head><title>Ferry sinks</title></head><body><p>{FERRY}</p></body></html>"


def test_each_file_of_an_archive_is_read_and_what_cannot_be_is_named(tmp_path: Path) -> None:
    path = tmp_path / "news.zip"
    data = zipped(
        ("May/Ferry sinks.txt", FERRY),
        ("rows.jsonl", '{"id": "a", "text": "The pier is shut."}\n{"text": ""}\n'),
        ("page.php", PAGE),
        ("../../photo.jpg", b"\xff\xd8"),
        ("__MACOSX/._a.txt", b"\x00"),
        ("empty.txt", ""),
    )
    found = read(path, data)
    first, row, page = articles(found)
    assert (first.title, first.text, first.origin) == ("Ferry sinks", FERRY, f"{path}/May/Ferry sinks.txt")
    assert (row.id, row.text) == ("a", "The pier is shut.")
    assert (page.title, page.text) == ("Ferry sinks", FERRY)
    assert problems(found) == [
        f"{path}/rows.jsonl, line 2 has no text.",
        f"{path}/photo.jpg has the ending '.jpg', so its format is not known.",
        f"{path}/empty.txt is empty.",
    ]


def test_a_packed_table_and_a_packed_archive(tmp_path: Path) -> None:
    rows = "".join(f'{{"text": "The ferry was late {number} times."}}\n' for number in range(3000))
    assert len(articles(read(tmp_path / "a.jsonl.gz", gzip.compress(rows.encode())))) == 3000
    inner = zipped(("a.csv", "title;text\nFerry;It sank.\n"))
    [article] = read(tmp_path / "b.zip", zipped(("inner.zip", inner)))
    assert isinstance(article, Article)
    assert (article.title, article.text) == ("Ferry", "It sank.")


def test_a_page_that_is_served_packed_keeps_its_address() -> None:
    url = "https://gazette.example/ferry"

    class Packed:
        def fetch(self, url: str) -> Fetched:
            return Fetched(url=url, content=gzip.compress(PAGE.encode()), content_type="text/html")

    [article] = load(url, fetcher=Packed())
    assert isinstance(article, Article), article
    assert (article.url, article.text) == (url, FERRY)


@pytest.mark.parametrize("name", ["story", "story.html?id=12&a=b.c", "story.html_id=12", "ferry.20240506", "a.aspx"])
def test_a_page_without_a_telling_ending(tmp_path: Path, name: str) -> None:
    [article] = read(tmp_path / name, PAGE.encode())
    assert isinstance(article, Article), article
    assert (article.title, article.text) == ("Ferry sinks", FERRY)


def test_a_file_without_an_ending_is_text_if_there_is_a_sentence_in_it(tmp_path: Path) -> None:
    [article] = read(tmp_path / "ferry", f"Ferry sinks\n\n{FERRY}\n".encode())
    assert isinstance(article, Article), article
    assert (article.title, article.text) == ("Ferry sinks", FERRY)
    [latin] = read(tmp_path / "fähre", "Fähre gesunken\n\nDie Fähre nach Skerrin sank in der Nacht.\n".encode("cp1252"))
    assert isinstance(latin, Article), latin
    assert latin.text == "Die Fähre nach Skerrin sank in der Nacht."
    for name, data in (("run", b"#!/bin/sh\necho The ferry sank in the night.\n"), ("a.js", b"let page = '<html>'")):
        assert "so its format is not known." in problems(read(tmp_path / name, data))[0]


def test_a_small_archive_that_unpacks_to_too_much(tmp_path: Path) -> None:
    limits = Limits(max_bytes=100_000, read_seconds=20)
    path = tmp_path / "a.zip"
    large = problems(read(path, zipped(("a.txt", "a" * 200_000)), limits=limits))
    assert large == [f"{path}/a.txt is larger than 100000 bytes."]
    rows = (f'{{"text": "{"a" * 90_000}"}}\n' for _ in range(99))
    data = zipped(*((f"{number}.jsonl", row) for number, row in enumerate(rows)))
    many = problems(read(path, data, limits=limits))
    assert many == [f"{path} unpacks to more than 1.91 MB; the rest is not read."]
    bomb = tmp_path / "b.jsonl.gz"
    endless = problems(read(bomb, gzip.compress(b" " * 9_000_000), limits=limits))
    assert endless == [f"{bomb} unpacks to more than 1.91 MB; the rest is not read."]


def test_archives_in_archives_in_archives(tmp_path: Path) -> None:
    data = zipped(("a.txt", FERRY))
    for _ in range(10):
        data = zipped(("a.zip", data))
    path = tmp_path / "a.zip"
    [problem] = problems(read(path, data))
    assert problem == f"{path}/a.zip/a.zip/a.zip/a.zip is an archive in an archive 3 deep."


def test_more_files_than_any_collection_has(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    found = problems(read(path, zipped(*((f"{n}.jpg", "") for n in range(20_010)))))
    assert len(found) == 20_001
    assert found[-1] == f"{path} has more than 20,000 files in it; the rest is not read."


@pytest.mark.parametrize("name", ["a.zip", "a.gz"])
def test_archives_that_are_damaged_or_locked(tmp_path: Path, name: str) -> None:
    whole = zipped(("a.txt", FERRY * 1000)) if name == "a.zip" else gzip.compress(FERRY.encode() * 1000)
    for data in (b"no archive", whole[:40], whole[:50] + b"\x00" * 20 + whole[70:]):
        [problem] = read(tmp_path / name, data)
        assert isinstance(problem, SourceError)
        assert problem.help
    locked = bytearray(zipped(("a.txt", FERRY)))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert problems(read(tmp_path / "a.zip", bytes(locked))) == [f"{tmp_path}/a.zip/a.txt is locked with a password."]
