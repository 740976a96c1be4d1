"""Small files that take long, expand or break their readers: each becomes a problem within a time limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import docx
import psutil
import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import Fetched, Limits, find_sources, load
from index.sources.limits import LONGEST_ARTICLE
from index.sources.messages import MessageError, item_of
from tests.hostile_files import ATTRIBUTES, BODY, EMPTY_LISTS, ENTITIES, LINKS, MERGED, many_paragraphs, pdf, wide_cell
from tests.serving import wait_until

ROOT = Path(__file__).parents[1]
# A tenth of what is allowed by default, and ten times what any of these takes that is to be read.
LIMITS = Limits(read_seconds=6, read_memory_mb=600)


def read(path: Path, limits: Limits = LIMITS) -> Article | SourceError:
    [found] = load(str(path), limits=limits)
    return found


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_pdf_that_expands_to_one_long_word(tmp_path: Path) -> None:
    data = pdf(b"a" * 100_000)
    assert len(data) < 800
    found = read(written(tmp_path / "a.pdf", data))
    assert isinstance(found, Article), found
    assert found.text == "a" * 100_000


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_an_article_longer_than_any_book_is_refused(tmp_path: Path, name: str) -> None:
    """Everything that follows the reading would be done in the server's own process."""
    word = "a" * (LONGEST_ARTICLE + 1)
    found = read(written(tmp_path / name, word if name == "a.txt" else json.dumps({"text": word})))
    assert isinstance(found, SourceError), found
    assert "has 5,000,001 characters; an article may have 5,000,000." in str(found)
    assert found.help == "Check that it is text that people read. If it is, add it in parts."


