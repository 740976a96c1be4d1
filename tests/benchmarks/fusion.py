"""Compare ways to fuse the signals of retrieval, and sizes of passages, on the real stores of question sets.

    python -m tests.benchmarks.fusion SET_FOLDER... [--sizes] [--grid]

The signals are the cosines of passages, BM25 of passages and BM25 of articles, each 200 deep as in retrieval.
Each set has one figure, over the questions with gold articles (figures.py): nDCG@10 for `time`, recall@10 for
`multihop_facts`, hits@1 for any other. Mixes are weighted sums of scaled scores: "max" divides a question's
scores by its best one, "min-max" puts the lowest cosine at 0 first. Shares are those of cosine, passages and
articles. The second table is of the shipped shares and their neighbours, the third counts on how many questions
the shipped fusion does better or worse than others.

With --sizes passages of several sizes are compared instead, retrieved by Dateline itself as shipped. With --grid
all mixes are printed, and not only the best ones.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from index import ArticleIndex
from index.engines.embedded.articles import ArticleStore
from index.engines.embedded.home import Home
from index.engines.embedded.lexical import LexicalStore
from index.engines.embedded.vectors import VectorStore
from index.filters import Criteria
from index.passages.chunking import PASSAGE_TOKENS, cut_passages
from index.passages.embedding_bundled import BundledEmbedder
from index.retrieval.fusion import fuse, scale
from index.retrieval.retriever import ARTICLE_SHARE, DENSE_SHARE, DEPTH, PASSAGE_SHARE
from tests.benchmarks.figures import RETRIEVED, measure_ranking, rank_articles
from tests.benchmarks.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from index import Article, Passage
    from tests.benchmarks.question_sets import QuestionSet

    Strategy = Callable[["Signals"], list[str]]

Shares = tuple[float, float, float]
Scores = dict[int, float]

SHIPPED: Shares = (DENSE_SHARE, PASSAGE_SHARE, ARTICLE_SHARE)
EQUAL: Shares = (1 / 3, 1 / 3, 1 / 3)
SIZES = (64, 120, PASSAGE_TOKENS, 220)
_STEP = 10
_RANK_CONSTANT = 60
_BEST = 3
_FIGURES = {"time": "ndcg@10", "multihop_facts": "recall@10"}


@dataclasses.dataclass(frozen=True, slots=True)
class Signals:
    """What the stores say of a question: scores by passage (`articles`: by article), and the gold articles."""

    dense: Scores
    passages: Scores
    articles: Scores
    article_of: dict[int, int]
    id_of: dict[int, str]
    gold: frozenset[str]

    def per_passage(self, scores: Mapping[int, float]) -> Scores:
        """Return each candidate passage's share of its article's score."""
        return {passage: scores[article] for passage, article in self.article_of.items() if article in scores}

    def rank(self, scores: Mapping[int, float]) -> list[str]:
        """Return the ids of articles by their best passage of the 50 best."""
        best = fuse([(1.0, scores)])
        return rank_articles(self.id_of[self.article_of[passage]] for passage in list(best)[:RETRIEVED])


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """The signals of every question of a set, as its stores give them."""

    name: str
    signals: list[Signals]

    def values(self, strategy: Strategy) -> list[float]:
        """Return the figure of each question under a way to rank."""
        return [measure_ranking(strategy(one), one.gold)[_figure(self.name)] for one in self.signals]

    def measure(self, strategy: Strategy) -> float:
        """Return the set's figure under a way to rank."""
        return statistics.fmean(self.values(strategy))


def _figure(name: str) -> str:
    return _FIGURES.get(name, "hits@1")


# Ways to rank


def _by_dense(signals: Signals) -> list[str]:
    return signals.rank(signals.dense)


def _by_passages(signals: Signals) -> list[str]:
    return signals.rank(signals.passages)


def _by_articles(signals: Signals) -> list[str]:
    return rank_articles(signals.id_of[article] for article in fuse([(1.0, signals.articles)]))


