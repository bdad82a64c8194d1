"""Spearman and Pearson of two arrays."""

from __future__ import annotations

import math

import numpy as np

from embedmark.stats.arrays import Array, leveled
from embedmark.stats.ordering import Order


def is_constant(x: Array) -> bool:
    """Return True if `x` (n,) holds one value only, up to the rounding of single precision in which models compute."""
    if x.size == 0:
        return True
    x = leveled(x)
    return float(np.ptp(x)) <= 4 * float(np.finfo(np.float32).eps) * float(np.max(np.abs(x)))


def pearson(x: Array, y: Array) -> float:
    """Pearson's correlation of two arrays (n,); NaN below two values or where one is constant."""
    if x.size < 2 or is_constant(x) or is_constant(y):
        return math.nan
    return _correlation(leveled(x), leveled(y))


def spearman(x: Array, y: Array) -> float:
    """Spearman's rank correlation of two arrays (n,), ties given their mean rank; NaN as in `pearson`."""
    if x.size < 2 or is_constant(x) or is_constant(y):
        return math.nan
    return _correlation(mean_ranks(x), mean_ranks(y))


def mean_ranks(values: Array) -> Array:
    """Return the ranks of values (n,) from 1, ties given their mean rank; all NaN where one value is NaN."""
    if np.isnan(values).any():
        return np.full(values.shape, np.nan)
    return Order.of(values).ranks()


def _correlation(x: Array, y: Array) -> float:
    x, y = x - x.mean(), y - y.mean()
    r = float(np.dot(x / np.linalg.norm(x), y / np.linalg.norm(y)))
    return min(1.0, max(-1.0, r))
