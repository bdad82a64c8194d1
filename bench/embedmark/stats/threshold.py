"""How many pairs a threshold sorts right that was chosen without them, where gold is binary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import Array

_SEED = 20
Mask = npt.NDArray[np.bool_]


def held_out_influence(gold: Array, scores: Array) -> tuple[Array, Array]:
    """Return the share of pairs (..., n) on the right side of a threshold, and the influence values of the pairs.

    The pairs are dealt into two halves, each class by itself. Each half is sorted by the threshold that is best on the
    other one: a threshold that is chosen and tested on the same pairs looks better than it is.
    """
    positive = np.asarray(gold > gold.min(initial=np.inf), dtype=np.bool_)
    first = _half(positive)
    rows = scores.reshape(-1, gold.size)
    right: Array = np.empty(rows.shape)
    for row, values in zip(right, rows, strict=True):
        for tested in (first, ~first):
            called = values[tested] >= best_threshold(values[~tested], positive[~tested])
            row[tested] = called == positive[tested]
    right = right.reshape(scores.shape)
    value = right.mean(axis=-1)
    return np.asarray(value, dtype=np.float64), right - value[..., None]


def best_threshold(scores: Array, positive: Mask) -> float:
    """Return the threshold from which on scores (n,) count as positive with the fewest errors.

    It lies halfway between two scores, or is infinite where calling all pairs the same is best; of several that are
    equally good it is the lowest.
    """
    values, places = np.unique(scores, return_inverse=True)
    if not values.size:
        return float("inf")
    positives = np.bincount(places, weights=positive, minlength=values.size)
    negatives = np.bincount(places, weights=~positive, minlength=values.size)
    # With the threshold below value i, all smaller values are called negative.
    missed = np.concatenate([[0.0], np.cumsum(positives)])
    false = np.concatenate([np.cumsum(negatives[::-1])[::-1], [0.0]])
    at = int(np.argmin(missed + false))
    if at in (0, values.size):
        return float("-inf") if at == 0 else float("inf")
    return float(values[at - 1] / 2 + values[at] / 2)


def _half(positive: Mask) -> Mask:
    """Return one half of the pairs (n,), with half of each class."""
    first = np.zeros(positive.size, dtype=np.bool_)
    # Shuffled: files often alternate between a right and a wrong pair.
    order = np.random.default_rng(_SEED).permutation(positive.size)
    for of_class in (positive, ~positive):
        first[order[of_class[order]][::2]] = True
    return first
