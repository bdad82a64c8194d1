"""Order-statistic intervals: when they exist, and what they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as reference

from embedmark.stats import median_interval, quantile, quantile_interval


@pytest.mark.parametrize(("q", "needed"), [(0.5, 6), (0.95, 72), (0.99, 368)])
def test_smallest_sample(q: float, needed: int) -> None:
    assert quantile_interval(np.arange(needed - 1.0), q) is None
    assert quantile_interval(np.arange(float(needed)), q) is not None


def test_known_ranks() -> None:
    # Conover, Practical Nonparametric Statistics: n = 10 takes the 2nd and the 9th value for the median.
    assert quantile_interval(np.arange(1.0, 11), 0.5) == (2.0, 9.0)
    assert quantile_interval(np.empty(0), 0.5) is None


@given(st.integers(1, 600), st.sampled_from([0.1, 0.5, 0.9, 0.95, 0.99]), st.sampled_from([0.9, 0.95, 0.99]))
def test_each_tail_is_small_enough_and_not_smaller(n: int, q: float, confidence: float) -> None:
    interval = quantile_interval(np.arange(1.0, n + 1), q, confidence)
    tail = (1 - confidence) / 2
    if interval is None:
        assert max((1 - q) ** n, q**n) > tail
        return
    low, high = int(interval[0]), int(interval[1])
    assert reference.binom.cdf(low - 1, n, q) <= tail + 1e-12 < reference.binom.cdf(low, n, q) + 2e-12
    assert reference.binom.sf(high - 1, n, q) <= tail + 1e-12 < reference.binom.sf(high - 2, n, q) + 2e-12


@given(st.lists(st.floats(0, 1e6), min_size=72, max_size=200), st.sampled_from([0.5, 0.95]))
def test_the_estimate_lies_in_its_interval(values: list[float], q: float) -> None:
    ordered = np.sort(np.array(values))
    interval = quantile_interval(ordered, q)
    assert interval is not None
    assert interval[0] <= quantile(ordered, q) <= interval[1]


@pytest.mark.parametrize("n", [6, 10, 11, 30])
@pytest.mark.parametrize("skewed", [False, True])
def test_interpolated_median_interval_covers_what_it_says(n: int, skewed: bool) -> None:
    rng = np.random.default_rng(n)
    samples = np.sort(rng.exponential(size=(2000, n)) if skewed else rng.normal(size=(2000, n)), axis=1)
    truth = np.log(2) if skewed else 0.0
    intervals = [median_interval(row) for row in samples]
    hits = [low <= truth <= high for low, high in filter(None, intervals)]
    assert len(hits) == 2000
    assert 0.93 <= np.mean(hits) <= 0.97


def test_interpolated_median_interval_is_inside_order_bounds() -> None:
    ordered = np.sort(np.random.default_rng(0).exponential(size=10))
    inner, outer = median_interval(ordered), quantile_interval(ordered, 0.5)
    assert inner is not None
    assert outer is not None
    assert outer[0] <= inner[0] < np.median(ordered) < inner[1] <= outer[1]
    assert median_interval(ordered[:5]) is None
    assert median_interval(np.ones(6)) == (1.0, 1.0)
