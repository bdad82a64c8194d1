"""The paired shift against scipy's signed-rank test, and the spread of passes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from embedmark.stats import median_half_width, paired_mean, paired_shift, passes_interval, relative_spread


@pytest.mark.parametrize("n", [6, 10, 17, 30])
def test_interval_is_what_the_signed_rank_test_does_not_reject(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.3, 1, size=n)
    middle, interval = paired_shift(differences)
    assert interval is not None
    low, high = interval
    assert low < middle < high
    for shift, inside in ((low - 1e-9, False), (low + 1e-9, True), (high - 1e-9, True), (high + 1e-9, False)):
        p = reference.wilcoxon(differences - shift, method="exact").pvalue
        assert (p > 0.05) == inside


def test_mean_of_differences_has_students_interval() -> None:
    differences = np.random.default_rng(3).normal(0.3, 1, size=8)

    middle, interval = paired_mean(differences, 0.999)

    assert interval == pytest.approx(reference.ttest_1samp(differences, 0).confidence_interval(0.999))
    assert middle == pytest.approx(differences.mean())
    assert paired_mean(differences[:1])[1] is None


def test_known_rank() -> None:
    # Hollander and Wolfe, Nonparametric Statistical Methods: n = 10 at 95 % leaves 8 averages out on either side.
    values = 2.0 ** np.arange(10)
    averages = np.sort([(a + b) / 2 for i, a in enumerate(values) for b in values[i:]])
    assert paired_shift(values)[1] == (averages[8], averages[-9])


def test_large_samples_are_exact_to_a_rank_or_two() -> None:
    differences = np.random.default_rng(0).normal(size=101)
    averages = np.sort(((differences[:, None] + differences) / 2)[np.triu_indices(101)])
    low = int(np.searchsorted(averages, paired_shift(differences)[1][0]))  # type: ignore[index]
    p = [reference.wilcoxon(differences - averages[low + k] + 1e-12, method="exact").pvalue for k in (-3, 3)]
    assert p[0] < 0.05 < p[1]


def test_too_few_pairs_have_no_interval() -> None:
    assert paired_shift(np.arange(5.0)) == (2.0, None)
    assert np.isnan(paired_shift(np.empty(0))[0])


@pytest.mark.parametrize("n", [10, 20])
def test_coverage_and_width_against_the_median_difference(n: int) -> None:
    samples = np.random.default_rng(n).normal(size=(2000, n))
    shifts = [paired_shift(row)[1] for row in samples]
    hits = [i is not None and i[0] <= 0 <= i[1] for i in shifts]
    assert 0.935 <= np.mean(hits) <= 0.965
    widths = [i[1] - i[0] for i in shifts if i is not None]
    medians = [m[1] - m[0] for row in samples if (m := passes_interval(np.sort(row))) is not None]
    assert np.mean(widths) < 0.95 * np.mean(medians)


def test_spread_is_the_normal_sd_and_ignores_an_outlier() -> None:
    times = 50 * (1 + 0.03 * np.random.default_rng(0).normal(size=20_000))
    assert relative_spread(times) == pytest.approx(0.03, rel=0.03)
    one = np.append(np.linspace(99, 101, 11), 1000)
    assert relative_spread(one) < 0.02
    assert np.isnan(relative_spread(np.empty(0)))


def test_half_width_is_not_fooled_by_a_lucky_gap() -> None:
    lucky = np.array([80.0, 99, 100, 100, 100, 100, 100, 100, 101, 120])
    assert median_half_width(lucky) > 0.03
    assert median_half_width(lucky[:5]) == np.inf
    assert median_half_width(np.zeros(10)) == 0.0
    assert median_half_width(np.ones(10)) == 0.0


def test_one_outlier_does_not_call_for_a_hundred_passes() -> None:
    times = 100 + np.random.default_rng(0).normal(size=30)
    times[7] = 400

    assert median_half_width(times) < 0.02
