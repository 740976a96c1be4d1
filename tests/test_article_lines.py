"""Articles leave as JSON Lines and come back as they were."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from index import Article, ArticleIndex, open_articles
from index.article_lines import read_lines, write_line, write_lines
from index.filters import Filters
from tests.fakes import WordEmbedder
from tests.serving import client, running, settings
from ui.cli import main

if TYPE_CHECKING:
    from click.testing import Result

# Cleaning would take some of these lines away, and reading as a table or as Markdown would change others.
FURNITURE = (
    "  Share this article\n\n\n\nThe ferry is late.\tVery.   \n— Ann (@ann) March 17, 2025\n\u202eelbuod\n# 1\n[2]"
)
PLACES = Article.create(
    FURNITURE,
    id="harbour, “10”",
    title="Title: yes",
    source="=1+1",
    author="A, B and C",
    published=dt.date(1931, 2, 28),
    url="https://example.org/?a=1#b",
    added_at=dt.datetime(2001, 2, 3, 4, 5, 6, 789, dt.timezone(dt.timedelta(hours=5, minutes=30))),
    origin="/srv/news/a b.txt",
)
BARE = Article.create("x", id="bare")


def run(*words: str, home: Path) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(home)])


def stored(home: Path) -> list[Article]:
    with open_articles(home) as store:
        return [store.article(id_) for id_ in store.ids(Filters())]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the embedder that the command line uses."""
    file = tmp_path / "first.jsonl"
    file.write_bytes(write_line(PLACES) + write_line(BARE))
    imported = run("import", str(file), home=tmp_path / "home")
    assert imported.exit_code == 0, imported.stderr
    return tmp_path / "home"


words = st.text(max_size=200)


@given(
    text=st.text(min_size=1).filter(lambda text: Article.create(text).text),
    title=st.none() | words,
    source=st.none() | words,
    author=st.none() | words,
    url=st.none() | words,
    id_=st.none() | words,
    origin=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    published=st.none() | st.dates(),
    added_at=st.datetimes(timezones=st.timezones()),
)
def test_any_article_survives_export_and_import(
    text: str, id_: str | None, published: dt.date | None, added_at: dt.datetime, **fields: Any
) -> None:
    # What is stored is read back from ISO format, which knows no names of zones.
    added_at = dt.datetime.fromisoformat(added_at.replace(second=0).isoformat())
    article = Article.create(text, id=id_, published=published, added_at=added_at, **fields)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_bytes(write_line(article) * 2)
        assert list(read_lines(path)) == [article, article]


def test_exported_articles_are_imported_with_all_fields(home: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "a.jsonl", tmp_path / "other"
    assert stored(home) == [PLACES, BARE]
    exported = run("export", str(file), home=home)
    assert (exported.exit_code, exported.stdout, exported.stderr) == (0, "", "Exported 2 articles.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text().splitlines()[0]) == {
        "id": "harbour, “10”", "title": "Title: yes", "source": "=1+1", "author": "A, B and C",
        "published": "1931-02-28", "url": "https://example.org/?a=1#b",
        "added_at": "2001-02-03T04:05:06.000789+05:30", "origin": "/srv/news/a b.txt",
        "content_hash": PLACES.content_hash, "text": FURNITURE.rstrip(),
    }  # fmt: skip
    imported = run("import", str(file), home=other)
    assert imported.stdout == "Imported 2 articles: 2 new, 0 replaced, 0 unchanged.\n"
    assert stored(other) == [PLACES, BARE]
    again = run("import", str(file), home=other)
    assert again.stdout == "Imported 2 articles: 0 new, 0 replaced, 2 unchanged.\n"
    assert run("export", home=other).stdout_bytes == file.read_bytes()
    assert run("export", "-", "--source", "=1+1", home=other).stdout_bytes == file.read_bytes().splitlines(True)[0]
    assert run("export", "--until", "1900-01-01", home=other).stdout_bytes == b""
    assert run("search", "ferry", home=other).exit_code == 0


def test_articles_are_exported_while_a_server_serves_them(home: Path) -> None:
    with running(settings(home)) as server:
        sent = {"articles": [{"id": "new", "text": "Added by the server."}]}
        assert client.post(f"{server.url}/api/articles", json=sent).status_code == 201
        ids = [json.loads(line)["id"] for line in run("export", home=home).stdout.splitlines()]
        assert ids == [PLACES.id, "bare", "new"]
        refused = run("import", __file__, home=home)
        assert refused.exit_code == 1
        refused = CliRunner().invoke(main, ["--server", server.url, "export"])
        assert refused.exit_code == 2
        assert "on the server's machine" in refused.stderr


def test_articles_that_change_during_an_export_are_exported_once_and_complete(tmp_path: Path) -> None:
    articles = [Article.create(f"The ferry {number}.", id=f"a{number}") for number in range(5)]
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index, open_articles(tmp_path) as store:
        index.add(articles)
        lines = write_lines(store, Filters())
        first = next(lines)
        newer = Article.create("Newer.", id="a2")
        index.add([newer, Article.create("Never asked for.", id="a9")])
        index.remove(["a0", "a3"])
        rest = list(lines)
    path = tmp_path / "lines"
    path.write_bytes(b"".join([first, *rest]))
    assert list(read_lines(path)) == [articles[0], articles[1], newer, articles[4]]


def line(**changes: Any) -> bytes:
    values = json.loads(write_line(BARE)) | changes
    return json.dumps({name: value for name, value in values.items() if value is not ...}).encode() + b"\n"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (b'{"id": "a", "text": "An article of somebody else."}\n', "`dateline add`"),
        (b"not json\n", "not JSON"),
        (b"\xff\xfe\n", "not JSON"),
        (b"[" * 100_000 + b"\n", "not JSON"),
        (b"[]\n", "`dateline add`"),
        (line(extra=1), "`dateline add`"),
        (line(origin=...), "`dateline add`"),
        (line(title=5), "title that is not a string"),
        (line(text=None), "text that is not a string"),
        (line(text="changed"), "changed since it was exported"),
        (line(title="changed"), "changed since it was exported"),
        (line(title=" x "), "changed since it was exported"),
        (line(text="x\x00"), "changed since it was exported"),
        (line(text="x\ud800"), "changed since it was exported"),
        (line(id="two\nlines"), "changed since it was exported"),
        (line(id=""), "changed since it was exported"),
        (line(added_at="yesterday"), "changed since it was exported"),
        (line(added_at="2001-02-03T04:05:06"), "changed since it was exported"),
        (line(published="2001-02-31"), "changed since it was exported"),
    ],
)
def test_an_invalid_line_stops_the_import_before_it_begins(tmp_path: Path, broken: bytes, words: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(line() + b"\n" + broken)
    refused = run("import", str(file), home=tmp_path / "home")
    assert refused.exit_code == 1
    assert words in refused.stderr
    assert "line 3" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_a_failed_export_keeps_the_earlier_file(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("earlier")
    script = (
        "import resource, sys; from ui.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY)); main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "export", file, "--home", home],
        check=False, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert file.read_text() == "earlier"
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "first.jsonl", "home"}
    assert run("export", str(tmp_path / "none" / "a.jsonl"), home=home).exit_code == 1
    assert run("export", home=tmp_path / "nowhere").exit_code == 1
