"""Estimates of a statistic for several providers, with an interval for each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.distributions import student_above
from embedmark.stats.limits import limits
from embedmark.stats.statistic import Statistic
from embedmark.stats.units import Units


@dataclass(frozen=True, eq=False, slots=True)
class Estimates:
    """A statistic of k providers over n observations.

    Attributes:
        statistic: which.
        values: (k,), NaN where undefined.
        psi: influence values (k, n), 0 where a provider has no score.
        units: what is independent among the n observations.
    """

    statistic: Statistic
    values: Array
    psi: Array
    units: Units

    @property
    def n(self) -> float:
        """The number of observations that the tails of an interval go by."""
        return float(self.units.n) if self.statistic.scale == "correlation" else max(self.units.effective, 1.0)

    def interval(self, row: int, confidence: float = CONFIDENCE) -> Interval | None:
        """Return an interval for provider `row`; None where it is undefined or there are too few units."""
        value = self.values[row]
        if not math.isfinite(value) or not self.units.enough:
            return None
        variance = self.units.covariance(self.psi[row : row + 1])[0]
        crit = t_critical(self.units.freedom, confidence)
        low, high = limits(self.statistic.scale, np.array([value]), variance, self.n, crit)
        return float(low[0]), float(high[0])


def estimate(
    statistic: Statistic, scores: Array, *, gold: Array | None = None, units: Units | None = None
) -> Estimates:
    """Estimate `statistic` for each provider over the observations that all of them have.

    Args:
        statistic: such as SPEARMAN, or MEAN_SHARE for values of queries in [0, 1].
        scores: (k, n), NaN where a provider has none; such observations are left out for all.
        gold: (n,); not needed for MEAN_SHARE.
        units: what is independent among the n observations; by default, each.
    """
    kept = complete(scores)
    units = (units or Units.independent(scores.shape[1])).subset(kept)
    gold = np.zeros(scores.shape[1]) if gold is None else gold
    if units.n == 0:
        k = len(scores)
        return Estimates(statistic, np.full(k, math.nan), np.zeros((k, 0)), units)
    values, psi = statistic.estimate(gold[kept], scores[:, kept])
    return Estimates(statistic, values, np.where(np.isfinite(psi), psi, 0.0), units)


def complete(scores: Array) -> npt.NDArray[np.bool_]:
    """Return for each observation whether all providers have a score: (k, n) -> (n,)."""
    return np.asarray(np.isfinite(scores).all(axis=0), dtype=np.bool_)


def t_critical(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Return the two-sided critical value of Student's t."""
    return student_above((1 - confidence) / 2, freedom)
