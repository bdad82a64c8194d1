from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from embedmark.stats import clustered_se, share_interval


def test_one_query_a_cluster_is_the_usual_standard_error():
    values = np.random.default_rng(0).normal(size=50)
    assert clustered_se(values, np.arange(50)) == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_copies_within_a_cluster_add_nothing():
    hits = (np.random.default_rng(1).random(60) < 0.7).astype(float)
    clusters = np.arange(60)
    assert clustered_se(np.repeat(hits, 5), np.repeat(clusters, 5)) == pytest.approx(clustered_se(hits, clusters))
    assert share_interval(np.repeat(hits, 5), np.repeat(clusters, 5)) == pytest.approx(share_interval(hits, clusters))


def test_one_query_a_cluster_is_wilson():
    hits = np.array([1.0] * 87 + [0.0] * 14)  # n_eff is n - 1
    low, high = share_interval(hits, np.arange(101))
    wilson = binomtest(87, 101).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((wilson.low, wilson.high), abs=2e-3)


@pytest.mark.parametrize("hit", [0.0, 1.0])
def test_share_of_0_or_1_has_a_wide_interval(hit):
    low, high = share_interval(np.full(80, hit), np.repeat(np.arange(20), 4))
    wilson = binomtest(int(hit) * 20, 20).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((wilson.low, wilson.high))


def test_a_single_cluster_has_no_interval():
    assert share_interval(np.array([1.0, 0.0]), np.array([3, 3])) is None


def test_the_interval_covers_with_captions_that_go_together():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        easy = np.repeat(rng.beta(2, 0.8, size=80), 5)  # each image is easy or hard for all its captions
        interval = share_interval((rng.random(400) < easy).astype(float), np.repeat(np.arange(80), 5))
        covered += interval[0] <= 2 / 2.8 <= interval[1]
    assert 0.92 <= covered / 400 <= 0.98