def _by_ranks(shares: Shares) -> Strategy:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009), constant 60, weighted by the shares."""

    def rank(signals: Signals) -> list[str]:
        parts = (signals.dense, signals.passages, signals.articles)
        dense, passages, articles = (_reciprocal_ranks(part) for part in parts)
        return signals.rank(fuse(zip(shares, (dense, passages, signals.per_passage(articles)), strict=True)))

    return rank


def _reciprocal_ranks(scores: Mapping[int, float]) -> Scores:
    return {key: 1 / (_RANK_CONSTANT + place) for place, key in enumerate(fuse([(1.0, scores)]), start=1)}


def _by_max(shares: Shares) -> Strategy:
    """Every score over the best one; a passage without a cosine counts as the last one that has one."""

    def rank(signals: Signals) -> list[str]:
        dense = scale(signals.dense)
        last = min(dense.values())
        dense = {passage: dense.get(passage, last) for passage in signals.article_of}
        return signals.rank(fuse(zip(shares, (dense, *_scaled_lexical(signals)), strict=True)))

    return rank


def _by_min_max(shares: Shares) -> Strategy:
    """As shipped: cosines from the last one at 0 to the best one at 1."""

    def rank(signals: Signals) -> list[str]:
        dense = scale(signals.dense, floor=min(signals.dense.values()))
        return signals.rank(fuse(zip(shares, (dense, *_scaled_lexical(signals)), strict=True)))

    return rank


def _scaled_lexical(signals: Signals) -> tuple[Scores, Scores]:
    return scale(signals.passages), signals.per_passage(scale(signals.articles))


# What the stores give


@contextlib.contextmanager
def stored_home(chosen: QuestionSet, kind: type[ArticleIndex] = ArticleIndex) -> Iterator[Path]:
    """Yield the folder of a new home that holds the set's articles."""
    with tempfile.TemporaryDirectory(prefix="dateline-fusion-") as folder:
        with kind.open(Path(folder), embedder=BundledEmbedder(), write=True) as index:
            index.add(chosen.articles)
        yield Path(folder)


def collect(chosen: QuestionSet) -> Stored:
    """Return what the stores of a set say of its questions."""
    with stored_home(chosen) as folder:
        home, embedder = Home(folder), BundledEmbedder()
        vectors = VectorStore(home.vectors, embedder=embedder.name)
        lexical = [
            LexicalStore(home.lexical / kind, shard=10**6, stored=lambda _: []) for kind in ("passages", "articles")
        ]
        asked = [question for question in chosen.questions if question.articles]
        with (
            contextlib.closing(vectors),
            contextlib.closing(ArticleStore(home.articles)) as articles,
        ):
            id_of = _ids(articles)
            signals = []
            for question in asked:
                nearest = vectors.search(embedder.embed([question.text])[0], k=DEPTH)
                passages, by_article = (store.search(question.text, k=DEPTH, criteria=Criteria()) for store in lexical)
                article_of = articles.live_articles_of({*nearest, *passages})
                signals.append(Signals(nearest, passages, by_article, article_of, id_of, question.articles))
    return Stored(chosen.name, signals)


def _ids(articles: ArticleStore) -> dict[int, str]:
    """Return the ids of articles by number, found by way of their passages."""
    numbers = articles.live_articles_of(sorted(articles.numbers("passage")))
    found = articles.passages(list(numbers))
    return {article: found[passage][1].id for passage, article in numbers.items()}


def _index_cut_at(tokens: int) -> type[ArticleIndex]:
    """Return the index with passages of another size, which is no setting of Dateline's."""

    class Cut(ArticleIndex):
        def _cut(self, article: Article) -> list[Passage]:
            return cut_passages(article, self._embedder.count_tokens, max_tokens=tokens)

    return Cut


def measure_size(chosen: QuestionSet, tokens: int) -> tuple[int, float]:
    """Return how many passages of `tokens` tokens at most a set has, and its figure as shipped."""
    kind = _index_cut_at(tokens)
    with stored_home(chosen, kind) as folder, kind.open(folder, embedder=BundledEmbedder()) as index:
        with contextlib.closing(ArticleStore(Home(folder).articles)) as articles:
            passages, _ = articles.counts()
        values = []
        for question in chosen.questions:
            if question.articles:
                found = index.retrieve(question.text, k=RETRIEVED)
                ranked = rank_articles(scored.passage.article_id for scored in found)
                values.append(measure_ranking(ranked, question.articles)[_figure(chosen.name)])
    return passages, statistics.fmean(values)


# Tables


Mix = tuple[list[float], Shares]


def _fixed() -> dict[str, Strategy]:
    """Return the ways to rank that need no search for shares, by name."""
    return {
        "cosine alone": _by_dense,
        "BM25 of passages alone": _by_passages,
        "BM25 of articles alone": _by_articles,
        "rank fusion of cosine and passages, equal": _by_ranks((0.5, 0.5, 0.0)),
        "rank fusion of all three, equal": _by_ranks(EQUAL),
    }


def _simplex() -> list[Shares]:
    """Return all shares in steps of a tenth that add up to 1."""
    tenths = range(_STEP + 1)
    pairs = ((a, b) for a, b in itertools.product(tenths, tenths) if a + b <= _STEP)
    return [(a / _STEP, b / _STEP, (_STEP - a - b) / _STEP) for a, b in pairs]


