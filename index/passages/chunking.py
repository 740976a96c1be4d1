"""Splits an article into passages: whole sentences where possible, exact offsets, within the embedder's limit."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from index.article import Article, Passage
from index.passages.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    CountTokens = Callable[[Sequence[str]], list[int]]

# Recorded in the home, so that passages split by different rules are never mixed.
CHUNKING = "sentences-1"
TITLE_TOKENS = 64
"""Tokens at most of the article's title, which is put before the passage for embedding."""
PASSAGE_TOKENS = 180
"""Tokens a passage aims at; docs/benchmarks.md has the comparison of sizes."""
# A "word" of 200,000 characters is one token to most tokenizers, so length in characters is bounded as well.
MAX_CHARACTERS = 1500
# No real character consists of more code points than this; a longer sequence is split.
_CLUSTER = 64
_SPACE = re.compile(r"\s")
_STRETCH = 4096  # characters


def cut_passages(article: Article, count_tokens: CountTokens, *, max_tokens: int = PASSAGE_TOKENS) -> list[Passage]:
    """Return the passages of an article in order; together they cover all of its text except white space.

    A passage holds as many whole sentences as fit into `max_tokens`. A sentence that does not fit is split at white
    space, and a word that does not fit, between characters that may be separated.
    """
    pieces = _fitting_pieces(article.text, split_sentences(article.text), count_tokens, max_tokens)
    passages: list[Passage] = []
    start, used = 0, 0
    for index, (piece_start, piece_end, tokens) in enumerate(pieces):
        if index == 0:
            start = piece_start
        elif used + tokens > max_tokens or piece_end - start > MAX_CHARACTERS:
            passages.append(_passage(article, start, pieces[index - 1][1]))
            start, used = piece_start, 0
        used += tokens
    if pieces:
        passages.append(_passage(article, start, pieces[-1][1]))
    return passages


def add_titles(passages: Sequence[tuple[str | None, str]], count_tokens: CountTokens) -> list[str]:
    """Return the texts to embed: each passage preceded by as much of its article's title as `TITLE_TOKENS` allow.

    Passages are given as title and text.
    """
    titles = {title: _fit_title(title, count_tokens) for title, _ in passages if title}
    return [f"{titles[title]}\n{text}" if title else text for title, text in passages]


def _fit_title(title: str, count_tokens: CountTokens) -> str:
    while count_tokens([title])[0] > TITLE_TOKENS:
        title = title[: len(title) * 3 // 4]
    return title


def _passage(article: Article, start: int, end: int) -> Passage:
    text = article.text[start:end]
    digest = hashlib.sha256(f"{article.id}\0{article.content_hash}\0{start}\0{end}".encode()).hexdigest()
    return Passage(id=digest[:24], article_id=article.id, start=start, end=end, text=text)


def _fitting_pieces(
    text: str, spans: list[tuple[int, int]], count_tokens: CountTokens, max_tokens: int
) -> list[tuple[int, int, int]]:
    """Return (start, end, tokens) of every sentence; those that are too long are halved until they fit."""
    pieces: list[tuple[int, int, int]] = []
    short = [piece for start, end in spans for piece in _short_pieces(text, start, end)]
    counts = count_tokens([text[start:end] for start, end in short])
    for (start, end), tokens in zip(short, counts, strict=True):
        halves = [(start, end)] if tokens <= max_tokens else _halve(text, start, end)
        if len(halves) == 1:  # it fits, or is one character that counts as many tokens: nothing is left to cut
            pieces.append((start, end, tokens))
        else:
            pieces += _fitting_pieces(text, halves, count_tokens, max_tokens)
    return pieces


def _short_pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the span, halved until no piece has more than MAX_CHARACTERS, before any tokens are counted."""
    if end - start <= MAX_CHARACTERS:
        yield start, end
    else:
        for half in _halve(text, start, end):
            yield from _short_pieces(text, *half)


def _halve(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split a span in two near its middle, at white space if there is any, without the white space at the split."""
    middle = (start + end) // 2
    position = _nearest_space(text, middle, (end - start) // 4)
    if position is not None:
        left = text[start:position].rstrip()
        right = text[position:end].lstrip()
        return [(start, start + len(left)), (end - len(right), end)]
    near = range(max(start + 1, middle - _CLUSTER), min(end, middle + _CLUSTER))
    cuts = [position for position in near if not _belongs_to_previous(text, position)] or list(near)
    if not cuts:
        return [(start, end)]
    position = min(cuts, key=lambda cut: abs(cut - middle))
    return [(start, position), (position, end)]


def _nearest_space(text: str, middle: int, reach: int) -> int | None:
    """Return where white space is nearest to `middle`, searching in stretches that let other threads run."""
    for near in range(0, reach, _STRETCH):
        far = min(near + _STRETCH, reach)
        after = _SPACE.search(text[middle + near : middle + far])
        before = _SPACE.search(text[middle - far + 1 : middle - near + 1][::-1])
        if after and (before is None or after.start() <= before.start()):
            return middle + near + after.start()
        if before:
            return middle - near - before.start()
    return None


def _belongs_to_previous(text: str, position: int) -> bool:
    """Return whether the character at `at` must stay with the one before (accents, joined emoji, flags)."""
    joiner = "\u200d"
    return (
        unicodedata.category(text[position]) in {"Mn", "Me", "Mc"}
        or text[position] == joiner
        or text[position - 1] == joiner
        or "\U0001f3fb" <= text[position] <= "\U0001f3ff"
        or ("\U0001f1e6" <= text[position] <= "\U0001f1ff" and "\U0001f1e6" <= text[position - 1] <= "\U0001f1ff")
    )
