"""`kill -9` at one step of a work on a home after the other: a program that forks, and each child dies a step later.

    python -m tests.dying restore ARCHIVE HOME FOLDER STRIDE    children restore over copies of HOME
    python -m tests.dying backup ARCHIVE HOME FOLDER STRIDE     children back HOME up over copies of ARCHIVE
    python -m tests.dying replace HOME HOME FOLDER STRIDE       children put other files in the place of HOME's

Each line that it prints says, as JSON, at which step a child died and what the next command found.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromadb.config  # noqa: F401 - once, for all children
import tantivy  # noqa: F401

from index import ArticleIndex
from index.engines.embedded.backups.archive import open_archive
from index.engines.embedded.home import Home, HomeLock
from index.engines.embedded.replacing import gather, replace_by_gathered
from index.upkeep import back_up, restore
from tests.fakes import WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

_STEPS = ("rename", "replace", "unlink", "rmdir", "mkdir", "fsync")


def die_at(step: int) -> None:
    """Kill this process right before that call into the file system."""
    calls = 0

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any, **keywords: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **keywords)

        return made

    for name in _STEPS:
        setattr(os, name, dying(getattr(os, name)))


def in_child(work: Callable[[], object]) -> tuple[int, Any]:
    """Return the status of a forked child and what its work returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as told:  # noqa: PTH123
        answer = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), json.loads(answer or b"null")


# What children do, and what is found after


def _restore(archive: Path, target: Path) -> None:
    restore(archive, target, embedder=WordEmbedder(), replace=True)


def _look_at_home(target: Path) -> dict[str, Any]:
    with ArticleIndex.open(target, embedder=WordEmbedder()) as index:
        found = {scored.passage.article_id for scored in index.retrieve("ferry mill bread", k=50)}
        ids = [info.id for info in index.articles()]
    kept = [path.relative_to(target).as_posix() for path in target.glob("evaluations/**/*.json")]
    return {"ids": sorted(ids), "found": sorted(found), "kept": kept, "chat": (target / "chat.db").exists()}


def _back_up(home: Path, target: Path) -> None:
    back_up(home, target)


def _look_at_archive(target: Path) -> dict[str, Any]:
    with open_archive(target) as opened:
        opened.verify()
        return {"articles": opened.manifest.articles}


def _replace(target: Path) -> None:
    lock = HomeLock(Home(target))
    lock.acquire(write=True, purpose="test")
    new = gather(target)
    for name in ("articles.db", "chat.db", "chroma/a", "evaluations/new/a"):
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).write_text("new")
    replace_by_gathered(target)
    lock.release()


def _look_at_files(target: Path) -> dict[str, str]:
    lock = HomeLock(Home(target))
    lock.acquire(write=False, purpose="test")
    lock.release()
    files = (path.relative_to(target) for path in target.rglob("*") if path.is_file())
    skipped = ("lock", "restoring")  # what the next try empties
    return {path.as_posix(): (target / path).read_text() for path in files if not path.parts[0].startswith(skipped)}


def main(action: str, archive: Path, home: Path, folder: Path, stride: int) -> None:
    works: dict[str, tuple[Callable[[Path], None], Callable[[Path], Any]]] = {
        "restore": (lambda target: _restore(archive, target), _look_at_home),
        "backup": (lambda target: _back_up(home, target), _look_at_archive),
        "replace": (_replace, _look_at_files),
    }
    work, look = works[action]
    step, status = 1, -1
    while status:
        place = folder / f"{step}"
        if action == "backup":
            place.mkdir()
            target = Path(shutil.copy(archive, place / "archive.zip"))
        else:
            target = Path(shutil.copytree(home, place))

        def attempt(step: int = step, target: Path = target) -> None:
            die_at(step)
            work(target)

        status, _ = in_child(attempt)
        seen, found = in_child(lambda target=target: look(target))  # type: ignore[misc]
        print(json.dumps({"step": step, "status": status, "seen": seen, "found": found}), flush=True)  # noqa: T201
        shutil.rmtree(place)
        step += stride


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
