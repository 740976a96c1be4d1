"""What is counted of rankings, confidences and times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

CUT = 10
"""How many articles of a ranking count."""
RETRIEVED = 50
"""How many passages are retrieved to rank articles by."""


def rank_articles(of_passages: Iterable[str]) -> list[str]:
    """Return the articles of ranked passages, each at the place of its best passage."""
    return list(dict.fromkeys(of_passages))[:CUT]


def measure_ranking(ranked: Sequence[str], gold: Collection[str]) -> dict[str, float]:
    """Return hits at 1, 4, 5 and 10, MRR@10, nDCG@10 (gain 1, discount log2(rank + 1)) and recall@10."""
    right = [article in gold for article in ranked]
    figures = {f"hits@{k}": float(any(right[:k])) for k in (1, 4, 5, CUT)}
    first = next((rank for rank, is_gold in enumerate(right, start=1) if is_gold), None)
    figures["mrr@10"] = 1 / first if first else 0.0
    ideal = _gain([True] * min(CUT, len(gold)))
    return figures | {"ndcg@10": _gain(right) / ideal, "recall@10": sum(right) / len(gold)}


def _gain(right: Sequence[bool]) -> float:
    return sum(is_gold / math.log2(rank + 1) for rank, is_gold in enumerate(right, start=1))


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Return the chance that one of `higher` is above one of `lower`; ties count half."""
    won = sum((one > other) + 0.5 * (one == other) for one in higher for other in lower)
    return won / (len(higher) * len(lower))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
