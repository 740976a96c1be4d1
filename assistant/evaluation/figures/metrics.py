"""What is measured, and the scores of one question: texts, rankings and spans against gold. Pure functions."""

from __future__ import annotations

import collections
import dataclasses
import string
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

Group = Literal["articles", "spans", "answers", "citations", "refusal", "confidence", "judged"]
GROUPS: dict[Group, str] = {
    "articles": "Search, by article",
    "spans": "Search, by evidence quote",
    "answers": "Answers",
    "citations": "Citations",
    "refusal": "“Not found”",
    "confidence": "Confidence",
    "judged": "Judged by a language model",
}
"""What reports call the groups of metrics, in their order."""

CUTS = (1, 2, 3, 4, 5, 10, 20, 50)
"""The depths k of hits@k and recall@k."""
DEPTH = 10
"""The depth of MRR and nDCG."""


@dataclasses.dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a run. `better` is the better direction; `main` metrics are shown where space is limited."""

    name: str
    group: Group
    about: str
    better: Literal["higher", "lower"] = "higher"
    main: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class ArticleSpan:
    """A stretch of an article by its characters; `end` is the first one after it."""

    article: str
    start: int
    end: int

    def overlaps(self, other: ArticleSpan) -> bool:
        """Return whether the two have a character in common."""
        return self.article == other.article and self.start < other.end and other.start < self.end


def _ranking_metrics(prefix: str, group: Group, items: str, main: Collection[str]) -> list[Metric]:
    abouts = {f"hits@{k}": f"share of questions with one of its {items} in the first {k}" for k in CUTS}
    abouts |= {f"recall@{k}": f"share of a question's {items} that are in the first {k}" for k in CUTS}
    abouts |= {
        f"mrr@{DEPTH}": f"1 over the rank of the first of its {items}, 0 below rank {DEPTH}",
        "map": f"average precision over its {items}",
        f"ndcg@{DEPTH}": "nDCG with gain 1 and discount log2(rank + 1)",
    }
    return [Metric(prefix + name, group, about, main=name in main) for name, about in abouts.items()]


_LISTED = (
    *_ranking_metrics("", "articles", "gold articles", {"hits@1", "recall@5", "recall@10", "mrr@10", "map", "ndcg@10"}),
    *_ranking_metrics("span_", "spans", "evidence quotes", {"hits@1", "recall@5", "recall@10", "mrr@10"}),
    Metric("em", "answers", "short answer equal to a gold answer (SQuAD rules); none counts 0", main=True),
    Metric("f1", "answers", "word F1 of the short answer with the best gold answer (SQuAD rules)", main=True),
    Metric("answer_in_text", "answers", "share of questions whose answer holds a gold answer", main=True),
    Metric("expected", "answers", "share of questions whose answer says what it must and nothing that it must not"),
    Metric("short_accepted", "answers", "share of the short answers given that are accepted ones"),
    Metric("right", "answers", "share of questions that got the right outcome, refusals included", main=True),
    Metric(
        "citation_validity", "citations", "share of citations that are the article's text at their place", main=True
    ),
    Metric("citation_precision", "citations", "share of an answer's citations that overlap the evidence", main=True),
    Metric("citation_recall", "citations", "share of a question's evidence quotes that a citation overlaps", main=True),
    Metric("evidence_cited", "citations", "share of questions where a citation overlaps the evidence"),
    Metric("article_first", "citations", "share of questions whose first citation is of a gold article"),
    Metric("supported", "citations", "share of statements that their citations support", main=True),
    Metric("found.precision", "refusal", "share of answers that were given to answerable questions"),
    Metric("found.recall", "refusal", "share of answerable questions that were answered", main=True),
    Metric("found.f1", "refusal", "harmonic mean of found.precision and found.recall", main=True),
    Metric("refused.precision", "refusal", "share of refusals that were of unanswerable questions"),
    Metric("refused.recall", "refusal", "share of unanswerable questions that were refused", main=True),
    Metric("refused.f1", "refusal", "harmonic mean of refused.precision and refused.recall", main=True),
    Metric("auroc", "confidence", "chance that an answerable question gets more confidence than another", main=True),
    Metric("aurc", "confidence", "mean share of wrong answers over all coverages", better="lower", main=True),
    Metric("ece", "confidence", "distance of confidence from the share right, chance aside", better="lower", main=True),
    Metric("judged.correctness", "judged", "a language model's mark, 0 to 1, of the answer against gold", main=True),
    Metric("judged.faithfulness", "judged", "share of answers that a language model finds in the passages", main=True),
)
METRICS = {metric.name: metric for metric in _LISTED}
"""All that is measured, by name, in the order of reports."""


# Texts

_PUNCTUATION = frozenset(string.punctuation + "‘’“”—–")
_ARTICLES = frozenset({"a", "an", "the"})


def words(text: str) -> list[str]:
    """Return the words of a text as SQuAD compares them: lower case, without punctuation and articles."""
    bare = "".join(character for character in text.lower() if character not in _PUNCTUATION)
    return [word for word in bare.split() if word not in _ARTICLES]


def exact_match(short: str, golds: Iterable[str]) -> float:
    """Return 1 if a short answer equals one of the gold answers, 0 otherwise (Rajpurkar et al. 2016)."""
    return float(any(words(short) == words(gold) for gold in golds))


def f1(text: str, other: str) -> float:
    """Return the F1 of the words that two texts share (Rajpurkar et al. 2016)."""
    ours, theirs = collections.Counter(words(text)), collections.Counter(words(other))
    shared = (ours & theirs).total()
    return 2 * shared / (ours.total() + theirs.total()) if shared else 0.0


def holds(text: str, answer: str) -> bool:
    """Return whether the words of the answer occur in the text consecutively."""
    sought = " ".join(words(answer))
    return bool(sought) and f" {sought} " in f" {' '.join(words(text))} "


# Rankings


@dataclasses.dataclass(frozen=True, slots=True)
class Ranking:
    """The relevant part of a ranked list: which places are right, and how many right things there are in total."""

    right: tuple[bool, ...]
    gold: int


def score_rankings(rankings: Sequence[Ranking]) -> list[dict[str, float]]:
    """Return the scores of each ranking by metric, computed by ir-measures (MacAvaney et al. 2022) and so by trec_eval.

    Nothing may be ranked twice. Every ranking needs `gold` above 0.
    """
    import ir_measures
    from ir_measures import AP, RR, R, Success, nDCG

    measures = {f"hits@{k}": Success @ k for k in CUTS} | {f"recall@{k}": R @ k for k in CUTS}
    measures |= {f"mrr@{DEPTH}": RR @ DEPTH, "map": AP, f"ndcg@{DEPTH}": nDCG @ DEPTH}
    names = {measure: name for name, measure in measures.items()}
    gold = {str(number): _gold(ranking) for number, ranking in enumerate(rankings)}
    ranked = {
        str(number): {str(rank): -float(rank) for rank in range(len(ranking.right))}
        for number, ranking in enumerate(rankings)
    }
    scores: list[dict[str, float]] = [{} for _ in rankings]
    for result in ir_measures.iter_calc(list(names), gold, ranked) if rankings else ():
        scores[int(result.query_id)][names[result.measure]] = result.value
    return [{name: each.get(name, 0.0) for name in measures} for each in scores]


def _gold(ranking: Ranking) -> dict[str, int]:
    found = [str(rank) for rank, right in enumerate(ranking.right) if right]
    return dict.fromkeys([*found, *(f"not retrieved {number}" for number in range(ranking.gold - len(found)))], 1)


def rank_articles(of_passages: Iterable[str], gold: Collection[str]) -> Ranking:
    """Return the ranking of articles by the best passage of each, from the articles of ranked passages."""
    return Ranking(tuple(article in gold for article in dict.fromkeys(of_passages)), len(set(gold)))


def find_span_ranks(
    gold: Sequence[ArticleSpan], ranked: Sequence[ArticleSpan], read_text: Callable[[str], str]
) -> list[int | None]:
    """Return for each gold span how many of the ranked passages it takes to cover it, ignoring white space.

    None if all of them together do not cover it. A span across two passages is found with the second of them.
    """
    missing = [
        {position for position in range(span.start, span.end) if not read_text(span.article)[position].isspace()}
        for span in gold
    ]
    ranks: list[int | None] = [None] * len(gold)
    for rank, passage in enumerate(ranked, start=1):
        for number, span in enumerate(gold):
            if ranks[number] is None and passage.overlaps(span):
                missing[number].difference_update(range(passage.start, passage.end))
                if not missing[number]:
                    ranks[number] = rank
    return ranks


def rank_spans(ranks: Sequence[int | None], depth: int) -> Ranking:
    """Return the ranking of a list of `depth` passages in which gold spans are found at `ranks`, as items.

    A passage that completes two spans counts as two right items in a row.
    """
    found = collections.Counter(rank for rank in ranks if rank is not None)
    right = [is_right for rank in range(1, depth + 1) for is_right in ([True] * found[rank] or [False])]
    return Ranking(tuple(right), len(ranks))


def score_span_ranks(ranks: Sequence[int | None]) -> dict[str, float]:
    """Return recall@k by spans, where k counts passages."""
    return {f"recall@{k}": sum(rank is not None and rank <= k for rank in ranks) / len(ranks) for k in CUTS}
