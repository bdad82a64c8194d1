"""The median of consecutive passes."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.stats import Array, passes_interval
from embedmark.stats.series import effective_passes


def passes(rng: np.random.Generator, n: int, r: float) -> Array:
    """n passes with median 1 whose neighbours correlate by r."""
    noise = rng.normal(size=n) * np.sqrt(1 - r * r)
    values = np.empty(n)
    values[0] = rng.normal()
    for i in range(1, n):
        values[i] = r * values[i - 1] + noise[i]
    return np.asarray(np.exp(0.03 * values))


@pytest.mark.parametrize(("n", "r"), [(10, 0.0), (40, 0.5), (100, 0.87)])
def test_interval_holds_the_median_of_dependent_passes(n: int, r: float) -> None:
    rng = np.random.default_rng(n)
    found = [passes_interval(passes(rng, n, r)) for _ in range(400)]

    assert np.mean([interval is not None and interval[0] <= 1 <= interval[1] for interval in found]) >= 0.92


@pytest.mark.parametrize(("n", "given"), [(5, False), (6, True)])
def test_interval_needs_six_passes(n: int, given: bool) -> None:
    assert (passes_interval(np.arange(n) + 1.0) is not None) == given


def test_equal_passes_have_no_width() -> None:
    assert passes_interval(np.full(10, 2.0)) == (2.0, 2.0)


def test_alike_neighbours_are_worth_fewer_passes() -> None:
    rng = np.random.default_rng(0)

    assert effective_passes(passes(rng, 100, 0.0)) > 60
    assert effective_passes(passes(rng, 100, 0.87)) < 25
