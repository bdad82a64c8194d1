"""Fits with fixed exponents: known coefficients, coverage of a projection."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from embedmark.stats import RelativeFit, fit_relative, sum_interval

SIZES = np.repeat([10.0, 20.0, 40.0], 3)


def features(n: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.column_stack([np.ones_like(n), n * (n - 1) / 2])


def around(fit: RelativeFit, at: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    variances, freedoms = zip(*fit.variances(at), strict=True)
    return sum_interval([fit.predict(at)], variances, freedoms)


def test_exact_data_give_exact_coefficients() -> None:
    fit = fit_relative(features(SIZES), features(SIZES) @ [3e-5, 2e-9])
    assert fit.coefficients == pytest.approx([3e-5, 2e-9], rel=1e-6)
    assert fit.sigma == pytest.approx(0.0, abs=1e-9)
    assert (fit.freedom, fit.repeat_freedom) == (1, 6)
    at = features(np.array([1000.0]))[0]
    assert fit.predict(at) == pytest.approx(3e-5 + 499_500 * 2e-9, rel=1e-6)


def test_a_negative_constant_is_held_at_zero() -> None:
    fit = fit_relative(features(SIZES), features(SIZES) @ [-2e-8, 1e-9])
    assert fit.coefficients[0] == 0.0
    assert fit.coefficients[1] > 0
    assert fit.covariance[0, 0] == fit.covariance[0, 1] == 0.0
    assert fit.freedom == 2  # three sizes, one coefficient
    two = fit_relative(features(SIZES[:6]), features(SIZES[:6]) @ [-2e-8, 1e-9])
    assert two.freedom == 0  # two sizes have none, whatever is held


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
        interval = around(fit, at)
        assert interval is not None
        hits += interval[0] <= at @ truth * (1 + 0.05 * rng.normal()) <= interval[1]
    assert 0.92 <= hits / experiments <= 0.98


@pytest.mark.parametrize("sizes", [[10.0, 20.0, 40.0, 80.0], [10.0, 20.0, 40.0, 80.0, 160.0, 320.0]])
def test_interval_covers_a_new_size_if_repeats_share_error(sizes: list[float]) -> None:
    """Its texts, or a lack of fit: 5 % a size, with repeats that agree within 1 %."""
    rng = np.random.default_rng(0)
    truth, hits, experiments = np.array([1e-3, 1e-4]), 0, 600
    n, at = np.repeat(sizes, 3), features(np.array([1000.0]))[0]
    for _ in range(experiments):
        shared = np.repeat(1 + 0.05 * rng.normal(size=len(sizes)), 3)
        times = features(n) @ truth * shared * (1 + 0.01 * rng.normal(size=len(n)))
        interval = around(fit_relative(features(n), times), at)
        assert interval is not None
        hits += interval[0] <= at @ truth * (1 + 0.05 * rng.normal()) * (1 + 0.01 * rng.normal()) <= interval[1]
    assert 0.92 <= hits / experiments <= 0.98


def test_check_changes_the_interval_and_not_the_curve() -> None:
    times = features(SIZES) @ [1e-3, 1e-4] * np.repeat([1.01, 0.99, 1.02], 3)
    at = features(np.array([80.0]))[0]
    plain, good, bad = (
        fit_relative(features(SIZES), times, check)
        for check in (None, (at, at @ [[1e-3], [1e-4]]), (at, 2 * at @ [[1e-3], [1e-4]]))
    )
    assert good.coefficients.tolist() == bad.coefficients.tolist() == plain.coefficients.tolist()
    assert (plain.freedom, good.freedom, bad.freedom) == (1, 2, 2)
    assert good.sigma < plain.sigma < bad.sigma
    assert fit_relative(features(SIZES[:6]), times[:6], (at, at @ [[1e-3], [1e-4]])).freedom == 0


def test_interval_of_three_sizes_and_a_check_covers_a_new_one() -> None:
    rng = np.random.default_rng(0)
    truth, hits, experiments = np.array([1e-3, 1e-4]), 0, 600
    sizes = np.array([10.0, 20.0, 40.0, 80.0])
    n, at, there = np.repeat(sizes, 3), features(np.array([1000.0]))[0], features(np.array([80.0]))[0]
    for _ in range(experiments):
        shared = np.repeat(1 + 0.05 * rng.normal(size=4), 3)
        times = features(n) @ truth * shared * (1 + 0.01 * rng.normal(size=12))
        interval = around(fit_relative(features(n[:9]), times[:9], (there, times[9:])), at)
        assert interval is not None
        hits += interval[0] <= at @ truth * (1 + 0.05 * rng.normal()) * (1 + 0.01 * rng.normal()) <= interval[1]
    assert 0.92 <= hits / experiments <= 0.98


def test_repeats_do_not_count_as_sizes() -> None:
    two = np.repeat([10.0, 20.0], 50)
    fit = fit_relative(features(two), features(two) @ [1e-3, 1e-4] * np.linspace(0.99, 1.01, 100))
    assert fit.freedom == 0
    assert around(fit, features(np.array([1000.0]))[0]) is None


def test_single_measurements_have_no_spread_of_repeats() -> None:
    one = np.array([10.0, 20.0, 40.0, 80.0])
    fit = fit_relative(features(one), features(one) @ [1e-3, 1e-4] * [1.01, 0.99, 1.02, 0.98])
    assert (fit.freedom, fit.repeat_sigma, fit.repeat_freedom) == (2, 0.0, 0)
    assert len(fit.variances(features(one)[0])) == 1


def test_sum_of_stages() -> None:
    one = sum_interval([10.0], [1.0], [8])
    two = sum_interval([10.0, 5.0], [1.0, 1.0], [8, 8])
    assert one == pytest.approx((10 - 2.306, 10 + 2.306), abs=1e-3)
    assert two == pytest.approx((15 - 2.1199 * math.sqrt(2), 15 + 2.1199 * math.sqrt(2)), abs=1e-3)  # 16 by Welch
    assert sum_interval([1.0], [100.0], [8]) == pytest.approx((0.0, 24.06), abs=1e-2)
    assert sum_interval([1.0], [0.0], [3]) == (1.0, 1.0)
    assert sum_interval([1.0, 1.0], [1.0, math.nan], [8, 0]) is None
    assert sum_interval([], [], []) is None
