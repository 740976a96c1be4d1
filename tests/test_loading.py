"""What a user enters becomes sources, and each source becomes articles or clear problems."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import Fetched, Limits, find_sources, load

ROOT = Path(__file__).parents[1]
REFUSED = "is not an http or https address, and nothing else is fetched."


class Web:
    """A fetcher with pages in memory."""

    def __init__(self, *pages: Fetched) -> None:
        self._pages = {page.url: page for page in pages}
        self.redirects: dict[str, str] = {}

    def fetch(self, url: str) -> Fetched:
        return self._pages[self.redirects.get(url, url)]


def test_a_file_is_itself_and_a_folder_its_files_sorted_without_hidden_ones(tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a/z.md",
        "a/y.txt",
        ".git/config",
        "a/.hidden.txt",
        "c.xyz",
        "~$c.docx",
        "__MACOSX/c.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("The wall fell.")
    found = find_sources(str(tmp_path))
    assert found == [str(tmp_path / name) for name in ("a/y.txt", "a/z.md", "b.txt", "c.xyz")]
    assert find_sources(str(tmp_path / "b.txt")) == [str(tmp_path / "b.txt")]
    results = [next(load(source)) for source in found]
    assert [type(result) for result in results] == [Article, Article, Article, SourceError]


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("The wall fell.")
    monkeypatch.chdir(tmp_path)
    assert find_sources("./a.txt") == [str(tmp_path / "a.txt")]
    [article] = load("a.txt")
    assert isinstance(article, Article)
    assert article.origin == str(tmp_path / "a.txt")


def test_a_loop_of_links_between_folders_ends(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The wall fell.")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert find_sources(str(tmp_path)) == [str(tmp_path / "a.txt")]


def test_a_url_is_itself() -> None:
    assert find_sources("https://gazette.example/a") == ["https://gazette.example/a"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("file:///etc/passwd", f"file:///etc/passwd {REFUSED}"),
        ("ftp://gazette.example/a", f"ftp://gazette.example/a {REFUSED}"),
        ("data:text/plain,wall", f"data:text/plain,wall {REFUSED}"),
        ("nowhere.txt", "There is no file or folder nowhere.txt."),
        ("~nobody-of-this-name/a.txt", "There is no file or folder ~nobody-of-this-name/a.txt."),
        ("www.gazette.example", "There is no file named www.gazette.example."),
        ("a\0b", "There is no file or folder a\0b."),
        ("x" * 5000, f"There is no file or folder {'x' * 200}."),
        ("https://", "https:// has no host name."),
        ("http://[::1", "http://[::1 is not a valid URL."),
        ("http://h:99999/", "http://h:99999/ is not a valid URL."),
        ("https://ann:secret@gazette.example/", "The URL for gazette.example contains a user name or password."),
    ],
)  # fmt: skip
def test_targets_that_cannot_be_read(target: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        find_sources(target)
    assert str(caught.value) == message
    assert caught.value.help
    [error] = load(target)
    assert str(error) == message


def test_an_empty_folder_and_a_pipe(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no files in it"):
        find_sources(str(tmp_path))
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(SourceError, match="is not a regular file"):
        find_sources(str(tmp_path / "a.txt"))
    [source] = find_sources(str(tmp_path))
    [error] = load(source)
    assert str(error) == f"{tmp_path / 'a.txt'} is not a regular file."


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "is empty."),
        ("a.iso", b"PK", "has the ending '.iso', so its format is not known."),
        ("a.zip", b"PK", "is not a readable zip archive."),
        ("LICENSE", b"text", "has no ending, so its format is not known."),
        ("a.txt", b"x" * 2000, "is larger than 1000 bytes."),
        ("a.xml", b"<note/>", "is not an RSS or Atom feed."),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    [error] = load(str(path), limits=Limits(max_bytes=1000))
    assert isinstance(error, SourceError)
    assert str(error) == f"{path} {message}"
    assert error.help


def test_a_folder_and_a_missing_file_given_to_load(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    for source in (tmp_path, tmp_path / "gone.txt"):
        [error] = load(str(source))
        assert isinstance(error, SourceError)
        assert error.help


URL = "https://gazette.example/harbour"
TEXT = b"The wall fell at six."


@pytest.mark.parametrize(
    ("url", "content_type", "content"),
    [
        (f"{URL}.txt", "text/plain", TEXT),
        (URL, "text/plain", TEXT),
        (f"{URL}.md", "text/plain", b"**The** wall fell at six."),
        (URL, "text/markdown", b"**The** wall fell at six."),
        (f"{URL}.jsonl", "application/octet-stream", b'{"text": "The wall fell at six."}'),
        (URL, "application/json", b'[{"text": "The wall fell at six."}]'),
        (f"{URL}.csv?x=1", "text/plain", b"text\nThe wall fell at six.\n"),
        (URL, "text/csv", b"text\nThe wall fell at six.\n"),
        (URL, "", b"<!doctype html><html><body><p>The wall fell at six.</p></body></html>"),
        (URL, "application/xhtml+xml", b"<html><body><p>The wall fell at six.</p></body></html>"),
        (URL, "text/xml", b"<?xml version='1.0'?><html><body><p>The wall fell at six.</p></body></html>"),
    ],
)
def test_the_format_of_a_response(url: str, content_type: str, content: bytes) -> None:
    [article] = load(url, fetcher=Web(Fetched(url=url, content=content, content_type=content_type)))
    assert isinstance(article, Article), article
    assert article.text == "The wall fell at six."


@pytest.mark.parametrize(
    ("content_type", "content", "message"),
    [
        ("application/wasm", b"PK", "is of a type Dateline does not read (application/wasm)."),
        ("application/zip", b"PK", "is not a readable zip archive."),
        ("", b"\x01", "is of a type Dateline does not read (not named)."),
        ("text/html", b" \n", "is empty."),
        ("text/html", b"<html></html>", "has no recognisable article text."),
        ("application/pdf", b"%PDF-", "is not a readable PDF."),
    ],
)
def test_responses_that_cannot_be_read(content_type: str, content: bytes, message: str) -> None:
    [error] = load(URL, fetcher=Web(Fetched(url=URL, content=content, content_type=content_type)))
    assert isinstance(error, SourceError)
    assert str(error) == f"{URL} {message}"
    assert error.help


def test_a_page_keeps_the_address_it_was_found_at_and_claims_no_other_host() -> None:
    page = (
        b"<html><head><link rel='canonical' href='https://other.example/x'></head><body>"
        b"<h1>Harbour wall gives way</h1><p>The wall at Port Ellis fell at six in the morning.</p>"
        b"</body></html>"
    )
    final = Fetched(url=f"{URL}/final", content=page, content_type="text/html")

    web = Web(final)
    web.redirects[URL] = final.url
    [article] = load(URL, fetcher=web)
    assert isinstance(article, Article)
    assert article.origin == article.url == f"{URL}/final"


def test_importing_the_package_stays_light() -> None:
    heavy = [
        "trafilatura",
        "pypdf",
        "docx",
        "feedparser",
        "httpx",
        "httpcore",
        "dateutil",
        "yaml",
        "lxml",
        "markdown_it",
    ]
    code = f"import sys, index.sources; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("folder", ["Ferry late_files", "Ferry late-Dateien", "Ferry late_fichiers"])
def test_what_a_browser_saves_beside_a_page_is_left_alone(tmp_path: Path, folder: str) -> None:
    for name in ("Ferry late.html", f"{folder}/frame.html", f"{folder}/style.css", "Other_files/note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [str(Path(source).relative_to(tmp_path.resolve())) for source in find_sources(str(tmp_path))]
    assert found == ["Ferry late.html", "Other_files/note.txt"]
