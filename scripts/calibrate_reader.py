"""Fit what the trained reader's logits are worth on half of the question sets, and show it on the other half.

    python -m scripts.calibrate_reader SET_FOLDER... [--out FILE] [--json FILE] [--picture FILE]

It needs what `.[export]` installs. Every set is added to an index of its own and asked as the product asks, each
question in every way of `scripts.ways_of_asking`. The questions are halved by a hash of their ids. Fitted on the first
half, for questions as they are in the set: which sentence answers (conditional logit, McFadden 1974), and how likely
the best one does (logistic regression); chosen there: the confidence below which "not found" is said. On the second
half it prints calibration, risk and coverage, of questions as they are in the set and by way of asking.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import PolynomialFeatures

from assistant.build import open_index
from assistant.evaluation.figures.calibration import ece
from assistant.evaluation.figures.statistics import BINS, aurc, bin_of, once, risk_coverage
from assistant.readers.cross_encoder import CrossEncoder
from assistant.readers.remembering import Remembering
from assistant.readers.scoring import logistic, weigh
from assistant.readers.sentence_features import ParsedQuestion, Sentences
from assistant.readers.trained import TrainedScorer, measure_confidence, multiply
from assistant.readers.trained_weights import RANKING
from assistant.reranking import Reranker
from assistant.settings import Settings
from assistant.understanding.wording import plain_question
from index.passages.embedding_bundled import BundledEmbedder
from scripts.conditional_logit import fit_choices
from scripts.ways_of_asking import AS_ASKED, WAYS
from tests.benchmarks.figures import auroc
from tests.benchmarks.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from index.passages.embedding import Embedder
    from tests.benchmarks.question_sets import Question

    Vector = NDArray[np.float64]

_EVIDENCE = 8
_RANKING = ("answers", "margin", "retrieved", "log_share", "covered")
_SUPPORT = (
    "answers",
    "log_share",
    "covered",
    "cosine",
    "retrieved_best",
    "passage_coverage",
    "year_missing",
    "question_length",
)
_STRENGTH = 0.03  # inverse of the regularisation of the confidence (C), chosen on these sets
_ANSWERED_AT_LEAST = 0.9  # of the questions that have an answer, in every set


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question as the reader saw it; `gold` are the places (article, characters) of its evidence."""

    set: str
    way: str
    question: Question
    sentences: Sentences
    gold: tuple[tuple[str, int, int], ...]

    @property
    def is_first_half(self) -> bool:
        """Whether it is for fitting."""
        return hashlib.sha256(self.question.id.encode()).digest()[0] % 2 == 0


def ask(folder: Path, model: CrossEncoder) -> list[Asked]:
    """Return the questions of a set, in each way of asking, with the evidence that the product would read."""
    chosen = load_set(folder)
    reranker = Reranker(model)
    asked = []
    with (
        tempfile.TemporaryDirectory() as home,
        open_index(Settings(home=Path(home)), write=True) as index,
    ):
        index.add(chosen.articles)
        texts = {article.id: article.text for article in chosen.articles}
        for question in chosen.questions:
            gold = tuple(
                (one.article, at, at + len(one.quote))
                for one in question.evidence
                if (at := texts[one.article].find(one.quote)) >= 0
            )
            if not gold and question.answerable:
                continue
            for way, write in WAYS.items():
                text = plain_question(write(question.text))
                found = index.retrieve(text, k=_EVIDENCE)
                sentences = Sentences(ParsedQuestion.parse(text), reranker.rerank(text, found))
                asked.append(Asked(chosen.name, way, question, sentences, gold))
    return asked


def fit_ranking(asked: Iterable[Asked], scorer: TrainedScorer) -> dict[str, float]:
    """Return the weights that make a right sentence the likeliest of its question."""
    rows, right, sizes = [], [], []
    for one in asked:
        found = scorer.find(one.sentences)
        labels = [each.is_at(one.gold) for each in found]
        if any(labels) and not all(labels):
            rows += [[each.features[name] for name in _RANKING] for each in found]
            right += labels
            sizes.append(len(found))
    weights = fit_choices(np.array(rows), np.array(right, float), sizes)
    return dict(zip(_RANKING, weights.tolist(), strict=True))


@dataclasses.dataclass(frozen=True)
class Confidence:
    """A logistic model of whether the best sentence is right: weights with a bias, and what they were fitted on."""

    weights: dict[str, float]
    seen: dict[str, tuple[float, float]]

    def of(self, measured: dict[str, float]) -> float:
        """Return the chance, 0 to 1."""
        return logistic(weigh(self.weights, multiply(measured, self.seen)))


