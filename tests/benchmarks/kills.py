"""Kill Dateline at random moments, Chroma's own writes on purpose, and see that nothing is ever lost.

    python -m tests.benchmarks.kills [--kills N] [--passages N] [--seed N]

A home of many passages is changed by child processes that add, remove, replace and index anew, and by a `dateline
serve` to which files are posted; each is killed with SIGKILL: half of them at a random moment, half while Chroma writes
the files of its vectors. After each kill the next
command has to open the home, find every article whose change was acknowledged, find it by its vector, by its words and
with a filter, and hold nothing else. Printed are a line for each kill and, at the end, how many left a whole home.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from assistant.settings import load_settings
from index import Article, ArticleIndex, Filters, reindex
from tests.fakes import WordEmbedder
from ui.process import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent.parent
ACTIONS = ("add", "remove", "replace", "reindex", "upload")
_EMBEDDER = "tests.benchmarks.kills.Words"
_KEY = "the-key-of-the-killed-server"
_BATCH = 600  # articles of a change, a passage each


class Words:
    """The embedder of the homes as a server is told of it: by a full name, and with LlamaIndex's methods."""

    def get_text_embedding_batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return WordEmbedder().embed(texts)

    def get_query_embedding(self, text: str) -> NDArray[np.float32]:
        return WordEmbedder().embed_question(text)


def embedder() -> WordEmbedder:
    """Return the embedder of the homes."""
    return WordEmbedder(_EMBEDDER)


def article(number: int, version: int = 0) -> Article:
    """Return an article of one passage that no other is like."""
    words = " ".join(f"w{(number * k) % 9973}" for k in range(1, 10))
    text = f"Report n{number}v{version} says {words}."
    return Article.create(text, id=f"a{number}", source=f"Paper {number % 5}")


def change(home: Path, action: str, first: int, version: int) -> None:
    """Make changes until killed, saying before each what is begun and after it what is done."""
    if action == "reindex":
        print(json.dumps(["begun", []]), flush=True)
        reindex(home, embedder=embedder())
        print(json.dumps(["done", []]), flush=True)
        return
    if action == "upload":
        settings = load_settings(home=home, llm="none", port=0, api_keys=_KEY, embedder=_EMBEDDER)
        run(
            settings, say=lambda ready: threading.Thread(target=_post, args=[ready.split()[-1], first, version]).start()
        )
        return
    with ArticleIndex.open(home, embedder=embedder(), write=True) as index:
        for at in range(first, first + 50 * _BATCH, _BATCH):
            numbers = list(range(at, at + _BATCH))
            if action != "add":
                numbers = [number for number in numbers if number < first + 3 * _BATCH]
            if not numbers:
                break
            print(json.dumps(["begun", numbers]), flush=True)
            if action == "remove":
                index.remove([f"a{number}" for number in numbers])
            else:
                index.add(article(number, version) for number in numbers)
            print(json.dumps(["done", numbers]), flush=True)


def _post(url: str, first: int, version: int) -> None:
    """Send files of articles to a server until it is killed."""
    with httpx.Client(base_url=url, timeout=60, headers={"Authorization": f"Bearer {_KEY}"}) as client:
        for at in range(first, first + 50 * _BATCH, _BATCH):
            numbers = range(at, at + _BATCH)
            made = [article(number, version) for number in numbers]
            rows = [json.dumps({"id": one.id, "source": one.source, "text": one.text}) for one in made]
            files = [("files", (f"{part}.jsonl", "\n".join(rows[part::3]))) for part in range(3)]
            print(json.dumps(["begun", list(numbers)]), flush=True)
            response = client.post("/api/articles", files=files, headers={"Prefer": "wait=60"})
            if response.status_code != 201 or len(response.json()["added"]) != _BATCH:
                raise RuntimeError(response.text[:500])
            print(json.dumps(["done", list(numbers)]), flush=True)


