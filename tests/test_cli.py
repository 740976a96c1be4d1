from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ui.cli import main

if TYPE_CHECKING:
    from click.testing import Result

DATELINE = Path(sys.executable).with_name("dateline")


def run(*words: str, home: Path, input: str | None = None) -> Result:  # noqa: A002 - CliRunner's word
    return CliRunner().invoke(main, [*words, "--home", str(home)], input=input)


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    """A copy of the sample home, to change at will."""
    return Path(shutil.copytree(sample_home, tmp_path / "home"))


def assert_fails(result: Result, *words: str) -> None:
    """One line on stderr, a status, and no traceback."""
    assert result.exit_code != 0
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.slow
def test_the_installed_command_adds_the_sample_and_answers(tmp_path: Path) -> None:
    environment = {**os.environ, "DATELINE_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    first, again, answer = (
        subprocess.run([DATELINE, *words], env=environment, capture_output=True, text=True, timeout=60, check=True)
        for words in (["add", "--sample"], ["add", "--sample"], ["ask", "What did Grushko demand?"])
    )
    assert first.stdout == "Added 24 articles, replaced 0, unchanged 0.\n"
    assert again.stdout == "Added 0 articles, replaced 0, unchanged 24.\n"
    assert "ironclad security guarantees" in answer.stdout
    assert "[1] Grushko sets out Russian terms" in answer.stdout
    assert "Dateline Samples Desk, 2025-03-17" in answer.stdout
    assert "\x1b" not in answer.stdout
    assert first.stderr == answer.stderr == ""


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from ui.cli import main;"
        "print(CliRunner().invoke(main, ['--help']).output);"
        "heavy = {'chromadb', 'llama_index', 'numpy', 'onnxruntime', 'pydantic', 'rich', 'tantivy', 'httpx'};"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("add", "list", "show", "remove", "search", "ask", "chat", "reindex"):
        assert f"\n  {command} " in done.stdout


def test_list_and_show_as_text_and_json(sample_home: Path) -> None:
    lines = run("list", home=sample_home).stdout.splitlines()
    assert len(lines) == 24
    assert all(line.count("\t") == 4 for line in lines)
    listed = json.loads(run("list", "--json", "--source", "Dateline Samples Desk", home=sample_home).stdout)
    assert listed["total"] == len(listed["articles"]) == 6
    shown = json.loads(run("show", "grushko-guarantees", "--json", home=sample_home).stdout)
    assert set(shown) == {
        "id",
        "author",
        "title",
        "source",
        "published",
        "updated",
        "url",
        "added_at",
        "content_hash",
        "text",
        "notices",
        "also_in",
    }
    text = run("show", "grushko-guarantees", home=sample_home).stdout
    assert shown["title"] in text
    assert shown["text"].splitlines()[-1] in text


def test_search_with_filters(sample_home: Path) -> None:
    found = json.loads(
        run("search", "Ropewalk Bridge cost", "--k", "3", "--until", "2024-03-01", "--json", home=sample_home).stdout
    )
    assert 0 < len(found["passages"]) <= 3
    assert all(passage["published"] <= "2024-03-01" for passage in found["passages"])
    assert set(found["timings_ms"]) >= {"total"}
    nothing = run("search", "bridge", "--source", "No Such Paper", home=sample_home)
    assert nothing.exit_code == 0
    assert "No passages" in nothing.stdout


def test_ask_as_json_quotes_the_stored_text(sample_home: Path) -> None:
    answer = json.loads(run("ask", "Who is Steve Witkoff?", "--json", home=sample_home).stdout)
    assert answer["found"]
    for citation in answer["citations"]:
        shown = json.loads(run("show", citation["article_id"], "--json", home=sample_home).stdout)
        assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_not_found_is_an_answer_with_the_nearest_passages(sample_home: Path) -> None:
    result = run("ask", "What is the unemployment rate in Germany?", home=sample_home)
    assert result.exit_code == 0
    assert result.stdout.startswith("Not in these articles.\n")
    assert "The nearest passages:" in result.stdout


def test_chat_understands_followups_and_ends_with_its_input(sample_home: Path) -> None:
    result = run("chat", home=sample_home, input="Who is Steve Witkoff?\nwhat did he call his meeting with Putin?\n")
    assert result.exit_code == 0
    assert "(What did Steve Witkoff call his meeting with Putin?)" in result.stdout
    assert "solution-based discussion" in result.stdout