def fit_answered(asked: Sequence[Asked], scorer: TrainedScorer, embedder: Embedder) -> Confidence:
    """Return the model of whether the best sentence is right, over what is measured and all products of two of it.

    What counts how much is fitted with every set, and what has an answer in it and what has none, counting the same;
    how sure that makes (Platt 1999), with every set counting the same.
    """
    rows, right, sides = [], [], []
    for one in asked:
        found = scorer.find(one.sentences)
        if found:
            measured = measure_confidence(one.sentences, found[0], embedder)
            rows.append([measured[name] for name in _SUPPORT])
            right.append(found[0].is_at(one.gold))
            sides.append((one.set, one.question.answerable))
    features = np.array(rows)
    mean, scale = features.mean(0), features.std(0) + 1e-9
    squares = PolynomialFeatures(2, include_bias=False)
    products = squares.fit_transform((features - mean) / scale)
    model = LogisticRegression(C=_STRENGTH, max_iter=5000).fit(products, right, _evenly(sides))
    scores = model.decision_function(products)[:, None]
    platt = LogisticRegression(C=1e6).fit(scores, right, _evenly([name for name, _ in sides]))
    slope = float(platt.coef_[0, 0])
    bias = float(platt.intercept_[0] + slope * model.intercept_[0])
    weights = _as_measured(squares.powers_, slope * model.coef_[0], mean, scale, bias)
    seen = zip(features.min(0).tolist(), features.max(0).tolist(), strict=True)
    return Confidence(weights, dict(zip(_SUPPORT, seen, strict=True)))


def _as_measured(powers: Vector, slopes: Vector, mean: Vector, scale: Vector, bias: float) -> dict[str, float]:
    """Return the weights of standardised values and their products as those of the values as they are measured."""
    weights = {"bias": bias} | dict.fromkeys(_SUPPORT, 0.0)
    for power, slope in zip(powers, slopes, strict=True):
        places = [place for place, times in enumerate(power) for _ in range(int(times))]
        factor = float(slope / np.prod(scale[places]))
        if len(places) == 1:
            weights[_SUPPORT[places[0]]] += factor
            weights["bias"] -= factor * mean[places[0]]
            continue
        one, other = places
        weights[f"{_SUPPORT[one]}*{_SUPPORT[other]}"] = factor
        weights[_SUPPORT[one]] -= factor * mean[other]
        weights[_SUPPORT[other]] -= factor * mean[one]
        weights["bias"] += factor * mean[one] * mean[other]
    return {name: float(value) for name, value in weights.items()}


def _evenly(kinds: Sequence[object]) -> Vector:
    """Return weights with which every kind counts the same, 1 on average."""
    weights = np.array([1 / kinds.count(kind) for kind in kinds])
    return weights * len(weights) / weights.sum()


@dataclasses.dataclass(frozen=True)
class Told:
    """What came of one question."""

    set: str
    way: str
    answerable: bool
    confidence: float
    right: bool


def tell(asked: Iterable[Asked], scorer: TrainedScorer, embedder: Embedder, answered: Confidence) -> list[Told]:
    """Return confidence and outcome of each question."""
    told = []
    for one in asked:
        found = scorer.find(one.sentences)
        confidence = answered.of(measure_confidence(one.sentences, found[0], embedder)) if found else 0.0
        right = bool(found) and found[0].is_at(one.gold)
        told.append(Told(one.set, one.way, one.question.answerable, confidence, right))
    return told


def choose_threshold(told: Sequence[Told]) -> float:
    """Return the highest twentieth of confidence that still answers enough of what has an answer in every set."""
    best = 0.0
    for least in np.arange(0.05, 0.9, 0.05):
        shares = [
            np.mean([one.confidence >= least for one in told if one.set == name and one.answerable])
            for name in {one.set for one in told}
        ]
        if min(shares) >= _ANSWERED_AT_LEAST:
            best = float(least)
    return round(best, 2)


def describe(told: Sequence[Told], threshold: float) -> dict[str, Any]:
    """Return the figures of a half: for each set, calibration and risk over all, and by way of asking."""
    as_asked = [one for one in told if one.way == AS_ASKED]
    figures = _describe_sets(as_asked, threshold) | {"all": _describe_all(as_asked) | {"threshold": threshold}}
    for way in (*WAYS, "all ways"):
        members = [one for one in told if way in {one.way, "all ways"}]
        figures[f"way: {way}"] = _describe_all(members) | {"sets": _describe_sets(members, threshold)}
    return figures


def _describe_all(told: Sequence[Told]) -> dict[str, Any]:
    confidence, right = _outcomes(told)
    return {
        "ece": round(float(ece(once(len(told)), confidence, right)[0]), 3),
        "aurc": round(float(aurc(once(len(told)), confidence, right)[0]), 3),
        "auroc of right": round(auroc(confidence[right].tolist(), confidence[~right].tolist()), 3),
    }


