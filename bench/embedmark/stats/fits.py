"""Fits of times with fixed exponents, and intervals for what they predict."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.distributions import student_above


@dataclass(frozen=True, eq=False, slots=True)
class RelativeFit:
    """t = sum of coefficients times features, with errors in proportion to t: of a size, and of each repeat of it.

    The repeats of a size share its texts, and whatever the fitted form does not say of it. So sizes are what the fit
    counts: three repeats of three sizes are three observations, and their agreement among themselves says nothing of
    how well the curve goes through other sizes.

    Attributes:
        coefficients: float64 (p,), none negative.
        covariance: float64 (p, p), of the coefficients; zero for those held at 0.
        sigma: relative standard deviation of a size's median around the fit; NaN without freedom.
        freedom: degrees of freedom of sigma: sizes less the coefficients that are not held at 0, and one of a check.
            With no more sizes than coefficients it is 0, whatever is held or checked, and no interval is known.
        repeat_sigma: relative standard deviation of one repeat, as far as a size's median does not show it.
        repeat_freedom: degrees of freedom of repeat_sigma; 0 where no size has repeats.
    """

    coefficients: Array
    covariance: Array
    sigma: float
    freedom: int
    repeat_sigma: float
    repeat_freedom: int

    def predict(self, features: Array) -> float:
        """Return the fitted t at `features` (p,)."""
        return float(features @ self.coefficients)

    def variances(self, features: Array) -> list[tuple[float, int]]:
        """Variances that add up to that of one new measurement at `features` (p,), each with its degrees of freedom.

        First that of the fit and of another size around it, then that of one repeat.
        """
        value = self.predict(features)
        around = (float(features @ self.covariance @ features) + (self.sigma * value) ** 2, self.freedom)
        return [around, ((self.repeat_sigma * value) ** 2, self.repeat_freedom)][: 2 if self.repeat_freedom else 1]


def fit_relative(features: Array, times: Array, check: tuple[Array, Array] | None = None) -> RelativeFit:
    """Least squares of relative errors: weights 1 / t^2, coefficients not negative (Lawson and Hanson, 1974).

    Each size counts once, with the median of its repeats.

    Args:
        features: float64 (m, p), such as columns 1 and n. Equal rows are repeats of one size.
        times: float64 (m,), positive.
        check: features (p,) and times of one more size that the coefficients shall not know: how far they are off
            there is one more residual for sigma, where the fit leaves it any freedom.
    """
    sizes, which = np.unique(features, axis=0, return_inverse=True)
    groups = [times[which.ravel() == i] for i in range(len(sizes))]
    medians = np.array([np.median(group) for group in groups])
    scaled = sizes / medians[:, None]
    unit = np.maximum(np.abs(scaled).max(axis=0), np.finfo(np.float64).tiny)  # columns differ by orders of magnitude
    solution, residual = not_negative_fit(scaled / unit, np.ones(len(medians)))
    coefficients = np.asarray(solution / unit, dtype=np.float64)
    free = np.flatnonzero(solution > 0)
    active = scaled[:, free] / unit[free]
    shape = np.zeros((features.shape[1], features.shape[1]))  # the covariance over the square of sigma
    shape[np.ix_(free, free)] = np.linalg.pinv(active.T @ active) / np.outer(unit[free], unit[free])
    freedom = len(medians) - len(free) if len(medians) > features.shape[1] else 0
    squares = float(residual) ** 2
    if check is not None and freedom > 0:
        there = check[0] / np.median(check[1])
        squares += float(there @ coefficients - 1) ** 2 / (1 + float(there @ shape @ there))
        freedom += 1
    sigma = math.sqrt(squares / freedom) if freedom > 0 else math.nan
    return RelativeFit(coefficients, sigma**2 * shape, sigma, freedom, *_repeats(groups))


def not_negative_fit(a: Array, b: Array) -> tuple[Array, float]:
    """Return the x (p,), none below 0, with the least |a x - b|, and that norm.

    Tries each set of columns, of which there are few; scipy.optimize takes longer to load than to solve this.
    """
    p = a.shape[1]
    best, least = np.zeros(p), float(np.linalg.norm(b))
    for size in range(1, p + 1):
        for chosen in itertools.combinations(range(p), size):
            part = np.linalg.lstsq(a[:, chosen], b, rcond=None)[0]
            residual = float(np.linalg.norm(a[:, chosen] @ part - b))
            if (part > 0).all() and residual < least:
                best, least = np.zeros(p), residual
                best[list(chosen)] = part
    return best, least


def _repeats(groups: Sequence[Array]) -> tuple[float, int]:
    """Return the relative standard deviation of a repeat that sigma lacks, and its degrees of freedom.

    sigma is that of medians of repeats, so it holds 1 / repeats of their variance already.
    """
    freedom = sum(len(group) - 1 for group in groups)
    if freedom == 0:
        return 0.0, 0
    variance = sum(float(np.sum((group / group.mean() - 1) ** 2)) for group in groups) / freedom
    shown = float(np.mean([1 / len(group) for group in groups]))
    return math.sqrt(variance * (1 - shown)), freedom


def sum_interval(
    values: Sequence[float], variances: Sequence[float], freedoms: Sequence[int], confidence: float = CONFIDENCE
) -> Interval | None:
    """Return the interval of a sum of independent estimates: variances add, with Welch and Satterthwaite's df.

    Never below 0, which no time is. None where a part has no degrees of freedom.
    """
    if not values or min(freedoms) < 1:
        return None
    variance = sum(variances)
    parts = sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))
    freedom = variance**2 / parts if parts > 0 else min(freedoms)
    half = student_above((1 - confidence) / 2, freedom) * math.sqrt(variance)
    return max(0.0, sum(values) - half), sum(values) + half
