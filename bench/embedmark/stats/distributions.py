"""Quantiles of the normal and of Student's distribution, and counts of the binomial.

They rest on scipy.special, which loads four times as fast as scipy.stats.
"""

from __future__ import annotations

import math

import numpy as np

_REACH = 12  # standard deviations of a binomial beyond which nothing is left


def normal_above(tail: float) -> float:
    """Return the value above which a standard normal variable lies with probability `tail`."""
    from scipy import special

    return -float(special.ndtri(tail))


def student_above(tail: float, freedom: float) -> float:
    """Return the value above which Student's t lies with probability `tail`."""
    from scipy import special

    return -float(special.stdtrit(freedom, tail))


def binomial_below(count: int, n: int, p: float) -> float:
    """Return the probability that Binomial(n, p) is at most `count`."""
    from scipy import special

    return float(special.bdtr(count, n, p)) if count >= 0 else 0.0


def binomial_limits(tail: float, n: int, p: float) -> tuple[int, int]:
    """Return the least k with P(X <= k) >= tail, and the least k with P(X > k) <= tail, of Binomial(n, p)."""
    from scipy import special

    middle, spread = n * p, math.sqrt(n * p * (1 - p)) + 1
    counts = np.arange(max(0, math.floor(middle - _REACH * spread)), min(n, math.ceil(middle + _REACH * spread)) + 1)
    low = np.flatnonzero(special.bdtr(counts, n, p) >= tail)[0]
    high = np.flatnonzero(special.bdtrc(counts, n, p) <= tail)[0]
    return int(counts[low]), int(counts[high])