def _describe_sets(told: Sequence[Told], threshold: float) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name in sorted({one.set for one in told}):
        yes = [one for one in told if one.set == name and one.answerable]
        no = [one for one in told if one.set == name and not one.answerable]
        figures[name] = {
            "questions": len(yes) + len(no),
            "answered": _share(one.confidence >= threshold for one in yes),
            "first sentence right": _share(one.right for one in yes),
            "answered and right": _share(one.right and one.confidence >= threshold for one in yes),
        }
        if no:
            figures[name]["refused"] = _share(one.confidence < threshold for one in no)
            figures[name]["auroc"] = round(auroc([one.confidence for one in yes], [one.confidence for one in no]), 3)
    return figures


def draw(told: Sequence[Told], threshold: float, target: Path) -> None:
    """Write the picture of calibration (share right by confidence) and of risk by coverage."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    confidence, right = _outcomes(told)
    figure, (left, beside) = pyplot.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    bins = bin_of(confidence)
    filled = [place for place in range(BINS) if (bins == place).any()]
    means = [confidence[bins == place].mean() for place in filled]
    shares = [right[bins == place].mean() for place in filled]
    left.plot([0, 1], [0, 1], color="0.75", linewidth=1)
    left.plot(means, shares, marker="o", color="#1d4f91")
    for mean, share, place in zip(means, shares, filled, strict=True):
        left.annotate(
            str((bins == place).sum()), (mean, share), textcoords="offset points", xytext=(6, -10), fontsize=8
        )
    left.axvline(threshold, color="#b3541e", linewidth=1, linestyle="--")
    left.set(xlabel="confidence, mean of a tenth", ylabel="share whose first sentence is right", title="Calibration")
    _, coverage, risk = zip(*risk_coverage(confidence, right), strict=True)
    beside.plot(coverage, risk, color="#1d4f91")
    beside.axvline((confidence >= threshold).mean(), color="#b3541e", linewidth=1, linestyle="--")
    beside.set(xlabel="share of questions answered", ylabel="share of those answered wrongly", title="Risk by coverage")
    beside.set_ylim(0)
    figure.savefig(target, dpi=110)


def _outcomes(told: Sequence[Told]) -> tuple[Vector, NDArray[np.bool_]]:
    return np.array([one.confidence for one in told]), np.array([one.right for one in told])


def _share(flags: Iterable[bool]) -> float:
    return round(float(np.mean(list(flags))), 3)


def write_weights(path: Path, ranking: dict[str, float], answered: Confidence, threshold: float) -> None:
    """Write the module of weights."""

    def table(name: str, weights: dict[str, float]) -> str:
        rows = "".join(f'    "{key}": {value:.5g},\n' for key, value in weights.items())
        return f"{name}: dict[str, float] = {{\n{rows}}}\n"

    text = (
        '"""What the reader\'s logits are worth, by scripts/calibrate_reader.py; not to be edited by hand."""\n\n'
        + table("RANKING", ranking)
        + '"""Log-odds for a sentence to be the one that answers, by unit of a feature."""\n'
        + table("ANSWERED", answered.weights)
        + '"""Log-odds that the best sentence answers, by unit of a feature or of a product of two."""\n'
        + "SEEN: dict[str, tuple[float, float]] = {\n"
        + "".join(f'    "{name}": ({low:.5g}, {high:.5g}),\n' for name, (low, high) in answered.seen.items())
        + "}\n"
        + '"""The lowest and the highest of each feature that these were fitted on."""\n'
        + f"THRESHOLD = {threshold}\n"
        + '"""Confidence below which the reader says "not found"."""\n'
    )
    path.write_text(text, "utf-8")


def main() -> None:
    """Ask, fit, show, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "assistant/readers/trained_weights.py")
    parser.add_argument("--json", type=Path, help="write the figures of both halves here")
    parser.add_argument("--picture", type=Path, help="draw the second half's calibration and risk here")
    given: Any = parser.parse_args()
    model = CrossEncoder(kept=10**6)
    embedder = Remembering(BundledEmbedder())
    scorer = TrainedScorer(model, embedder)
    asked = [one for folder in given.sets for one in ask(folder, model)]
    first, second = ([one for one in asked if one.is_first_half is half] for half in (True, False))
    as_asked = [one for one in first if one.way == AS_ASKED]
    ranking = fit_ranking(as_asked, scorer)
    RANKING.update(ranking)
    answered = fit_answered(as_asked, scorer, embedder)
    threshold = choose_threshold(tell(as_asked, scorer, embedder, answered))
    figures = {
        half: describe(tell(members, scorer, embedder, answered), threshold)
        for half, members in (("fitted on", first), ("held out", second))
    }
    print(json.dumps(figures["held out"], indent=1))
    if given.json:
        given.json.write_text(json.dumps({"threshold": threshold, **figures}, indent=1) + "\n")
    if given.picture:
        draw(tell([one for one in second if one.way == AS_ASKED], scorer, embedder, answered), threshold, given.picture)
    write_weights(given.out, ranking, answered, threshold)


if __name__ == "__main__":
    main()
