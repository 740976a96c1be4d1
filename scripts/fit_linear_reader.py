"""Fits the weights of the reader that needs no trained model and writes them to assistant/readers/linear_weights.py.

python -m scripts.fit_linear_reader NEW_WIKI_JSON [--questions 3000] [--held-out 600] [--out FILE]

It needs scipy and scikit-learn and takes about three minutes on two cores.

The data: the new Wikipedia part of SQuADShifts (Miller et al. 2020, "The Effect of Natural Distribution Shift on
Question Answering Models"), https://github.com/modestyachts/squadshifts-website, datasets/new_wiki.json. Every
paragraph is an article in an index of the product, every question is asked of all of them, once as it is and once
without the paragraph that answers it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.readers.linear import rank
from assistant.readers.linear_weights import RANKING
from assistant.readers.remembering import Remembering
from assistant.readers.sentence_features import FEATURES, ParsedQuestion, Sentence, Sentences
from index import Article, ArticleIndex
from index.passages.embedding_bundled import BundledEmbedder
from scripts.conditional_logit import fit_choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from index.article import ScoredPassage

    Vector = NDArray[np.float64]

_EVIDENCE = 8  # passages that the reader reads, as the settings have it
_SUPPORT = (
    "cosine",
    "coverage",
    "coverage_before",
    "pairs",
    "near",
    "names_missing",
    "year_missing",
    "kind_missing",
    "question_length",
)


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question, the article that answers it and the places (characters) of its answers there."""

    question: str
    article_id: str
    answers: list[tuple[int, int]]


@dataclasses.dataclass(frozen=True)
class Group:
    """The features of the sentences for one question (rows), and which of them hold the answer."""

    features: Vector
    right: NDArray[np.bool_]


def read_squad(path: Path) -> tuple[list[Article], list[Asked]]:
    """Return the paragraphs as articles and the questions, shuffled the same way each time."""
    articles, asked = [], []
    for document in json.loads(path.read_text("utf-8"))["data"]:
        for number, paragraph in enumerate(document["paragraphs"]):
            title, name = document["title"].replace("_", " "), f"{document['title']}-{number}"
            articles.append(Article.create(paragraph["context"], title=title, id=name))
            for row in paragraph["qas"]:
                spans = [(one["answer_start"], one["answer_start"] + len(one["text"])) for one in row["answers"]]
                if spans:
                    asked.append(Asked(row["question"], name, spans))
    random.Random(0).shuffle(asked)  # noqa: S311 - nothing secret
    return articles, asked


class Collection:
    """The articles in an index of the product, so that the reader is fitted on the evidence that it will get."""

    def __init__(self, index: ArticleIndex) -> None:
        self._index = index

    def retrieve(self, question: str, without: str | None = None) -> list[ScoredPassage]:
        """Return the best passages, none of the article `without`."""
        found = self._index.retrieve(question, k=2 * _EVIDENCE)
        kept = [one for one in found if one.article.id != without][:_EVIDENCE]
        return [dataclasses.replace(one, rank=rank) for rank, one in enumerate(kept, 1)]


def holds_answer(sentence: Sentence, asked: Asked) -> bool:
    """Say whether the sentence overlaps an answer."""
    passage = sentence.source.passage
    start, end = (passage.start + offset for offset in sentence.spans[sentence.place])
    return passage.article_id == asked.article_id and any(start < to and at < end for at, to in asked.answers)


def measure_all(asked: Iterable[Asked], collection: Collection, embedder: Remembering) -> list[Group]:
    """Return the features of every sentence of the evidence for each question."""
    groups = []
    for one in asked:
        sentences = Sentences(ParsedQuestion.parse(one.question), collection.retrieve(one.question))
        vectors = embedder.embed([sentence.readable for sentence in sentences.all])
        cosines = vectors @ embedder.embed_question(sentences.question.text)
        rows = [
            sentences.measure(sentence) | {"cosine": float(cosine)}
            for sentence, cosine in zip(sentences.all, cosines, strict=True)
        ]
        features = np.array([[row[name] for name in FEATURES] for row in rows])
        groups.append(Group(features, np.array([holds_answer(sentence, one) for sentence in sentences.all])))
    return groups


def fit_ranking(groups: list[Group]) -> dict[str, float]:
    """Return the weights that make a right sentence the likeliest of its group."""
    groups = [group for group in groups if group.right.any() and not group.right.all()]
    features = np.concatenate([group.features for group in groups])
    scale = features.std(0) + 1e-9
    features = (features - features.mean(0)) / scale
    right = np.concatenate([group.right for group in groups]).astype(float)
    weights = fit_choices(features, right, [len(group.right) for group in groups]) / scale
    return dict(zip(FEATURES, weights.tolist(), strict=True))


