from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from index.engines.embedded.home import Home, HomeLock
from index.errors import HomeLockedError

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://127.0.0.1:8000"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def refused(home: Home) -> HomeLockedError:
    with pytest.raises(HomeLockedError) as caught:
        HomeLock(home).acquire(write=False, purpose="dateline ask")
    return caught.value


def test_a_server_is_named_with_its_address(home: Home) -> None:
    lock = HomeLock(home)
    lock.acquire(write=True, purpose="dateline serve", url=URL)
    error = refused(home)
    assert "`dateline serve`" in str(error)
    assert str(os.getpid()) in str(error)
    assert error.help is not None
    assert f"--server {URL}" in error.help
    lock.release()
    assert not (home.folder / "lock.json").exists()
    assert sorted(path.name for path in home.folder.iterdir() if path.suffix == ".json") == []


def test_a_server_is_not_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = HomeLock(home)
    lock.acquire(write=True, purpose="dateline serve", url=URL)
    monkeypatch.setattr("index.engines.embedded.home._WAIT", 1000)  # whoever waited would not come back in time
    refused(home)
    lock.release()


def test_a_command_is_named_without_an_address(home: Home) -> None:
    lock = HomeLock(home)
    lock.acquire(write=True, purpose="dateline add")
    error = refused(home)
    assert "`dateline add`" in str(error)
    assert error.help is not None
    assert "--server" not in error.help
    lock.release()


def _dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize("note", ["", "{", "[]", '"text"', "{}", '{"pid": "x", "purpose": "", "since": ""}', None])
def test_an_outdated_lock_note_is_ignored(home: Home, note: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.engines.embedded.home._WAIT", 0.05)
    lock = HomeLock(home)
    lock.acquire(write=True, purpose="dateline add")
    if note is None:  # of a server that was killed
        note = json.dumps({"pid": _dead_process(), "purpose": "dateline serve", "since": "2026-01-01", "url": URL})
    (home.folder / "lock.json").write_text(note)
    error = refused(home)
    assert "another process" in str(error)
    assert URL not in f"{error} {error.help}"
    lock.release()


def test_a_lock_note_stays_complete_while_many_take_turns(home: Home) -> None:
    locks = [HomeLock(home) for _ in range(3)]
    for number, lock in enumerate(locks):
        lock.acquire(write=False, purpose=f"dateline reader {number}")
        assert json.loads((home.folder / "lock.json").read_text())["purpose"] == f"dateline reader {number}"
    for lock in locks:
        lock.release()
    locks[0].acquire(write=True, purpose="dateline add")
    locks[0].release()
