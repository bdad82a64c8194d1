"""Limits of one estimate at a critical value, and of the difference of two (MOVER: Zou, 2007)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import Array
from embedmark.stats.statistic import Scale

_Places = npt.NDArray[np.intp]
_TINY = 1e-30


def limits(scale: Scale, value: Array, variance: Array, n: float, crit: float | Array) -> tuple[Array, Array]:
    """Return the lower and upper limit of estimates (...) with variances (...) at critical value `crit`."""
    found = _fisher(value, variance, n, crit) if scale == "correlation" else _wilson(value, variance, n, crit)
    return np.minimum(value, found[0]), np.maximum(value, found[1])


def _fisher(rho: Array, variance: Array, n: float, crit: float | Array) -> tuple[Array, Array]:
    # The error is kept above half of Bonett and Wright's (2000), and the limit away from 1 begins at 1 - 1 / n at most:
    # one pair in n that went wrong unseen moves rho by as much. So a perfect correlation does not get [1, 1].
    most, near = 1 - 0.1 / n**2, 1 - 1 / n
    # A limit that begins there has at most their whole error: two neighbors that change places would give [0.28, 1].
    normal = (1 + rho * rho / 2) / max(n - 3, 1)
    spread = np.maximum(variance / np.maximum(1 - rho * rho, 1e-12) ** 2, 0.25 * normal)
    down, up = (np.sqrt(np.where(side * rho > near, np.minimum(spread, normal), spread)) for side in (1, -1))
    low, high = np.arctanh(np.clip(rho, -most, near)), np.arctanh(np.clip(rho, -near, most))
    return np.tanh(low - crit * down), np.tanh(high + crit * up)


def _wilson(share: Array, variance: Array, n: float, crit: float | Array) -> tuple[Array, Array]:
    # Wilson's score interval (1927) with Kish's effective n; at 0 and 1 that is n.
    spread = share * (1 - share)
    known = (variance > _TINY) & (spread > _TINY)
    m = np.where(known, spread / np.where(known, variance, 1.0), n)
    c2 = np.square(crit)
    middle = (share + c2 / (2 * m)) / (1 + c2 / m)
    half = np.sqrt(c2 * (spread / m + c2 / (4 * m * m))) / (1 + c2 / m)
    return np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)


def difference_limits(
    scale: Scale, value: Array, cov: Array, pairs: tuple[_Places, _Places], n: float, crit: float | Array
) -> tuple[Array, Array]:
    """Return the limits of value[i] - value[j] for each pair (i, j), from the limits of each and their correlation.

    Args:
        scale: of the statistic.
        value: (..., k).
        cov: (..., k, k).
        pairs: i and j, (m,) each.
        n: observations.
        crit: one number, or one a pair (..., m).

    Returns:
        Two arrays (..., m).
    """
    i, j = pairs
    variance = np.diagonal(cov, axis1=-2, axis2=-1)
    a, b, of_a, of_b = value[..., i], value[..., j], variance[..., i], variance[..., j]
    r = np.clip(cov[..., i, j] / np.sqrt(np.maximum(of_a * of_b, _TINY)), -1, 1)
    if np.ndim(crit) == 0:  # limits once a provider, not once a pair
        low, high = limits(scale, value, variance, n, crit)
        a_low, a_high, b_low, b_high = low[..., i], high[..., i], low[..., j], high[..., j]
    else:
        (a_low, a_high), (b_low, b_high) = limits(scale, a, of_a, n, crit), limits(scale, b, of_b, n, crit)
    return a - b - _joint(a - a_low, b_high - b, r), a - b + _joint(a_high - a, b - b_low, r)


def _joint(x: Array, y: Array, r: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum(x * x + y * y - 2 * r * x * y, 0)), dtype=np.float64)
