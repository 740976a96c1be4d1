"""Measure what reading more passages brings, and how much the reader's verdict should count in their order.

    python -m tests.benchmarks.reading SET_FOLDER... [--passages 1,2,4,6,8,12,16] [--verdicts 0,0.5,1,2,4]

Two Markdown tables: for each number of passages read, the share of questions whose gold article comes first (hits@1),
whose best sentence overlaps the evidence, and the milliseconds that reading took a question, on the weights as they
are; and for each weight of the verdict, hits@1 and nDCG@10 by set.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import reranking
from assistant.build import open_index
from assistant.readers.cross_encoder import CrossEncoder
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.readers.trained import TrainedScorer
from assistant.reranking import PASSAGES, Reranker
from assistant.settings import Settings
from index.passages.embedding_bundled import BundledEmbedder
from tests.benchmarks.figures import RETRIEVED, measure_ranking, rank_articles
from tests.benchmarks.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.article import ScoredPassage
    from tests.benchmarks.question_sets import Question

    Asked = tuple[Question, list[ScoredPassage], tuple[tuple[str, int, int], ...]]

_EVIDENCE = 8  # passages that the reader gets, as the settings have it


def retrieve(folder: Path) -> list[Asked]:
    """Return the questions of a set that have gold articles, what is found for each, and the places of its evidence."""
    chosen = load_set(folder)
    texts = {article.id: article.text for article in chosen.articles}
    with tempfile.TemporaryDirectory() as home, open_index(Settings(home=Path(home)), write=True) as index:
        index.add(chosen.articles)
        asked = []
        for question in chosen.questions:
            if question.articles:
                gold = tuple(
                    (one.article, at, at + len(one.quote))
                    for one in question.evidence
                    if (at := texts[one.article].find(one.quote)) >= 0
                )
                asked.append((question, index.retrieve(question.text, k=RETRIEVED), gold))
        return asked


def measure(asked: Sequence[Asked], reranker: Reranker, scorer: TrainedScorer) -> dict[str, float]:
    """Return hits@1, nDCG@10 and the share of best sentences that overlap the evidence."""
    ranked = {"hits@1": [], "ndcg@10": [], "sentence": []}  # type: dict[str, list[float]]
    for question, found, gold in asked:
        passages = reranker.rerank(question.text, found)
        figures = measure_ranking(rank_articles(one.passage.article_id for one in passages), question.articles)
        ranked["hits@1"].append(figures["hits@1"])
        ranked["ndcg@10"].append(figures["ndcg@10"])
        if gold:
            best = scorer.find(
                Sentences(ParsedQuestion.parse(question.text), passages[: min(_EVIDENCE, reranker.passages)])
            )
            ranked["sentence"].append(float(bool(best) and best[0].is_at(gold)))
    return {name: statistics.fmean(values) for name, values in ranked.items() if values}


def spent_on(asked: Sequence[Asked], passages: int) -> float:
    """Return the milliseconds a question that reading so many passages takes, the median."""
    spent = []
    for question, found, _ in asked[:40]:
        model = CrossEncoder()  # one that remembers nothing yet
        began = time.perf_counter()
        model.read(question.text, found[:passages])
        spent.append(1e3 * (time.perf_counter() - began))
    return statistics.median(spent)


def main() -> None:
    """Measure the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    parser.add_argument("--passages", default="1,2,4,6,8,12,16")
    parser.add_argument("--verdicts", default="0,0.25,0.5,1,2,4")
    given = parser.parse_args()
    model = CrossEncoder(kept=10**6)
    scorer = TrainedScorer(model, BundledEmbedder())
    sets = {folder.resolve().name: retrieve(folder) for folder in given.sets}
    print(f"| passages read | {' | '.join(f'{name} hits@1 | sentence' for name in sets)} | ms a question |")
    print(f"|---:|{'---:|' * (2 * len(sets) + 1)}")
    for count in map(int, given.passages.split(",")):
        cells = []
        for asked in sets.values():
            figures = measure(asked, Reranker(model, count), scorer)
            cells += [f"{figures[name]:.3f}" if name in figures else "–" for name in ("hits@1", "sentence")]
        spent = statistics.fmean(spent_on(asked, count) for asked in sets.values())
        print(f"| {count}{', shipped' if count == PASSAGES else ''} | {' | '.join(cells)} | {spent:.0f} |", flush=True)
    print(f"\n| weight of the verdict | {' | '.join(f'{name} hits@1 | nDCG@10' for name in sets)} |")
    print(f"|---:|{'---:|' * (2 * len(sets))}")
    shipped = reranking.VERDICT
    for weight in map(float, given.verdicts.split(",")):
        reranking.VERDICT = weight
        cells = []
        for asked in sets.values():
            figures = measure(asked, Reranker(model), scorer)
            cells += [f"{figures[name]:.3f}" for name in ("hits@1", "ndcg@10")]
        print(f"| {weight:g}{', shipped' if weight == shipped else ''} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
