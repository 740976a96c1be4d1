"""Full and read-only disks, vanished homes, permissions and network file systems: clear errors, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index import Article, ArticleIndex, HomeError
from index.local_files.disk import network_of
from index.local_files.room import DiskFullError
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
# A file may not grow beyond so many bytes: what the system then says is what it says of a full disk.
CHILD = """
import resource, sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from index import ArticleIndex
from index.local_files.room import DiskFullError
from tests.fakes import WordEmbedder
from tests.test_disks import article
with ArticleIndex.open(Path(sys.argv[2]), embedder=WordEmbedder(), write=True) as index:
    index.add(article(number) for number in range(200))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
    try:
        index.add(article(number) for number in range(200, 4000))
    except DiskFullError as error:
        found = len(index.retrieve(article(7).text, k=3))
        print(error, "|", error.help, "|", found, index.article("a7").text == article(7).text)
"""


def article(number: int) -> Article:
    return Article.create(" ".join(f"w{number * k % 9973}" for k in range(1, 60)), id=f"a{number}")


@pytest.mark.parametrize("size", [1_500_000, 2_500_000])
def test_a_full_disk_is_a_clear_error_and_adding_can_continue_later(tmp_path: Path, size: int) -> None:
    child = subprocess.run(
        [sys.executable, "-c", CHILD, ROOT, tmp_path, str(size)],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert child.stdout.count(" | ") == 2, child.stderr[-3000:]
    message, help_, readable = child.stdout.strip().split(" | ")
    assert message.startswith("The disk that holds ")
    assert message.endswith(" is full.")
    assert help_.startswith("Free some space")
    assert readable == "3 True"
    embedder = WordEmbedder()
    with ArticleIndex.open(tmp_path, embedder=embedder, write=True) as index:
        assert 200 <= index.count() < 4000
        index.add(article(number) for number in range(1500))
        assert index.count() >= 1500
        for number in (3, 199, 700, 1499):
            assert index.retrieve(article(number).text, k=1)[0].passage.article_id == f"a{number}"


def test_too_little_space_is_reported_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        index.add([article(1)])
        with monkeypatch.context() as patch:
            patch.setattr("index.local_files.room._NEEDED", 2**60)
            with pytest.raises(DiskFullError, match=r"is full: \d+ MiB are left, adding needs"):
                index.add([article(2)])
            assert index.count() == 1
            index.remove(["a1"])  # frees room
        index.add([article(2)])
        assert index.count() == 1


def test_a_vanished_home_is_a_clear_error(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as index:
        index.add([article(1)])
        home.rename(tmp_path / "elsewhere")
        with pytest.raises(HomeError, match="is gone"):
            index.add([article(2)])
        (tmp_path / "elsewhere").rename(home)
    with ArticleIndex.open(home, embedder=WordEmbedder()) as index:
        assert index.retrieve(article(1).text, k=1)[0].passage.article_id == "a1"


def test_a_home_on_a_read_only_disk_is_a_clear_error(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as index:
        index.add([article(1)])
    if os.geteuid() == 0:  # whom no rights keep from writing
        mounted = subprocess.run(["mount", "--bind", home, home], check=False, capture_output=True)
        if mounted.returncode:
            pytest.skip("nothing may be mounted here")
        subprocess.run(["mount", "-o", "remount,ro,bind", home], check=True)
    else:
        home.chmod(0o500)
    try:
        with pytest.raises(HomeError, match="cannot be written to"):
            ArticleIndex.open(home, embedder=WordEmbedder(), write=True)
        with pytest.raises(HomeError, match="cannot be written to"):
            ArticleIndex.open(home, embedder=WordEmbedder())
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", home], check=True)
        else:
            home.chmod(0o700)


def test_only_the_owner_reads_a_home_that_existed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as index:
            index.add([article(1)])
            assert (home / "articles.db").stat().st_mode & 0o077 == 0
            assert (home / "articles.db-wal").stat().st_mode & 0o077 == 0
        (home / "articles.db").chmod(0o644)  # as homes were made before
        ArticleIndex.open(home, embedder=WordEmbedder(), write=True).close()
    finally:
        os.umask(before)
    assert [path for path in home.rglob("*") if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        ("/dev/sda1 / ext4 rw 0 0\nserver:/x {0} nfs4 rw 0 0\n", "nfs4"),
        ("//server/x {0} cifs rw 0 0\n/dev/sdb1 {0}/home ext4 rw 0 0\n", None),
        ("me@server:/ {0} fuse.sshfs rw 0 0\n", "fuse.sshfs"),
        ("/dev/sda1 / ext4 rw 0 0\n", None),
        ("what is this\n\n", None),
    ],
)
def test_a_network_file_system_is_noticed(tmp_path: Path, mounts: str, expected: str | None) -> None:
    table = tmp_path / "mounts"
    table.write_text(mounts.format(tmp_path))
    assert network_of(tmp_path / "home", mounts=table) == expected
    assert network_of(tmp_path / "home", mounts=tmp_path / "none") is None
