"""Weights under which the right choices of many are the likeliest (conditional logit, McFadden 1974)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


def fit_choices(
    features: Vector, right: Vector, sizes: Sequence[int], *, known: Vector | None = None, strength: float = 1e-3
) -> Vector:
    """Return a weight for each column of `features`, given how right each row is and how many each question has.

    The rows of a question lie one behind the other. `known` is what is added to the rows' log-odds and not fitted. The
    squared weights count `strength` as much as the mean log-likelihood.
    """
    known = np.zeros(len(features)) if known is None else known
    starts, owner = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(sizes)), sizes)

    def loss(weights: Vector) -> tuple[float, Vector]:
        scores = features @ weights + known
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        every, good = np.add.reduceat(odds, starts), np.add.reduceat(odds * right, starts)
        gradient = features.T @ (odds / every[owner] - odds * right / good[owner]) / len(sizes)
        return float(np.mean(np.log(every / good)) + strength * weights @ weights), gradient + 2 * strength * weights

    fitted: Vector = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x
    return fitted
