"""Holm's procedure, intervals that agree with it, and the smallest difference that could be shown."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedmark.stats import bootstrap_correlations, holm_family, paired_se, smallest_detectable

FAMILY = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 2)), min_size=1, max_size=12)


def test_one_comparison_is_a_plain_z_test() -> None:
    [found] = holm_family([0.0196], [0.01])
    assert found.p_adjusted == pytest.approx(0.05, abs=1e-4)
    assert found.interval == pytest.approx((0.0, 0.0392), abs=1e-5)
    assert holm_family([0.0197], [0.01])[0].shown
    assert not holm_family([0.0195], [0.01])[0].shown


def test_holm_by_hand() -> None:
    # z of 3.0, 2.2, 2.1, 0.5: p = 0.0027, 0.0278, 0.0357, 0.6171; steps 0.0125, 0.0167: the second one fails.
    found = holm_family([2.2, 3.0, 0.5, 2.1], [1.0] * 4)
    assert [d.shown for d in found] == [False, True, False, False]
    assert [d.p_adjusted for d in found] == pytest.approx([0.0834, 0.0108, 0.6171, 0.0834], abs=1e-4)


def test_what_only_holm_shows_has_an_interval_at_its_own_level() -> None:
    found = holm_family([10.0, 10.0, 2.0], [1.0] * 3)
    assert found[2].shown
    assert found[2].interval == pytest.approx((2.0 - 1.95996, 2.0 + 1.95996), abs=1e-4)
    assert found[0].interval == pytest.approx((10 - 2.39398, 10 + 2.39398), abs=1e-4)


@given(FAMILY)
def test_interval_excludes_zero_exactly_where_shown(family: list[tuple[float, float]]) -> None:
    values, errors = [v for v, _ in family], [e for _, e in family]
    found = holm_family(values, errors)
    for difference in found:
        assert difference.interval is not None
        low, high = difference.interval
        assert low <= difference.value <= high
        assert difference.shown == (low > 0 or high < 0)
        if abs(difference.p_adjusted - 0.05) > 1e-9:
            assert difference.shown == (difference.p_adjusted < 0.05)


@given(FAMILY)
def test_holm_is_between_bonferroni_and_no_correction(family: list[tuple[float, float]]) -> None:
    values, errors = [v for v, _ in family], [e for _, e in family]
    for difference, v, e in zip(holm_family(values, errors), values, errors, strict=True):
        p = holm_family([v], [e])[0].p_adjusted
        assert p - 1e-12 <= difference.p_adjusted <= min(1.0, len(family) * p) + 1e-12


def test_undefined_is_left_out_of_the_family() -> None:
    found = holm_family([2.0, 1.0, math.nan], [1.0, math.nan, 1.0])
    assert found[0] == holm_family([2.0], [1.0])[0]
    for undefined in found[1:]:
        assert undefined.interval is None
        assert not undefined.shown
        assert math.isnan(undefined.p_adjusted)


def test_no_spread() -> None:
    assert not holm_family([0.0], [0.0])[0].shown
    assert holm_family([0.0], [0.0])[0].interval == (0.0, 0.0)
    assert not holm_family([1e-16], [0.0])[0].shown
    assert holm_family([2.0], [0.0])[0].shown


def test_smallest_detectable_is_found_in_nine_of_ten_cases() -> None:
    assert smallest_detectable(0.003) == pytest.approx(3.2415 * 0.003, rel=1e-4)
    rng = np.random.default_rng(0)
    shown = [holm_family([v], [1.0])[0].shown for v in rng.normal(smallest_detectable(1.0), 1.0, size=2000)]
    assert 0.88 <= np.mean(shown) <= 0.92
    # In a family the first step of Holm is harder to pass, and the stated difference larger.
    truth = smallest_detectable(1.0, comparisons=10)
    first = [holm_family([v, *[0.0] * 9], [1.0] * 10)[0].shown for v in rng.normal(truth, 1.0, size=1000)]
    assert truth > smallest_detectable(1.0)
    assert 0.87 <= np.mean(first) <= 0.93


def test_standard_error_is_that_of_the_paired_difference() -> None:
    rng = np.random.default_rng(2)
    spread = []
    for _ in range(400):
        gold = rng.normal(size=150)
        shared = gold + 0.5 * rng.normal(size=150)
        a, b = shared + 0.2 * rng.normal(size=150), shared + 0.2 * rng.normal(size=150)
        spread.append(np.corrcoef(gold, a)[0, 1] - np.corrcoef(gold, b)[0, 1])
    found = bootstrap_correlations(gold, np.stack([a, b]), resamples=1000, seed=0).pearson
    assert paired_se(found[0], found[1], 150) == pytest.approx(np.std(spread), rel=0.3)
    # Correlated scores: the error of the difference is far below that of independent ones.
    assert paired_se(found[0], found[1], 150) < 0.7 * math.hypot(found[0].std(), found[1].std())


def test_standard_error_is_nan_where_resamples_degenerate() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 100))
    assert paired_se(a, b, 100) > 0
    assert math.isnan(paired_se(a, b, 9))
    a[:2] = np.nan
    assert math.isnan(paired_se(a, b, 100))
    assert paired_se(b, b, 100) == 0.0
    assert paired_se(b, b * (1 + 1e-15), 100) == 0.0
