"""What is independent among pairs that share texts, and the variance that allows for it."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.stats import MEAN_SHARE, SPEARMAN, Array, Units, clustered_se, estimate


def crossed(n: int) -> tuple[Array, Array]:
    """All pairs of n texts."""
    first, second = np.triu_indices(n, 1)
    return first, second


def test_pairs_of_texts_of_their_own_are_independent() -> None:
    units = Units.of_pairs(np.arange(50), 50 + np.arange(50))

    assert units.effective == 50
    assert units.freedom == 49
    assert units.graph is None


def test_labels_may_be_strings() -> None:
    units = Units.of_pairs(np.array(["a", "a", "b", "c"]), np.array(["w", "x", "y", "z"]))

    assert units.components == 3


def test_queries_with_candidates_are_one_unit_a_query() -> None:
    units = Units.of_pairs(np.repeat(np.arange(20), 10), 100 + np.arange(200))

    assert units.components == 20
    assert units.exchangeable
    assert units.promised
    assert units.worst == pytest.approx(24.2, abs=0.1)
    assert units.effective == pytest.approx(33.6, abs=0.1)


@pytest.mark.parametrize(("queries", "promised"), [(8, False), (9, False), (10, True)])
def test_ten_queries_are_promised(queries: int, promised: bool) -> None:
    units = Units.of_pairs(np.repeat(np.arange(queries), 10), 100 + np.arange(10 * queries))

    assert units.enough
    assert units.promised == promised


def test_crossed_texts_are_worth_as_many_units_as_texts() -> None:
    units = Units.of_pairs(*crossed(50))

    assert units.components == 1
    assert not units.exchangeable
    assert units.worst == pytest.approx(50)
    assert units.promised


def test_one_text_in_many_pairs_does_not_hide_all_the_others() -> None:
    """A spreadsheet of 200 pairs with one text in 17 of them has an interval, with a warning."""
    units = Units.of_pairs(np.concatenate([np.zeros(17), np.arange(1, 184)]), 500 + np.arange(200))

    assert units.worst < 10
    assert units.effective == pytest.approx(13.6, abs=0.1)
    assert units.enough
    assert not units.promised


@pytest.mark.parametrize(("texts", "enough"), [(9, False), (30, True)])
def test_few_crossed_texts_are_not_promised(texts: int, enough: bool) -> None:
    units = Units.of_pairs(*crossed(texts))

    assert units.enough == enough
    assert not units.promised


def test_text_in_more_than_half_of_the_pairs_is_fixed() -> None:
    """A star: its centre is fixed, and the other texts are independent."""
    units = Units.of_pairs(np.zeros(40, dtype=int), 1 + np.arange(40))

    assert units.fixed == (0,)
    assert units.effective == 40


def test_clusters_have_the_variance_of_sampled_clusters() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(200), 5)
    hits = (rng.normal(size=200)[labels] + rng.normal(size=1000) > 0).astype(float)

    found = estimate(MEAN_SHARE, hits[None], units=Units.of_clusters(labels))

    variance = found.units.covariance(found.psi)[0, 0]
    assert np.sqrt(variance) == pytest.approx(clustered_se(hits, labels), rel=0.05)


def test_subset_keeps_what_its_pairs_share() -> None:
    units = Units.of_pairs(np.repeat(np.arange(20), 10), 100 + np.arange(200))
    kept = np.arange(200) < 100

    assert units.subset(kept).components == 10
    assert Units.independent(8).subset(np.arange(8) < 3).effective == 3


def test_pairs_that_share_texts_have_a_wider_interval() -> None:
    """Each query moves the scores of its ten candidates."""
    rng = np.random.default_rng(1)
    query = np.repeat(np.arange(20), 10)
    gold = rng.normal(size=20)[query] + 0.3 * rng.normal(size=200)
    scores = gold + rng.normal(size=20)[query] + 0.3 * rng.normal(size=200)

    shared = estimate(SPEARMAN, scores[None], gold=gold, units=Units.of_pairs(query, 100 + np.arange(200))).interval(0)
    alone = estimate(SPEARMAN, scores[None], gold=gold).interval(0)

    assert shared is not None
    assert alone is not None
    assert shared[1] - shared[0] > 1.5 * (alone[1] - alone[0])


def test_pair_that_is_listed_twice_is_worth_one() -> None:
    rng = np.random.default_rng(2)
    gold = np.tile(rng.normal(size=100), 2)
    scores = gold + np.tile(rng.normal(size=100), 2)
    first = np.tile(np.arange(100), 2)

    doubled = estimate(SPEARMAN, scores[None], gold=gold, units=Units.of_pairs(first, 100 + first)).interval(0)
    once = estimate(SPEARMAN, scores[None, :100], gold=gold[:100]).interval(0)

    assert doubled is not None
    assert once is not None
    assert doubled[1] - doubled[0] > 0.9 * (once[1] - once[0])
