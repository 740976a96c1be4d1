"""The trained reader's model: reads a question and a passage together; onnxruntime, no network, no torch.

It gives, for every token of the passage, how likely the answer begins and ends there, and whether the passage answers
at all (Devlin et al. 2019 for the spans, Nogueira and Cho 2019 for the verdict). Its model card, in
models/reader-MiniLM-L6, says what it was trained on and what it can do.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cachetools import LRUCache

from assistant.understanding.question_forms import with_question_mark
from index.passages.onnx_models import pool, session, tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from index.article import ArticleInfo, ScoredPassage

    Numbers = NDArray[np.float32]

_MODEL = Path(__file__).parent / "models" / "reader-MiniLM-L6" / "model.onnx"
QUESTION_TOKENS, HEADER_TOKENS, PASSAGE_TOKENS = 96, 32, 192
"""The most tokens read at once: the beginning of the question, of title and date, and a window of the passage."""
_STRIDE = 128  # a longer passage is read in windows that start this many tokens apart
LONGEST_ANSWER = 30
"""The longest answer, in tokens."""
_MOST_CHARACTERS = {"question": 2000, "header": 500}  # more than enough for the tokens that are read
_KEPT = 4096  # readings that are cached, 2 to 4 KiB each


@dataclasses.dataclass(frozen=True, slots=True)
class PassageReading:
    """The model's output for one passage: logits, comparable across the passages of a question.

    `places` are the characters of the passage's tokens (tokens x 2), `starts` and `ends` their logits; `null` is the
    logit, start and end together, of "no answer here"; `answers` the one of "this passage answers"; `margin` the
    log-odds that some span answers.
    """

    answers: float
    null: float
    margin: float
    places: NDArray[np.int32]
    starts: Numbers
    ends: Numbers

    def look(self, start: int, end: int) -> Look | None:
        """Return the model's output between two characters of the passage; None if no token begins there."""
        first, last = (int(first_token) for first_token in np.searchsorted(self.places[:, 0], [start, end]))
        if first == last:
            return None
        inside = _span_logits(self.starts[first:last], self.ends[first:last])
        first_token, further = divmod(int(inside.argmax()), LONGEST_ANSWER)
        span = int(self.places[first + first_token, 0]), int(self.places[first + first_token + further, 1])
        return Look(_log_sum(inside) - self.null - self.margin, span)

    def spans(self, start: int, end: int, *, count: int) -> list[tuple[int, int, float]]:
        """Return the likeliest spans between two characters, each with its logit, the likeliest first."""
        first, last = (int(first_token) for first_token in np.searchsorted(self.places[:, 0], [start, end]))
        if first == last:
            return []
        logits = _span_logits(self.starts[first:last], self.ends[first:last]).ravel()
        found = []
        for place in np.argsort(-logits, kind="stable")[:count].tolist():
            token, further = divmod(place, LONGEST_ANSWER)
            if np.isfinite(logits[place]):
                at, to = self.places[first + token, 0], self.places[first + token + further, 1]
                found.append((int(at), int(to), float(logits[place])))
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """A part of a passage: the logarithm of its share of all spans, and its best span (characters)."""

    log_share: float
    span: tuple[int, int]


def _span_logits(starts: Numbers, ends: Numbers) -> Numbers:
    """Return the start plus end logit of every span, tokens x 30: from each token, the spans of 1 to 30 tokens."""
    padded = np.concatenate([ends, np.full(LONGEST_ANSWER, -np.inf, np.float32)])
    spans: Numbers = starts[:, None] + np.lib.stride_tricks.sliding_window_view(padded, LONGEST_ANSWER)[:-1]
    return spans


def _log_sum(logits: Numbers) -> float:
    if not logits.size:
        return -math.inf
    top = logits.max()
    return float(top + np.log(np.exp(logits - top).sum()))


class CrossEncoder:
    """Reads passages for a question and caches recent readings, without the texts; thread-safe.

    The model is loaded on first use, on the `providers` of onnxruntime that can run it. Each window is a separate run:
    int8 products share their scale within a run, so a passage gets the same logits whatever it is read with.
    """

    def __init__(self, *, kept: int = _KEPT, providers: tuple[str, ...] = ()) -> None:
        self._providers = providers
        self._readings: LRUCache[bytes, PassageReading] = LRUCache(kept)
        self._lock = threading.Lock()

    def read(
        self, question: str, passages: Sequence[ScoredPassage], *, seconds: float | None = None
    ) -> list[PassageReading | None]:
        """Return a reading for each passage; None for those not begun within `seconds`. The first is always read.

        A question is read with its mark, as those that the model learned from have it.
        """
        question = with_question_mark(question[: _MOST_CHARACTERS["question"]])
        deadline = None if seconds is None else time.monotonic() + seconds

        def one(place: int, scored: ScoredPassage) -> PassageReading | None:
            header = describe(scored.article)[: _MOST_CHARACTERS["header"]]
            key = hashlib.sha256("\0".join((question, header, scored.passage.text)).encode()).digest()
            with self._lock:
                if (known := self._readings.get(key)) is not None:
                    return known
            if place and deadline is not None and time.monotonic() > deadline:
                return None
            reading = _read(question, header, scored.passage.text, self._providers)
            with self._lock:
                self._readings[key] = reading
            return reading

        return list(pool().map(one, range(len(passages)), passages))


def describe(article: ArticleInfo) -> str:
    """Return what is read of an article besides the passage: its title and date."""
    day = f"{article.published:%B} {article.published.day}, {article.published.year}" if article.published else None
    return ", ".join(part for part in (article.title, day) if part)


def _read(question: str, header: str, passage: str, providers: tuple[str, ...]) -> PassageReading:
    asked, about, text = (tokenizer().encode(part, add_special_tokens=False) for part in (question, header, passage))
    begin, end = _special_tokens()
    before = [begin, *asked.ids[:QUESTION_TOKENS], end]
    between = [*about.ids[:HEADER_TOKENS], end]
    offset = len(before) + len(between)
    count = len(text.ids)
    logits = np.full((count, 2), -np.inf, np.float32)
    centrality = np.full(count, -1)
    answers, null = -math.inf, math.inf
    for first in range(0, max(1, count - PASSAGE_TOKENS + _STRIDE), _STRIDE):
        window = text.ids[first : first + PASSAGE_TOKENS]
        ids = np.array([[*before, *between, *window, end]], np.int64)
        types = (np.arange(ids.shape[1]) >= len(before)).astype(np.int64)[None]
        spans, verdict = session(_MODEL, providers).run(None, {"ids": ids, "types": types})
        inside = np.arange(len(window))
        central = np.minimum(inside, len(window) - 1 - inside)
        target = slice(first, first + len(window))
        better = central > centrality[target]  # each token counts in the window that has most text around it
        logits[target][better] = spans[0, offset : offset + len(window)][better]
        centrality[target][better] = central[better]
        answers = max(answers, float(verdict[0, 0]))
        null = min(null, float(spans[0, 0].sum()))
    starts, ends = logits[:, 0].copy(), logits[:, 1].copy()
    places = np.array(text.offsets, np.int32).reshape(-1, 2)
    return PassageReading(answers, null, _log_sum(_span_logits(starts, ends)) - null, places, starts, ends)


@functools.cache
def _special_tokens() -> tuple[int, int]:
    return tokenizer().token_to_id("[CLS]"), tokenizer().token_to_id("[SEP]")