def measure_best(
    asked: Iterable[Asked], collection: Collection, embedder: Remembering, *, answerable: bool
) -> tuple[Vector, NDArray[np.bool_]]:
    """Return the support features of the best sentence for each question, and whether it holds the answer."""
    rows, right = [], []
    for one in asked:
        evidence = collection.retrieve(one.question, None if answerable else one.article_id)
        sentences = Sentences(ParsedQuestion.parse(one.question), evidence)
        best, measured, _ = rank(sentences, embedder)[0]
        support = sentences.measure_support(best, measured)
        rows.append([support[name] for name in _SUPPORT])
        right.append(holds_answer(best, one))
    return np.array(rows), np.array(right)


def fit_answered(features: Vector, right: NDArray[np.bool_]) -> dict[str, float]:
    """Return the weights and the bias of the logistic model of whether the best sentence is right."""
    mean, scale = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(max_iter=2000).fit((features - mean) / scale, right)
    weights = model.coef_[0] / scale
    return {"bias": float(model.intercept_[0] - weights @ mean)} | dict(zip(_SUPPORT, weights.tolist(), strict=True))


def write_weights(path: Path, ranking: dict[str, float], answered: dict[str, float], note: str) -> None:
    """Write the module of weights."""

    def table(name: str, weights: dict[str, float]) -> str:
        rows = "".join(f'    "{key}": {value:.3f},\n' for key, value in weights.items())
        return f"{name}: dict[str, float] = {{\n{rows}}}\n"

    title = "The weights of the linear scorer, written by scripts/fit_linear_reader.py; not to be edited by hand."
    head = f'"""{title}\n\n{note}\n"""\n\n'
    ranking_note = '"""Log-odds for a sentence to be the one that answers, by unit of a feature."""\n'
    answered_note = '"""Log-odds that the best sentence answers, by unit of a feature."""\n'
    text = head + table("RANKING", ranking) + ranking_note + table("ANSWERED", answered) + answered_note
    path.write_text(text, "utf-8")


def main() -> None:
    """Read the arguments and the data, index the articles, and fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=3000)
    parser.add_argument("--held-out", type=int, default=600)
    default = Path(__file__).parents[1] / "assistant/readers/linear_weights.py"
    parser.add_argument("--out", type=Path, default=default)
    given: Any = parser.parse_args()
    embedder = Remembering(BundledEmbedder(), kept=10**6)
    articles, asked = read_squad(given.data)
    home = tempfile.TemporaryDirectory()
    with home, ArticleIndex.open(Path(home.name) / "home", embedder=embedder, write=True) as index:
        index.add(articles)
        fit(given, asked, Collection(index), embedder)


def fit(given: Any, asked: list[Asked], collection: Collection, embedder: Remembering) -> None:
    """Fit both models, print the figures of the held-out questions, write the weights."""
    held_out, asked = asked[: given.held_out], asked[given.held_out : given.questions]

    RANKING.clear()
    RANKING.update(fit_ranking(measure_all(asked, collection, embedder)))
    weights = np.array([RANKING[name] for name in FEATURES])
    first = [group.right[np.argmax(group.features @ weights)] for group in measure_all(held_out, collection, embedder)]

    half = asked[: len(asked) // 2]  # the other half's figures would only repeat
    with_gold, without = (measure_best(half, collection, embedder, answerable=flag) for flag in (True, False))
    answered = fit_answered(np.r_[with_gold[0], without[0]], np.r_[with_gold[1], without[1]])
    bias, slopes = answered["bias"], np.array([answered[name] for name in _SUPPORT])
    yes, no = (
        measure_best(held_out, collection, embedder, answerable=flag)[0] @ slopes + bias for flag in (True, False)
    )
    auroc = roc_auc_score(np.r_[np.ones(len(yes)), np.zeros(len(no))], np.r_[yes, no])
    figures = f"first sentence right {np.mean(first):.3f}, AUROC of answerable against answer removed {auroc:.3f}"
    print(figures)
    note = (
        f"Fitted on {len(asked)} questions of SQuADShifts, new Wikipedia (Miller et al. 2020), by seed 0.\n"
        f"On {len(held_out)} held-out questions: {figures}."
    )
    write_weights(given.out, RANKING, answered, note)


if __name__ == "__main__":
    main()
