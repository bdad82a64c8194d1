"""How far two samples are apart: of single values, of quantiles, and of whole runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.distributions import normal_above, student_above

MIN_RUNS = 3  # on each side, below which the variation between runs is unknown


def shift(a: Array, b: Array, confidence: float = CONFIDENCE) -> tuple[float, Interval | None]:
    """Return how far `b` (m,) is above `a` (n,), whatever their distribution.

    The estimate is that of Hodges and Lehmann (1963), the median of all differences b_j - a_i; the interval that of
    Moses (1965), between the differences that the Mann-Whitney test would not reject, with its normal approximation
    (at n = m = 10 that is the exact rank, 24). None where the samples are too small for one (below 4 and 4).
    """
    differences = np.sort((b[None, :] - a[:, None]).ravel())
    if differences.size == 0:
        return math.nan, None
    n, m = len(a), len(b)
    z = normal_above((1 - confidence) / 2)
    rank = math.floor(n * m / 2 - z * math.sqrt(n * m * (n + m + 1) / 12))
    middle = float(np.median(differences))
    return middle, (float(differences[rank - 1]), float(differences[-rank])) if rank >= 1 else None


def resampled_quantiles(sample: Array, q: float, resamples: int, seed: int | Sequence[int], block: int = 20) -> Array:
    """Return the q-quantile in bootstrap resamples of a series (n,) in its order: float64 (resamples,).

    Blocks of neighbours are drawn, around the end (Politis and Romano, 1992): slow phases of a machine last longer
    than one call, and drawing call by call would take them for chance.
    """
    n = len(sample)
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, n, size=(resamples, math.ceil(n / block)))
    drawn = (starts[:, :, None] + np.arange(block)).reshape(resamples, -1)[:, :n] % n
    return np.asarray(np.quantile(sample[drawn], q, axis=1), dtype=np.float64)


def welch_interval(a: Array, b: Array, confidence: float = CONFIDENCE) -> tuple[float, Interval | None]:
    """Mean of `b` (m,) less mean of `a` (n,), each value being a whole run's, and Welch's interval (1947) for it.

    It covers what differs between runs as well as within them. None below MIN_RUNS a side.
    """
    middle = float(b.mean() - a.mean())
    if min(len(a), len(b)) < MIN_RUNS:
        return middle, None
    parts = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    variance = float(sum(parts))
    if variance == 0:
        return middle, (middle, middle)
    freedom = variance**2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1))
    half = student_above((1 - confidence) / 2, freedom) * math.sqrt(variance)
    return middle, (middle - half, middle + half)
