"""Measure search and answers on question sets, in this process.

    python -m tests.benchmarks.quality SET_FOLDER... [--each] [--json OUT]

Every set is added to a new home of its own. Printed are a line `NAME VALUE` for each figure and a row of a
Markdown table for each set; then, for each set with unanswerable questions, what other thresholds of confidence for
"not found" would give. What is counted:

  search.hits@K, mrr@10, ndcg@10, recall@10
                        articles by their best passage of 50, over questions with gold articles
  ask.valid_citations   share of citations with article.text[start:end] == quote
  ask.answered          share of answerable questions with found = true
  ask.refused           share of unanswerable questions with found = false
  ask.article           share of answerable questions whose first citation is of a gold article
  ask.evidence          share of questions with evidence where a citation overlaps an evidence quote
  ask.first_evidence    the same for the first citation alone
  ask.answer_in_text    share of questions with gold answers whose answer holds one of them
  ask.em, ask.f1        exact match and word F1 of the short answer with the best gold answer; none counts 0
  ask.auroc             chance that an answerable question gets a higher confidence than an unanswerable one
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.build import build_assistant, open_index
from assistant.evaluation.figures.metrics import exact_match, f1, holds
from assistant.readers.trained_weights import THRESHOLD
from assistant.settings import Settings
from tests.benchmarks.figures import (
    RETRIEVED,
    auroc,
    measure_ranking,
    percentile,
    rank_articles,
)
from tests.benchmarks.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant import Answer, Assistant, Citation
    from index import ArticleIndex
    from tests.benchmarks.question_sets import Question, QuestionSet

# Where cleaning changed the text so that an evidence quote is not in it, a citation this alike (F1) counts.
_ALIKE = 0.5
_THRESHOLDS = sorted({0.1, 0.2, 0.4, 0.5, 0.7, THRESHOLD})
_TABLE = {
    "hits@1": "search.hits@1",
    "nDCG@10": "search.ndcg@10",
    "recall@10": "search.recall@10",
    "valid citations": "ask.valid_citations",
    "answered": "ask.answered",
    "refused": "ask.refused",
    "gold article first": "ask.article",
    "evidence cited": "ask.evidence",
    "answer in text": "ask.answer_in_text",
    "EM": "ask.em",
    "F1": "ask.f1",
    "AUROC": "ask.auroc",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: shares it counts for, its citations, and its confidence."""

    question: Question
    answer: Answer
    counts: dict[str, float]
    valid: list[bool]


def measure(chosen: QuestionSet) -> tuple[dict[str, float], list[Outcome]]:
    """Return the figures of a set by name, and the outcome of every question."""
    with tempfile.TemporaryDirectory(prefix="dateline-quality-") as folder:
        settings = Settings(home=Path(folder))
        with open_index(settings, write=True) as index:
            began = time.perf_counter()
            index.add(chosen.articles)
            figures = {"add.articles": float(index.count()), "add.seconds": time.perf_counter() - began}
            assistant = build_assistant(settings, index)
            figures |= measure_search(assistant, chosen.questions)
            answers, outcomes = measure_answers(assistant, chosen.questions)
            return figures | answers, outcomes


def measure_search(assistant: Assistant, questions: Iterable[Question]) -> dict[str, float]:
    """Return the search figures over the questions with gold articles."""
    values: dict[str, list[float]] = collections.defaultdict(list)
    spent = []
    for question in questions:
        if question.articles:
            began = time.perf_counter()
            found = assistant.search(question.text, k=RETRIEVED)
            spent.append(1e3 * (time.perf_counter() - began))
            ranked = rank_articles(scored.passage.article_id for scored in found)
            for name, value in measure_ranking(ranked, question.articles).items():
                values[name].append(value)
    return {f"search.{name}": statistics.fmean(each) for name, each in values.items()} | _speed("search", spent)


def measure_answers(assistant: Assistant, questions: Iterable[Question]) -> tuple[dict[str, float], list[Outcome]]:
    """Return the figures of answering, and the outcome of every question."""
    outcomes, spent = [], []
    for question in questions:
        began = time.perf_counter()
        answer = assistant.ask(question.text)
        spent.append(1e3 * (time.perf_counter() - began))
        outcomes.append(_judge(question, answer, assistant.index))
    return _summarise(outcomes) | _speed("ask", spent), outcomes


def _speed(stage: str, spent: list[float]) -> dict[str, float]:
    return {f"{stage}.p50_ms": percentile(spent, 0.5), f"{stage}.p95_ms": percentile(spent, 0.95)} if spent else {}


