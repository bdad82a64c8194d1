"""Paired differences of several providers, tested as one family: single-step max-T with simultaneous intervals.

A critical value c is found such that the largest statistic of the family exceeds it in 5 % of cases where all
providers are equal (Hothorn, Bretz and Westfall, 2008). The intervals are MOVER's at c, and a difference is shown
where its interval excludes 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import CONFIDENCE, Array
from embedmark.stats.differences import POWER_Z, Difference
from embedmark.stats.distributions import special
from embedmark.stats.estimates import Estimates, complete, estimate, t_critical
from embedmark.stats.limits import difference_limits
from embedmark.stats.statistic import Statistic
from embedmark.stats.swaps import component_covariance, reach, swapped_maxima
from embedmark.stats.units import Units

NOISE: Final = 1e-6  # a difference below this is none: so much do floats differ between machines
MIN_T: Final = 12  # units of two providers from which Student's t holds
MIN_T_FAMILY: Final = 200  # units of a family from which it does
DRAWS: Final = 1000

Seed = int | Sequence[int]
Pairs = Sequence[tuple[int, int]]


def least_units(comparisons: int) -> int:
    """Return how many units it takes for any test to reach 5 %: 6 for one comparison, 15 for the 435 of 30 providers.

    If one provider is ahead in all n units, chance does that to either of two in 2 * 2 ** -n of cases.
    """
    return math.ceil(1 + math.log2(max(comparisons, 1) / (1 - CONFIDENCE)))


def paired_differences(
    statistic: Statistic,
    scores: Array,
    pairs: Pairs | None = None,
    *,
    gold: Array | None = None,
    units: Units | None = None,
    draws: int = DRAWS,
    seed: Seed = 0,
    families: int = 1,
) -> list[Difference]:
    """Return value[i] - value[j] for each pair (i, j), as one family, over the observations that all providers have.

    Args:
        statistic: such as SPEARMAN, or MEAN_SHARE for values of queries in [0, 1].
        scores: (k, n), NaN where a provider has none; such observations are left out for all.
        pairs: the comparisons; by default each provider with each later one.
        gold: (n,); not needed for MEAN_SHARE.
        units: what is independent among the n observations; by default, each.
        draws: random draws behind the critical value.
        seed: of the draws.
        families: how many such families are tested side by side, such as slices of a dataset: each of them is tested
            at 5 % divided by their number, so that chance shows a difference in any of them in at most 5 %.
    """
    chosen = [(i, j) for i in range(len(scores)) for j in range(i + 1, len(scores))] if pairs is None else list(pairs)
    found = estimate(statistic, scores, gold=gold, units=units)
    if not chosen:
        return []
    test = _null(found, scores, gold, chosen, draws, seed, families)
    if test is None:
        return [_untested(found, i, j) for i, j in chosen]
    return test.differences()


@dataclass(frozen=True, eq=False, slots=True)
class _Family:
    """A family with the distribution of its largest statistic where all providers are equal.

    Attributes:
        found: the estimates.
        cov: their covariance (k, k).
        i, j: the comparisons, (m,) each.
        defined: (m,), whether both values of a comparison are.
        maxima: of the null, (draws,), rising.
        critical: the critical value.
        freedom: of Student's t, where one comparison is tested by it; else None.
        families: that are tested side by side.
    """

    found: Estimates
    cov: Array
    i: npt.NDArray[np.intp]
    j: npt.NDArray[np.intp]
    defined: npt.NDArray[np.bool_]
    maxima: Array
    critical: float
    freedom: float | None = None
    families: int = 1

    def differences(self) -> list[Difference]:
        """Return each difference with its interval, adjusted p-value and verdict."""
        at, values = (self.i, self.j), np.nan_to_num(self.found.values)
        scale, n = self.found.statistic.scale, self.found.n
        low, high = difference_limits(scale, values, self.cov, at, n, self.critical)
        reached = reach(scale, values[None], self.cov[None], at, n)[0]
        apart = self.cov[self.i, self.i] + self.cov[self.j, self.j] - 2 * self.cov[self.i, self.j]
        errors = np.sqrt(np.maximum(apart, 0))
        chances = np.minimum(self.families * self._chances(reached), 1.0)
        results = []
        for at_pair, (a, b) in enumerate(zip(self.i.tolist(), self.j.tolist(), strict=True)):
            if not self.defined[at_pair]:
                results.append(_untested(self.found, a, b))
                continue
            value, se = float(values[a] - values[b]), float(errors[at_pair])
            limits = (float(low[at_pair]), float(high[at_pair]))
            results.append(_judged(value, se, float(chances[at_pair]), limits))
        return results

    def _chances(self, reached: Array) -> Array:
        """Return how likely the largest statistic is as large as each of `reached` (m,), if all are equal."""
        if self.freedom is not None:
            return np.asarray(2 * special().stdtr(self.freedom, -reached), dtype=np.float64)
        above = self.maxima.size - np.searchsorted(self.maxima, reached, side="left")
        return np.asarray((1 + above) / (1 + self.maxima.size), dtype=np.float64)


def _judged(value: float, se: float, p: float, interval: tuple[float, float]) -> Difference:
    low, high = interval
    if se <= NOISE / 1000:  # the same scores but for rounding: there is no error to multiply
        low = high = value
        p = 0.0 if abs(value) > NOISE else 1.0
    if abs(value) <= NOISE:
        low, high, p = min(low, 0.0), max(high, 0.0), 1.0
    shown = low > 0 or high < 0
    level = 1 - CONFIDENCE
    p = min(p, level) if shown else max(p, math.nextafter(level, 1))
    # As far as the interval reaches towards 0, which between providers that score nearly alike is more than the
    # critical value times the error; and so much above it that chance takes it below in one case of ten.
    towards_zero = value - low if value >= 0 else high - value
    return Difference(value, se, p, (low, high), shown, towards_zero + POWER_Z * se)


def _untested(found: Estimates, i: int, j: int) -> Difference:
    return Difference(float(found.values[i] - found.values[j]), math.nan, math.nan, None, False, math.nan)


def _null(
    found: Estimates, scores: Array, gold: Array | None, pairs: Pairs, draws: int, seed: Seed, families: int
) -> _Family | None:
    """Return the family with its null distribution; None where no test could reach 5 %."""
    units = found.units
    i, j = (np.array(ends, dtype=np.intp) for ends in zip(*pairs, strict=True))
    defined = np.isfinite(found.values[i]) & np.isfinite(found.values[j])
    m = int(defined.sum())
    independent = units.components if units.exchangeable else units.effective
    confidence = 1 - (1 - CONFIDENCE) / families
    if m == 0 or independent < least_units(m * families) or not (units.exchangeable or units.enough):
        return None
    if units.exchangeable and independent < (MIN_T if m == 1 else MIN_T_FAMILY):
        kept = complete(scores)
        cov = component_covariance(found.psi, units)
        golds = np.zeros(found.units.n) if gold is None else gold[kept]
        maxima = swapped_maxima(found, scores[:, kept], golds, (i[defined], j[defined]), draws, seed)
        own = reach(
            found.statistic.scale, np.nan_to_num(found.values)[None], cov[None], (i[defined], j[defined]), found.n
        )
        everything = np.sort(np.append(maxima, own.max()))
        place = min(math.ceil(confidence * everything.size) - 1, everything.size - 1)
        # A hair above the null's own value, so that a draw that ties with it is not shown.
        return _Family(found, cov, i, j, defined, np.sort(maxima), float(everything[place]) + 0.0025, None, families)
    cov = units.covariance(found.psi)
    if m == 1:
        return _Family(
            found, cov, i, j, defined, np.empty(0), t_critical(units.freedom, confidence), units.freedom, families
        )
    maxima = _t_maxima(cov, (i[defined], j[defined]), units.freedom, max(draws, 4 * DRAWS), seed)
    return _Family(found, cov, i, j, defined, maxima, float(np.quantile(maxima, confidence)), None, families)


def _t_maxima(
    cov: Array, pairs: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]], freedom: float, draws: int, seed: Seed
) -> Array:
    """Draw the largest of the t statistics of all comparisons (draws,), rising, where no provider differs."""
    i, j = pairs
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=(draws, len(cov))) @ _root(cov).T
    drawn /= np.sqrt(rng.chisquare(freedom, draws) / freedom)[:, None]
    variance = cov[i, i] + cov[j, j] - 2 * cov[i, j]
    real = variance > 1e-9 * (cov[i, i] + cov[j, j]) + 1e-30
    if not real.any():
        return np.zeros(draws)
    statistics = np.abs(drawn[:, i[real]] - drawn[:, j[real]]) / np.sqrt(variance[real])
    return np.sort(statistics.max(axis=1))


def _root(cov: Array) -> Array:
    """Return the lower triangular L with L L' = cov, a column of 0 for what the rows before decide (Cholesky).

    Not from eigenvectors: their signs differ between machines, and with them the draws.
    """
    left = cov.copy()
    root = np.zeros_like(cov)
    least = 1e-10 * max(float(np.diag(cov).max()), 1e-300)
    for column in range(len(cov)):
        pivot = left[column, column]
        if pivot <= least:
            continue
        root[:, column] = np.where(np.arange(len(cov)) >= column, left[:, column], 0) / math.sqrt(pivot)
        left -= np.outer(root[:, column], root[:, column])
    return root
