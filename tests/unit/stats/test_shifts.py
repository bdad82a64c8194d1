"""Differences between whole runs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from embedmark.stats import MIN_RUNS, welch_interval


@pytest.mark.parametrize(("n", "m"), [(3, 3), (3, 9), (12, 5)])
def test_welch_interval_is_that_of_scipy(n: int, m: int) -> None:
    rng = np.random.default_rng(n * m)
    a, b = rng.normal(size=n), rng.normal(1, 2, size=m)

    middle, interval = welch_interval(a, b)

    expected = ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert interval == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert middle == pytest.approx(b.mean() - a.mean())


def test_too_few_runs_have_no_interval() -> None:
    few, enough = np.arange(MIN_RUNS - 1.0), np.arange(MIN_RUNS * 1.0)

    assert welch_interval(few, enough)[1] is None
    assert welch_interval(enough, few)[1] is None
    assert welch_interval(enough, enough)[1] is not None
