"""Differences of one family: verdicts, simultaneous intervals, and what too little data cannot show."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.stats import MEAN_SHARE, SPEARMAN, Array, Units, estimate, expected_detectable, least_units
from embedmark.stats import paired_differences as differences


def providers(n: int, noise: tuple[float, ...], seed: int = 0) -> tuple[Array, Array]:
    """Gold (n,), and scores (k, n) that are gold with noise."""
    rng = np.random.default_rng(seed)
    gold = rng.normal(size=n)
    return gold, gold + np.array(noise)[:, None] * rng.normal(size=(len(noise), n))


@pytest.mark.parametrize(("comparisons", "least"), [(1, 6), (3, 7), (10, 9), (435, 15)])
def test_larger_families_need_more_units(comparisons: int, least: int) -> None:
    assert least_units(comparisons) == least


@pytest.mark.parametrize(("n", "tested"), [(5, False), (6, True)])
def test_two_providers_need_six_units(n: int, tested: bool) -> None:
    gold, scores = providers(n, (0.1, 3.0))

    [found] = differences(SPEARMAN, scores, gold=gold)

    assert (found.interval is not None) == tested
    assert tested or not found.shown


@pytest.mark.parametrize("n", [20, 50, 300])
@pytest.mark.parametrize("k", [2, 5])
def test_interval_excludes_zero_exactly_where_shown(n: int, k: int) -> None:
    gold, scores = providers(n, tuple(np.linspace(0.2, 2, k)))

    found = differences(SPEARMAN, scores, gold=gold)

    for difference in found:
        assert difference.interval is not None
        assert difference.shown == (not difference.interval[0] <= 0 <= difference.interval[1])
        assert difference.shown == (difference.p_adjusted <= 0.05)
    assert any(difference.shown for difference in found)


def test_clear_difference_is_shown_and_signed() -> None:
    gold, scores = providers(100, (0.2, 2.0))

    [found] = differences(SPEARMAN, scores, gold=gold)
    [turned] = differences(SPEARMAN, scores[::-1], gold=gold)

    assert found.shown
    assert found.value > 0
    assert turned.interval == pytest.approx((-found.interval[1], -found.interval[0])) if found.interval else False


@pytest.mark.parametrize("n", [12, 100, 500])
def test_same_scores_do_not_differ(n: int) -> None:
    gold, scores = providers(n, (1.0,))

    found = differences(SPEARMAN, np.concatenate([scores, scores, scores]), gold=gold)

    assert [(d.value, d.interval, d.shown, d.p_adjusted) for d in found] == [(0.0, (0.0, 0.0), False, 1.0)] * 3


def test_float_noise_is_not_a_difference() -> None:
    """6e-8 is what two machines differ by."""
    values = np.random.default_rng(0).random((1, 400))

    [found] = differences(MEAN_SHARE, np.concatenate([values, values + 6e-8]))

    assert not found.shown
    assert found.interval is not None
    assert found.interval[0] <= 0 <= found.interval[1]


def test_observations_one_provider_lacks_are_left_out_for_all() -> None:
    gold, scores = providers(60, (0.5, 1.0, 1.5))
    gaps = scores.copy()
    gaps[1, :20] = np.nan

    assert differences(SPEARMAN, gaps, gold=gold, seed=1) == differences(
        SPEARMAN, scores[:, 20:], gold=gold[20:], seed=1
    )


def test_same_seed_gives_the_same_family() -> None:
    gold, scores = providers(40, (0.5, 1.0, 1.5))

    assert differences(SPEARMAN, scores, gold=gold, seed=(1, 2)) == differences(
        SPEARMAN, scores, gold=gold, seed=(1, 2)
    )


def test_chosen_pairs_are_a_smaller_family() -> None:
    """Three differences from one reference have a smaller critical value than all six."""
    gold, scores = providers(500, (1.0, 1.0, 1.0, 1.0))

    [of_all, *_] = differences(SPEARMAN, scores, gold=gold)
    [against_first, *_] = differences(SPEARMAN, scores, [(0, 1), (0, 2), (0, 3)], gold=gold)

    assert against_first.se == of_all.se
    assert against_first.detectable < of_all.detectable


@pytest.mark.parametrize("sign", [1, -1])
def test_detectable_difference_reaches_beyond_the_interval(sign: int) -> None:
    """Of providers that score nearly alike, the interval is wider than the error times its critical value."""
    gold, [noise, extra] = np.random.default_rng(0).normal(size=300), np.random.default_rng(1).normal(size=(2, 300))
    near = np.stack([gold + noise, gold + noise + 0.1 * extra])[::sign]

    [found] = differences(SPEARMAN, near, gold=gold)

    assert found.interval is not None
    towards_zero = min(abs(found.value - limit) for limit in found.interval)
    assert towards_zero > 2.1 * found.se
    assert found.detectable == pytest.approx(towards_zero + 1.2816 * found.se, rel=1e-4)


@pytest.mark.parametrize("n", [15, 40])
def test_equal_providers_are_called_different_in_one_of_twenty(n: int) -> None:
    called = []
    for seed in range(300):
        gold, scores = providers(n, (1.0, 1.0), seed)
        called.append(differences(SPEARMAN, scores, gold=gold)[0].shown)

    assert 0.02 <= np.mean(called) <= 0.085


def test_perfect_correlation_has_an_interval_below_one() -> None:
    gold = np.arange(30.0)

    interval = estimate(SPEARMAN, gold[None], gold=gold).interval(0)

    assert interval is not None
    assert interval[0] < 0.999
    assert interval[1] == pytest.approx(1)


def test_interval_of_two_neighbors_out_of_place_is_not_wide() -> None:
    gold = np.arange(60.0)
    scores = gold.copy()
    scores[[3, 4]] = scores[[4, 3]]

    interval = estimate(SPEARMAN, scores[None], gold=gold).interval(0)

    assert interval is not None
    assert 0.95 < interval[0] < 0.98
    assert interval[1] < 1


def test_share_of_one_has_an_interval_below_one() -> None:
    interval = estimate(MEAN_SHARE, np.ones((1, 25))).interval(0)

    assert interval is not None
    assert interval[0] == pytest.approx(0.854, abs=0.01)


@pytest.mark.parametrize("n", [9, 10])
def test_interval_needs_ten_units(n: int) -> None:
    gold, scores = providers(n, (1.0,))

    assert (estimate(SPEARMAN, scores, gold=gold).interval(0) is not None) == (n == 10)


def test_queries_are_swapped_with_all_their_candidates() -> None:
    """What is one advantage a query must not count ten times: here chance decides query by query."""
    rng = np.random.default_rng(3)
    query = np.repeat(np.arange(12), 10)
    units = Units.of_pairs(query, 100 + np.arange(120))
    called = []
    for _ in range(100):
        gold = rng.normal(size=12)[query] + rng.normal(size=120)
        scores = gold + rng.normal(size=(2, 12))[:, query]
        called.append(differences(SPEARMAN, scores, gold=gold, units=units, draws=200)[0].shown)

    assert np.mean(called) <= 0.12


def test_expected_detectable_differences() -> None:
    assert expected_detectable("pairs", 300) == pytest.approx((0.039, 0.090), abs=0.001)
    assert expected_detectable("queries", 114) == pytest.approx((0.070, 0.100), abs=0.001)
    assert expected_detectable("pairs", 6, comparisons=3) is None


def test_families_side_by_side_show_one_by_chance_in_5_percent() -> None:
    """40 datasets of ten slices without any difference: at 5 % each, 16 of them would show one."""
    rng = np.random.default_rng(1)
    alone, together = 0, 0
    for _ in range(40):
        slices = [rng.random((2, 40)) for _ in range(10)]
        alone += any(differences(MEAN_SHARE, scores)[0].shown for scores in slices)
        together += any(differences(MEAN_SHARE, scores, families=10)[0].shown for scores in slices)

    assert alone > 10
    assert together <= 6


@pytest.mark.parametrize(("k", "n"), [(2, 40), (3, 40), (3, 300)])
def test_a_family_among_others_has_wider_intervals(k: int, n: int) -> None:
    scores = np.clip(np.random.default_rng(2).random((k, n)) * np.linspace(1, 0.7, k)[:, None], 0, 1)

    alone = differences(MEAN_SHARE, scores)
    among = differences(MEAN_SHARE, scores, families=8)

    for one, other in zip(alone, among, strict=True):
        assert one.interval is not None
        assert other.interval is not None
        assert other.interval[0] < one.interval[0] < one.interval[1] < other.interval[1]
        assert other.p_adjusted >= one.p_adjusted
        assert other.shown == (other.p_adjusted <= 0.05)


def test_few_units_test_nothing_among_many_families() -> None:
    scores = np.array([[1.0] * 8, [0.0] * 8])

    assert differences(MEAN_SHARE, scores)[0].interval is not None
    assert differences(MEAN_SHARE, scores, families=10)[0].interval is None
