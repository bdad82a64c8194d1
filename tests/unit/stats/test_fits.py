"""Fits with fixed exponents: known coefficients, coverage of a projection."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from embedmark.stats import fit_relative, sum_interval

SIZES = np.repeat([10.0, 20.0, 40.0], 3)


def features(n: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.column_stack([np.ones_like(n), n * (n - 1) / 2])


def test_exact_data_give_exact_coefficients() -> None:
    fit = fit_relative(features(SIZES), features(SIZES) @ [3e-5, 2e-9])
    assert fit.coefficients == pytest.approx([3e-5, 2e-9], rel=1e-6)
    assert fit.sigma == pytest.approx(0.0, abs=1e-9)
    assert fit.freedom == 7
    at = features(np.array([1000.0]))[0]
    assert fit.predict(at) == pytest.approx(3e-5 + 499_500 * 2e-9, rel=1e-6)


def test_a_negative_constant_is_held_at_zero() -> None:
    fit = fit_relative(features(SIZES), features(SIZES) @ [-2e-8, 1e-9])
    assert fit.coefficients[0] == 0.0
    assert fit.coefficients[1] > 0
    assert fit.covariance[0, 0] == fit.covariance[0, 1] == 0.0
    assert fit.freedom == 8


def test_errors_count_in_proportion() -> None:
    # Twice the time at one size of two: the fit of a single coefficient lies between, by relative errors.
    fit = fit_relative(np.array([[1.0], [1000.0]]), np.array([1.0, 2000.0]))
    assert fit.coefficients[0] == pytest.approx((1 + 0.5) / (1 + 0.25))


def test_projection_interval_covers_a_new_measurement() -> None:
    rng = np.random.default_rng(0)
    truth, hits, experiments = np.array([1e-3, 1e-4]), 0, 600
    at = features(np.array([1000.0]))[0]
    for _ in range(experiments):
        fit = fit_relative(features(SIZES), features(SIZES) @ truth * (1 + 0.05 * rng.normal(size=9)))
        interval = sum_interval([fit.predict(at)], [fit.variance(at)], [fit.freedom])
        assert interval is not None
        hits += interval[0] <= at @ truth * (1 + 0.05 * rng.normal()) <= interval[1]
    assert 0.92 <= hits / experiments <= 0.98


def test_sum_of_stages() -> None:
    one = sum_interval([10.0], [1.0], [8])
    two = sum_interval([10.0, 5.0], [1.0, 1.0], [8, 8])
    assert one == pytest.approx((10 - 2.306, 10 + 2.306), abs=1e-3)
    assert two == pytest.approx((15 - 2.1199 * math.sqrt(2), 15 + 2.1199 * math.sqrt(2)), abs=1e-3)  # 16 by Welch
    assert sum_interval([1.0], [100.0], [8]) == pytest.approx((0.0, 24.06), abs=1e-2)
    assert sum_interval([1.0], [0.0], [3]) == (1.0, 1.0)
    assert sum_interval([1.0, 1.0], [1.0, math.nan], [8, 0]) is None
    assert sum_interval([], [], []) is None
