"""Shares (recall, hit rates) of queries that come in clusters, such as the captions of one image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.distributions import normal_above, student_above


def clustered_se(values: Array, clusters: npt.NDArray[np.integer[Any]]) -> float:
    """Return the standard error of the mean of `values` (n,), where those of one cluster may go together.

    Taylor linearisation of the ratio of a sum to a count, with clusters as the sampling unit (Cochran, Sampling
    Techniques, 3rd ed. 1977, section 9A.2). With one value a cluster, it is the usual s / sqrt(n). NaN for a single
    cluster.
    """
    _, places = np.unique(clusters, return_inverse=True)
    sums = np.bincount(places, weights=values - values.mean())
    g = sums.size
    return math.sqrt(g / (g - 1) * float((sums**2).sum())) / values.size if g > 1 else math.nan


def share_interval(hits: Array, clusters: npt.NDArray[np.integer[Any]]) -> Interval | None:
    """Return a 95 % interval for the share of hits (0 or 1, shape (n,)); None below two clusters.

    Wilson's score interval (1927), which stays within 0 and 1 and has a width at 0 and 1 too, with n divided by
    Kish's design effect (Survey Sampling, 1965): n_eff = p (1 - p) / se², between the number of clusters (all go
    together) where p is 0 or 1, and n.
    """
    groups = np.unique(clusters).size
    if groups < 2:
        return None
    p = float(hits.mean())
    se = clustered_se(hits, clusters)
    n = float(min(hits.size, p * (1 - p) / se**2)) if 0 < p < 1 and se > 0 else float(groups)
    z2 = normal_above((1 - CONFIDENCE) / 2) ** 2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(shares: Array, within: Interval) -> Interval | None:
    """Return a 95 % interval for the mean of shares (n,), from their own spread by Student's t.

    None where it cannot be known: fewer than two shares, or all the same.

    Args:
        shares: one of each independent unit.
        within: the least and the most that the mean can be.
    """
    n = shares.size
    if n < 2 or np.ptp(shares) == 0:
        return None
    half = student_above((1 - CONFIDENCE) / 2, n - 1) * float(shares.std(ddof=1)) / math.sqrt(n)
    middle = float(shares.mean())
    return max(within[0], middle - half), min(within[1], middle + half)
