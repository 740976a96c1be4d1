"""Measure how long an answer without a language model takes, stage by stage.

    python -m tests.benchmarks.asking SET_FOLDER... [--questions 200]

The articles of all sets go into one home; questions are taken from all sets in turn and each is asked once, so nothing
of an answer is remembered from before. Printed is a Markdown table of milliseconds by stage.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections import defaultdict
from pathlib import Path

from assistant.build import build_assistant, open_index
from assistant.settings import Settings
from tests.benchmarks.figures import percentile
from tests.benchmarks.question_sets import load_set


def main() -> None:
    """Measure on the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    sets = [load_set(folder) for folder in given.sets]
    in_turn = itertools.zip_longest(*(one.questions for one in sets))
    questions = [one.text for one in itertools.chain.from_iterable(in_turn) if one is not None][: given.questions]
    spent: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        with open_index(settings, write=True) as index:
            index.add(article for one in sets for article in one.articles)
            assistant = build_assistant(settings, index)
            assistant.ask("What happened?")  # loads the models
            for question in questions:
                for stage, milliseconds in assistant.ask(question).timings_ms.items():
                    spent[stage].append(milliseconds)
            passages, articles = index.sizes()
    print(f"{articles} articles, {passages} passages, {len(questions)} questions\n")
    print("| stage | p50 ms | p95 ms |\n|---|---:|---:|")
    for stage, values in spent.items():
        print(f"| {stage} | {percentile(values, 0.5):.1f} | {percentile(values, 0.95):.1f} |")


if __name__ == "__main__":
    main()
