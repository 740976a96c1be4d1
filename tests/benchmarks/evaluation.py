"""Evaluate question sets, and measure the evaluation itself: speed, agreement, false alarms, planted drops.

    python -m tests.benchmarks.evaluation SET_FOLDER... [--measured FOLDER] [--gate]

Each set is run with the extractive reader on its own articles, asked anew, and becomes a row of a Markdown table of
figures with their 95 % intervals. With --measured, the figures are held against those of measure.py in
FOLDER/<set>.json to four digits (the table of names is in docs/evaluation.md). With --gate, two systems (8 and 2
passages read) answer each set, and 200 times

  A/A      half of the questions are drawn, and each one's two answers change places by chance, so that both sides are
           the same mixture: how often does a gate with a margin of nothing trip?
  planted  half of the questions are drawn, and 5 points of recall@5 are taken away: how often does a gate with a
           margin of 0.02 trip? And once on the whole set.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.build import build_assistant
from assistant.evaluation.figures.compare import compare
from assistant.evaluation.figures.gate import MetricRule, decide
from assistant.evaluation.runs.runner import run
from assistant.evaluation.sets.articles_home import open_articles_home
from assistant.evaluation.sets.question_set import load_question_set
from assistant.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.evaluation.runs.run import EvaluationRow, Run

MEASURED = {
    **{f"hits@{k}": f"search.hits@{k}" for k in (1, 4, 5, 10)},
    "mrr@10": "search.mrr@10",
    "ndcg@10": "search.ndcg@10",
    "recall@10": "search.recall@10",
    "citation_validity": "ask.valid_citations",
    "found.recall": "ask.answered",
    "refused.recall": "ask.refused",
    "answer_in_text": "ask.answer_in_text",
    "evidence_cited": "ask.evidence",
    "article_first": "ask.article",
    "auroc": "ask.auroc",
    "em": "ask.em",
    "f1": "ask.f1",
}
"""Our figures by the names of measure.py."""
_SHOWN = (
    "recall@5", "mrr@10", "ndcg@10", "span_recall@5", "answer_in_text", "em", "f1", "citation_validity",
    "citation_precision", "citation_recall", "found.f1", "refused.f1", "auroc", "aurc", "ece",
)  # fmt: skip
_TRIED = ("answer_in_text", "citation_recall", "found.f1", "aurc")
_DRAWS = 200
_FEW = 2  # passages that the other system reads
_DIGITS = 4


def evaluate(folder: Path, cache: Path, *, passages: int = 8) -> tuple[Run, float, float]:
    """Return the run of a set, asked anew, and the seconds and processor seconds without embedding the articles."""
    question_set = load_question_set(folder)
    settings = Settings(llm="none", read_passages=passages)
    with open_articles_home(settings, question_set.articles or (), cache) as index:
        began, used = time.perf_counter(), time.process_time()
        with contextlib.closing(build_assistant(settings, index)) as assistant:
            made = run(assistant, question_set, settings=settings)
    return made, time.perf_counter() - began, time.process_time() - used


def count_disagreements(made: Run, measured: Path) -> tuple[int, list[str]]:
    """Return how many figures there are in both, and those that are not the same in four digits."""
    theirs = json.loads(measured.read_text())
    both = {name: theirs[other] for name, other in MEASURED.items() if other in theirs and name in made.metrics}
    wrong = [
        f"{name} {made.metrics[name].value:.4f} {value:.4f}"
        for name, value in both.items()
        if f"{made.metrics[name].value:.{_DIGITS}f}" != f"{value:.{_DIGITS}f}"
    ]
    return len(both), wrong


def _choose(made: Run, rows: Sequence[EvaluationRow]) -> Run:
    return dataclasses.replace(made, rows=tuple(rows))


def try_same(one: Run, other: Run) -> dict[str, float]:
    """Return by metric the share of draws in which two sides that are the same mixture trip the gate."""
    random = np.random.default_rng(0)
    tried = [name for name in _TRIED if name in one.metrics and name in other.metrics]
    trips = dict.fromkeys(tried, 0)
    for _ in range(_DRAWS):
        drawn = random.permutation(len(one.rows))[: len(one.rows) // 2]
        swapped = random.random(len(drawn)) < 1 / 2
        pairs = [(one.rows[at], other.rows[at])[:: -1 if swap else 1] for at, swap in zip(drawn, swapped, strict=True)]
        before, after = (_choose(one, [pair[side] for pair in pairs]) for side in (0, 1))
        comparison = compare(before, after, metrics=tried)
        for name in tried:
            trips[name] += decide(after, [MetricRule("max-drop", name, 0.0)], comparison=comparison).exit_code != 0
    return {name: number / _DRAWS for name, number in trips.items()}


def plant(made: Run, points: float, random: np.random.Generator) -> Run:
    """Return the run with so many points of recall@5 taken away, a question at a time."""
    rows = [row for row in made.rows if "recall@5" in row.scores]
    missing = points / 100 * len(rows)
    lost: set[str] = set()
    for at in random.permutation(len(rows)):
        if missing < rows[at].scores["recall@5"] or not rows[at].scores["recall@5"]:
            continue
        lost.add(rows[at].id)
        missing -= rows[at].scores["recall@5"]
    return _choose(
        made,
        [
            dataclasses.replace(row, scores={**row.scores, "recall@5": 0.0}) if row.id in lost else row
            for row in made.rows
        ],
    )


def try_planted(made: Run) -> tuple[str, float]:
    """Return what the gate says of 5 points less on the whole set, and the share of halves in which it trips."""
    random = np.random.default_rng(0)
    rule = MetricRule("max-drop", "recall@5", 0.02)

    def verdict(before: Run) -> tuple[int, str]:
        after = plant(before, 5, random)
        found = decide(after, [rule], comparison=compare(before, after, metrics=["recall@5"]))
        return found.exit_code, found.findings[-1].message

    code, message = verdict(made)
    halves = [
        _choose(made, [made.rows[at] for at in random.permutation(len(made.rows))[: len(made.rows) // 2]])
        for _ in range(_DRAWS)
    ]
    return f"exit {code}: {message}", sum(verdict(half)[0] == 3 for half in halves) / _DRAWS


def _row(made: Run, seconds: float) -> str:
    cells = []
    for name in _SHOWN:
        found = made.metrics.get(name)
        cells.append(f"{found.value:.3f} ({found.lower:.3f}–{found.upper:.3f})" if found else "–")
    return f"| {made.name} | {len(made.rows)} | {' | '.join(cells)} | {seconds:.0f} |"


def main() -> None:
    """Measure the sets named on the command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    arguments.add_argument("--measured", type=Path, metavar="FOLDER", help="hold against measure.py's <set>.json here")
    arguments.add_argument("--gate", action="store_true", help="try the gate as well")
    options = arguments.parse_args()
    table = [f"| set | questions | {' | '.join(_SHOWN)} | seconds |", f"|---|{'---:|' * (len(_SHOWN) + 2)}"]
    with tempfile.TemporaryDirectory(prefix="dateline-evaluation-") as cache:
        for folder in options.sets:
            made, seconds, used = evaluate(folder, Path(cache))
            table.append(_row(made, seconds))
            told = f"{seconds:.1f} s ({used:.1f} s of processors), failed {made.failed}, {dict(made.outcomes)}"
            print(f"# {made.name}: {told}", flush=True)
            if options.measured:
                number, wrong = count_disagreements(made, options.measured / f"{made.name}.json")
                print(f"agree with measure.py: {number - len(wrong)} of {number} {wrong}", flush=True)
            if options.gate:
                other, *_ = evaluate(folder, Path(cache), passages=_FEW)
                print("A/A trips:", try_same(made, other), flush=True)
                print("planted 5 points:", *try_planted(made), flush=True)
    print("\n" + "\n".join(table))


if __name__ == "__main__":
    main()
