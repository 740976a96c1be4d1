"""A small collection, questions on it, and a reader that fails on demand, for the tests of evaluation."""

from __future__ import annotations

import dataclasses
import math
import threading
from typing import TYPE_CHECKING, Any

from assistant import Assistant
from assistant.chat_models.chat_model import ModelError
from assistant.evaluation.figures.statistics import resample
from assistant.evaluation.runs.run import CollectionState, Curves, EvaluationRow, Run
from assistant.evaluation.runs.runner import Options, _summarise
from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet
from assistant.readers.reader import Draft, DraftStatement, Span
from index import Article, ArticleIndex
from tests.fakes import WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from assistant import Turn
    from assistant.readers.reader import Restart, Written
    from assistant.understanding.kinds import Kind
    from index import ScoredPassage

FERRY = "The night ferry to Orsk sails at nine."
LIGHTHOUSE = "The lighthouse of Brannock was painted green in 1931."
ORCHARD = "The orchard at Velden grows forty kinds of pear."
BELL = "The bell of Saint Maur weighs three tonnes."
TEXTS = {"ferry": FERRY, "lighthouse": LIGHTHOUSE, "orchard": ORCHARD, "bell": BELL}
ARTICLES = tuple(Article.create(text, id=id_, title=id_.title()) for id_, text in TEXTS.items())


def ask(id_: str, words: str, article: str, *answers: str, **given: Any) -> Question:
    """Return an answerable question whose evidence is the whole of an article."""
    return Question(
        id=id_,
        question=words,
        answers=answers,
        articles=(article,),
        evidence=(Evidence(article=article, quote=TEXTS[article]),),
        **given,
    )


QUESTIONS = (
    ask("q1", "When does the night ferry to Orsk sail?", "ferry", "nine", type="time"),
    ask("q2", "Which colour is the lighthouse of Brannock painted?", "lighthouse", "green", type="fact"),
    ask("q3", "How many kinds of pear does the orchard at Velden grow?", "orchard", "forty", type="fact"),
    ask("q4", "What does the bell of Saint Maur weigh?", "bell", "three tonnes", type="fact"),
    Question(id="q5", question="Who won the marathon of Ulm?", answerable=False, type="fact"),
)
SET = QuestionSet(name="islands", questions=QUESTIONS)


class QuotingReader:
    """Quotes the best passage, or does what `plans` says for a question; `asked` counts what it was asked.

    Plans: "refuse", "crash", "hang", "nan", "fall back", "model".
    """

    def __init__(self, plans: dict[str, str] | None = None, name: str = "quoting") -> None:
        self.name = name
        self.plans = {"Who won the marathon of Ulm?": "refuse"} | (plans or {})
        self.asked: list[str] = []
        self.release = threading.Event()

    def close(self) -> None:
        pass

    def stream(
        self,
        question: str,
        evidence: Sequence[ScoredPassage],
        *,
        history: Sequence[Turn] = (),
        kind: Kind = "fact",
    ) -> Iterator[Written | Restart | Draft]:
        self.asked.append(question)
        plan = self.plans.get(question, "quote") if evidence else "refuse"
        if plan == "crash":
            raise RuntimeError("the reader broke")
        if plan == "model":
            raise ModelError("The server failed.", reason="unavailable", help="Try again.")
        if plan == "hang":
            self.release.wait(60)
        if plan == "refuse":
            yield Draft(found=False, confidence=0.1)
            return
        passage = evidence[0].passage
        span = Span(passage, passage.start, passage.end)
        yield Draft(
            found=True,
            confidence=math.nan if plan == "nan" else 0.9,
            statements=(DraftStatement(passage.text, (span,), 1.0),),
            reader="spare" if plan == "fall back" else None,
            notice="The model failed." if plan == "fall back" else None,
        )


def make_home(folder: Path) -> None:
    """Make a home of the articles in a folder."""
    with ArticleIndex.open(folder, embedder=WordEmbedder(), write=True) as index:
        index.add(ARTICLES)


def make_assistant(index: ArticleIndex, plans: dict[str, str] | None = None, **given: Any) -> Assistant:
    """Return an assistant that reads with a QuotingReader."""
    return Assistant(index, QuotingReader(plans), **({"evidence": 2} | given))


def reader_of(assistant: Assistant) -> QuotingReader:
    """Return the assistant's reader."""
    assert isinstance(assistant.reader, QuotingReader)
    return assistant.reader


def make_row(id_: str, scores: dict[str, float] | None = None, **given: Any) -> EvaluationRow:
    """Return a row with these scores, `right` among them as its outcome; `given` are other fields."""
    scores = scores or {}
    right = bool(scores["right"]) if "right" in scores else None
    known: dict[str, Any] = {
        "id": id_, "key": f"key of {id_}", "question": f"Question {id_}?", "type": None, "fields": {},
        "answerable": True, "answers": (), "articles": (), "evidence": (), "article_rank": None,
        "outcome": "not judged" if right is None else "right" if right else "wrong span",
        "right": right, "confidence": None, "failures": (), "scores": scores, "counts": {},
        "judged": None, "answer": None, "retrieved": None,
    }  # fmt: skip
    return EvaluationRow(**known | given)


def make_run(rows: Sequence[EvaluationRow], **given: Any) -> Run:
    """Return the run of some rows with all its figures."""
    known: dict[str, Any] = {
        "name": "made",
        "questions": "questions",
        "collection": CollectionState(fingerprint="c", articles="a", size=4, embedder="words-1", chunking="x"),
        "system": {"reader": "made"},
        "warnings": (),
        "timings_ms": {},
    }
    weights = resample(len(rows), resamples=500)
    return dataclasses.replace(
        _summarise(list(rows), weights=weights, options=Options(), **known), **{"curves": Curves()} | given
    )


def alter(run: Run, change: Callable[[EvaluationRow], EvaluationRow]) -> Run:
    """Return the run with every row changed, its figures made anew."""
    rows = [change(row) for row in run.rows]
    return make_run(rows, name=run.name, collection=run.collection, system=run.system)
