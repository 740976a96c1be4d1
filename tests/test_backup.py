"""Backups are made while a server writes, verified byte by byte, and restored completely or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from index import Article, ArticleIndex, open_articles
from index.engines.embedded.backups.archive import open_archive
from index.engines.embedded.engine import EmbeddedEngine
from index.errors import BackupError, HomeError, HomeLockedError
from index.filters import Filters
from index.upkeep import back_up, restore
from tests.fakes import WordEmbedder
from tests.serving import PATIENCE, running, settings
from ui.cli import main
from ui.conversations.history import open_history

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

ROOT = Path(__file__).parent.parent
FERRY = Article.create("The ferry is late.", id="ferry")
MILL = Article.create("The mill burned.", id="mill")
BREAD = Article.create("Bread is dear.", id="bread")


def run(*words: str, home: Path) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(home)])


def make_home(folder: Path, *articles: Article) -> Path:
    with ArticleIndex.open(folder, embedder=WordEmbedder(), write=True) as index:
        index.add(articles)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but the lock, to see that nothing was changed."""
    passing = ("lock", "articles.db-")  # come and go with whoever reads
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(passing))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def ids_in(home: Path) -> set[str]:
    with open_articles(home) as articles:
        return {info.id for info in articles.articles(Filters())}


def wait_for_another(url: str, last: str | None) -> str:
    """Return the text of the first article once it is another one."""
    now = last
    while now == last:
        response = httpx.get(f"{url}/api/articles/a0", timeout=PATIENCE)
        now = response.json()["text"] if response.status_code == 200 else last
    assert now is not None
    return now


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A backup of two articles, a conversation and an evaluation."""
    home = make_home(tmp_path / "backed up", FERRY, MILL)
    open_history(home).close()
    (home / "evaluations" / "sets").mkdir(parents=True)
    (home / "evaluations" / "sets" / "mine.jsonl").write_text('{"question": "Is the ferry late?"}\n')
    back_up(home, tmp_path / "archive.zip")
    return tmp_path / "archive.zip"


# The whole way


def test_a_restored_home_gives_the_same_answers(sample_home: Path, tmp_path: Path) -> None:
    file, home = tmp_path / "archive.zip", tmp_path / "restored"
    made = run("backup", str(file), home=sample_home)
    assert made.exit_code == 0, made.stderr
    assert made.stdout.startswith("Backed up 24 articles in ")
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    put_back = run("restore", str(file), home=home)
    assert put_back.exit_code == 0, put_back.stderr
    assert put_back.stdout.startswith("Restored 24 articles in ")
    asked = [
        json.loads(run("ask", "What did Grushko demand?", "--json", home=each).stdout) for each in (sample_home, home)
    ]
    assert asked[0]["citations"]
    assert [one | {"timings_ms": {}} for one in asked] == [asked[0] | {"timings_ms": {}}] * 2
    assert run("list", "--json", home=home).stdout == run("list", "--json", home=sample_home).stdout
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "articles.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_made_while_a_server_adds_is_complete(tmp_path: Path) -> None:
    home, stop = tmp_path / "home", threading.Event()
    text = "The ferry of pier {0} sails at nine. " * 40
    failures: list[str] = []

    def add(url: str) -> None:
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            for turn in range(10_000):
                if stop.is_set():
                    return
                # The same ids again and again: each time they replace what was there.
                sent = [{"id": f"a{number}", "text": text.format(f"{number}.{turn}")} for number in range(4)]
                response = client.post("/api/articles", json={"articles": sent})
                if response.status_code not in {201, 202}:  # done, or still at it
                    failures.append(response.text)

    with running(settings(home)) as server:
        adding = threading.Thread(target=add, args=[server.url])
        adding.start()
        try:
            last = None
            for number in range(6):
                last = wait_for_another(server.url, last)
                made = run("backup", str(tmp_path / f"{number}.zip"), home=home)
                assert made.exit_code == 0, made.stderr
        finally:
            stop.set()
            adding.join()
    assert failures == []
    seen = set()
    for number in range(6):
        restored = tmp_path / f"restored {number}"
        put_back = run("restore", str(tmp_path / f"{number}.zip"), home=restored)
        assert put_back.exit_code == 0, put_back.stderr
        with EmbeddedEngine(restored).open_articles() as store:
            for info in store.articles(Filters()):
                article = store.article(info.id)
                assert Article.create(article.text, id=article.id).content_hash == article.content_hash
                seen.add(article.text)
            numbers = sorted(store.numbers("passage"))
            passages = store.passages(numbers)
            assert len(passages) == len(numbers)
            for passage, info in passages.values():
                assert store.article(info.id).text[passage.start : passage.end] == passage.text
    assert len(seen) > 4  # the backups caught different moments


def test_every_file_of_a_served_home_is_backed_up_or_rebuilt(sample_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    question = {"question": "What did Grushko demand?", "answers": ["guarantees"]}
    with running(settings(home), chat=True) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        sent = {"questions": [question], "name": "mine", "reader": "dateline-extractive"}
        started = client.post("/api/evaluations", json=sent).json()
        while client.get(started["url"]).json()["status"] in {"queued", "running"}:
            pass
        client.post("/api/watches", json={"url": "https://gazette.example/feed.xml"}).raise_for_status()
        back_up(home, tmp_path / "archive.zip")
        client.get(started["url"])
        with zipfile.ZipFile(tmp_path / "archive.zip") as packed:
            names = set(packed.namelist())
        assert {"articles.db", "chat.db", "watches.json", "evaluations/sets/mine.jsonl"} <= names
        assert f"evaluations/{started['id']}/run/run.json" in names
        made_again = ("chroma", "table", "lexical", "lock")
        others = {
            name for name in tree(home) if not name.startswith(made_again) and not name.endswith(("-wal", "-shm"))
        }
        assert others <= names
        served = run("restore", str(tmp_path / "archive.zip"), "--replace", home=home)
        assert served.exit_code == 1
        assert "in use" in served.stderr
    restored = tmp_path / "restored"
    restore(tmp_path / "archive.zip", restored, embedder=WordEmbedder())  # another embedder than the archive's
    assert {name: tree(restored)[name] for name in names if name.startswith("evaluations/")} == {
        name: tree(home)[name] for name in names if name.startswith("evaluations/")
    }
    assert "gazette.example" in (restored / "watches.json").read_text()


def test_unfinished_changes_in_a_backup_are_completed_after_the_restore(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", FERRY)
    with sqlite3.connect(home / "articles.db") as db:  # as a process leaves it that dies before it publishes
        columns = "id, live, added_at, content_hash, text"
        db.execute(
            f"INSERT INTO articles ({columns}) VALUES (?, 0, ?, ?, ?)",  # noqa: S608
            [MILL.id, MILL.added_at.isoformat(), MILL.content_hash, MILL.text],
        )
    db.close()
    back_up(home, tmp_path / "archive.zip")
    assert restore(tmp_path / "archive.zip", tmp_path / "restored", embedder=WordEmbedder()).articles == 2
    assert ids_in(tmp_path / "restored") == {"ferry", "mill"}


def test_a_different_embedder_is_reported_and_the_articles_are_restored(archive: Path, tmp_path: Path) -> None:
    put_back = run("restore", str(archive), home=tmp_path / "home")
    assert put_back.exit_code == 0
    assert "words-1" in put_back.stderr
    assert "dateline reindex" in put_back.stderr
    assert ids_in(tmp_path / "home") == {"ferry", "mill"}
    assert run("reindex", home=tmp_path / "home").exit_code == 0
    assert run("search", "ferry", home=tmp_path / "home").exit_code == 0


# Where something is already


def test_a_collection_is_replaced_only_on_request(archive: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", BREAD)
    (home / "notes.txt").write_text("mine")
    (home / "access.db").write_bytes(b"")
    before = tree(home)
    refused = run("restore", str(archive), home=home)
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert tree(home) == before
    assert restore(archive, home, embedder=WordEmbedder(), replace=True).articles == 2
    with ArticleIndex.open(home, embedder=WordEmbedder()) as index:
        assert {info.id for info in index.articles()} == {"ferry", "mill"}
        assert {scored.passage.article_id for scored in index.retrieve("Bread ferry mill", k=9)} == {"ferry", "mill"}
    after = tree(home)
    assert after["notes.txt"] == b"mine"  # nobody's business
    assert "access.db" not in after  # was not there when the backup was made
    assert not [name for name in after if name.startswith("restor")]


def test_a_home_in_use_is_not_restored_over(archive: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", BREAD)
    with ArticleIndex.open(home, embedder=WordEmbedder()), pytest.raises(HomeLockedError):
        restore(archive, home, embedder=WordEmbedder(), replace=True)
    assert ids_in(home) == {"bread"}


def test_a_backup_does_not_overwrite_a_file(archive: Path, tmp_path: Path) -> None:
    home = tmp_path / "backed up"
    refused = run("backup", str(home / "articles.db"), home=home)
    assert refused.exit_code == 1
    assert "is not a Dateline backup" in refused.stderr
    assert ids_in(home) == {"ferry", "mill"}
    for target in (tmp_path / "none" / "a.zip", Path("/dev/null")):
        with pytest.raises(BackupError):
            back_up(home, target)
    assert not Path("/dev/null").is_file()
    make_home(home, BREAD)
    assert back_up(home, archive).articles == 3  # an earlier backup makes way
    with pytest.raises(HomeError, match="no collection"):
        back_up(tmp_path / "nowhere", tmp_path / "b.zip")
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_collection_is_not_backed_up(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", *(Article.create(f"Text {number}. " * 400) for number in range(40)))
    data = bytearray((home / "articles.db").read_bytes())
    for at in range(8 * 4096, len(data), 4096):
        data[at : at + 64] = b"\xff" * 64
    (home / "articles.db").write_bytes(data)
    with pytest.raises(BackupError, match=r"articles\.db could not be copied"):
        back_up(home, tmp_path / "archive.zip")
    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob(".dateline-*"))


def test_leftovers_of_killed_backups_are_removed(archive: Path, tmp_path: Path) -> None:
    left = tmp_path / ".dateline-backup-dead"
    left.mkdir()
    (left / "articles.db").write_bytes(b"text")
    os.utime(left, (time.time() - 3600,) * 2)
    back_up(tmp_path / "backed up", archive)
    assert not left.exists()


# Dying, and a disk that is full


def dying(action: str, archive: Path, home: Path, folder: Path, stride: int = 1) -> list[Any]:
    """Return what was found after each kill, and after the last try, which nobody killed."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.dying", action, archive, home, folder, str(stride)],
        check=False, capture_output=True, text=True, timeout=170, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert [end["status"] for end in ends] == [-9] * (len(ends) - 1) + [0]
    assert {end["seen"] for end in ends} == {0}, done.stderr
    return [end["found"] for end in ends]


