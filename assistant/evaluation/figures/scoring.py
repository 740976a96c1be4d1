"""Turns what was observed of a question into its row: scores, the outcome, and the reason for it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from assistant.evaluation.figures import metrics
from assistant.evaluation.figures.metrics import ArticleSpan, Ranking, f1, holds
from assistant.evaluation.runs.fingerprints import key_gold
from assistant.evaluation.runs.run import EvaluationRow, GoldEvidence
from assistant.evaluation.sets.quotes import find_words
from assistant.evaluation.sets.resolving import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assistant.evaluation.runs.judging import Judgement
    from assistant.evaluation.runs.observing import Observation
    from assistant.evaluation.runs.run import Outcome
    from assistant.evaluation.sets.question_set import Question

    ReadText = Callable[[str], str | None]

# If cleaning changed the text so that it lacks an evidence quote, a citation with this similarity (F1) counts.
_ALIKE = 0.5
_DIGITS = 6
_Parts = dict[str, tuple[float, float]]


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A question, what was observed of it, and where its evidence is."""

    question: Question
    observed: Observation
    judgement: Judgement | None
    evidence: tuple[GoldEvidence, ...]

    @property
    def spans(self) -> list[ArticleSpan]:
        """The evidence that was located in an article."""
        return [
            ArticleSpan(piece.article, piece.start, piece.end)
            for piece in self.evidence
            if piece.start is not None and piece.end is not None
        ]


def score(cases: Sequence[tuple[Question, Observation, Judgement | None]], read_text: ReadText) -> list[EvaluationRow]:
    """Return the rows of questions in their order. `read_text` returns None for an article that does not exist."""
    located = [
        Case(question, observed, judgement, _locate(question, read_text)) for question, observed, judgement in cases
    ]
    searched = _score_searches(located, read_text)
    return [_make_row(case, *searched[index], read_text) for index, case in enumerate(located)]


def _locate(question: Question, read_text: ReadText) -> tuple[GoldEvidence, ...]:
    """Return the evidence with its first place in its article, by an exact match if there is one."""
    gold = []
    for piece in question.evidence:
        text = read_text(piece.article)
        words = find_words(piece.quote, text) if text and piece.quote else None
        start = text.find(words) if text and words else -1
        placed = {"start": start, "end": start + len(words)} if words else {}
        gold.append(GoldEvidence(article=piece.article, quote=piece.quote, **placed))
    return tuple(gold)


# Search


def _score_searches(
    cases: Sequence[Case], read_text: ReadText
) -> list[tuple[dict[str, float], list[int | None], int | None]]:
    """Return for each case the scores of its search, the ranks of its evidence, and that of its first gold article."""
    by_article: dict[int, Ranking] = {}
    by_span: dict[int, Ranking] = {}
    ranks: dict[int, list[int | None]] = {}
    for index, case in enumerate(cases):
        found = case.observed.retrieved
        if found is None or not case.question.answerable:
            continue
        if case.question.articles:
            by_article[index] = metrics.rank_articles((each["article_id"] for each in found), case.question.articles)
        if case.spans:
            passages = [ArticleSpan(each["article_id"], each["start"], each["end"]) for each in found]
            ranks[index] = metrics.find_span_ranks(case.spans, passages, lambda id_: read_text(id_) or "")
            by_span[index] = metrics.rank_spans(ranks[index], len(passages))
    articles = dict(zip(by_article, metrics.score_rankings(list(by_article.values())), strict=True))
    spans = dict(zip(by_span, metrics.score_rankings(list(by_span.values())), strict=True))
    scored: list[tuple[dict[str, float], list[int | None], int | None]] = []
    for index in range(len(cases)):
        scores = dict(articles.get(index, {}))
        if index in spans:
            of_spans = spans[index] | metrics.score_span_ranks(ranks[index])
            scores |= {f"span_{name}": value for name, value in of_spans.items()}
        places = enumerate(by_article[index].right if index in by_article else (), start=1)
        scored.append((scores, ranks.get(index, []), next((rank for rank, right in places if right), None)))
    return scored


# Answers


def _make_row(
    case: Case, scores: dict[str, float], ranks: list[int | None], article_rank: int | None, read_text: ReadText
) -> EvaluationRow:
    question, answer = case.question, case.observed.usable_answer
    counts: _Parts = {}
    right: bool | None = None
    outcome: Outcome = "failed"
    failures = case.observed.failures
    if answer is not None:
        scores = scores | _score_answer(case, answer)
        counts |= _count_citations(answer, read_text) | _count_refusal(question, found=answer["found"])
        counts |= _count_short_answer(question, answer)
        right = _is_right(case, answer, scores)
        outcome = _tell_outcome(case, answer, right=right)
        if right is not None:
            scores["right"] = float(right)
    if case.judgement:
        failures += case.judgement.failures
        scores |= case.judgement.scores
    remaining = iter(ranks)
    return EvaluationRow(
        id=question.id,
        key=key_gold(question),
        question=question.question,
        type=question.type,
        fields=json.loads(json.dumps(dict(question.fields), default=str), parse_constant=str),  # no NaN gets through
        answerable=question.answerable,
        answers=question.answers,
        articles=question.articles,
        evidence=tuple(
            dataclasses.replace(piece, rank=next(remaining, None)) if piece.start is not None else piece
            for piece in case.evidence
        ),
        article_rank=article_rank,
        outcome=outcome,
        right=right,
        confidence=answer["confidence"] if answer else None,
        failures=failures,
        scores={name: round(scores[name], _DIGITS) for name in metrics.METRICS if name in scores},
        counts={name: counts[name] for name in metrics.METRICS if name in counts},
        judged=case.judgement.told if case.judgement else None,
        answer=case.observed.answer,
        retrieved=None if case.observed.retrieved is None else tuple(case.observed.retrieved),
    )


