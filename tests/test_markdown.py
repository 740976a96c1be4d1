"""Markdown: front matter as metadata, and prose that can be quoted."""

import contextlib
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.errors import SourceError
from index.sources import load
from index.sources.formats.markdown import read_markdown


def read(tmp_path: Path, text: str) -> Article | SourceError:
    path = tmp_path / "harbour-wall.md"
    path.write_bytes(text.encode())
    [found] = load(str(path))
    return found


def article(tmp_path: Path, text: str) -> Article:
    found = read(tmp_path, text)
    assert isinstance(found, Article), found
    return found


def test_front_matter(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        "\ufeff---\r\nTitle: Harbour wall gives way\nauthors: [Ann Lee, {name: Bo Chan}]\ndate: 2024-05-06\n"
        "publisher: The Bay Gazette\nurl: https://gazette.example/harbour\n---\n\n"
        "# Another heading\n\nIt fell.\n",
    )
    assert found.title == "Harbour wall gives way"
    assert found.author == "Ann Lee, Bo Chan"
    assert found.published == dt.date(2024, 5, 6)
    assert found.source == "The Bay Gazette"
    assert found.url == "https://gazette.example/harbour"
    assert found.text == "Another heading\n\nIt fell."
    assert found.origin == str(tmp_path / "harbour-wall.md")


def test_the_first_heading_is_the_title_and_the_byline_below_it_is_read(tmp_path: Path) -> None:
    found = article(tmp_path, "# Harbour *wall* gives way\n\nBy Ann Lee, 6 May 2024\n\nIt fell.")
    assert (found.title, found.author) == ("Harbour wall gives way", "Ann Lee")
    assert found.published == dt.date(2024, 5, 6)
    assert found.text == "It fell."


def test_without_a_heading_the_file_name_is_the_title(tmp_path: Path) -> None:
    assert article(tmp_path, "It fell at six, and nobody was hurt.").title == "harbour wall"


def test_markup_is_removed_and_words_are_kept(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        "# Wall\n\nThe **old** _wall_ fell [at six](https://x.example/a) ![x](y.png) &amp; `pump()` "
        "\\*ran\\*.\nIt was hard-\nwrapped.\n\n<!-- note -->\n\n## Streets\n\n- one\n- two [link]\n\n"
        "1. first\n2. second\n\n> “Nobody was hurt.”\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```py\nx = 1\n\n    y = **2**\n```\n\nRead more: the <b>report</b>.\n\n[link]: https://x.example/b\n",
    )
    assert found.text == (
        "The old wall fell at six & pump() *ran*. It was hard- wrapped.\n\nStreets\n\n- one\n- two link\n\n"
        "1. first\n2. second\n\n“Nobody was hurt.”\n\na | b\n1 | 2\n\nx = 1\n\n    y = **2**\n\n"
        "Read more: the report."
    )


def test_prose_between_two_rules_is_not_front_matter(tmp_path: Path) -> None:
    assert "It fell" in article(tmp_path, "---\nIt fell at six.\n---\n\nNobody was hurt.").text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\ntitle: [x\n---\nIt fell.", "is not YAML with one field a line."),
        (
            "---\ntitle: !!python/object/apply:os.system [ls]\n---\nIt fell.",
            "is not YAML with one field a line.",
        ),
        ("---\ntitle: {a: b}\n---\nIt fell.", "has a title that is not a string."),
        ("---\na: " + "[" * 5000 + "\n---\nIt fell.", "is not YAML with one field a line."),
    ],
)
def test_front_matter_that_cannot_be_understood(tmp_path: Path, text: str, message: str) -> None:
    found = read(tmp_path, text)
    assert isinstance(found, SourceError)
    assert str(found) == f"The front matter of {tmp_path / 'harbour-wall.md'} {message}"
    assert found.help


@pytest.mark.parametrize(
    ("text", "title", "published", "source"),
    [
        ("---\ntitle: Ferry: late\npublish_date: 2024-05-06\n---\nIt was late.", "Ferry: late", "2024-05-06", None),
        ("---\ntitle: \"Late\" ferry comes\n---\nIt was late.", "\"Late\" ferry comes", None, None),
        ("---\ntitle: Late\npublication: The Bay Gazette\n---\nIt was late.", "Late", None, "The Bay Gazette"),
        ("+++\ntitle = \"Late\"\ndate = 2024-05-06T09:12:00Z\n+++\nIt was late.", "Late", "2024-05-06", None),
        ("+++\ntitle = 'Late'\npublisher = 'The Bay Gazette'\n+++\n\nIt was late.", "Late", None, "The Bay Gazette"),
    ],
)  # fmt: skip
def test_front_matter_as_people_and_programs_write_it(
    tmp_path: Path, text: str, title: str, published: str | None, source: str | None
) -> None:
    found = article(tmp_path, text)
    assert (found.title, found.source, found.text) == (title, source, "It was late.")
    assert str(found.published or "") == (published or "")


def test_an_unclear_date_in_front_matter_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    found = article(tmp_path, "---\ntitle: Late\ndate: 03/04/2025\nauthors: {first: Ann, last: Lee}\n---\nIt was late.")
    assert (found.title, found.author, found.published) == ("Late", "Ann Lee", None)
    [notice] = found.notices
    assert (notice.kind, notice.rule, notice.text) == ("unread", "date", "03/04/2025")


def test_a_file_with_only_pictures_has_no_article(tmp_path: Path) -> None:
    found = read(tmp_path, "![x](y.png)\n")
    assert isinstance(found, SourceError)


@given(st.text(alphabet="ab \n#*_`[]()!<>-|~\\&;:1.", max_size=80))
def test_any_markdown_is_an_article_or_a_source_error(text: str) -> None:
    with contextlib.suppress(SourceError):
        assert read_markdown(text.encode(), origin="/a.md").text