def _label(shares: Shares) -> str:
    return " / ".join(f"{share:.1f}" for share in shares)


def _print_row(label: str, values: list[float]) -> None:
    cells = [f"{value:.4f}" for value in [*values, statistics.fmean(values)]]
    print(f"| {label} | {' | '.join(cells)} |", flush=True)


def _print_head(label: str, names: Iterable[str]) -> None:
    heads = [f"{name} {_figure(name)}" for name in names]
    print(f"\n| {label} | {' | '.join(heads)} | mean |\n|---|{'---:|' * (len(heads) + 1)}")


def print_fusions(sets: list[Stored], *, all_mixes: bool) -> None:
    """Print the table of ways to fuse, and then of the shipped shares and their neighbours."""
    _print_head("ranked by", [one.name for one in sets])
    for label, strategy in _fixed().items():
        _print_row(label, [one.measure(strategy) for one in sets])
    kinds = {"rank fusion": _by_ranks, "max-scaled mix": _by_max, "min-max mix": _by_min_max}
    measured = {name: _measure_grid(kind, sets) for name, kind in kinds.items()}
    for name, grid in measured.items():
        best = sorted(grid, key=lambda mix: -statistics.fmean(mix[0]))[: len(grid) if all_mixes else _BEST]
        shown = [*best, *(mix for mix in grid if mix[1] == SHIPPED and mix not in best)]
        for values, shares in shown:
            shipped = ", **shipped**" if name == "min-max mix" and shares == SHIPPED else ""
            _print_row(f"{name} {_label(shares)}{shipped}", values)
    _print_neighbours(measured["min-max mix"], sets)
    others = {f"{name} {_label(_best(grid))}": kinds[name](_best(grid)) for name, grid in measured.items()}
    _print_pairs(_fixed() | others, sets)


def _best(grid: list[Mix]) -> Shares:
    return max(grid, key=lambda mix: statistics.fmean(mix[0]))[1]


def _measure_grid(kind: Callable[[Shares], Strategy], sets: list[Stored]) -> list[Mix]:
    return [([one.measure(kind(shares)) for one in sets], shares) for shares in _simplex()]


def _print_neighbours(grid: list[Mix], sets: list[Stored]) -> None:
    """Print the min-max mixes one tenth away from the shipped one."""
    _print_head("min-max shares", [one.name for one in sets])
    for values, shares in grid:
        moved = sum(abs(share - shipped) for share, shipped in zip(shares, SHIPPED, strict=True))
        if moved < 2.5 / _STEP:
            _print_row(_label(shares) + (", **shipped**" if shares == SHIPPED else ""), values)
    worth = " | ".join(f"{1 / len(one.signals):.4f}" for one in sets)
    print(f"| one question is worth at most | {worth} | – |")


def _print_pairs(others: dict[str, Strategy], sets: list[Stored]) -> None:
    """Print on how many questions the shipped fusion does better and worse than others."""
    print(f"\n| shipped against | {' | '.join(one.name for one in sets)} |\n|---|{'---:|' * len(sets)}")
    shipped = [one.values(_by_min_max(SHIPPED)) for one in sets]
    for label, strategy in others.items():
        cells = []
        for own, one in zip(shipped, sets, strict=True):
            pairs = list(zip(own, one.values(strategy), strict=True))
            cells.append(f"{sum(a > b for a, b in pairs)} : {sum(a < b for a, b in pairs)}")
        print(f"| {label} | {' | '.join(cells)} |", flush=True)


def print_sizes(sets: list[QuestionSet]) -> None:
    """Print the table of sizes of passages."""
    _print_head("passage tokens", [one.name for one in sets])
    for tokens in SIZES:
        measured = [measure_size(one, tokens) for one in sets]
        shipped = ", **shipped**" if tokens == PASSAGE_TOKENS else ""
        passages = sum(count for count, _ in measured)
        _print_row(f"{tokens}{shipped} ({passages:,} passages)", [value for _, value in measured])


def main() -> None:
    """Compare on the sets named on the command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("sets", nargs="+", type=Path, metavar="SET_FOLDER")
    arguments.add_argument("--sizes", action="store_true", help="compare sizes of passages instead")
    arguments.add_argument("--grid", action="store_true", help="print every mix")
    options = arguments.parse_args()
    sets = [load_set(folder) for folder in options.sets]
    if options.sizes:
        print_sizes(sets)
    else:
        print_fusions([collect(one) for one in sets], all_mixes=options.grid)


if __name__ == "__main__":
    main()
