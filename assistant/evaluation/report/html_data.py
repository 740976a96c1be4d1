"""What the HTML report shows of a run, as plain data: each text once, offsets as in browsers, and explanations."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

from assistant.answer import sources_json
from assistant.evaluation.figures.estimates import field_value
from assistant.evaluation.figures.metrics import METRICS
from assistant.evaluation.figures.statistics import percentile
from assistant.support.marker_places import markers_of, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assistant.evaluation.figures.compare import Comparison
    from assistant.evaluation.runs.run import (
        CalibrationBin,
        Curves,
        Estimate,
        EvaluationRow,
        GoldEvidence,
        RecallPoint,
        Run,
    )

# Scores of a single question that say more than its outcome.
_TELLING = ("em", "f1", "citation_precision", "citation_recall", "judged.correctness", "judged.faithfulness")
_PERCENTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def describe_plots(run: Run, baseline: Run | None) -> dict[str, Any]:
    """Return what the plots show of the run and, if given, of the baseline."""
    return {
        "recall": _recall(run.curves, "this run") + (_recall(baseline.curves, "baseline") if baseline else []),
        "risk": _risk(run.curves, "this run") + (_risk(baseline.curves, "baseline") if baseline else []),
        "calibration": [_calibrated(calibration_bin) for calibration_bin in run.curves.calibration],
        "breakdown": {
            field: {kind: {name: _figure(estimate) for name, estimate in each.items()} for kind, each in kinds.items()}
            for field, kinds in run.breakdown.items()
            if len(kinds) > 1
        },
        "metrics": {
            name: {"about": METRICS[name].about, "main": METRICS[name].main} for name in run.metrics if name in METRICS
        },
    }


def describe_times(run: Run) -> dict[str, Any]:
    """Return milliseconds: percentiles by stage, and the total of each question."""
    stages = dict.fromkeys(stage for spent in run.timings_ms.values() for stage in spent)
    values = {name: [spent[name] for spent in run.timings_ms.values() if name in spent] for name in stages}
    return {
        "stages": [
            {"stage": name} | {f"p{100 * share:.0f}": round(percentile(each, share), 2) for share in _PERCENTILES}
            for name, each in values.items()
        ],
        "questions": {id_: spent["total"] for id_, spent in run.timings_ms.items() if "total" in spent},
    }


def describe_questions(run: Run, comparison: Comparison | None) -> dict[str, Any]:
    """Return the questions with their results; each passage and article is listed once and referred to."""
    changes = {change.id: change for change in comparison.changes} if comparison else {}
    shared = _Shared()
    fields = [field for field in run.breakdown if field != "type"]
    questions = []
    for row in run.rows:
        change = changes.get(row.id)
        described = _describe(row, shared, depth=run.options["k"])
        described["fields"] = {
            field: field_value(row, field) for field in fields if field_value(row, field) is not None
        }
        described["change"] = {"before": change.before, "better": change.better} if change else None
        questions.append(described)
    return {"questions": questions, "passages": shared.passages, "articles": shared.articles}


# Plots


def _figure(estimate: Estimate) -> dict[str, Any]:
    return dataclasses.asdict(estimate)


def _recall(curves: Curves, which: str) -> list[dict[str, Any]]:
    def points(of: str, along: Iterable[RecallPoint]) -> list[dict[str, Any]]:
        return [{"run": which, "of": of, "k": point.k} | _figure(point.estimate) for point in along]

    return points("articles", curves.recall) + points("evidence quotes", curves.span_recall)


def _risk(curves: Curves, which: str) -> list[dict[str, Any]]:
    return [{"run": which} | dataclasses.asdict(point) for point in curves.risk_coverage]


def _calibrated(calibration_bin: CalibrationBin) -> dict[str, Any]:
    return dataclasses.asdict(calibration_bin)


# Questions


class _Shared:
    """Passages and articles in the order of their first mention."""

    def __init__(self) -> None:
        self.passages: list[dict[str, Any]] = []
        self.articles: dict[str, dict[str, Any]] = {}
        self._places: dict[tuple[str, str, int, int], int] = {}

    def place(self, passage: Mapping[str, Any]) -> int:
        """Return the number by which questions refer to a passage."""
        self.mention(passage)
        key = (passage["id"], passage["article_id"], passage["start"], passage["end"])
        if key not in self._places:
            self._places[key] = len(self.passages)
            self.passages.append({"article": passage["article_id"], "text": passage["text"]})
        return self._places[key]

    def mention(self, about: Mapping[str, Any]) -> None:
        """Note what is known of an article."""
        self.articles.setdefault(
            about["article_id"], {name: about.get(name) for name in ("title", "source", "published")}
        )


def _describe(row: EvaluationRow, shared: _Shared, *, depth: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "question": row.question,
        "type": row.type,
        "outcome": row.outcome,
        "why": explain(row, depth=depth),
        "answerable": row.answerable,
        "gold": list(row.answers),
        "evidence": [{"article": piece.article, "quote": piece.quote, "rank": piece.rank} for piece in row.evidence],
        "articles": list(row.articles),
        "scores": {name: round(row.scores[name], 3) for name in _TELLING if name in row.scores},
        "judged": dict(row.judged) if row.judged else None,
        "failures": [dataclasses.asdict(failure) for failure in row.failures],
        "answer": _describe_answer(row, row.answer, shared) if row.answer else None,
    }


def _describe_answer(row: EvaluationRow, answer: Mapping[str, Any], shared: _Shared) -> dict[str, Any]:
    for source in sources_json(answer):
        shared.mention(source)
    standalone = answer["standalone_question"]
    return {
        "standalone": standalone if standalone != row.question else None,
        "text": [part if isinstance(part, str) else part.number for part in pieces(answer["text"], markers_of(answer))],
        "short": answer["short_answer"],
        "found": answer["found"],
        "confidence": answer["confidence"],
        "notice": answer.get("notice"),
        "unsupported": [statement["text"] for statement in answer["statements"] if not statement["supported"]]
        if answer["found"]
        else [],
        "citations": [
            {"number": source["number"], "article": source["article_id"], "quote": source["quote"]}
            for source in sources_json(answer)
        ],
        "passages": [
            {
                "at": shared.place(passage),
                "score": passage["score"],
                "marks": _marks(passage, row.evidence, answer["citations"]),
            }
            for passage in answer["passages"]
        ],
    }


def _marks(
    passage: Mapping[str, Any], evidence: Sequence[GoldEvidence], citations: Sequence[Mapping[str, Any]]
) -> list[list[int]]:
    """Return [start, end, is evidence, number of the citation or 0] of the marked stretches of a passage.

    They do not overlap, and are counted as in a browser: in UTF-16 units from the passage's beginning.
    """
    first, last = passage["start"], passage["end"]
    gold = [
        (piece.start, piece.end)
        for piece in evidence
        if piece.article == passage["article_id"] and piece.start is not None and piece.end is not None
    ]
    cited = [
        (citation["start"], citation["end"], citation["number"])
        for citation in citations
        if citation["article_id"] == passage["article_id"]
    ]
    edges = {edge for stretch in (*gold, *cited) for edge in stretch[:2]}
    cuts = sorted({first, last} | {edge for edge in edges if first < edge < last})
    marks = []
    for start, end in itertools.pairwise(cuts):
        is_gold = any(begin <= start and end <= finish for begin, finish in gold)
        number = next((number for begin, finish, number in cited if begin <= start and end <= finish), 0)
        if is_gold or number:
            text = passage["text"]
            marks.append([_units(text[: start - first]), _units(text[: end - first]), int(is_gold), number])
    return marks


def _units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


# Why


def explain(row: EvaluationRow, *, depth: int) -> str:
    """Explain in a sentence or two why the question has its outcome; `depth` is how many passages were searched."""
    read = _places_read(row)
    where = f"{'passages' if len(read) > 1 else 'passage'} {', '.join(map(str, read))}" if read else "a passage"
    gold = "the evidence" if row.evidence else "a gold article"
    sure = f", with confidence {row.confidence:.2f}" if row.confidence is not None else ""
    explanations = {
        "right": _explain_right(row),
        "right refusal": "The collection does not answer it, and no answer was given.",
        "wrongly answered": f"The collection does not answer it, but an answer was given{sure}.",
        "partly right": "The answer says what it must, but leads with something else or has a wrong short answer.",
        "wrong answer": "The answer lacks what it must say, or says what it must not.",
        "not retrieved": f"None of the passages read has {gold}. {_explain_search(row, depth)}",
        "retrieved but not used": f"{gold.capitalize()} was read ({where}), but the answer cites something else.",
        "wrong span": f"The answer cites {gold}, but does not hold a gold answer.",
        "wrongly refused": f"{gold.capitalize()} was read ({where}), but the answer was “not found”{sure}.",
        "not judged": "It was answered, but the right answer is not known.",
    }
    failures = " ".join(f"{failure.stage}, {failure.kind}: {failure.reason}" for failure in row.failures)
    return explanations.get(row.outcome) or failures or "There is no answer."


def _explain_right(row: EvaluationRow) -> str:
    if row.scores.get("answer_in_text"):
        return "The answer holds a gold answer."
    return "The answer cites the evidence." if row.evidence else "The answer cites a gold article."


def _explain_search(row: EvaluationRow, depth: int) -> str:
    ranks = [piece.rank for piece in row.evidence if piece.rank is not None]
    if ranks:
        return f"The search found it at rank {', '.join(map(str, sorted(set(ranks))))}."
    if row.evidence and row.article_rank:
        return f"The search found its article at rank {row.article_rank}, but not the quote in the first {depth}."
    if row.article_rank:
        return f"The search found it at rank {row.article_rank}."
    return f"It is not among the first {depth} search results either."


def _places_read(row: EvaluationRow) -> list[int]:
    """Return the ranks of the passages read that have evidence, or are of a gold article if no quote is known."""
    ranks = []
    for passage in row.answer["passages"] if row.answer else ():
        if row.evidence:
            has = any(
                piece.article == passage["article_id"]
                and piece.start is not None
                and piece.end is not None
                and passage["start"] < piece.end
                and piece.start < passage["end"]
                for piece in row.evidence
            )
        else:
            has = passage["article_id"] in row.articles
        if has:
            ranks.append(passage["rank"])
    return ranks
