"""Measure how long an answer of each kind takes without a language model.

    python -m tests.benchmarks.kinds SET_FOLDER... [--each 12]

The articles of all sets go into one home. Facts are the sets' own questions; the other kinds are asked of titles and
names of the collection. Every question is asked once, and counts for the kind that its answer has. Printed is a
Markdown table of milliseconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from assistant.build import build_assistant, open_index
from assistant.settings import Settings
from tests.benchmarks.figures import percentile
from tests.benchmarks.question_sets import load_set, questions_in_turn

_OF_ALL = (
    "What is in this collection?",
    "How many articles are there?",
    "Which outlets are there?",
    "What is the oldest article?",
    "What is the newest article?",
    "What's new?",
)
_OF_A_TITLE = (
    "Who wrote “{}”?",
    "When was “{}” published?",
    "How many articles mention {}?",
    "Which articles are about {}?",
    "Summarise the articles about {}",
    "Give me a timeline of {}",
)


def main() -> None:
    """Measure on the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    parser.add_argument("--each", type=int, default=12, help="titles that every form of question is asked of")
    options = parser.parse_args()
    chosen = [load_set(folder) for folder in options.sets]
    spent: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="dateline-kinds-") as folder:
        settings = Settings(home=Path(folder))
        with open_index(settings, write=True) as index:
            for each in chosen:
                index.add(each.articles)
            titles = [article.title for article in index.articles(sort="title") if article.title]
            titles = titles[:: max(1, len(titles) // options.each)][: options.each]
            questions = questions_in_turn(chosen)[: 10 * options.each]
            questions += [*_OF_ALL, *(form.format(title) for form in _OF_A_TITLE for title in titles)]
            assistant = build_assistant(settings, index)
            assistant.ask("Who is the mayor?")  # loads the models
            for question in questions:
                began = time.perf_counter()
                answer = assistant.ask(question)
                spent[answer.kind].append(1e3 * (time.perf_counter() - began))
            passages, articles = index.sizes()
    print(f"{passages:,} passages of {articles:,} articles\n")
    print("| kind | questions | p50 ms | p95 ms |\n|---|---:|---:|---:|")
    for kind, values in sorted(spent.items()):
        print(f"| {kind} | {len(values)} | {percentile(values, 0.5):.1f} | {percentile(values, 0.95):.1f} |")


if __name__ == "__main__":
    main()
