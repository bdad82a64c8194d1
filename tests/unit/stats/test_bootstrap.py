"""The vectorised bootstrap against drawing, ranking and correlating each resample with scipy."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from embedmark.stats import bootstrap, bootstrap_correlations, percentile_interval, resample_counts

Array = npt.NDArray[np.float64]


def all_counts(n: int, resamples: int, seed: int) -> Array:
    return np.concatenate(list(resample_counts(n, resamples, seed)))


def naive(gold: Array, scores: Array, counts: Array) -> tuple[Array, Array]:
    spearman, pearson = np.full((2, len(scores), len(counts)), np.nan)
    for k, row in enumerate(scores):
        for b, times in enumerate(counts):
            drawn = np.repeat(np.arange(gold.size), times.astype(int))
            drawn = drawn[~np.isnan(row[drawn])]
            x, y = gold[drawn], row[drawn]
            if drawn.size > 1 and np.ptp(x) > 0 and np.ptp(y) > 0:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    spearman[k, b] = reference.spearmanr(x, y).statistic
                    pearson[k, b] = reference.pearsonr(x, y).statistic
    return spearman, pearson


def assert_equals_naive(gold: Array, scores: Array, resamples: int, seed: int) -> None:
    found = bootstrap_correlations(gold, scores, resamples=resamples, seed=seed)
    spearman, pearson = naive(gold, scores, all_counts(gold.size, resamples, seed))
    np.testing.assert_allclose(found.spearman, spearman, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.pearson, pearson, rtol=0, atol=1e-12)


def test_equals_naive_with_ties_and_gaps() -> None:
    rng = np.random.default_rng(1)
    gold = np.round(rng.uniform(0, 5, 60) * 2) / 2
    scores = np.stack([gold + rng.normal(size=60), np.round(gold + rng.normal(size=60)), rng.normal(size=60)])
    scores[2, [3, 4, 50]] = np.nan
    assert_equals_naive(gold, scores, resamples=100, seed=7)


SMALL = st.integers(2, 9).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=n, max_size=n),
    )
)


@settings(max_examples=60, deadline=None)
@given(SMALL, st.integers(0, 2**32 - 1))
def test_equals_naive_on_small_tied_data(data: tuple[list[int], list[int | None]], seed: int) -> None:
    gold = np.array(data[0], dtype=float)
    scores = np.array([[np.nan if v is None else float(v) for v in data[1]]])
    assert_equals_naive(gold, scores, resamples=8, seed=seed)


def test_counts_are_resamples_whatever_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = all_counts(13, 50, seed=3)
    assert whole.shape == (50, 13)
    assert (whole.sum(axis=1) == 13).all()
    monkeypatch.setattr(bootstrap, "_CHUNK", 13 * 7)
    blocks = list(resample_counts(13, 50, seed=3))
    assert [len(block) for block in blocks] == [7] * 7 + [1]
    assert np.array_equal(np.concatenate(blocks), whole)


def test_same_seed_same_bytes_and_another_seed_others() -> None:
    rng = np.random.default_rng(0)
    gold, scores = rng.normal(size=40), rng.normal(size=(2, 40))
    once, again, other = (bootstrap_correlations(gold, scores, resamples=50, seed=s) for s in ((1, 2), (1, 2), (1, 3)))
    assert once.spearman.tobytes() == again.spearman.tobytes()
    assert once.pearson.tobytes() == again.pearson.tobytes()
    assert once.spearman.tobytes() != other.spearman.tobytes()


def test_ranks_do_not_change_with_a_monotone_map() -> None:
    rng = np.random.default_rng(0)
    gold, x = rng.normal(size=80), rng.normal(size=80)
    found = bootstrap_correlations(gold, np.stack([x, np.exp(x), -x]), resamples=40, seed=0).spearman
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], -found[2])


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


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    # Bivariate normal with correlation r has Spearman 6 / pi * asin(r / 2) (Kruskal, 1958).
    truth, r, hits, experiments = 6 / np.pi * np.arcsin(0.4), 0.8, 0, 400
    rng = np.random.default_rng(5)
    for seed in range(experiments):
        gold = rng.normal(size=200)
        scores = r * gold + np.sqrt(1 - r * r) * rng.normal(size=200)
        replicates = bootstrap_correlations(gold, scores[None], resamples=300, seed=seed).spearman[0]
        interval = percentile_interval(replicates, 200)
        assert interval is not None
        hits += interval[0] <= truth <= interval[1]
    assert 0.92 <= hits / experiments <= 0.98