def assert_turns_once(found: list[Any], *, old: Any, new: Any) -> None:
    turned = [one == new for one in found]
    assert turned == sorted(turned)
    assert found == [new if is_new else old for is_new in turned]
    assert set(turned) == {True, False}


def test_killed_at_any_step_a_restore_leaves_the_old_collection_or_the_new_one(archive: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", BREAD)
    (home / "evaluations" / "old").mkdir(parents=True)
    (home / "evaluations" / "old" / "evaluation.json").write_text("{}")
    found = dying("restore", archive, home, tmp_path / "copies", stride=4)
    assert_turns_once(
        found,
        old={"ids": ["bread"], "found": ["bread"], "kept": ["evaluations/old/evaluation.json"], "chat": False},
        new={"ids": ["ferry", "mill"], "found": ["ferry", "mill"], "kept": [], "chat": True},
    )
    assert len(found) > 10


def test_killed_at_any_step_a_backup_leaves_the_old_archive_or_the_new_one(archive: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", BREAD)
    assert_turns_once(dying("backup", archive, home, tmp_path / "a"), old={"articles": 2}, new={"articles": 1})


def test_killed_at_any_step_files_are_all_replaced_or_none(tmp_path: Path) -> None:
    home = tmp_path / "home"
    names = (
        "articles.db", "articles.db-wal", "access.db", "chroma/a", "chroma/b", "chroma.seal", "evaluations/old/a",
        "notes.txt",
    )  # fmt: skip
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("old")
    new = dict.fromkeys(("articles.db", "chat.db", "chroma/a", "evaluations/new/a"), "new") | {"notes.txt": "old"}
    found = dying("replace", home, home, tmp_path / "copies")
    assert_turns_once(found, old=dict.fromkeys(names, "old"), new=new)
    assert len(found) > 25


LIMITED = """
import resource, sys
from ui.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
main(sys.argv[2:])
"""


@pytest.mark.parametrize("most", [2_000, 50_000, 120_000])
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, most: int) -> None:
    """A limit on the size of files makes writing fail as a full disk does."""
    texts = [" ".join(hashlib.sha256(bytes([turn, number])).hexdigest() for number in range(250)) for turn in range(20)]
    home = make_home(tmp_path / "home", *(Article.create(text) for text in texts))
    archive = tmp_path / "archive.zip"
    back_up(home, archive)
    assert archive.stat().st_size > 120_000
    before = tree(tmp_path)
    for words in (f"backup {archive}", f"restore {archive} --replace"):
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(most), *words.split(), "--home", home],
            check=False, capture_output=True, text=True, timeout=60, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout
        assert done.stderr.count("\n") == 1, done.stderr
        assert "Free some space" in done.stderr or "free some space" in done.stderr
        assert tree(tmp_path) == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


