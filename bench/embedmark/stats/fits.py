"""Fits of times with fixed exponents, and intervals for what they predict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedmark.stats.arrays import CONFIDENCE, Array, Interval


@dataclass(frozen=True, eq=False, slots=True)
class RelativeFit:
    """t = sum of coefficients times features, with errors in proportion to t.

    Attributes:
        coefficients: float64 (p,), none negative.
        covariance: float64 (p, p), of the coefficients; zero for those held at 0.
        sigma: relative standard deviation of one measurement.
        freedom: degrees of freedom of sigma.
    """

    coefficients: Array
    covariance: Array
    sigma: float
    freedom: int

    def predict(self, features: Array) -> float:
        """The fitted t at `features` (p,)."""
        return float(features @ self.coefficients)

    def variance(self, features: Array) -> float:
        """Variance of one new measurement at `features` (p,) around the fit: of the fit and of the measurement."""
        return float(features @ self.covariance @ features) + (self.sigma * self.predict(features)) ** 2


def fit_relative(features: Array, times: Array) -> RelativeFit:
    """Least squares of relative errors: weights 1 / t^2, coefficients not negative (Lawson and Hanson, 1974).

    Args:
        features: float64 (m, p), such as columns 1 and n.
        times: float64 (m,), positive.
    """
    from scipy import optimize

    scaled = features / times[:, None]
    unit = np.maximum(np.abs(scaled).max(axis=0), np.finfo(np.float64).tiny)  # columns differ by orders of magnitude
    solution, residual = optimize.nnls(scaled / unit, np.ones(len(times)))
    free = np.flatnonzero(solution > 0)
    freedom = len(times) - len(free)
    sigma = float(residual) / math.sqrt(freedom) if freedom > 0 else math.nan
    covariance = np.zeros((features.shape[1], features.shape[1]))
    active = scaled[:, free] / unit[free]
    covariance[np.ix_(free, free)] = sigma**2 * np.linalg.pinv(active.T @ active) / np.outer(unit[free], unit[free])
    return RelativeFit(np.asarray(solution / unit, dtype=np.float64), covariance, sigma, freedom)


def sum_interval(
    values: Sequence[float], variances: Sequence[float], freedoms: Sequence[int], confidence: float = CONFIDENCE
) -> Interval | None:
    """An interval for a sum of independent estimates: variances add, degrees of freedom by Welch and Satterthwaite.

    Never below 0, which no time is. None where a part has no degrees of freedom.
    """
    from scipy import special

    if not values or min(freedoms) < 1:
        return None
    variance = sum(variances)
    parts = sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))
    freedom = variance**2 / parts if parts > 0 else min(freedoms)
    # Student's t, as scipy.stats.t.isf gives it; by way of that, a report of many providers took 12 s longer.
    half = -float(special.stdtrit(freedom, (1 - confidence) / 2)) * math.sqrt(variance)
    return max(0.0, sum(values) - half), sum(values) + half
