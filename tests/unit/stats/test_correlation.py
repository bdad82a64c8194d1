"""Spearman and Pearson against scipy, and where they are undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as reference

from embedmark.stats import is_constant, pearson, spearman


def test_equal_scipy_with_ties() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 6, 200).astype(float)
    y = x + rng.integers(0, 4, 200)
    assert spearman(x, y) == pytest.approx(reference.spearmanr(x, y).statistic, abs=1e-14)
    assert pearson(x, y) == pytest.approx(reference.pearsonr(x, y).statistic, abs=1e-14)


@pytest.mark.parametrize("correlate", [spearman, pearson])
def test_undefined_is_nan_and_not_zero(correlate) -> None:  # type: ignore[no-untyped-def]
    varied, constant = np.arange(5.0), np.full(5, 0.3)
    assert math.isnan(correlate(varied, constant))
    assert math.isnan(correlate(constant, varied))
    assert math.isnan(correlate(np.array([1.0]), np.array([2.0])))
    assert math.isnan(correlate(np.empty(0), np.empty(0)))


def test_single_precision_noise_around_one_value_is_constant() -> None:
    assert is_constant(np.array([1.0, 0.99999994, 1.0]))
    assert is_constant(np.zeros(3))
    assert not is_constant(np.array([1.0, 0.99999, 1.0]))
    assert not is_constant(np.array([0.0, 1e-9]))


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("factor", [1e-300, 1e-30, 1e30, 1.7e308])
@pytest.mark.parametrize("correlate", [spearman, pearson])
def test_scale_of_scores_does_not_matter(correlate, factor) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, 50)
    y = x + rng.normal(size=50)

    assert correlate(x * factor, y) == pytest.approx(correlate(x, y), abs=1e-12)
    assert not is_constant(x * factor)
