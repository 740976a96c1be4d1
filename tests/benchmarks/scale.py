"""Measure how cost grows with the collection.

    python -m tests.benchmarks.scale SET_FOLDER... [--passages 10000 100000 1000000] [--json OUT] [--homes FOLDER]

Collections are made of the sets' own passages, put together anew to articles of seven, always the same; each passage
gets a word of its own, so that no two are alike. Beyond 10,000 passages vectors are made, not computed: that of the
passage it came from, turned a little. Questions are the sets' own and embedded as ever; half are asked to load what is
loaded late, and the other half measured. One home a size, and for each of growing it, asking it, serving it and
changing it a new process, so that memory is its own; --homes keeps the homes, and one that is there is not made again.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import hashlib
import json
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

from assistant.build import build_assistant
from assistant.settings import Settings
from index import Article, ArticleIndex, Filters
from index.passages.chunking import cut_passages
from index.passages.embedding_bundled import BundledEmbedder
from tests.benchmarks.figures import percentile
from tests.benchmarks.question_sets import load_set, questions_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

SIZES = (10_000, 100_000, 1_000_000)
_COMPUTED = 10_000  # passages up to which vectors are computed
_PARTS = 7  # of an article
_SOURCES = 25  # so one of them has 4 % of the articles
_NOISE = 0.35  # length of what is added to a unit vector
_QUESTIONS = 100
_ASKED = 30
_SINGLE = 5  # times that a single article is added and removed
_STARTS = 3  # of the server
_PAUSE = 0.01  # seconds between two looks at it
_PATIENCE = 120  # seconds
_KIB_PER_MIB = 1024
_FEW, _MANY = Filters(source=("Source 7",)), Filters(since=dt.date(2025, 1, 1))
"""Filters that 4 % and half of the articles meet."""


class MadeVectors(BundledEmbedder):
    """Embeds questions as ever, and what is added by turning the vector of what it was made of."""

    def __init__(self, known: dict[str, NDArray[np.float32]]) -> None:
        super().__init__()
        self._known = known
        self._all = list(known.values())

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return about how many word pieces there are."""
        return [len(text) // 5 for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32, `len(texts)` x 384."""
        return np.array([self._make(text) for text in texts], np.float32).reshape(-1, self.dimension)

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the question's vector."""
        vector: NDArray[np.float32] = super().embed([question])[0]
        return vector

    def _make(self, text: str) -> NDArray[np.float32]:
        digest = hashlib.sha256(text.encode()).digest()
        start = text.split("\n", 1)[-1].partition(". ")[2][:40]
        vector = self._known.get(start, self._all[digest[0] % len(self._all)])
        noise = np.random.default_rng(list(digest)).normal(size=self.dimension).astype(np.float32)
        turned = vector + _NOISE * noise / np.linalg.norm(noise)
        return turned / np.linalg.norm(turned)


class Material:
    """What collections and questions are made of."""

    def __init__(self, folders: Sequence[Path]) -> None:
        sets = [load_set(folder) for folder in folders]
        real = BundledEmbedder()
        self._texts = [
            passage.text
            for one in sets
            for article in one.articles
            for passage in cut_passages(article, real.count_tokens, max_tokens=150)
        ]
        vectors = real.embed(self._texts)
        self.computing = real
        self.making = MadeVectors({text[:40]: vector for text, vector in zip(self._texts, vectors, strict=True)})
        self.questions = questions_in_turn(sets)

    def articles(self, first: int, count: int) -> Iterator[Article]:
        """Yield the articles numbered from `first` on; a number always gives the same one."""
        for number in range(first, first + count):
            chance = random.Random(number)  # noqa: S311 - nothing secret
            parts = [f"Report {number}.{place} of the desk. {chance.choice(self._texts)}" for place in range(_PARTS)]
            day = dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(731))
            yield Article.create(
                "\n\n".join(parts), id=f"made-{number}", title=None, source=f"Source {number % _SOURCES}", published=day
            )


