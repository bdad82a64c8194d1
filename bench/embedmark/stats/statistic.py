"""The statistics that providers are compared by, each with its influence values.

An influence value says how much one unit (a pair, a query) moves the statistic; the values of all units sum to 0. For
independent units the variance of the statistic is about sum(psi ** 2) / n ** 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from embedmark.stats.arrays import Array, leveled
from embedmark.stats.ordering import Order
from embedmark.stats.threshold import held_out_influence

Estimator = Callable[[Array, Array], tuple[Array, Array]]
Scale = Literal["correlation", "share"]

_NOTHING = 1e-15


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic of a provider's scores beside gold.

    Attributes:
        name: as in accuracy.csv.
        scale: "correlation" lies in [-1, 1] and has Fisher's intervals; "share" lies in [0, 1] and has Wilson's.
        estimate: gold (n,) and scores (..., n) -> values (...) and influence values (..., n); NaN where undefined.
        comparable: scores (..., n) on a scale that providers share, so that they can change places within a unit.
    """

    name: str
    scale: Scale
    estimate: Estimator
    comparable: Callable[[Array], Array]


def spearman_influence(gold: Array, scores: Array) -> tuple[Array, Array]:
    """Return Spearman's rho of `scores` (..., n) with `gold` (n,), and its influence values (Croux and Dehon, 2010).

    Mid-ranks are used throughout, so that ties count.
    """
    n = gold.size
    of_gold, of_scores = Order.of(gold), Order.of(scores)
    u, v = of_gold.ranks() / n - (n + 1) / (2 * n), of_scores.ranks() / n - (n + 1) / (2 * n)
    a, b, c = _mean(v * u), _mean(u * u), _mean(v * v)
    of_a = u * v + (of_gold.above(v) + of_scores.above(u)) / n - 3 * a
    of_b = u * u + 2 * of_gold.above(u) / n - 3 * b
    of_c = v * v + 2 * of_scores.above(v) / n - 3 * c
    spread = np.sqrt(b * c)
    defined = np.minimum(b, c) > _NOTHING
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = np.where(defined, np.clip(a / spread, -1, 1), np.nan)
        psi = of_a / spread - rho / 2 * (of_b / b + of_c / c)
    return rho[..., 0], psi - _mean(psi)


def pearson_influence(gold: Array, scores: Array) -> tuple[Array, Array]:
    """Return Pearson's correlation of `scores` (..., n) with `gold` (n,), and its influence values."""
    x, y = standardized(gold), standardized(scores)
    r = np.clip(_mean(x * y), -1, 1)
    psi = x * y - r / 2 * (x * x + y * y)
    return r[..., 0], psi - _mean(psi)


def precision_influence(gold: Array, scores: Array) -> tuple[Array, Array]:
    """Return the average precision of `scores` (..., n) for `gold` (n,) of two values, and its influence values.

    The mean over the positives of the precision among all that score as high or higher, ties included.
    """
    positive = _positive(gold)
    positives, share = np.broadcast_to(positive, scores.shape), float(positive.mean())
    order = Order.of(scores)
    hits, found = order.at_or_above(positives), order.at_or_above(np.ones(scores.shape))
    precision = hits / found
    with np.errstate(invalid="ignore", divide="ignore"):
        value = _mean(positives * precision) / share
        # A unit moves the precision at its own place and at every place below it.
        gained = positives * (precision + order.at_or_below(positives / found))
        lost = order.at_or_below(positives * hits / found**2)
        psi = (gained - lost - value * positives) / share
    return value[..., 0], psi - _mean(psi)


def roc_influence(gold: Array, scores: Array) -> tuple[Array, Array]:
    """Return the area under the ROC curve of `scores` (..., n) for `gold` (n,) of two values (DeLong, 1988)."""
    positive = _positive(gold)
    n, positives = gold.size, float(positive.sum())
    order = Order.of(scores)
    weights = np.broadcast_to(positive, scores.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        above = order.above(weights) / positives
        below = ((n - positives) - order.above(1 - weights)) / (n - positives)
        value = _mean(weights * below) * n / positives
        psi = np.where(weights > 0, (below - value) * n / positives, (above - value) * n / (n - positives))
    return value[..., 0], psi - _mean(psi)


def mean_influence(_: Array, scores: Array) -> tuple[Array, Array]:
    """Return the mean of `scores` (..., n), and how far each lies from it; gold plays no part."""
    middle = _mean(scores)
    return middle[..., 0], scores - middle


def standardized(values: Array) -> Array:
    """Return values (..., n) less their mean, over their standard deviation; NaN where they are constant."""
    values = leveled(values)
    centred = values - _mean(values)
    spread = np.sqrt(_mean(centred * centred))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(spread > _NOTHING, centred / spread, np.nan), dtype=np.float64)


def ranked(values: Array) -> Array:
    """Return the mean ranks of values (..., n)."""
    return Order.of(values).ranks()


def _positive(gold: Array) -> Array:
    """Return 1 where gold has the larger of its values and 0 elsewhere; all 0 where it has one value."""
    return np.asarray(gold > gold.min(initial=np.inf), dtype=np.float64)


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(axis=-1, keepdims=True), dtype=np.float64)


def _as_is(values: Array) -> Array:
    return values


SPEARMAN: Final = Statistic("spearman", "correlation", spearman_influence, ranked)
PEARSON: Final = Statistic("pearson", "correlation", pearson_influence, standardized)
AVERAGE_PRECISION: Final = Statistic("average_precision", "share", precision_influence, ranked)
ROC_AUC: Final = Statistic("roc_auc", "share", roc_influence, ranked)
HELD_OUT_ACCURACY: Final = Statistic("held_out_accuracy", "share", held_out_influence, ranked)
MEAN_SHARE: Final = Statistic("mean", "share", mean_influence, _as_is)
