"""How several rankings become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def scale_by_best(scores: Mapping[int, float]) -> dict[int, float]:
    """Return the scores divided by the best of them, so that each ranking's best has 1."""
    best = max(scores.values(), default=0.0)
    return {key: score / best for key, score in scores.items()} if best > 0 else dict.fromkeys(scores, 0.0)


def fuse(rankings: Iterable[tuple[float, Mapping[int, float], float]]) -> dict[int, float]:
    """Return the weighted sum of rankings given as (weight, scores, score of what it lacks), best first.

    A convex combination of scaled scores (Bruch, Gai and Ingber 2022, "An Analysis of Fusion Functions for Hybrid
    Retrieval"); it keeps how much better the best is, which fusion by rank throws away. Ties keep the smaller key.
    """
    ranked = list(rankings)
    keys = sorted({key for _, scores, _ in ranked for key in scores})
    fused = {key: sum(weight * scores.get(key, lacking) for weight, scores, lacking in ranked) for key in keys}
    return dict(sorted(fused.items(), key=lambda item: -item[1]))