def kill(home: Path, action: str, first: int, version: int, *, aimed: bool, dice: random.Random) -> tuple[str, str]:
    """Run a change and kill it; return what it printed, and where it was hit."""
    command = [sys.executable, "-m", "tests.benchmarks.kills", "--change", str(home), action, str(first), str(version)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    printed = child.stdout.readline()
    hit = "at random"
    if aimed:
        folder = home / "next" / "chroma" if action == "reindex" else home / "chroma"
        before = _written(folder)
        until = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < until:
            if _written(folder) != before:
                hit = "in Chroma's write"
                break
        time.sleep(dice.choice([0, 0, 0.001, 0.003]))
    else:
        time.sleep(dice.random() * 3)
    child.send_signal(signal.SIGKILL)
    printed += child.stdout.read()
    child.stdout.close()
    child.wait()
    return printed, hit if child.returncode == -signal.SIGKILL else "too late"


def _written(folder: Path) -> list[tuple[int, int]]:
    """Return what changes when Chroma writes the files of its vectors."""
    facts = []
    try:
        for at in os.scandir(folder):
            if at.is_dir():
                facts += [(file.stat().st_mtime_ns, file.stat().st_size) for file in os.scandir(at.path)]
    except OSError:
        pass
    return facts


def expect(known: dict[int, int], printed: str, action: str, version: int) -> set[int]:
    """Bring what has to be there up to date; return the numbers whose change was begun and not acknowledged."""
    open_: set[int] = set()
    for line in printed.splitlines():
        if not line.endswith("]"):
            break
        state, numbers = json.loads(line)
        if state == "begun":
            open_ = set(numbers)
            continue
        open_ = set()
        for number in numbers:
            if action == "remove":
                known.pop(number, None)
            else:
                known[number] = version
    return open_


def look(home: Path, known: dict[int, int], open_: set[int], turn: tuple[str, int], dice: random.Random) -> list[str]:
    """Open the home as the next command does; return what is wrong with it, and bring `known` up to date."""
    action, version = turn
    wrong = []
    with ArticleIndex.open(home, embedder=embedder()) as index:
        ids = {info.id for info in index.articles()}
        for number in open_:
            if f"a{number}" not in ids:
                known.pop(number, None)
            elif action == "replace" or number not in known:
                known[number] = version if f"v{version} " in index.article(f"a{number}").text else known.get(number, 0)
        expected = {f"a{number}" for number in known}
        if ids != expected:
            wrong.append(f"{len(expected - ids)} articles are missing, {len(ids - expected)} are too many")
        passages, articles = index.sizes()
        if passages != len(known) or articles != len(known):
            wrong.append(f"{passages} passages, {articles} articles, not {len(known)}")
        newest = sorted(known)[-5:]
        touched = sorted(open_ & known.keys())[:5]
        for number in {*dice.sample(sorted(known), 15), *newest, *touched}:
            text = article(number, known[number]).text
            for filters in (None, Filters(source=(f"Paper {number % 5}",))):
                found = index.retrieve(text, k=1, filters=filters)
                if not found or found[0].passage.text != text:
                    wrong.append(f"a{number} is not found{' with a filter' if filters else ''}")
    if (home / "next").exists() and action != "reindex":
        wrong.append("next/ is left")
    return wrong


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--change", nargs=4)
    given = parser.parse_args()
    if given.change:
        home, action, first, version = given.change
        change(Path(home), action, int(first), int(version))
        return
    dice = random.Random(given.seed)  # noqa: S311 - dice, not secrets
    folder = Path(tempfile.mkdtemp(prefix="dateline-kills-"))
    home, whole, aimed_hits = folder / "home", 0, 0
    known = dict.fromkeys(range(given.passages), 0)
    with ArticleIndex.open(home, embedder=embedder(), write=True) as index:
        index.add(article(number) for number in known)
    upper = given.passages
    for turn in range(1, given.kills + 1):
        action = dice.choices(ACTIONS, [4, 3, 4, 1, 4])[0]
        whole_ranges = [at for at in sorted(known)[::50] if all(at + k in known for k in range(3 * _BATCH))]
        if action in {"add", "upload"} and len(known) > given.passages * 3 // 2:
            action = "remove"
        if action in {"remove", "replace"} and not whole_ranges:
            action = "add"
        first = dice.choice(whole_ranges) if action in {"remove", "replace"} else upper
        printed, hit = kill(home, action, first, turn, aimed=turn % 2 == 0, dice=dice)
        open_ = expect(known, printed, action, turn)
        upper = max([upper, *known, *open_]) + 1
        began = time.perf_counter()
        try:
            wrong = look(home, known, open_, (action, turn), dice)
        except Exception as error:
            wrong = [repr(error)]
        whole += not wrong
        aimed_hits += hit == "in Chroma's write"
        print(
            f"{turn} {action} {hit}: {'; '.join(wrong) or 'whole'}",
            f"({len(known)} articles, {time.perf_counter() - began:.1f} s)",
            flush=True,
        )
        if wrong:
            shutil.copytree(home, folder / f"broken-{turn}")
    print(f"{whole} of {given.kills} whole, {aimed_hits} hit in Chroma's write")
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
