"""The null of small samples: providers change places within units, at random (Chung and Romano, 2013)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import Array
from embedmark.stats.estimates import Estimates
from embedmark.stats.limits import difference_limits
from embedmark.stats.statistic import Scale, ranked
from embedmark.stats.units import Units

_BLOCK: Final = 2**19  # values at a time
_MOST: Final = 20.0  # critical values above are all the same to a test
_STEPS: Final = 13

_Pairs = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


def component_covariance(psi: Array, units: Units) -> Array:
    """Return the covariance (..., k, k) of estimates, with what is linked as one unit, from psi (..., k, n)."""
    g = units.components
    sums = psi if g == units.n else psi @ (units.component[:, None] == np.arange(g)).astype(np.float64)
    return np.asarray(sums @ np.swapaxes(sums, -1, -2) / units.n**2 * g / max(g - 1, 1), dtype=np.float64)


def reach(scale: Scale, values: Array, cov: Array, pairs: _Pairs, n: float) -> Array:
    """Return the critical value at which the interval of each difference reaches 0: (b, m), at most 20.

    As a statistic it agrees with the interval. A difference of exactly 0 has 0.

    Args:
        scale: of the statistic.
        values: (b, k).
        cov: (b, k, k).
        pairs: the comparisons, (m,) each.
        n: observations.
    """
    low = np.zeros((len(values), len(pairs[0])))
    high = np.full_like(low, _MOST)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        down, up = difference_limits(scale, values, cov, pairs, n, middle)
        out = (down > 0) | (up < 0)
        low, high = np.where(out, middle, low), np.where(out, high, middle)
    return low


def swapped_maxima(
    found: Estimates, scores: Array, gold: Array, pairs: _Pairs, draws: int, seed: int | Sequence[int]
) -> Array:
    """Return the largest statistic of the family in each of `draws` random exchanges: (draws,).

    Within a unit only providers that the comparisons link change places.
    """
    rng = np.random.default_rng(seed)
    statistic, units = found.statistic, found.units
    comparable: npt.NDArray[Any] = statistic.comparable(scores)
    if statistic.comparable is ranked and scores.shape[1] < 2**14:
        comparable = np.rint(2 * comparable).astype(np.int16)  # 16 bits sort several times as fast
    groups = _linked(len(scores), pairs)
    block = max(1, _BLOCK // max(scores.size, 1))
    maxima: list[Array] = []
    for start in range(0, draws, block):
        mixed = _exchange(rng, comparable, units, groups, min(block, draws - start))
        values, psi = statistic.estimate(gold, mixed)
        psi = np.where(np.isfinite(psi), psi, 0.0)
        reached = reach(statistic.scale, np.nan_to_num(values), component_covariance(psi, units), pairs, found.n)
        maxima.append(reached.max(axis=1))
    return np.concatenate(maxima)


def _exchange(
    rng: np.random.Generator, scores: npt.NDArray[Any], units: Units, groups: list[npt.NDArray[np.intp]], b: int
) -> npt.NDArray[Any]:
    """Return scores (b, k, n) in which the providers of each group have changed places, unit by unit."""
    mixed = np.empty((b, *scores.shape), dtype=scores.dtype)
    for group in groups:
        order = rng.random((b, units.components, group.size)).argsort(axis=-1)[:, units.component]
        mixed[:, group] = np.take_along_axis(scores[group].T[None], order, axis=2).transpose(0, 2, 1)
    return mixed


def _linked(k: int, pairs: _Pairs) -> list[npt.NDArray[np.intp]]:
    """Group the providers (k of them) that comparisons link."""
    group = np.arange(k)
    for i, j in zip(pairs[0].tolist(), pairs[1].tolist(), strict=True):
        group[group == group[j]] = group[i]
    return [np.flatnonzero(group == label) for label in np.unique(group)]
