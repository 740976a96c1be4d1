"""Combines several rankings into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def scale(scores: Mapping[int, float], *, floor: float = 0.0) -> dict[int, float]:
    """Return the scores scaled so that `floor` is 0 and the best score is 1."""
    reach = max(scores.values(), default=floor) - floor
    return {key: (score - floor) / reach if reach > 0 else 1.0 for key, score in scores.items()}


def fuse(rankings: Iterable[tuple[float, Mapping[int, float]]]) -> dict[int, float]:
    """Return the weighted sum of rankings given as (weight, scores), best first; entries missing from a ranking count
    0.

    This is a convex combination of scaled scores (Bruch, Gai and Ingber 2022, "An Analysis of Fusion Functions for
    Hybrid Retrieval"): it preserves how far ahead the best is, which fusion by rank discards. The smaller key wins
    ties.
    """
    fused: dict[int, float] = {}
    for weight, scores in rankings:
        for key, score in scores.items():
            fused[key] = fused.get(key, 0.0) + weight * score
    return dict(sorted(fused.items(), key=lambda item: (-item[1], item[0])))
