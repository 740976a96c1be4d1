"""How several rankings become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def scale(scores: Mapping[int, float], *, floor: float = 0.0) -> dict[int, float]:
    """Return the scores on a line on which `floor` is 0 and the best score is 1."""
    reach = max(scores.values(), default=floor) - floor
    return {key: (score - floor) / reach if reach > 0 else 1.0 for key, score in scores.items()}


def fuse(rankings: Iterable[tuple[float, Mapping[int, float]]]) -> dict[int, float]:
    """Return the weighted sum of rankings given as (weight, scores), best first; what a ranking lacks counts 0 there.

    A convex combination of scaled scores (Bruch, Gai and Ingber 2022, "An Analysis of Fusion Functions for Hybrid
    Retrieval"): it keeps how much better the best is, which fusion by rank throws away. Ties keep the smaller key.
    """
    fused: dict[int, float] = {}
    for weight, scores in rankings:
        for key, score in scores.items():
            fused[key] = fused.get(key, 0.0) + weight * score
    return dict(sorted(fused.items(), key=lambda item: (-item[1], item[0])))
