"""Archives of crawls: each page in one is an article at its address."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.reading import articles, problems, read

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("warcio")

LEAD = "The ferry to Skerrin ran aground on Friday, and all forty on board were brought ashore."
PAGE = f"<html><head><title>Ferry aground</title></head><body><p>{LEAD}</p></body></html>"


def crawl(*pages: tuple[str, str, str, str], gzipped: bool) -> bytes:
    """Return an archive as crawlers write it: each record is packed by itself."""
    records = []
    for address, status, kind, body in pages:
        answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n{body}"
        record = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Target-URI: {address}\r\n"
            f"WARC-Date: 2024-05-11T08:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(answer.encode())}\r\n\r\n{answer}\r\n\r\n"
        )
        records.append(gzip.compress(record.encode()) if gzipped else record.encode())
    return b"".join(records)


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
def test_the_pages_of_a_crawl(tmp_path: Path, name: str) -> None:
    data = crawl(
        ("https://skerrin.example/ferry", "200 OK", "text/html; charset=utf-8", PAGE),
        ("https://skerrin.example/gone", "404 Not Found", "text/html", PAGE),
        ("https://skerrin.example/style", "200 OK", "text/css", "p {}"),
        gzipped=name.endswith(".gz"),
    )
    found = read(tmp_path / name, data)
    [article] = articles(found)
    assert (article.title, article.url, article.text) == ("Ferry aground", "https://skerrin.example/ferry", LEAD)
    assert problems(found) == []


def test_a_file_that_is_no_crawl(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    assert problems(read(path, b"nothing of the kind")) == [f"{path} is not a readable WARC file, or is damaged."]
