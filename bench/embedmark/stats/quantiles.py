"""Quantiles of timings, with intervals that assume no distribution."""

from __future__ import annotations

import functools
import math

import numpy as np

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.distributions import binomial_below, binomial_limits, normal_above
from embedmark.stats.series import cut, passes_interval


def quantile(ordered: Array, q: float) -> float:
    """Return the q-quantile of sorted values (n,), linear between them (type 7 of Hyndman and Fan, 1996)."""
    return float(np.quantile(ordered, q))


def quantile_interval(ordered: Array, q: float, confidence: float = CONFIDENCE) -> Interval | None:
    """Return a distribution-free interval for the q-quantile of the population, from sorted values (n,).

    The pair of order statistics (X_l, X_u) with at most (1 - confidence) / 2 in each tail of Binomial(n, q); None
    where the sample is too small for one. At 95 % the median needs 6 values, p95 72, p99 368.
    """
    ranks = _quantile_ranks(len(ordered), q, confidence)
    return None if ranks is None else (float(ordered[ranks[0] - 1]), float(ordered[ranks[1] - 1]))


@functools.lru_cache(maxsize=1024)  # the same few n, pass after pass
def _quantile_ranks(n: int, q: float, confidence: float) -> tuple[int, int] | None:
    tail = (1 - confidence) / 2
    if n < 1 or (1 - q) ** n > tail or q**n > tail:
        return None
    low, last = binomial_limits(tail, n, q)  # P(X <= low - 1) < tail
    high = last + 1  # P(X >= high) <= tail
    return (low, high) if low >= 1 and high <= n else None


def median_interval(ordered: Array, confidence: float = CONFIDENCE) -> Interval | None:
    """Return an interval for the median from sorted values (n,), interpolated between neighbouring order statistics.

    Order statistics alone cover 97.9 % at n = 10; the interpolation of Hettmansperger and Sheather (1986) brings that
    to about the 95 % asked for, nearly whatever the distribution. None below 6 values.
    """
    n = len(ordered)
    place = _median_place(n, confidence)
    if place is None:
        return None
    d, weight = place
    low = (1 - weight) * ordered[d - 1] + weight * ordered[d]
    high = (1 - weight) * ordered[n - d] + weight * ordered[n - d - 1]
    return float(low), float(high)


@functools.lru_cache(maxsize=1024)
def _median_place(n: int, confidence: float) -> tuple[int, float] | None:
    """Rank of the lower order statistic, counted from 1, and the weight of its inner neighbour."""
    ranks = _quantile_ranks(n, 0.5, confidence)
    if ranks is None:
        return None
    d = ranks[0]  # by symmetry the other end is n - d + 1
    outer = 1 - 2 * binomial_below(d - 1, n, 0.5)
    inner = 1 - 2 * binomial_below(d, n, 0.5)
    share = (outer - confidence) / (outer - inner)
    return d, (n - d) * share / (d + (n - 2 * d) * share)


def median_half_width(times: Array) -> float:
    """Return how well the median of times (n,) in order is known, relative to it: it decides that no pass is needed.

    The larger of half the interval for the median and what the spread s implies, z sqrt(pi / 2) s / sqrt(n). Looking
    at the interval alone after every pass stops at lucky gaps between order statistics: where passes spread by 5 %,
    it then covered 92 % instead of 95 %, and a 5 % slowdown was found in 79 % of cases instead of 92 % (2,000
    simulations each). s is that of times cut at their 5th and 95th percentile, so that one outlier does not call for
    a hundred passes. Infinite where there is no
    interval; 0 where all times are.
    """
    interval = passes_interval(times)
    if interval is None:
        return math.inf
    middle = float(np.median(times))
    if middle == 0:
        return 0.0
    z = normal_above((1 - CONFIDENCE) / 2)
    spread = float(cut(times).std(ddof=1)) / middle
    implied = z * math.sqrt(math.pi / 2) * spread / math.sqrt(len(times))
    return max((interval[1] - interval[0]) / 2 / middle, implied)
