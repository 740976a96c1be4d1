"""Fit the weights by which a follow-up is told from other questions, and its words are taken from the conversation.

    pip install scikit-learn
    python -m scripts.fit_followups cast2019.jsonl cast2022.jsonl --choose cast2020.jsonl --others squad.json

Each row has `history` (questions, and answers where known), `question`, and `standalone`, what a person wrote instead.
The talks in scripts/followup_talks.jsonl are learned from as well: short answers and news, longer talks without
answers, and questions to be left alone. So are questions of --others after any conversation: a new topic. A turn before
is read as the person's rewrite in the first round and as the rewriter's own in later ones. The rows of --choose are
only measured.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.conversation import Conversation
from assistant.understanding import carried_terms, carried_weights, followup, open_questions

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
Example = tuple[dict[str, float], bool, float]
"""Features, what is to be learned of them, and how much it counts."""
OWN = Path(__file__).parent / "followup_talks.jsonl"
TARGET = Path(carried_terms.__file__).parent / "carried_weights.py"
STRENGTH, OPEN_STRENGTH = 0.01, 0.05  # of what is learned against the pull to nought; by --choose
OWN_WEIGHT, LEFT_ALONE_WEIGHT = 2.0, 0.3
CHANGES, CHANGE_WEIGHT = 1200, 0.5
HEAD = '"""What shows that a follow-up means a term, by scripts/fit_followups.py; not to be edited by hand."""\n'
TELL = ("Log-odds that a term is meant, by unit of a feature.", "The same, that a question needs any.")
ROUNDS = 2  # the first on people's rewrites, the rest on this one's own


def read(paths: list[Path]) -> list[Row]:
    """Return the rows of JSON-lines files."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def new_topics(rows: list[Row], path: Path) -> list[Row]:
    """Return conversations in which a question of a text has nothing to do with what was said before."""
    chance = random.Random(0)  # noqa: S311 - which ones are drawn is no secret
    documents = json.loads(path.read_text(encoding="utf-8"))["data"]
    asked = [qa["question"].strip() for one in documents for part in one["paragraphs"] for qa in part["qas"]]
    return [
        {"history": chance.choice(rows)["history"], "question": question, "standalone": question}
        for question in chance.sample(asked, CHANGES)
    ]


def conversations(rows: list[Row], *, own: bool) -> Iterator[tuple[Row, Conversation]]:
    """Yield each row with the conversation before it, in people's rewrites or in those of the rewriter."""
    written = {(*(turn["question"] for turn in row["history"]), row["question"]): row["standalone"] for row in rows}
    known: dict[tuple[str, ...], str] = {}
    for row in rows:
        talk, asked = Conversation(), ()
        for turn in row["history"]:
            asked += (turn["question"],)
            if not own:
                said = written.get(asked, turn["question"])
            elif (said := known.get(asked, "")) == "":
                said = known[asked] = followup.make_standalone(turn["question"], talk)
            talk = talk.with_turn(said, turn["answer"] or "")
        yield row, talk


def term_examples(talks: list[tuple[Row, Conversation]]) -> Iterator[tuple[dict[str, float], bool]]:
    """Yield the features of each term of the conversations, and whether the person's rewrite has it."""
    for row, talk in talks:
        wanted = carried_terms.content(row["standalone"])
        for term, features in carried_terms.measure(row["question"], talk.turns).items():
            yield features, term in wanted


def open_examples(talks: list[tuple[Row, Conversation]]) -> Iterator[tuple[dict[str, float], bool]]:
    """Yield the features of each question, and whether the person's rewrite has any word that it lacks."""
    for row, talk in talks:
        lacks = not carried_terms.content(row["standalone"]) <= carried_terms.content(row["question"])
        yield open_questions.measure_openness(row["question"], talk.turns), lacks


def fit(measured: list[Example], strength: float) -> dict[str, float]:
    """Return the log-odds by unit of a feature."""
    names = list(measured[0][0])
    table = np.array([[features[name] for name in names] for features, _, _ in measured])
    scale = table.std(axis=0)
    names = [name for name, deviation in zip(names, scale, strict=True) if deviation > 0]
    table, scale = table[:, scale > 0], scale[scale > 0]
    model = LogisticRegression(C=strength, max_iter=5000)
    labels, weights = ([row[column] for row in measured] for column in (1, 2))
    model.fit((table - table.mean(axis=0)) / scale, labels, sample_weight=weights)
    found = model.coef_[0] / scale
    bias = float(model.intercept_[0] - found @ table.mean(axis=0))
    return {"bias": bias} | dict(zip(names, map(float, found), strict=True))


def score(rows: list[Row]) -> str:
    """Return how the rewrites of rows compare with people's, in their terms."""
    f1 = wrong = supplied = 0.0
    for row, talk in conversations(rows, own=True):
        asked, told, wanted = map(
            carried_terms.content,
            (row["question"], followup.make_standalone(row["question"], talk), row["standalone"]),
        )
        f1 += 2 * len(told & wanted) / max(1, len(told) + len(wanted))
        supplied += len(told - asked)
        wrong += len(told - asked - wanted)
    return f"F1 {f1 / len(rows):.4f}, wrong {wrong / max(1, supplied):.3f} of those supplied"


def main() -> None:
    """Fit and write the weights; print how they do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", type=Path)
    parser.add_argument("--choose", type=Path)
    parser.add_argument("--others", type=Path, help="questions in SQuAD's form, as new topics")
    options = parser.parse_args()
    rows, own = read(options.rows), read([OWN])
    changes = new_topics(rows + own, options.others)
    left_alone = [row for row in own if row["standalone"] == row["question"]]
    own = [row for row in own if row["standalone"] != row["question"]]
    for number in range(ROUNDS):
        sets = (
            (rows, 1.0, 1.0),
            (own, OWN_WEIGHT, 1.0),
            (left_alone, LEFT_ALONE_WEIGHT, 1.0),
            (changes, 0.0, CHANGE_WEIGHT),
        )
        terms: list[Example] = []
        opens: list[Example] = []
        for some, of_terms, of_questions in sets:
            talks = list(conversations(some, own=number > 0))
            terms += [(*example, of_terms) for example in (term_examples(talks) if of_terms else ())]
            opens += [(*example, of_questions) for example in open_examples(talks)]
        found = [fit(examples, strength) for examples, strength in ((terms, STRENGTH), (opens, OPEN_STRENGTH))]
        for weights, new in zip((carried_weights.WEIGHTS, carried_weights.OPEN_WEIGHTS), found, strict=True):
            weights.clear()
            weights.update(new)
        carried_terms.forget()
        for path in [*options.rows, *filter(None, [options.choose])]:
            print(number, path.stem, score(read([path])), flush=True)
    TARGET.write_text(HEAD + "".join(map(written, ("WEIGHTS", "OPEN_WEIGHTS"), found, TELL)))


def written(name: str, weights: dict[str, float], tell: str) -> str:
    """Return weights as they stand in the module."""
    lines = "".join(f'    "{feature}": {value:.4g},\n' for feature, value in weights.items())
    return f'\n{name}: dict[str, float] = {{\n{lines}}}\n"""{tell}"""\n'


if __name__ == "__main__":
    main()