def grow(home: Path, size: int, made: Material) -> dict[str, float]:
    """Add articles until there are so many passages."""
    began = time.perf_counter()
    embedder = made.computing if size <= _COMPUTED else made.making
    with ArticleIndex.open(home, embedder=embedder, write=True) as index:
        while (missing := size - index.sizes()[0]) > 0:
            index.add(made.articles(index.sizes()[1], -(-missing // _PARTS)))
        passages, articles = index.sizes()
        spent = time.perf_counter() - began
    return {"passages": passages, "articles": articles, "added, passages a second": passages / spent}


def ask(home: Path, size: int, made: Material) -> dict[str, float]:
    """Open the home, search it and ask it."""
    figures: dict[str, float] = {}
    measured, others = made.questions[:_QUESTIONS], made.questions[_QUESTIONS : 2 * _QUESTIONS]
    began = time.perf_counter()
    with ArticleIndex.open(home, embedder=made.making) as index:
        figures["open, s"] = time.perf_counter() - began
        index.retrieve(others[0])
        figures["open and search once, s"] = time.perf_counter() - began
        for name, filters in (("", None), (" of 4 %", _FEW), (" of 50 %", _MANY)):
            for question in others:
                index.retrieve(question, filters=filters)
            spent = [_time(index.retrieve, question, filters=filters) * 1000 for question in measured]
            figures[f"search{name} p50, ms"] = percentile(spent, 0.5)
            figures[f"search{name} p95, ms"] = percentile(spent, 0.95)
        assistant = build_assistant(Settings(home=home), index)
        assistant.ask(others[0])
        spent = [_time(assistant.ask, question) * 1000 for question in measured[:_ASKED]]
        figures["ask p50, ms"] = percentile(spent, 0.5)
    disk = sum(file.stat().st_blocks * 512 for file in home.rglob("*") if file.is_file())
    return figures | {"memory asking, MiB": _memory(), "disk, MiB": disk / 2**20}


def change(home: Path, size: int, made: Material) -> dict[str, float]:
    """Add articles to the home and remove them again; single ones are removed from all over it."""
    figures: dict[str, float] = {}
    with ArticleIndex.open(home, embedder=made.making, write=True) as index:
        first = index.sizes()[1]
        figures["add 1 article, s"] = percentile(
            [_time(index.add, list(made.articles(first + number, 1))) for number in range(_SINGLE)], 0.5
        )
        victims = [first * number // _SINGLE for number in range(_SINGLE)]
        figures["remove 1 article, s"] = percentile([_time(index.remove, [f"made-{one}"]) for one in victims], 0.5)
        for one in victims:
            index.add(made.articles(one, 1))
        last = first + _SINGLE
        for count in (100, 10_000):
            figures[f"add {count:,} articles, s"] = _time(index.add, list(made.articles(last, count)))
            last += count
        figures["remove 10,105 articles, s"] = _time(index.remove, [f"made-{number}" for number in range(first, last)])
    return figures | {"memory changing, MiB": _memory()}


def serve(home: Path, size: int, made: Material) -> dict[str, float]:
    """Start a server on the home."""
    alive, ready = zip(*(_start(home) for _ in range(_STARTS)), strict=True)
    return {"server answers /health, s": percentile(alive, 0.5), "and is /ready, s": percentile(ready, 0.5)}


def _start(home: Path) -> tuple[float, float]:
    """Return the seconds from the start of the process until it is alive and until it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    dateline = str(Path(sys.executable).parent / "dateline")
    command = [dateline, "--home", str(home), "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        spent = []
        for path in ("health", "ready"):
            while not _answers(f"http://127.0.0.1:{port}/{path}"):
                if server.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    raise RuntimeError(f"The server does not answer at /{path}.")
                time.sleep(_PAUSE)
            spent.append(time.perf_counter() - began)
    finally:
        server.terminate()
        server.wait()
    return spent[0], spent[1]


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _time(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> float:
    began = time.perf_counter()
    function(*arguments, **keywords)
    return time.perf_counter() - began


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB


_STEPS = {"grow": grow, "ask": ask, "serve": serve, "change": change}


def main() -> None:
    """Measure the sizes named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    parser.add_argument("--passages", nargs="+", type=int, default=SIZES)
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--step", choices=_STEPS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        (size,) = given.passages
        print(json.dumps(_STEPS[given.step](given.homes, size, Material(given.sets))))
        return
    rows: list[dict[str, float]] = []
    with contextlib.ExitStack() as stack:
        homes = given.homes or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for size in given.passages:
            row: dict[str, float] = {}
            for step in _STEPS:
                command = [sys.executable, "-m", "tests.benchmarks.scale", *given.sets, "--passages", str(size)]
                command += ["--homes", homes / f"home-{size}", "--step", step]
                output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
                row |= json.loads(output.splitlines()[-1])
                print(f"# {size:,}: {step}", file=sys.stderr, flush=True)
            rows.append(row)
    print("| | " + " | ".join(f"{size:,}" for size in given.passages) + " |\n|---|" + "---:|" * len(rows))
    for name in rows[0]:
        print(f"| {name} | " + " | ".join(f"{row[name]:.4g}" for row in rows) + " |")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
