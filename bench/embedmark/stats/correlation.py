"""Spearman and Pearson of two arrays."""

from __future__ import annotations

import math

import numpy as np

from embedmark.stats.arrays import Array


def is_constant(x: Array) -> bool:
    """Whether `x` (n,) holds one value only, up to the rounding of single precision in which models compute."""
    if x.size == 0:
        return True
    return float(np.ptp(x)) <= 4 * float(np.finfo(np.float32).eps) * float(np.max(np.abs(x)))


def pearson(x: Array, y: Array) -> float:
    """Pearson's correlation of two arrays (n,); NaN below two values or where one is constant."""
    if x.size < 2 or is_constant(x) or is_constant(y):
        return math.nan
    from scipy import stats

    return float(stats.pearsonr(x, y).statistic)


def spearman(x: Array, y: Array) -> float:
    """Spearman's rank correlation of two arrays (n,), ties given their mean rank; NaN as in `pearson`."""
    if x.size < 2 or is_constant(x) or is_constant(y):
        return math.nan
    from scipy import stats

    return float(stats.pearsonr(stats.rankdata(x), stats.rankdata(y)).statistic)
