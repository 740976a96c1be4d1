from __future__ import annotations

import math

import pytest

from assistant.evaluation.figures.metrics import (
    CUTS,
    METRICS,
    ArticleSpan,
    Ranking,
    exact_match,
    f1,
    find_span_ranks,
    holds,
    rank_articles,
    rank_spans,
    score_rankings,
    score_span_ranks,
)


def test_a_ranking_is_scored_as_worked_out_by_hand() -> None:
    # Right at ranks 2 and 4, and a third gold article that was not retrieved.
    (scores,) = score_rankings([Ranking((False, True, False, True, False), gold=3)])
    assert (scores["hits@1"], scores["hits@2"], scores["hits@5"]) == (0, 1, 1)
    assert (scores["recall@1"], scores["recall@2"], scores["recall@5"]) == pytest.approx((0, 1 / 3, 2 / 3))
    assert scores["mrr@10"] == 1 / 2
    assert scores["map"] == pytest.approx((1 / 2 + 2 / 4) / 3)
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    assert scores["ndcg@10"] == pytest.approx(gain / (1 + 1 / math.log2(3) + 1 / math.log2(4)))


def test_the_ideal_of_ndcg_stops_at_ten_and_mrr_looks_no_deeper() -> None:
    many, late = score_rankings([Ranking((True,) * 10, gold=14), Ranking((False,) * 10 + (True,), gold=1)])
    assert many["ndcg@10"] == pytest.approx(1)
    assert many["recall@10"] == pytest.approx(10 / 14)
    assert (late["mrr@10"], late["ndcg@10"], late["hits@20"]) == (0, 0, 1)
    assert late["map"] == pytest.approx(1 / 11)


def test_nothing_retrieved_scores_zero_everywhere_and_no_rankings_give_none() -> None:
    (scores,) = score_rankings([Ranking((), gold=2)])
    assert set(scores.values()) == {0.0}
    assert {f"hits@{k}" for k in CUTS} <= set(scores)
    assert score_rankings([]) == []


def test_an_article_counts_once_at_the_place_of_its_best_passage() -> None:
    ranking = rank_articles(["a", "b", "a", "b", "c", "a"], {"b", "c"})
    assert ranking == Ranking((False, True, True), gold=2)
    (scores,) = score_rankings([ranking])
    assert scores["map"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert scores["recall@5"] == 1


TEXT = "One two. Three four. Five six."


def ranks(gold: list[ArticleSpan], passages: list[ArticleSpan]) -> list[int | None]:
    return find_span_ranks(gold, passages, {"a": TEXT, "b": TEXT}.__getitem__)


def test_a_span_is_found_with_the_passage_that_completes_it() -> None:
    whole, across, other = ArticleSpan("a", 9, 20), ArticleSpan("a", 4, 14), ArticleSpan("b", 0, 8)
    passages = [ArticleSpan("b", 9, 30), ArticleSpan("a", 9, 20), ArticleSpan("a", 0, 8)]
    assert ranks([whole, across, other], passages) == [2, 3, None]


def test_white_space_between_passages_is_not_missed_and_the_article_matters() -> None:
    assert ranks([ArticleSpan("a", 0, 20)], [ArticleSpan("a", 0, 8), ArticleSpan("a", 9, 20)]) == [2]
    assert ranks([ArticleSpan("a", 0, 20)], [ArticleSpan("b", 0, 30)]) == [None]


def test_two_spans_of_one_passage_are_two_right_items_and_k_counts_passages() -> None:
    found = [2, 2, None]
    assert rank_spans(found, depth=3) == Ranking((False, True, True, False), gold=3)
    assert score_span_ranks(found)["recall@2"] == pytest.approx(2 / 3)
    assert score_span_ranks(found)["recall@1"] == 0


@pytest.mark.parametrize(
    ("short", "gold", "same", "shared"),
    [
        ("The Nine o’clock!", "nine oclock", 1, 1.0),
        ("at nine", "nine", 0, 2 / 3),
        ("nine nine", "nine", 0, 2 / 3),
        ("ten", "nine", 0, 0.0),
        ("", "nine", 0, 0.0),
    ],
)
def test_short_answers_are_compared_by_the_rules_of_squad(short: str, gold: str, same: float, shared: float) -> None:
    assert exact_match(short, [gold, "something else"]) == same
    assert f1(short, gold) == pytest.approx(shared)


def test_a_text_holds_an_answer_as_whole_words_in_a_row() -> None:
    assert holds("It sails at nine, says the harbour. [1]", "at nine")
    assert not holds("It sails at ninety.", "nine")
    assert not holds("It sails.", "the")


def test_every_metric_has_one_group_and_says_what_it_is() -> None:
    assert len(METRICS) == len({metric.about + metric.name for metric in METRICS.values()})
    assert all(metric.about for metric in METRICS.values())
    assert {metric.name for metric in METRICS.values() if metric.better == "lower"} == {"aurc", "ece"}
