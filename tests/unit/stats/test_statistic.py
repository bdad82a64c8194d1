"""Statistics and their influence values, against brute force and other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from embedmark.stats import AVERAGE_PRECISION, MEAN_SHARE, PEARSON, ROC_AUC, SPEARMAN, Array, Statistic
from embedmark.stats.ordering import Order


@pytest.fixture
def data() -> tuple[Array, Array]:
    """Gold from 0 to 5 and three rows of scores, all with ties."""
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 6, 150).astype(float)
    return gold, np.round(gold + 2 * rng.normal(size=(3, 150)), 1)


def gold_for(statistic: Statistic, gold: Array) -> Array:
    return (gold > 3).astype(float) if statistic in (AVERAGE_PRECISION, ROC_AUC) else gold


def test_ranks_are_those_of_scipy(data: tuple[Array, Array]) -> None:
    _, scores = data

    assert np.array_equal(Order.of(scores).ranks(), stats.rankdata(scores, axis=1))


def test_sums_above_and_below_are_brute_force(data: tuple[Array, Array]) -> None:
    weights, row = data[0], data[1][0]
    larger, equal = row[None, :] > row[:, None], row[None, :] == row[:, None]

    order = Order.of(row)

    assert order.above(weights) == pytest.approx((larger + 0.5 * equal) @ weights)
    assert order.at_or_above(weights) == pytest.approx((larger | equal) @ weights)
    assert order.at_or_below(weights) == pytest.approx(~larger @ weights)


def test_correlations_are_those_of_scipy(data: tuple[Array, Array]) -> None:
    gold, scores = data

    rho, r = SPEARMAN.estimate(gold, scores)[0], PEARSON.estimate(gold, scores)[0]

    assert rho == pytest.approx([stats.spearmanr(gold, row).statistic for row in scores], abs=1e-12)
    assert r == pytest.approx([stats.pearsonr(gold, row).statistic for row in scores], abs=1e-12)


def test_binary_metrics_are_those_of_sklearn(data: tuple[Array, Array]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold, scores = (data[0] > 3).astype(float), data[1]

    precision, area = AVERAGE_PRECISION.estimate(gold, scores)[0], ROC_AUC.estimate(gold, scores)[0]

    assert precision == pytest.approx([metrics.average_precision_score(gold, row) for row in scores], abs=1e-12)
    assert area == pytest.approx([metrics.roc_auc_score(gold, row) for row in scores], abs=1e-12)


@pytest.mark.parametrize("statistic", [SPEARMAN, PEARSON, AVERAGE_PRECISION, ROC_AUC, MEAN_SHARE], ids=lambda s: s.name)
def test_influence_is_what_leaving_a_pair_out_does(statistic: Statistic, data: tuple[Array, Array]) -> None:
    gold, scores = gold_for(statistic, data[0]), data[1][:1]
    n = gold.size

    value, psi = statistic.estimate(gold, scores)

    without = [statistic.estimate(np.delete(gold, i), np.delete(scores, i, 1))[0][0] for i in range(n)]
    left_out = (n - 1) * (value[0] - np.array(without))
    assert psi[0].sum() == pytest.approx(0, abs=1e-9)
    assert np.abs(psi[0] - (left_out - left_out.mean())).max() < 0.1 * np.abs(psi[0]).max()


def test_rows_of_a_block_are_estimated_like_single_rows(data: tuple[Array, Array]) -> None:
    gold, scores = data

    value, psi = SPEARMAN.estimate(gold, np.stack([scores, scores[::-1]]))

    assert value[1, 2] == SPEARMAN.estimate(gold, scores[0])[0]
    assert np.array_equal(psi[1, 2], SPEARMAN.estimate(gold, scores[0])[1])


@pytest.mark.parametrize("statistic", [SPEARMAN, PEARSON], ids=lambda s: s.name)
def test_correlation_of_constant_scores_is_undefined(statistic: Statistic, data: tuple[Array, Array]) -> None:
    value, _ = statistic.estimate(data[0], np.ones((1, 150)))

    assert np.isnan(value[0])