def _score_answer(case: Case, answer: Mapping[str, Any]) -> dict[str, float]:
    """Return the scores that are averaged over answerable questions: those with gold answers, articles or evidence."""
    question, citations = case.question, answer["citations"]
    scores: dict[str, float] = {}
    if not question.answerable:
        return scores
    if question.answers:
        short = answer["short_answer"] or ""
        scores["em"] = metrics.exact_match(short, question.answers)
        scores["f1"] = max(f1(short, gold) for gold in question.answers)
        scores["answer_in_text"] = float(
            answer["found"] and any(holds(answer["text"], gold) for gold in question.answers)
        )
    if question.expectations:
        scores["expected"] = float(answer["found"] and question.expectations.are_met(answer))
    if question.articles:
        scores["article_first"] = float(bool(citations) and citations[0]["article_id"] in question.articles)
    if question.evidence:
        touched = [[_touches(citation, piece) for piece in case.evidence] for citation in citations]
        scores["evidence_cited"] = float(any(map(any, touched)))
        scores["citation_recall"] = sum(map(any, zip(*touched, strict=True))) / len(case.evidence)
        if citations:
            scores["citation_precision"] = sum(map(any, touched)) / len(citations)
    return scores


def _touches(citation: Mapping[str, Any], gold: GoldEvidence) -> bool:
    """Return whether a citation overlaps a piece of evidence, or resembles it if it was not located."""
    if citation["article_id"] != gold.article:
        return False
    if gold.start is None or gold.end is None:
        return f1(citation["quote"], gold.quote) > _ALIKE
    return bool(citation["start"] < gold.end and gold.start < citation["end"])


def _count_citations(answer: Mapping[str, Any], read_text: ReadText) -> _Parts:
    citations, statements = answer["citations"], answer["statements"] if answer["found"] else []
    valid = sum(
        (read_text(citation["article_id"]) or "")[citation["start"] : citation["end"]] == citation["quote"]
        for citation in citations
    )
    return {
        "citation_validity": (float(valid), float(len(citations))),
        "supported": (float(sum(bool(statement["supported"]) for statement in statements)), float(len(statements))),
    }


def _count_short_answer(question: Question, answer: Mapping[str, Any]) -> _Parts:
    accepted = question.expectations.accepts_short(answer) if question.expectations and answer["found"] else None
    return {} if accepted is None else {"short_accepted": (float(accepted), 1.0)}


def _count_refusal(question: Question, *, found: bool) -> _Parts:
    """Return what the question adds to precision, recall and F1 of "found" and of "not found"."""
    counts: _Parts = {}
    for name, predicted, true in (
        ("found", found, question.answerable),
        ("refused", not found, not question.answerable),
    ):
        both = float(predicted and true)
        counts[f"{name}.precision"] = (both, float(predicted))
        counts[f"{name}.recall"] = (both, float(true))
        counts[f"{name}.f1"] = (2 * both, float(predicted) + float(true))
    return counts


# Outcomes


def _is_right(case: Case, answer: Mapping[str, Any], scores: Mapping[str, float]) -> bool | None:
    """Return whether the outcome is right, by the best gold there is; None if there is none.

    A request, such as for a translation, only has to be met by a suitable sentence.
    """
    expected = case.question.expectations
    if case.question.type == "request" and expected:
        return not expected.are_broken(answer)
    if not case.question.answerable:
        # What must be said of a question without an answer corrects what it takes for granted.
        return not answer["found"] or (expected is not None and bool(expected.must) and expected.are_met(answer))
    if not answer["found"]:
        return False
    if expected:
        return expected.are_met(answer) and expected.leads_well(answer)
    for name in ("answer_in_text", "evidence_cited"):
        if name in scores:
            return scores[name] > 0
    return _has_gold(case, answer["citations"]) if case.question.articles else None


def _tell_outcome(case: Case, answer: Mapping[str, Any], *, right: bool | None) -> Outcome:
    if right is None:
        return "not judged"
    if right:
        return "right" if case.question.answerable or answer["found"] else "right refusal"
    if not case.question.answerable:
        return "wrongly answered"
    return _tell_fault(case, answer)


def _tell_fault(case: Case, answer: Mapping[str, Any]) -> Outcome:
    """Return what is wrong with the answer to an answerable question."""
    if case.question.expectations and answer["found"]:
        return "partly right" if case.question.expectations.are_met(answer) else "wrong answer"
    if not _has_gold(case, answer["passages"]) and (case.question.articles or case.evidence):
        return "not retrieved"
    if not answer["found"]:
        return "wrongly refused"
    return "wrong span" if _has_gold(case, answer["citations"]) else "retrieved but not used"


def _has_gold(case: Case, stretches: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a passage or citation has evidence, or is of a gold article if no quote is known."""
    if case.evidence:
        known = [each | {"quote": each.get("quote", each.get("text", ""))} for each in map(dict, stretches)]
        return any(_touches(each, gold) for each in known for gold in case.evidence)
    return any(each["article_id"] in case.question.articles for each in stretches)


def find_warnings(rows: Sequence[EvaluationRow], read_text: ReadText) -> tuple[str, ...]:
    """Return what a person should correct in the question set, one sentence each."""
    warnings = []
    for row in rows:
        absent = [id_ for id_ in dict.fromkeys(row.articles) if read_text(id_) is None]
        if absent:
            warnings.append(
                f"{row.id}: {len(absent)} of its articles are not in the collection, such as {absent[0]!r}."
            )
        lost = [piece for piece in row.evidence if piece.start is None]
        if lost:
            quote = shorten(lost[0].quote)
            warnings.append(f"{row.id}: {len(lost)} of its quotes are not in their article, such as “{quote}”.")
    return tuple(warnings)