def _judge(question: Question, answer: Answer, index: ArticleIndex) -> Outcome:
    valid = [index.article(one.article.id).text[one.start : one.end] == one.quote for one in answer.citations]
    counts = _judge_answerable(question, answer, index) if question.answerable else {"refused": not answer.found}
    return Outcome(question, answer, {name: float(value) for name, value in counts.items()}, valid)


def _judge_answerable(question: Question, answer: Answer, index: ArticleIndex) -> dict[str, float]:
    counts: dict[str, float] = {"answered": answer.found}
    if question.articles:
        counts["article"] = bool(answer.citations) and answer.citations[0].article.id in question.articles
    if question.answers:
        short = answer.short_answer or ""
        counts["answer_in_text"] = answer.found and any(holds(answer.text, gold) for gold in question.answers)
        counts["em"] = exact_match(short, question.answers)
        counts["f1"] = max(f1(short, gold) for gold in question.answers)
    if question.evidence:
        overlaps = [_overlaps_evidence(question, citation, index) for citation in answer.citations]
        counts["evidence"] = any(overlaps)
        counts["first_evidence"] = any(overlaps[:1])
    return counts


def _overlaps_evidence(question: Question, citation: Citation, index: ArticleIndex) -> bool:
    for evidence in question.evidence:
        if evidence.article == citation.article.id:
            start = index.article(evidence.article).text.find(evidence.quote)
            if start < 0:
                if f1(citation.quote, evidence.quote) > _ALIKE:
                    return True
            elif citation.start < start + len(evidence.quote) and start < citation.end:
                return True
    return False


def _summarise(outcomes: list[Outcome]) -> dict[str, float]:
    valid = [one for outcome in outcomes for one in outcome.valid]
    figures = {
        "ask.citations": float(len(valid)),
        "ask.valid_citations": sum(valid) / len(valid) if valid else 0.0,
    }
    values: dict[str, list[float]] = collections.defaultdict(list)
    for outcome in outcomes:
        for name, value in outcome.counts.items():
            values[name].append(value)
    figures |= {f"ask.{name}": statistics.fmean(each) for name, each in sorted(values.items())}
    yes, no = _confidences(outcomes)
    return figures | ({"ask.auroc": auroc(yes, no)} if yes and no else {})


def _confidences(outcomes: list[Outcome]) -> tuple[list[float], list[float]]:
    """Return the confidences of the answerable and of the unanswerable questions."""
    yes = [outcome.answer.confidence for outcome in outcomes if outcome.question.answerable]
    no = [outcome.answer.confidence for outcome in outcomes if not outcome.question.answerable]
    return yes, no


def _print_each(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        marks = {True: "yes", False: "no", None: "-"}
        first = outcome.counts.get("first_evidence")
        print(
            f"  {outcome.question.id}: found {marks[outcome.answer.found]}, first citation overlaps the evidence"
            f" {marks[None if first is None else bool(first)]}, confidence {outcome.answer.confidence:.2f}"
        )


def _threshold_row(name: str, outcomes: list[Outcome]) -> str | None:
    """Return the shares answered and refused at every threshold; None where all questions have an answer."""
    yes, no = _confidences(outcomes)
    if not no:
        return None
    cells = [
        f"{statistics.fmean(one >= least for one in yes):.2f} / {statistics.fmean(one < least for one in no):.2f}"
        for least in _THRESHOLDS
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _row(name: str, questions: int, figures: dict[str, float]) -> str:
    cells = [f"{figures[key]:.3f}" if key in figures else "–" for key in _TABLE.values()]
    return f"| {name} | {questions} | {' | '.join(cells)} |"


def main() -> None:
    """Measure the sets named on the command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    arguments.add_argument("--each", action="store_true", help="print a line for each question, too")
    arguments.add_argument("--json", type=Path, metavar="OUT", help="write the figures of all sets here")
    options = arguments.parse_args()
    measured: dict[str, dict[str, float]] = {}
    rows = [f"| set | questions | {' | '.join(_TABLE)} |", f"|---|{'---:|' * (len(_TABLE) + 1)}"]
    heads = [f"{least:.2f}{', shipped' if least == THRESHOLD else ''}" for least in _THRESHOLDS]
    thresholds: list[str | None] = [f"| answered / refused at | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for folder in options.sets:
        chosen = load_set(folder)
        figures, outcomes = measure(chosen)
        measured[chosen.name] = figures
        print(f"# {chosen.name}")
        for name, value in figures.items():
            print(name, f"{value:.4f}", flush=True)
        if options.each:
            _print_each(outcomes)
        rows.append(_row(chosen.name, len(chosen.questions), figures))
        thresholds.append(_threshold_row(chosen.name, outcomes))
    print("\n".join(["", *rows, "", *filter(None, thresholds)]))
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
