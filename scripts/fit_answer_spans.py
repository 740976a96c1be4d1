"""Fit which of the spans that the reader's model holds to be likely is the whole answer and no more.

    python -m scripts.fit_answer_spans SET_FOLDER... [--out FILE]

It needs what `.[export]` installs. Every set with gold answers is asked as the product asks. Fitted is which span of
the best sentence is nearest to a gold answer (by word F1; conditional logit, McFadden 1974) over what
`answer_spans.measure_span` gives, beside a fixed share of the model's own log-odds. What is printed comes from weights
that have not seen the question (five parts, by a hash of the question).
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.evaluation.figures.metrics import exact_match, f1
from assistant.readers.answer_spans import find_spans, measure_span
from assistant.readers.cross_encoder import CrossEncoder
from assistant.readers.reader import Span
from assistant.readers.remembering import Remembering
from assistant.readers.scoring import weigh
from assistant.readers.trained import TrainedScorer
from assistant.readers.whole_answers import whole_answer
from index.passages.embedding_bundled import BundledEmbedder
from scripts.calibrate_reader import ask
from scripts.conditional_logit import fit_choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.calibrate_reader import Asked

_LOG_ODDS = 0.6  # what the model's own log-odds count, chosen on these sets: it was trained on crowd workers' spans
_STRENGTH = 0.01  # what the squared weights count, chosen on these sets
_SHARPNESS = 4  # the power of F1 that a span counts as right by
_PARTS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Candidates:
    """The likely spans of a question's best sentence: the model's log-odds, what is measured, and how right each is."""

    set: str
    question: str
    log_odds: tuple[float, ...]
    measured: tuple[dict[str, float], ...]
    f1: tuple[float, ...]
    exact: tuple[float, ...]

    @property
    def part(self) -> int:
        """The part of the questions it belongs to."""
        return hashlib.sha256(self.question.encode()).digest()[0] % _PARTS


def gather(asked: Sequence[Asked], scorer: TrainedScorer) -> Iterator[Candidates]:
    """Yield the candidates of each question that has gold answers."""
    for one in asked:
        found = scorer.find(one.sentences)
        gold = one.question.answers
        if not found or not gold:
            continue
        sentence = found[0].sentence
        spans = find_spans(found[0].reading, sentence)
        passage = sentence.source.passage
        texts = [
            whole_answer(one.sentences.question, Span(passage, passage.start + start, passage.start + end)).text
            for start, end in spans
        ]
        if spans:
            yield Candidates(
                one.set,
                one.question.text,
                tuple(spans.values()),
                tuple(measure_span(one.sentences, sentence, place) for place in spans),
                tuple(max(f1(text, each) for each in gold) for text in texts),
                tuple(exact_match(text, gold) for text in texts),
            )


def fit(questions: Sequence[Candidates]) -> dict[str, float]:
    """Return the weights under which the spans nearest to a gold answer are the likeliest."""
    telling = [one for one in questions if min(one.f1) < max(one.f1)]
    names = list(telling[0].measured[0])
    features = np.array([[measured[name] for name in names] for one in telling for measured in one.measured])
    right = np.array([value**_SHARPNESS for one in telling for value in one.f1])
    known = np.array([_LOG_ODDS * odds for one in telling for odds in one.log_odds])
    scale = features.std(0) + 1e-9
    weights = fit_choices(features / scale, right, [len(one.f1) for one in telling], known=known, strength=_STRENGTH)
    return {"log_odds": _LOG_ODDS} | dict(zip(names, (weights / scale).tolist(), strict=True))


def main() -> None:
    """Ask, fit, show, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "assistant/readers/span_weights.py")
    given: Any = parser.parse_args()
    model = CrossEncoder(kept=10**6)
    scorer = TrainedScorer(model, Remembering(BundledEmbedder()))
    questions = [each for folder in given.sets for each in gather(ask(folder, model), scorer)]
    figures: dict[str, list[tuple[float, ...]]] = collections.defaultdict(list)
    for part in range(_PARTS):
        weights = fit([one for one in questions if one.part != part])
        for one in (one for one in questions if one.part == part):
            chances = [
                weigh(weights, measured | {"log_odds": odds})
                for odds, measured in zip(one.log_odds, one.measured, strict=True)
            ]
            chosen = chances.index(max(chances))
            figures[one.set].append((one.exact[0], one.f1[0], one.exact[chosen], one.f1[chosen], max(one.f1)))
    for name, rows in figures.items():
        exact, likely, chosen_exact, chosen_f1, best = np.mean(rows, 0)
        print(
            f"{name}: {len(rows)} questions; the likeliest span: exact {exact:.3f}, F1 {likely:.3f};"
            f" chosen: exact {chosen_exact:.3f}, F1 {chosen_f1:.3f}; the best of them: F1 {best:.3f}"
        )
    write_weights(given.out, fit(questions))


def write_weights(path: Path, weights: dict[str, float]) -> None:
    """Write the module of weights."""
    rows = "".join(f'    "{name}": {value:.5g},\n' for name, value in weights.items())
    path.write_text(
        '"""Which span of a sentence is the answer, by scripts/fit_answer_spans.py; not to be edited by hand."""\n\n'
        f"SPANS: dict[str, float] = {{\n{rows}}}\n"
        '"""Log-odds of a span against the others of its sentence, by unit of what is measured."""\n',
        "utf-8",
    )


if __name__ == "__main__":
    main()