# Archives that anybody may have made


def repacked(archive: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """Write the archive anew with other files and another manifest, as somebody hostile would."""
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    manifest: dict[str, Any] = json.loads(files.pop("manifest.json"))
    change(files, manifest)
    hostile = archive.with_name("hostile.zip")
    with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
        packed.writestr("manifest.json", json.dumps(manifest))
    return hostile


def listed(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def adding(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
        files[name] = data
        manifest["files"].append(listed(name, data))

    return change


def with_database(*statements: str, name: str = "articles.db") -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
        db = sqlite3.connect(":memory:")
        db.deserialize(files["articles.db"])
        for statement in statements:
            db.execute(statement)
        db.commit()
        files[name] = db.serialize()
        manifest["files"] = [listed(each, data) for each, data in files.items()]
        db.close()

    return change


def setting(**values: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda files, manifest: manifest.update(values)


def swelling(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    for one in manifest["files"]:
        one["size"] = 2**40


HOSTILE = {
    "a path upwards": (adding("../../evil.db"), "does not belong"),
    "a path within": (adding("evaluations/../../evil"), "does not belong"),
    "an absolute path": (adding("/evil.db"), "does not belong"),
    "a drive": (adding("C:evil.db"), "does not belong"),
    "backslashes": (adding("evaluations\\..\\evil"), "does not belong"),
    "a derived store": (adding("chroma/chroma.sqlite3"), "does not belong"),
    "the lock": (adding("lock"), "does not belong"),
    "a name of another case": (adding("Articles.db"), "two files of the same name"),
    "a file that is a folder, too": (
        lambda files, manifest: [adding(name)(files, manifest) for name in ("evaluations/a", "evaluations/a/b")],
        "two files of the same name",
    ),
    "a newer format": (setting(format=2, dateline="9.9"), "newer Dateline ('9.9')"),
    "no format that is understood": (setting(files=[{"name": 1}]), "cannot be read"),
    "no files": (setting(files=[]), "no articles"),
    "no such sizes": (swelling, "does not hold the files"),
    "a file that is not named": (lambda files, manifest: files.update({"x.db": b"x"}), "does not hold the files"),
    "another content": (
        lambda files, manifest: files.update({"chat.db": bytes(len(files["chat.db"]))}),
        "is not as it was written",
    ),
    "not a database": (adding("other.db", b"x" * 5000), "is not a database"),
    "a trigger": (
        with_database("CREATE TRIGGER t AFTER INSERT ON articles BEGIN DELETE FROM articles; END"),
        "has views, triggers",
    ),
    "a view": (with_database("CREATE VIEW v AS SELECT * FROM articles", name="v.db"), "has views, triggers"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_changes_nothing(archive: Path, tmp_path: Path, case: str) -> None:
    change, words = HOSTILE[case]
    hostile = repacked(archive, change)
    home = make_home(tmp_path / "home", BREAD)
    before = tree(tmp_path)
    for given in (["--replace"], []):
        target = home if given else tmp_path / "new" / "home"
        done = run("restore", str(hostile), *given, home=target)
        assert done.exit_code == 1
        assert words in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert tree(tmp_path) == before
    assert ids_in(home) == {"bread"}


def test_an_archive_that_is_cut_or_altered_anywhere_is_refused(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    made = tmp_path / "made.zip"
    for at in [*range(0, len(data), max(1, len(data) // 60)), *range(len(data) - 60, len(data))]:
        made.write_bytes(data[:at])
        with pytest.raises(BackupError), open_archive(made) as opened:
            opened.verify()
        flipped = bytearray(data)
        flipped[at] ^= 0xFF
        made.write_bytes(flipped)
        try:
            with open_archive(made) as opened:
                opened.verify()
                sound = {member.sha256 for member in opened.manifest.members}
        except BackupError:
            continue
        with open_archive(archive) as opened:  # a date or a mode: nothing that is restored
            assert sound == {member.sha256 for member in opened.manifest.members}


def test_small_files_that_unpack_to_huge_ones_are_refused(archive: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.zip"
    with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("manifest.json", b" " * 2**27)
    with pytest.raises(BackupError, match="too long"), open_archive(hostile):
        pass
    free = shutil.disk_usage(tmp_path).free
    with zipfile.ZipFile(archive) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    # One stretch of bytes under many names, as zip bombs have it: they would need more bytes than the archive has.
    data = archive.read_bytes()
    entries = 3_000
    with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(entries):
            packed.writestr(f"b{number}.db", b"")
        manifest["files"] = [listed(f"b{number}.db", b"") for number in range(entries)]
        packed.writestr("manifest.json", json.dumps(manifest))
        for entry in packed.filelist[:-1]:
            entry.compress_size, entry.file_size = 10_000_000, free // entries * 2
    assert len(data) < hostile.stat().st_size
    with pytest.raises(BackupError, match="more than its bytes can unpack to"), open_archive(hostile):
        pass
    with zipfile.ZipFile(hostile, "w") as packed:
        for number in range(20_000):
            packed.writestr(f"b{number}.db", b"")
    with pytest.raises(BackupError), open_archive(hostile):
        pass
    (tmp_path / "text.zip").write_text("nothing of the kind")
    for path in (tmp_path / "text.zip", tmp_path, tmp_path / "none.zip", Path("/dev/zero")):
        with pytest.raises(BackupError), open_archive(path):
            pass


def test_links_in_an_archive_become_files(archive: Path, tmp_path: Path) -> None:
    """A zip says by its attributes that an entry is a link; nothing here looks at them."""
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    files["evaluations/link"] = str(outside).encode()
    manifest["files"].append(listed("evaluations/link", files["evaluations/link"]))
    hostile = tmp_path / "hostile.zip"
    with zipfile.ZipFile(hostile, "w") as packed:
        for name, data in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            packed.writestr(entry, data)
    restore(hostile, tmp_path / "home", embedder=WordEmbedder())
    link = tmp_path / "home" / "evaluations" / "link"
    assert link.is_file()
    assert not link.is_symlink()
    assert outside.read_text() == "untouched"
