"""A difference with its verdict, and what could have been shown at all."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.stats.arrays import CONFIDENCE, Interval
from embedmark.stats.distributions import student_above

POWER_Z = 1.2815515655446004  # standard normal quantile of 90 % power


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference with its standard error, tested within a family.

    Attributes:
        value: the difference.
        se: its standard error; NaN where there is none, and then nothing is tested.
        p_adjusted: two-sided p-value, adjusted for the family; NaN where se is.
        interval: contains 0 if and only if the difference is not shown; None where se is NaN.
        shown: True if "no difference" is rejected at level 1 - CONFIDENCE for the whole family.
        detectable: the smallest true difference that this test would show with 90 % power.
    """

    value: float
    se: float
    p_adjusted: float
    interval: Interval | None
    shown: bool
    detectable: float


def plain_interval(difference: Difference, freedom: float) -> Interval | None:
    """Return the difference less and plus its standard error times Student's t; None without a standard error.

    For providers that score nearly alike: the interval of `paired_differences` keeps the skew of both of their own
    intervals, and does not shrink to a point where the two become the same.
    """
    import math

    if math.isnan(difference.se):
        return None
    reach = student_above((1 - CONFIDENCE) / 2, freedom) * difference.se
    return difference.value - reach, difference.value + reach
