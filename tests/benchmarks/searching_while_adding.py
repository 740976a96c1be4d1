"""Measure how long searches take while articles are added in the same process.

    python -m tests.benchmarks.searching_while_adding SEARCHED_SET ADDED_SET [--rounds 3]

The articles of the first set are there; its questions are searched for one after the other, each time with a word of
their own, so that nothing is remembered: first with nothing else going on, then while those of the second are added.
Printed are p50 and p95 of both in milliseconds, and how often the idle value the other is, round by round.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from index import ArticleIndex
from index.passages.embedding_bundled import BundledEmbedder
from tests.benchmarks.figures import percentile
from tests.benchmarks.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_IDLE = 200  # searches
_PAUSE = 0.02  # seconds between two, as of a person or two


def search(index: ArticleIndex, questions: Iterator[str], goes_on: Callable[[int], bool]) -> list[float]:
    """Return the milliseconds of searches, one after the other."""
    spent: list[float] = []
    while goes_on(len(spent)):
        question = next(questions)
        began = time.perf_counter()
        index.retrieve(question)
        spent.append((time.perf_counter() - began) * 1000)
        time.sleep(_PAUSE)
    return spent


def main() -> None:
    """Measure with the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("searched", type=Path, metavar="SEARCHED_SET")
    parser.add_argument("added", type=Path, metavar="ADDED_SET")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    there, new = load_set(given.searched), load_set(given.added)
    in_turn = itertools.cycle(question.text for question in there.questions)
    questions = (f"{text} {number}" for number, text in enumerate(in_turn))
    print("| idle p50 ms | p95 | adding p50 ms | p95 | p50 times | p95 times | searches |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    ratios = []
    for _ in range(given.rounds):
        with (
            tempfile.TemporaryDirectory() as home,
            ArticleIndex.open(Path(home), embedder=BundledEmbedder(), write=True) as index,
        ):
            index.add(there.articles)
            search(index, questions, lambda done: done < 20)  # loads what is loaded late
            idle = search(index, questions, lambda done: done < _IDLE)
            adding = threading.Thread(target=index.add, args=(new.articles,))
            adding.start()
            busy = search(index, questions, lambda _: adding.is_alive())  # noqa: B023
            adding.join()
        figures = [percentile(values, share) for values in (idle, busy) for share in (0.5, 0.95)]
        ratios.append(figures[3] / figures[1])
        row = [*figures, figures[2] / figures[0], ratios[-1]]
        print("| " + " | ".join(f"{value:.1f}" for value in row) + f" | {len(busy)} |", flush=True)
    print(
        f"\np95 while adding is {statistics.median(ratios):.1f} times its idle value (median of {given.rounds} rounds)"
    )


if __name__ == "__main__":
    main()
