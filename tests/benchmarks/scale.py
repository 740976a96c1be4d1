"""Measure how cost grows with the collection.

    python -m tests.benchmarks.scale SET_FOLDER... --passages 10000 [100000 1000000] [--json OUT] [--homes FOLDER]

Collections are made of the sets' own passages, put together anew to articles of seven, always the same; each passage
gets a word of its own, so that no two are alike. Vectors are made, not computed, so that adding shows what storing
costs: that of the passage it came from, turned a little. Questions are the sets' own and embedded as ever; half are
asked to load what is loaded late, and the other half measured. One home a size; --homes keeps them.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import hashlib
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.build import build_assistant
from assistant.settings import Settings
from index import Article, ArticleIndex, Filters
from index.passages.chunking import cut_passages
from index.passages.embedding_bundled import BundledEmbedder
from tests.benchmarks.figures import percentile
from tests.benchmarks.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_PASSAGES = 7  # of an article
_SOURCES = 25  # so one of them has 4 % of the articles
_NOISE = 0.35  # length of what is added to a unit vector
_QUESTIONS = 100
_KIB_PER_MIB = 1024
_FEW, _MANY = Filters(source=("Source 7",)), Filters(since=dt.date(2025, 1, 1))
"""Filters that 4 % and half of the articles meet."""


class MadeVectors(BundledEmbedder):
    """Embeds questions as ever, and what is added by turning the vector of what it was made of."""

    def __init__(self, known: dict[str, NDArray[np.float32]]) -> None:
        super().__init__()
        self._known = known

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
        names = list(self._known)
        start = text.split("\n", 1)[-1].partition(". ")[2][:40]
        vector = self._known.get(start, self._known[names[digest[0] % len(names)]])
        noise = np.random.default_rng(list(digest)).normal(size=self.dimension).astype(np.float32)
        turned = vector + _NOISE * noise / np.linalg.norm(noise)
        return turned / np.linalg.norm(turned)


def make_articles(texts: Sequence[str], first: int, count: int) -> Iterator[Article]:
    """Yield the articles numbered from `first` on; a number always gives the same one."""
    for number in range(first, first + count):
        chance = random.Random(number)  # noqa: S311 - nothing secret
        parts = [f"Report {number}.{place} of the desk. {chance.choice(texts)}" for place in range(_PASSAGES)]
        day = dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(731))
        yield Article.create(
            "\n\n".join(parts), id=f"made-{number}", title=None, source=f"Source {number % _SOURCES}", published=day
        )


def measure(
    home: Path, size: int, texts: Sequence[str], questions: Sequence[str], embedder: MadeVectors
) -> dict[str, Any]:
    """Return the figures of one size."""
    figures: dict[str, Any] = {"passages": size}
    articles = size // _PASSAGES
    began = time.perf_counter()
    with ArticleIndex.open(home, embedder=embedder, write=True) as index:
        there = index.sizes()[1]
        index.add(make_articles(texts, there, articles - there))
        if not there:
            figures["add_per_s"] = size / (time.perf_counter() - began)
    began = time.perf_counter()
    with ArticleIndex.open(home, embedder=embedder, write=True) as index:
        figures["open_s"] = time.perf_counter() - began
        figures["passages"] = index.sizes()[0]
        for question in questions[_QUESTIONS:]:
            index.retrieve(question)
        for name, filters in (("all", None), ("4 %", _FEW), ("50 %", _MANY)):
            index.retrieve(questions[0], k=9, filters=filters)
            spent = [_timed(index.retrieve, question, filters=filters) for question in questions[:_QUESTIONS]]
            figures[f"search {name} p50_ms"] = percentile(spent, 0.5) * 1000
            figures[f"search {name} p95_ms"] = percentile(spent, 0.95) * 1000
        assistant = build_assistant(Settings(home=home), index)
        assistant.ask(questions[-1])
        figures["ask p50_ms"] = percentile([_timed(assistant.ask, one) for one in questions[:30]], 0.5) * 1000
        last = index.sizes()[1]
        for count in (1, 100, 10_000):
            made = list(make_articles(texts, last, count))
            last += count
            figures[f"add {count} articles_s"] = _timed(index.add, made)
        figures["remove 1 article_s"] = _timed(index.remove, [f"made-{last - 1}"])
        index.remove([f"made-{number}" for number in range(articles, last - 1)])
    figures["memory_MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB
    disk = sum(file.stat().st_blocks * 512 for file in home.rglob("*") if file.is_file())
    figures["disk_MiB"] = disk / 2**20
    return figures


def _timed(function: Any, *arguments: Any, **keywords: Any) -> float:
    began = time.perf_counter()
    function(*arguments, **keywords)
    return time.perf_counter() - began


def main() -> None:
    """Measure the sizes named on the command line, each in a process of its own, so that memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    parser.add_argument("--passages", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if len(given.passages) > 1:
        rows = []
        for size in given.passages:
            command = [sys.executable, "-m", "tests.benchmarks.scale", *given.sets, "--passages", str(size)]
            command += ["--homes", given.homes] if given.homes else []
            rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]))
        print("| | " + " | ".join(f"{row['passages']:,}" for row in rows) + " |\n|---|" + "---:|" * len(rows))
        for name in dict.fromkeys(itertools.chain.from_iterable(rows)):
            if name != "passages":
                print(f"| {name} | " + " | ".join(f"{row.get(name, float('nan')):.4g}" for row in rows) + " |")
        if given.json:
            given.json.write_text(json.dumps(rows, indent=1) + "\n")
        return
    sets = [load_set(folder) for folder in given.sets]
    real = BundledEmbedder()
    texts = [
        passage.text
        for one in sets
        for article in one.articles
        for passage in cut_passages(article, real.count_tokens, max_tokens=150)
    ]
    embedder = MadeVectors({text[:40]: vector for text, vector in zip(texts, real.embed(texts), strict=True)})
    in_turn = itertools.zip_longest(*(one.questions for one in sets))
    questions = [one.text for one in itertools.chain.from_iterable(in_turn) if one is not None][: 2 * _QUESTIONS]
    with contextlib.ExitStack() as stack:
        folder = given.homes or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        print(json.dumps(measure(folder / f"home-{given.passages[0]}", given.passages[0], texts, questions, embedder)))


if __name__ == "__main__":
    main()
