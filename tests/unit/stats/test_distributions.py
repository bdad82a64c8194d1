"""What replaces scipy.stats gives what scipy.stats does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from embedmark.stats.correlation import mean_ranks, pearson, spearman
from embedmark.stats.distributions import binomial_below, binomial_limits, normal_above, student_above
from embedmark.stats.fits import not_negative_fit


@pytest.mark.parametrize("n", [1, 2, 6, 72, 368, 1000, 100_000])
@pytest.mark.parametrize("p", [0.5, 0.95, 0.99])
def test_binomial_limits_are_those_of_scipy(n: int, p: float) -> None:
    found = binomial_limits(0.025, n, p)

    assert found == (stats.binom.ppf(0.025, n, p), stats.binom.isf(0.025, n, p))
    assert binomial_below(found[0], n, p) == pytest.approx(stats.binom.cdf(found[0], n, p), rel=1e-8)
    assert binomial_below(-1, n, p) == 0.0


def test_quantiles_are_those_of_scipy() -> None:
    assert normal_above(0.025) == stats.norm.isf(0.025)
    assert student_above(0.025, 7.5) == stats.t.isf(0.025, 7.5)


def test_correlations_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 200).astype(np.float64), rng.normal(size=200)

    assert np.array_equal(mean_ranks(x), stats.rankdata(x))
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-14)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-14)


@pytest.mark.parametrize("seed", range(20))
def test_fits_without_negative_coefficients_are_those_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(6, 3)), rng.normal(size=6)

    solution, residual = not_negative_fit(a, b)

    expected, norm = optimize.nnls(a, b)
    assert solution == pytest.approx(expected, abs=1e-9)
    assert residual == pytest.approx(norm, abs=1e-9)
