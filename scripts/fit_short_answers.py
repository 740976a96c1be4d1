"""Fit when the words that the reader found are sure enough to be shown as the short answer.

    python -m scripts.fit_short_answers SET_FOLDER... [--out FILE]

It needs what `.[export]` installs. Every set with gold answers is asked as the product asks. Fitted is the chance that
the words are right, or nearly (word F1 of a half or more with a gold answer), by a logistic regression over what
`sure_answers.measure` gives; a question without an answer counts as wrong. For each kind of question the words are
shown from the chance on below which next to nothing was right. Chances for choosing and for what is printed come from
models that have not seen the question (five parts, by a hash of the question's id).
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from assistant.evaluation.figures.metrics import exact_match, f1
from assistant.readers.cross_encoder import CrossEncoder
from assistant.readers.remembering import Remembering
from assistant.readers.sure_answers import measure, typed_answer
from assistant.readers.trained import TrainedScorer
from assistant.understanding.answer_types import AnswerType
from index.passages.embedding_bundled import BundledEmbedder
from scripts.calibrate_reader import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.calibrate_reader import Asked

_STRENGTH = 0.05  # inverse of the regularisation (C), chosen on these sets
_NEARLY = 0.5  # word F1
_PARTS = 5
# The most of a kind's F1 that may be hidden, and the highest chance; a wrong figure or reason misleads the most.
_LOST, _MOST = 0.022, 0.35
_LOST_STRICT, _MOST_STRICT = 0.03, 0.4
_STRICT = {"number", "date", "time", "reason", "quote"}


@dataclasses.dataclass(frozen=True)
class Answered:
    """What the reader answered a question with: its kind, what is measured, and how right it is."""

    set: str
    id: str
    kind: AnswerType
    measured: dict[str, float]
    exact: float
    f1: float


def answer(asked: Sequence[Asked], scorer: TrainedScorer) -> Iterator[Answered]:
    """Yield the answer to each question that has words of the type asked for."""
    for one in asked:
        scores = scorer.score(one.sentences)
        if not scores.ranked or scores.confidence < scorer.threshold:
            continue
        parsed = one.sentences.question
        ranked = [
            dataclasses.replace(scored, short_answer=typed_answer(parsed, scored.short_answer, scores.confidence))
            for scored in scores.ranked
        ]
        span = ranked[0].short_answer
        if span is not None and (one.question.answers or not one.question.answerable):
            gold = one.question.answers
            yield Answered(
                one.set,
                one.question.id,
                parsed.kind,
                measure(one.sentences, ranked, ranked[0], scores.confidence),
                exact_match(span.text, gold) if gold else 0.0,
                max((f1(span.text, each) for each in gold), default=0.0),
            )


def fit(answered: Sequence[Answered]) -> tuple[dict[str, float], list[float]]:
    """Return the weights, and the chance of each answer by a model that has not seen its question."""
    names = list(answered[0].measured)
    features = np.array([[one.measured[name] for name in names] for one in answered])
    right = np.array([one.f1 >= _NEARLY for one in answered])
    mean, scale = features.mean(0), features.std(0) + 1e-9
    standard = (features - mean) / scale
    parts = np.array([hashlib.sha256(one.id.encode()).digest()[0] % _PARTS for one in answered])
    folds = [(np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in range(_PARTS)]
    model = LogisticRegression(C=_STRENGTH, max_iter=5000)
    chances = cross_val_predict(model, standard, right, cv=folds, method="predict_proba")[:, 1]
    model.fit(standard, right)
    slopes = model.coef_[0] / scale
    bias = float(model.intercept_[0] - slopes @ mean)
    return {"bias": bias} | dict(zip(names, slopes.tolist(), strict=True)), chances.tolist()


def choose_least(answered: Sequence[Answered], chances: Sequence[float]) -> dict[str, float]:
    """Return, for each kind, the highest twentieth of chance below which next to none of its F1 lies."""
    least = {}
    for kind in get_args(AnswerType):
        own = [(chance, one.f1) for one, chance in zip(answered, chances, strict=True) if one.kind == kind]
        lost, most = (_LOST_STRICT, _MOST_STRICT) if kind in _STRICT else (_LOST, _MOST)
        whole = sum(value for _, value in own)
        steps = np.arange(0.0, most + 0.01, 0.05)
        kept = [float(step) for step in steps if sum(v for chance, v in own if chance < step) <= lost * whole]
        least[kind] = round(max(kept), 2)
    return least


def main() -> None:
    """Ask, fit, show, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "assistant/readers/sure_weights.py")
    given: Any = parser.parse_args()
    model = CrossEncoder(kept=10**6)
    scorer = TrainedScorer(model, Remembering(BundledEmbedder()))
    answered = [each for folder in given.sets for each in answer(ask(folder, model), scorer)]
    weights, chances = fit(answered)
    least = choose_least(answered, chances)
    shown = [one for one, chance in zip(answered, chances, strict=True) if chance >= least[one.kind]]
    for name in sorted({one.set for one in answered}):
        for label, members in (("all", answered), ("shown", shown)):
            own = [one for one in members if one.set == name]
            print(f"{name} {label}: {len(own)}, exact {sum(o.exact for o in own):.0f}, F1 {sum(o.f1 for o in own):.1f}")
    write_weights(given.out, weights, least)


def write_weights(path: Path, weights: dict[str, float], least: dict[str, float]) -> None:
    """Write the module of weights."""

    def table(name: str, values: dict[str, float]) -> str:
        rows = "".join(f'    "{key}": {value:.5g},\n' for key, value in values.items())
        return f"{name}: dict[str, float] = {{\n{rows}}}\n"

    text = (
        '"""When a short answer is sure enough, by scripts/fit_short_answers.py; not to be edited by hand."""\n\n'
        + table("SURE", weights)
        + '"""Log-odds that the words are right, by unit of what is measured."""\n'
        + table("LEAST", least)
        + '"""The chance from which they are shown, by the kind of answer that is asked for."""\n'
    )
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
