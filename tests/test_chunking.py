from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Article
from index.passages.chunking import MAX_CHARACTERS, PASSAGE_TOKENS, add_titles, cut_passages
from tests.test_sentences import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.passages.embedding_bundled import BundledEmbedder

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_sound(article: Article, embedder: BundledEmbedder, *, max_tokens: int = PASSAGE_TOKENS) -> None:
    passages = cut_passages(article, embedder.count_tokens, max_tokens=max_tokens)
    for passage in passages:
        assert article.text[passage.start : passage.end] == passage.text
        assert len(passage.text) <= MAX_CHARACTERS
    counts = embedder.count_tokens([passage.text for passage in passages])
    assert all(count <= max_tokens or len(passage.text) == 1 for count, passage in zip(counts, passages, strict=True))
    assert all(before.end <= after.start for before, after in itertools.pairwise(passages))
    assert "".join("".join(p.text for p in passages).split()) == "".join(article.text.split())
    assert len({passage.id for passage in passages}) == len(passages)


@relaxed
@given(text=TEXTS, max_tokens=st.integers(4, 200))
def test_passages_are_exact_complete_and_short_enough(embedder: BundledEmbedder, text: str, max_tokens: int) -> None:
    assert_sound(Article.create(text), embedder, max_tokens=max_tokens)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        "word " * 40_000,
        "e\u0301" * 100_000,
        "界" * 50_000,
        "👩‍👩‍👧‍👦" * 20_000,
        "الحكومة تعلن عن خطة جديدة. " * 5_000,
        "The ferry was late again. " * 3_000,
        "He said: “I will not go.”\r\n\r\n" * 3_000,
        "\u0301" * 3_000,
    ],
    ids=[
        "one word",
        "one sentence",
        "accents",
        "ideographs",
        "emoji",
        "right to left",
        "repeated",
        "crlf quotes",
        "bare marks",
    ],
)
def test_extreme_texts_are_split_correctly(embedder: BundledEmbedder, text: str) -> None:
    assert_sound(Article.create(text), embedder)


def test_repeated_sentences_keep_their_own_places(embedder: BundledEmbedder) -> None:
    article = Article.create("The ferry was late again. " * 200)
    starts = [passage.start for passage in cut_passages(article, embedder.count_tokens)]
    assert starts == sorted(set(starts))
    assert len(starts) > 5


def test_joined_emoji_and_accents_are_not_split(embedder: BundledEmbedder) -> None:
    family, accented = "👩‍👩‍👧‍👦", "e\u0301"
    for unit in (family, accented):
        article = Article.create(unit * 5_000)
        assert all(len(p.text) % len(unit) == 0 for p in cut_passages(article, embedder.count_tokens))


def test_passages_prefer_whole_sentences(embedder: BundledEmbedder) -> None:
    article = Article.create("A plain sentence about the harbour and its many cranes. " * 60)
    assert all(passage.text.endswith("cranes.") for passage in cut_passages(article, embedder.count_tokens))


def test_a_very_long_title_does_not_shorten_the_passage(embedder: BundledEmbedder) -> None:
    text = "harbour " * PASSAGE_TOKENS
    (titled,) = add_titles([("界" * 500, text)], embedder.count_tokens)
    assert titled.endswith(f"\n{text}")
    assert embedder.count_tokens([titled])[0] <= embedder.max_tokens


def test_the_tokens_of_a_long_word_are_counted_only_in_pieces() -> None:
    counted: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        counted.extend(texts)
        return [1 for _ in texts]

    article = Article.create("a" * 200_000)
    assert len(cut_passages(article, count)) > 100
    assert sum(map(len, counted)) == len(article.text)
