"""Calibration: the distance between confidence and the share of right answers, corrected for chance.

The usual calibration error is above zero even for a perfect forecaster: where few questions are in a bin, their share
right differs from their confidence by chance. Here the variance of that share is subtracted from each bin's squared
distance (Kumar, Liang and Ma 2019), and the root of the bins' mean is taken.

Resampling adds as much variance again. So each resample has that subtracted, too, and varies around distances that are
shrunk to what the subtraction leaves of them. Without both, no interval would ever reach zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assistant.evaluation.figures.statistics import Floats, Weights

_MOST_BINS = 10


def ece(weights: Weights, confidence: Floats, right: NDArray[np.bool_]) -> Floats:
    """Return the root of the debiased mean squared calibration error, over bins of equal mass, for each resample.

    It is 0 if chance explains the whole distance. Questions of equal confidence share a bin. Weights of 1 give the
    figure itself; unlike in other figures, a question that is drawn twice does not count as two.
    """
    if not len(confidence):
        return np.full(len(weights), np.nan)
    member = _bins(confidence)
    sizes = member.sum(axis=0)
    off = confidence - right
    means = (off @ member) / sizes
    residuals = off - member @ means
    spread = ((residuals**2) @ member) / sizes
    # The variance of one answer: as observed, but at least that of a perfect forecaster. If all answers of a bin
    # happen to be right, the observed variance is 0.
    variance = np.maximum(spread * sizes / np.maximum(sizes - 1, 1), ((confidence * (1 - confidence)) @ member) / sizes)
    shares = sizes / len(confidence)
    squared = float(shares @ means**2)
    debiased = max(0.0, float(shares @ (means**2 - variance / sizes)))
    shrunk = means * np.sqrt(debiased / squared) if squared else means
    residuals = residuals + _unseen(member, sizes, residuals, variance - spread)
    drawn = weights - 1
    moved = (drawn @ (member * residuals[:, None])) / sizes
    added = (drawn**2 @ (member * residuals[:, None] ** 2)) / sizes**2
    error: Floats = np.sqrt(np.maximum(((shrunk + moved) ** 2 - added) @ shares, 0))
    return error


def _bins(confidence: Floats) -> Floats:
    """Return, one-hot, which of up to ten bins of equal mass each confidence is in; few questions get fewer bins."""
    bins = min(_MOST_BINS, max(2, int(np.sqrt(len(confidence)) / 2)))
    edges = np.quantile(confidence, np.arange(1, bins) / bins)
    _, places = np.unique(np.searchsorted(edges, confidence, side="right"), return_inverse=True)
    one_hot: Floats = np.eye(places.max() + 1)[places]
    return one_hot


def _unseen(member: Floats, sizes: Floats, residuals: Floats, missing: Floats) -> Floats:
    """Return what to add to the residuals so that their spread in each bin is larger by `missing`, their mean still 0.

    The values alternate in sign; resampling then varies as much as answers of that variance would.
    """
    turns = np.where(np.cumsum(member, axis=0)[member > 0] % 2, 1.0, -1.0)
    turns -= member @ ((turns @ member) / sizes)
    square = ((turns**2) @ member) / sizes
    cross = ((turns * residuals) @ member) / sizes
    by = (np.sqrt(cross**2 + square * np.maximum(missing, 0)) - cross) / np.where(square > 0, square, 1)
    unseen: Floats = turns * (member @ by)
    return unseen
