"""The median of consecutive passes, which are dependent: a slow phase of a machine lasts longer than one pass."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.distributions import student_above

MIN_PASSES: Final = 6


def passes_interval(values: Array, confidence: float = CONFIDENCE) -> Interval | None:
    """Return an interval for the median of values (n,) in the order of their measurement; None below 6.

    Order statistics at Wilson's interval for one half, with t and the effective number of passes under a correlation
    of neighbours that falls off geometrically, freed of its bias (Kendall, 1954). In simulations it held the median
    in 96 to 99 % of cases for independent passes, in 97 % for a correlation of 0.5 from 40 passes on, and in 95 % for
    0.87 from 100 on. It is for the pace of these passes; a machine that changes its pace afterwards is not foreseen.
    """
    n = len(values)
    if n < MIN_PASSES:
        return None
    m = effective_passes(values)
    t = student_above((1 - confidence) / 2, max(m - 1, 1))
    half = t / 2 / math.sqrt(m + t * t)
    ordered = np.sort(values)
    places = np.clip(np.array([0.5 - half, 0.5 + half]) * (n + 1) - 1, 0, n - 1)
    low, high = np.interp(places, np.arange(n), ordered)
    return float(low), float(high)


def effective_passes(values: Array) -> float:
    """Return how many independent passes the values (n,) are worth: from 2 to n.

    Single outliers, cut at the 5th and 95th percentile, do not hide that neighbours are alike.
    """
    n = len(values)
    middle = cut(values)
    d = middle - middle.mean()
    squares = float(d @ d)
    if squares <= 0:
        return float(n)
    r = min(max((n * float(d[1:] @ d[:-1]) / squares + 1) / (n - 3), 0.0), 0.99)
    return max(n * (1 - r) / (1 + r), 2.0)


def cut(values: Array) -> Array:
    """Return values (n,) cut at their 5th and 95th percentile."""
    low, high = np.quantile(values, [0.05, 0.95])
    return np.asarray(np.clip(values, low, high), dtype=np.float64)