def test_removed_articles_are_gone(home: Path) -> None:
    assert run("remove", "grushko-guarantees", "grushko-guarantees", home=home).stdout == "Removed 1 article.\n"
    assert_fails(run("show", "grushko-guarantees", home=home), "No article has the id", "dateline list")
    assert len(run("list", home=home).stdout.splitlines()) == 23
    assert_fails(run("remove", "mill", home=home), "No article has the id 'mill'")


def test_add_reads_a_folder_and_skips_what_is_broken(tmp_path: Path) -> None:
    folder, home = tmp_path / "articles", tmp_path / "home"
    folder.mkdir()
    (folder / "good.txt").write_text("The ferry is late. It waits for its batteries, the company said on Monday.")
    (folder / "empty.txt").write_text("")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    result = run("add", str(folder), home=home)
    assert result.exit_code == 0
    assert result.stdout == "Added 1 article, replaced 0, unchanged 0, skipped 2.\n"
    assert len(result.stderr.splitlines()) == 3
    assert "No date could be read, in 1 article." in result.stderr
    (folder / "good.txt").write_text("The ferry is on time. Its batteries came, the company said on Tuesday.")
    assert "replaced 1" in run("add", str(folder), home=home).stdout
    assert "Added 0 articles, replaced 0, unchanged 1" in run("add", str(folder), home=home).stdout


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xyz", b"text", ("'.xyz'",)),
        ("empty.txt", b"", ("is empty",)),
        ("broken.pdf", b"%PDF-1.7 nothing", ("broken.pdf",)),
        ("broken.docx", b"PK\x03\x04 nothing", ("broken.docx",)),
        ("broken.json", b'{"text": ', ("broken.json",)),
        ("rows.jsonl", b'{"title": "No text"}', ("rows.jsonl", "line 1")),
    ],
)
def test_unreadable_sources_get_one_clear_line(
    tmp_path: Path, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert_fails(run("add", str(tmp_path / name), home=tmp_path / "home"), *words)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "nowhere.txt"], "There is no file or folder nowhere.txt"),
        (["add", "file:///etc/passwd"], "not an http or https address"),
        (["add", "http://127.0.0.1:9/page"], "DATELINE_ALLOW_PRIVATE_URLS"),
        (["ask", "Who?"], "There is no collection in"),
        (["list"], "There is no collection in"),
        (["show", "a"], "There is no collection in"),
        (["remove", "a"], "There is no collection in"),
        (["search", "a", "--since", "yesterday"], "'yesterday' is not a date"),
        (["ask", "a", "--since", "2025-02-01", "--until", "2025-01-01"], "No day is both"),
    ],
)
def test_errors_say_what_happened_and_what_to_do(tmp_path: Path, words: list[str], said: str) -> None:
    assert_fails(run(*words, home=tmp_path / "home"), said)
    assert not (tmp_path / "home").exists()


def test_a_bad_setting_is_named(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_READ_PASSAGES", "many")
    assert_fails(run("ask", "Who?", home=sample_home), "DATELINE_READ_PASSAGES", "'many'")


def test_usage_errors_show_the_usage(tmp_path: Path) -> None:
    for words in (["add"], ["ask", "  "], ["ask"], ["search", "x", "--k", "0"], ["nothing"]):
        result = run(*words, home=tmp_path)
        assert result.exit_code == 2
        assert "Usage:" in result.stderr


def test_hostile_text_reaches_the_terminal_as_text(tmp_path: Path) -> None:
    file = tmp_path / "hostile.jsonl"
    text = "The \x1b[31mferry\x1b]0;owned\x07 [bold]sank[/bold] \u202egnihton\u202c at noon. It was rescued by Ada Orr."
    file.write_text(json.dumps({"id": "x", "title": "[link=file:///]T[/link]", "text": text}))
    assert run("add", str(file), home=tmp_path / "home").exit_code == 0
    for words in (["ask", "Who rescued the ferry?"], ["show", "x"], ["search", "ferry"], ["list"]):
        output = run(*words, home=tmp_path / "home").stdout
        assert not set(output) & set("\x1b\x07\u202e")
        if words[0] != "list":
            assert "[bold]sank[/bold]" in output or "Ada Orr" in output
        assert "[link=file:///]T[/link]" in output
