"""A threshold that is chosen on one half of the pairs and tested on the other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedmark.stats.threshold import best_threshold, held_out_influence


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=20))
def test_no_threshold_makes_fewer_errors_than_the_best(pairs: list[tuple[int, bool]]) -> None:
    scores, positive = np.array([s for s, _ in pairs], dtype=float), np.array([p for _, p in pairs], dtype=bool)

    found = best_threshold(scores, positive)

    every = [-math.inf, math.inf, *(scores - 0.5)]
    errors = [int(((scores >= threshold) != positive).sum()) for threshold in every]
    assert int(((scores >= found) != positive).sum()) == min(errors)


def test_separable_pairs_are_all_right_and_chance_is_a_half() -> None:
    rng = np.random.default_rng(0)
    gold = (np.arange(2000) % 2).astype(float)  # a file in which right and wrong pairs alternate
    scores = np.stack([gold + rng.uniform(-0.1, 0.1, gold.size), rng.normal(size=gold.size)])

    value, psi = held_out_influence(gold, scores)

    assert value[0] == 1
    assert value[1] == pytest.approx(0.5, abs=0.035)  # three standard errors
    assert psi.sum(axis=1) == pytest.approx([0, 0], abs=1e-9)


def test_value_is_not_flattered_by_choosing_on_the_tested_pairs() -> None:
    """Scores without any information: the best threshold on the pairs themselves is right more often than half."""
    rng = np.random.default_rng(1)
    gold = (np.arange(20) % 2).astype(float)
    scores = rng.normal(size=(500, 20))

    held_out = held_out_influence(gold, scores)[0].mean()

    chosen = [((row >= best_threshold(row, gold > 0)) == (gold > 0)).mean() for row in scores]
    assert np.mean(chosen) > 0.6
    assert held_out < 0.53
