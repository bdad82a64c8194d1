"""How far the order of the two sentences moves a cross-encoder's score, out of raw rows with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.derive import derive_tables
from embedmark.derive.run import MeasuredRun
from embedmark.derive.scaling.table import counts


@pytest.fixture
def suite(run):
    """A builder whose suite measures accuracy."""
    return run(accuracy={})


@pytest.fixture
def scores() -> tuple[list[float], list[float], list[float]]:
    rng = np.random.default_rng(3)
    gold = rng.uniform(0, 5, 200)
    given = gold / 5 + rng.normal(0, 0.1, 200)
    return gold.tolist(), given.tolist(), (given + rng.normal(0, 0.02, 200)).tolist()


def rows_of(suite, **facts):
    gold, given, other = facts.pop("scores")
    suite.dataset("d", len(gold)).provider("c", "cross-encoder", **facts)
    suite.scores("c", gold, given, predicted_reversed=other)
    return [row for row in derive_tables(suite.build())["accuracy.csv"] if row["metric"] == "mean_asymmetry"]


def test_asymmetry_is_the_mean_distance_of_both_orders(suite, scores) -> None:
    _, given, other = scores
    (row,) = rows_of(suite, scores=scores)
    moved = np.abs(np.array(given) - np.array(other))
    assert row["value"] == pytest.approx(moved.mean())
    half = 1.96 * moved.std(ddof=1) / np.sqrt(200)
    assert row["ci_low"] == pytest.approx(moved.mean() - half, abs=half / 3)
    assert row["ci_high"] == pytest.approx(moved.mean() + half, abs=half / 3)
    assert (row["n_scored"], row["status"], row["tie_group"], row["similarity"]) == (200, "ok", None, None)


def test_symmetric_provider_shows_its_models_asymmetry(suite, scores) -> None:
    gold, given, other = scores
    mean = ((np.array(given) + np.array(other)) / 2).tolist()
    (row,) = rows_of(suite, scores=(gold, mean, other), symmetric=True)
    assert row["value"] == pytest.approx(np.abs(np.array(given) - np.array(other)).mean())


def test_pairs_without_both_orders_are_left_out(suite, scores) -> None:
    gold, given, other = scores
    other = [float("nan"), *other[1:]]
    (row,) = rows_of(suite, scores=(gold, given, other))
    assert row["n_scored"] == 199


def test_bi_encoders_have_none(suite, scores: tuple[list[float], ...]) -> None:
    gold, given, _ = scores
    suite.dataset("d", len(gold)).provider("a").scores("a", gold, given)
    tables = derive_tables(suite.build())
    assert {row["metric"] for row in tables["accuracy.csv"]} == {"spearman", "pearson"}


def test_both_orders_are_counted_as_forward_passes(suite) -> None:
    suite.dataset("d", 10).provider("c", "cross-encoder").provider("s", "cross-encoder", symmetric=True)
    plain, symmetric = MeasuredRun.of(suite.build()).providers
    assert counts(plain, 1000).pair_predictions == 499_500
    assert counts(symmetric, 1000).pair_predictions == 999_000
