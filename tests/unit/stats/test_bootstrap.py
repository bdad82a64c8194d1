"""Resamples and percentile intervals."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.stats import Array, percentile_interval, resample_counts


def all_counts(n: int, resamples: int, seed: int) -> Array:
    return np.concatenate(list(resample_counts(n, resamples, seed)))


def test_counts_are_resamples_whatever_the_block_size() -> None:
    whole = all_counts(13, 50, seed=3)
    assert whole.shape == (50, 13)
    assert (whole.sum(axis=1) == 13).all()
    blocks = list(resample_counts(13, 50, seed=3, most_cells=13 * 7))
    assert [len(block) for block in blocks] == [7] * 7 + [1]
    assert np.array_equal(np.concatenate(blocks), whole)


def test_interval_is_none_where_it_would_mislead() -> None:
    replicates = np.linspace(0.2, 0.4, 1000)
    assert percentile_interval(replicates, 100) == pytest.approx((0.205, 0.395))
    assert percentile_interval(replicates, 9) is None
    holes = replicates.copy()
    holes[:10] = np.nan
    assert percentile_interval(holes, 100) is not None
    holes[:11] = np.nan
    assert percentile_interval(holes, 100) is None
    assert percentile_interval(np.full(1000, np.nan), 100) is None