def test_a_word_file_whose_cell_claims_two_billion_columns(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a.docx", wide_cell()))
    assert isinstance(found, Article), found
    assert found.text == f"{BODY}\n\nStreet | Depth\nQuay Road | 1 m"


def test_a_cell_over_several_rows_stands_in_each_of_them(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(BODY)
    table = document.add_table(3, 2)
    for number, text in enumerate(("Quay Road", "1 m", "", "2 m", "High Street", "dry")):
        table.cell(number // 2, number % 2).text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    document.save(str(tmp_path / "a.docx"))
    found = read(tmp_path / "a.docx")
    assert isinstance(found, Article), found
    assert found.text == f"{BODY}\n\nQuay Road | 1 m\nQuay Road | 2 m\nHigh Street | dry"


def test_a_word_file_that_expands_beyond_the_memory_limit(tmp_path: Path) -> None:
    written(tmp_path / "a.docx", many_paragraphs())
    assert (tmp_path / "a.docx").stat().st_size < 500_000
    found = read(tmp_path / "a.docx", Limits(read_memory_mb=400))
    assert isinstance(found, SourceError), found
    assert str(found) in {
        f"{tmp_path / 'a.docx'} takes more than 400 MB of memory to read.",
        f"{tmp_path / 'a.docx'} is not a readable Word file, or is locked with a password.",  # as lxml words it
    }


@pytest.mark.parametrize("fields", [MERGED, "a: &a [b]\nc: *a\n", "<<: {title: Wall}\n", "a: " + "[" * 20_000 + "\n"])
def test_front_matter_that_is_recursive_or_endlessly_nested(tmp_path: Path, fields: str) -> None:
    found = read(written(tmp_path / "a.md", f"---\n{fields}---\n{BODY}"))
    assert isinstance(found, SourceError)
    assert str(found) == f"The front matter of {tmp_path / 'a.md'} is not YAML with one field a line."


def test_a_tag_with_fifty_thousand_attributes(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a.html", ATTRIBUTES))
    assert isinstance(found, Article), found
    assert found.text == BODY


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_a_row_of_links_with_text_after_it(tmp_path: Path, name: str) -> None:
    lines = [BODY, LINKS]
    text = "\n\n".join(lines) if name == "a.txt" else "".join(f"<p>{line}</p>" for line in lines)
    found = read(written(tmp_path / name, text))
    assert isinstance(found, Article), found
    assert found.text.startswith(BODY)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", "<div>" * 200_000 + BODY),
        ("a.json", "[" * 2_000_000),
        ("a.json", "[" * 500_000 + "]" * 500_000),
        ("a.jsonl", '{"a":' * 100_000),
        ("a.xml", "<rss>" + "<a>" * 50_000),
        ("a.md", "> " * 50_000 + BODY),
        ("a.xml", ENTITIES),
    ],
    ids=["html", "json", "closed json", "jsonl", "xml", "markdown", "entities"],
)
def test_endlessly_nested_input(tmp_path: Path, name: str, content: str) -> None:
    found = read(written(tmp_path / name, content))
    assert isinstance(found, SourceError)
    assert found.help


def test_an_empty_list_that_expands_in_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", EMPTY_LISTS)
    found = read(path, Limits(read_memory_mb=300))
    assert isinstance(found, SourceError)
    assert str(found) == f"{path} takes more than 300 MB of memory to read."
    assert "DATELINE_READ_MEMORY_MB" in (found.help or "")


def test_a_source_that_takes_too_long_is_reported_and_the_next_is_read(tmp_path: Path) -> None:
    slow = written(tmp_path / "a.pdf", pdf(b"a" * 40_000_000))
    found = read(slow, Limits(read_seconds=0.5))
    assert isinstance(found, SourceError)
    assert str(found) == f"{slow} could not be read within 0.5 seconds."
    assert "DATELINE_READ_SECONDS" in (found.help or "")
    after = read(written(tmp_path / "b.txt", BODY))
    assert isinstance(after, Article)


@pytest.mark.parametrize(
    "message",
    [b"", b"\xff", b"{}", b"[" * 100_000, b"[]", b'["problem", 1, null]', b'["article", "a", "b", null, {}]',
     b'["article", "a", "b", null, ["t", null, null, null, "yesterday"]]', b'["article", "a", "b", null, [[], 1]]',
     b'["entry", "a", [null, null, null, null, null], [1]]'],
)  # fmt: skip
def test_output_of_a_compromised_reader_is_not_an_article(message: bytes) -> None:
    with pytest.raises(MessageError):
        item_of(message)


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_one_process_reads_many_sources_and_a_reader_left_early_is_ended(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"text": "The wall fell."}\n' * 3 + '{"text": "It was rebuilt."}\n' * 50_000)
    assert len(list(load(str(written(tmp_path / "a.txt", BODY))))) == 1
    [before] = children()
    assert len(list(load(str(tmp_path / "a.txt")))) == 1
    assert children() == [before]
    items = load(str(path))
    next(items)
    assert children() == [before]
    items.close()  # type: ignore[attr-defined]
    assert before not in children()


def test_a_reading_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", BODY)
    code = (
        "import os, psutil, time; from index.sources import load;"
        f"list(load({str(path)!r})); print(psutil.Process().children()[0].pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        reader = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
        wait_until(lambda: not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE)


def test_a_reading_process_has_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("DATELINE_API_KEYS", "secret")
    code = (
        "import psutil; from index.sources import load;"
        f"list(load({str(written(tmp_path / 'a.txt', BODY))!r})); [reader] = psutil.Process().children();"
        "print([name for name, value in reader.environ().items() if 'secret' in value])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_links_in_a_folder_do_not_lead_out_of_it(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    inside = written(folder / "a.txt", BODY)
    secret = written(outside / "secret.txt", "The secret.")
    (folder / "b.txt").symlink_to(inside)
    (folder / "c.txt").symlink_to(secret)
    (folder / "d.txt").symlink_to("d.txt")
    (folder / "e").symlink_to(outside, target_is_directory=True)
    assert find_sources(str(folder)) == [str(inside), str(folder / "b.txt")]
    assert find_sources(str(folder / "c.txt")) == [str(secret)]  # whoever names it means it


class Dripping:
    """A fetcher of a feed whose pages take a while each and then do not come."""

    def __init__(self, seconds: float, entries: int) -> None:
        self._seconds = seconds
        links = "".join(f"<item><title>{n}</title><link>https://a.example/{n}</link></item>" for n in range(entries))
        self._feed = f"<rss version='2.0'><channel><title>The Bay Gazette</title>{links}</channel></rss>".encode()
        self.asked = 0

    def fetch(self, url: str) -> Fetched:
        if url.endswith("/feed"):
            return Fetched(url=url, content=self._feed, content_type="application/rss+xml")
        self.asked += 1
        time.sleep(self._seconds)
        raise SourceError(f"{url} did not answer in full.", help="Try again later.")


def test_slow_pages_of_a_feed_are_fetched_in_parallel_with_a_time_limit() -> None:
    site = Dripping(0.5, 40)
    began = time.monotonic()
    found = list(load("https://a.example/feed", fetcher=site, limits=Limits(feed_s=1)))
    assert time.monotonic() - began < 10  # one after the other they take 20
    assert len(found) == 40
    assert all(isinstance(item, SourceError) for item in found)
    assert site.asked < 20
    assert "was not fetched, because the pages before it took 1 seconds" in str(found[-1])


def test_rows_that_are_equal_or_all_wrong_take_no_longer_than_others(tmp_path: Path) -> None:
    from assistant.errors import QuestionSetError
    from assistant.evaluation.sets.question_set import load_question_set

    equal = written(tmp_path / "a.jsonl", '{"question": "Why?", "answers": ["a"]}\n' * 20_000)
    began = time.thread_time()
    ids = [question.id for question in load_question_set(equal).questions]
    assert len(set(ids)) == 20_000
    assert (ids[1], ids[19_999]) == (f"{ids[0]}-2", f"{ids[0]}-20000")
    wrong = written(tmp_path / "b.json", json.dumps([{"question": "Why?", "answers": {"a": 1}}] * 20_000, indent=1))
    with pytest.raises(QuestionSetError, match=r"has 20,000 problems.*line 2: .*line 8: "):
        load_question_set(wrong)
    assert time.thread_time() - began < 30  # 65 s and 400 s, as both were quadratic


def test_a_yaml_question_set_that_refers_to_itself(tmp_path: Path) -> None:
    from assistant.errors import QuestionSetError
    from assistant.evaluation.sets.question_set import load_question_set

    with pytest.raises(QuestionSetError, match=r"it has an alias \(\*\), which is not read at line 2"):
        load_question_set(written(tmp_path / "a.yaml", MERGED))
