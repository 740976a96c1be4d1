from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import assistant.readers.cross_encoder
from assistant.readers.cross_encoder import PASSAGE_TOKENS, CrossEncoder, PassageReading, describe
from index.article import Article, Passage, ScoredPassage

MODEL = Path(assistant.readers.cross_encoder.__file__).parent / "models" / "reader-MiniLM-L6"
QUESTION = "When did Brackenmouth open its new harbour?"
HARBOUR = "The town of Brackenmouth opened its new harbour on 14 May 2024 after six years of work. It cost $38 million."
LIGHTHOUSE = "The lighthouse at Gull Point was painted red in 1931. Tourists climb its 144 steps on Sundays."
FILLER = "The gulls were loud that summer and nobody minded the rain on the old stone steps. " * 20


def scored(text: str, *, title: str | None = None) -> ScoredPassage:
    article = Article.create(text, title=title, id=hashlib.sha256(text.encode()).hexdigest())
    return ScoredPassage(Passage(article.id, article.id, 0, len(text), text), article, 0.5, 1)


def read(text: str, question: str = QUESTION) -> PassageReading:
    (reading,) = CrossEncoder().read(question, [scored(text)])
    assert reading is not None
    return reading


def best_words(text: str, reading: PassageReading) -> str:
    look = reading.look(0, len(text))
    assert look is not None
    return text[slice(*look.span)]


def test_finds_the_words_that_answer() -> None:
    assert best_words(HARBOUR, read(HARBOUR)) == "14 May 2024"


def test_tells_a_passage_that_answers_from_one_that_does_not() -> None:
    answering, other = read(HARBOUR), read(LIGHTHOUSE)
    assert answering.answers > 0 > other.answers
    assert answering.margin > other.margin


def test_a_reading_does_not_depend_on_the_other_passages() -> None:
    alone = read(HARBOUR)
    among = CrossEncoder().read(QUESTION, [scored(LIGHTHOUSE), scored(FILLER), scored(HARBOUR)])[2]
    assert among is not None
    assert (among.answers, among.null) == (alone.answers, alone.null)
    assert np.array_equal(among.starts, alone.starts)
    assert np.array_equal(among.ends, alone.ends)


@pytest.mark.parametrize("text", [FILLER + HARBOUR, HARBOUR + " " + FILLER, FILLER + HARBOUR + " " + FILLER])
def test_a_long_passage_is_read_to_its_end(text: str) -> None:
    reading = read(text)
    assert len(reading.places) > PASSAGE_TOKENS
    assert np.isfinite(reading.starts).all()
    assert np.isfinite(reading.ends).all()
    assert best_words(text, reading) == "14 May 2024"
    assert reading.answers > 0


def test_looks_only_within_the_given_range() -> None:
    reading = read(HARBOUR)
    at = HARBOUR.index("It cost")
    before, behind = reading.look(0, at), reading.look(at, len(HARBOUR))
    assert before is not None
    assert behind is not None
    assert before.span[1] <= at <= behind.span[0]
    assert before.log_share > behind.log_share
    assert np.exp(before.log_share) + np.exp(behind.log_share) <= 1 + 1e-6
    assert reading.look(5, 5) is None


@pytest.mark.parametrize("text", ["x", "🇳🇴🙂 " * 50, "x" * 1500, "?!", "\n"])
def test_odd_texts_are_read(text: str) -> None:
    for question in (QUESTION, "", "word " * 3000, "🙂"):
        reading = read(text, question)
        assert np.isfinite(reading.answers)
        assert (reading.places <= len(text)).all()


def test_out_of_time_it_reads_only_the_first_and_cached_passages() -> None:
    model = CrossEncoder()
    passages = [scored(HARBOUR), scored(LIGHTHOUSE), scored(FILLER)]
    first, *others = model.read(QUESTION, passages, seconds=0)
    assert first is not None
    assert others == [None, None]
    everything = model.read(QUESTION, passages)
    assert None not in everything
    assert model.read(QUESTION, passages, seconds=0) == everything


def test_title_and_date_are_read_with_the_passage() -> None:
    import datetime as dt

    article = Article.create("It opened.", title="Harbour", published=dt.date(2024, 5, 14))
    assert describe(article) == "Harbour, May 14, 2024"
    assert describe(Article.create("It opened.")) == ""
    titled, bare = (
        CrossEncoder().read("What opened in Brackenmouth?", [scored("It opened on Monday.", title=title)])[0]
        for title in ("Brackenmouth harbour", None)
    )
    assert titled is not None
    assert bare is not None
    assert titled.answers != bare.answers


def test_the_shipped_model_is_the_recorded_one_and_small() -> None:
    content = (MODEL / "model.onnx").read_bytes()
    provenance = json.loads((MODEL / "PROVENANCE.json").read_text())
    assert hashlib.sha256(content).hexdigest() == provenance["sha256"]
    assert len(content) < 30_000_000
    assert (MODEL / "LICENSE").is_file()


@pytest.mark.slow
def test_it_needs_no_torch() -> None:
    script = (
        "import sys; from tests.test_cross_encoder import read, HARBOUR; read(HARBOUR);"
        " print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
