from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.build import build_assistant
from assistant.readers.cross_encoder import CrossEncoder
from assistant.reranking import Reranker
from assistant.settings import Settings
from index import ArticleIndex
from index.article import Article, Passage, ScoredPassage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assistant import Assistant
    from index.passages.embedding_bundled import BundledEmbedder

QUESTION = "When did Brackenmouth open its new harbour?"
TEXTS = {
    "plans": "Brackenmouth wants a new harbour. When it will open its new harbour nobody in Brackenmouth knows.",
    "steps": "The lighthouse at Gull Point was painted red in 1931. Tourists climb its 144 steps on Sundays.",
    "opening": "The weather held. The town of Brackenmouth opened its new harbour on 14 May 2024.",
}


@pytest.fixture(scope="module")
def found() -> list[ScoredPassage]:
    articles = [Article.create(text, id=name, title=name) for name, text in TEXTS.items()]
    return [
        ScoredPassage(Passage(one.id, one.id, 0, len(one.text), one.text), one, 1 - rank / 10, rank)
        for rank, one in enumerate(articles, start=1)
    ]


@pytest.fixture(scope="module")
def index(sample_home: Path, embedder: BundledEmbedder) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(sample_home, embedder=embedder) as opened:
        yield opened


def test_answering_passages_come_first(found: list[ScoredPassage], cross_encoder: CrossEncoder) -> None:
    ranked = Reranker(cross_encoder).rerank(QUESTION, found)
    assert ranked[0].passage.id == "opening"
    assert [one.rank for one in ranked] == [1, 2, 3]
    assert {one.passage.id for one in ranked} == set(TEXTS)
    scores = [one.score for one in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_answering_sentence_is_highlighted(found: list[ScoredPassage], cross_encoder: CrossEncoder) -> None:
    best = Reranker(cross_encoder).rerank(QUESTION, found)[0]
    assert best.highlight is not None
    start, end = best.highlight
    assert TEXTS["opening"][start:end] == "The town of Brackenmouth opened its new harbour on 14 May 2024."


def test_only_the_first_passages_are_read(found: list[ScoredPassage], cross_encoder: CrossEncoder) -> None:
    ranked = Reranker(cross_encoder, passages=2).rerank(QUESTION, found)
    assert ranked[-1].passage.id == "opening"
    assert ranked[-1].highlight is None
    assert [one.highlight is None for one in ranked[:2]] == [False, False]


def test_nothing_found_is_nothing_to_rank(cross_encoder: CrossEncoder) -> None:
    assert Reranker(cross_encoder).rerank(QUESTION, []) == []


def test_search_and_answers_have_the_same_order(assistant: Assistant) -> None:
    question = "Who is Trump's special envoy?"
    searched = assistant.search(question, k=8)
    assert [one.passage.id for one in assistant.ask(question).passages] == [one.passage.id for one in searched]
    assert all(
        one.highlight and one.passage.start <= one.highlight[0] < one.highlight[1] <= one.passage.end
        for one in searched
    )


def test_a_search_returns_the_requested_number(assistant: Assistant) -> None:
    for k in (1, 3, 20):
        ranked = assistant.search("What did Grushko demand?", k=k)
        assert [one.rank for one in ranked] == list(range(1, k + 1))


def test_settings_can_disable_it(index: ArticleIndex) -> None:
    question = "What did Grushko demand?"
    plain = index.retrieve(question, k=5)
    for settings in (Settings(rerank_passages=0), Settings(reader="linear")):
        assert build_assistant(settings, index).search(question, k=5) == plain
    assert build_assistant(Settings(), index).search(question, k=5) != plain


def test_out_of_time_only_the_first_passage_is_reranked(found: list[ScoredPassage]) -> None:
    ranked = Reranker(CrossEncoder(), seconds=0).rerank(QUESTION, found)
    assert [one.passage.id for one in ranked if one.highlight is None] == ["steps", "opening"]
    assert [one.retrieved for one in ranked] == [one.score for one in found]


def test_a_topic_keeps_the_order_in_which_it_was_found_and_gets_highlights(
    found: list[ScoredPassage], cross_encoder: CrossEncoder
) -> None:
    ranked = Reranker(cross_encoder).rerank("NEW HARBOUR OF BRACKENMOUTH, ITS OPENING", found)
    assert [one.passage.id for one in ranked] == ["plans", "steps", "opening"]
    assert [one.score for one in ranked] == [one.score for one in found]
    assert all(one.highlight is not None for one in ranked)
