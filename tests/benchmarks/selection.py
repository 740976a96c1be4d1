"""Measure how the trained reader ranks the candidate sentences of a question.

    python -m tests.benchmarks.selection SELECTION_JSONL...

A file has a line for each candidate, {"qid", "question", "sentence", "label"}. Printed are a row of a Markdown table
for each file: MAP and MRR over the questions with at least one right and one wrong candidate, ties in the order of the
file. Texts tokenised for a corpus are written out first (`scripts/detokenising.py`). The score is what the product
ranks passages by: the verdict and the margin with their weights.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from pathlib import Path

from assistant.readers.cross_encoder import CrossEncoder
from assistant.readers.scoring import weigh
from assistant.readers.trained_weights import RANKING
from index.article import Article, Passage, ScoredPassage
from scripts.detokenising import detokenise


def measure(path: Path) -> tuple[int, float, float]:
    """Return how many questions count, and their MAP and MRR."""
    model = CrossEncoder(kept=1)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    precisions, reciprocals = [], []
    for _, group in itertools.groupby(rows, key=lambda row: row["qid"]):
        members = list(group)
        if len({bool(row["label"]) for row in members}) == 1:
            continue
        readings = model.read(detokenise(members[0]["question"]), [_passage(row["sentence"]) for row in members])
        scores = [weigh(RANKING, {"answers": one.answers, "margin": one.margin}) for one in readings if one is not None]
        order = sorted(range(len(members)), key=lambda at: (-scores[at], at))
        ranks = [rank for rank, at in enumerate(order, start=1) if members[at]["label"]]
        precisions.append(statistics.fmean(found / rank for found, rank in enumerate(ranks, start=1)))
        reciprocals.append(1 / ranks[0])
    return len(precisions), statistics.fmean(precisions), statistics.fmean(reciprocals)


def _passage(sentence: str) -> ScoredPassage:
    article = Article.create(detokenise(sentence))
    return ScoredPassage(Passage(article.id, article.id, 0, len(article.text), article.text), article, 0.0, 1)


def main() -> None:
    """Measure the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="SELECTION_JSONL")
    print("| candidates | questions | MAP | MRR |\n|---|---:|---:|---:|")
    for path in parser.parse_args().files:
        count, precision, reciprocal = measure(path)
        print(f"| {path.parent.parent.name}/{path.parent.name} | {count} | {precision:.3f} | {reciprocal:.3f} |")


if __name__ == "__main__":
    main()
