"""The experiments that need no clock, in a smaller number and with room for chance: three standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.derive.speed.turns import in_turns
from embedmark.stats import spearman
from tools.validity import coverage, drift, power, queues, same, small, texts
from tools.validity.noise import NOISES, recorded
from tools.validity.pairs import Population, trials
from tools.validity.rig import MAX_PASSES, time_passes, together


@pytest.fixture(scope="module")
def population() -> Population:
    """A provider and its poorer cousin, whose noise they share, on 800 pairs with the ties of real gold scores."""
    rng = np.random.default_rng(0)
    gold = np.round(rng.uniform(0, 5, 800), 1)
    better = gold + rng.normal(0, 1.2, 800)
    return Population(gold, np.stack([better, better + rng.normal(0, 0.6, 800)]), ("better", "worse"))


def test_spearman_and_paired_difference_cover(population: Population) -> None:
    for outcome in coverage.on_pairs(population, trials(population, 200, 100, 1, "test"), 200):
        assert outcome.n == 100
        assert outcome.found >= 0.88


def test_spearman_of_normal_pairs_covers() -> None:
    assert coverage.on_normal(50, 0.8, 150).found >= 0.90


def test_percentiles_cover() -> None:
    outcomes = coverage.percentiles(400)
    assert len(outcomes) == 6
    assert all(outcome.found >= 0.93 for outcome in outcomes)


def test_throughput_covers() -> None:
    outcomes = coverage.throughput(150)
    assert len(outcomes) == len(NOISES)
    assert all(outcome.found >= 0.88 for outcome in outcomes)


def test_noises_have_the_median_that_they_say() -> None:
    rng = np.random.default_rng(0)
    for noise in NOISES.values():
        assert np.median(noise.sample(rng, 40_000)) == pytest.approx(noise.median, rel=0.01)
    assert recorded().size == 600


def test_exchanged_providers_are_equal_but_samples_differ(population: Population) -> None:
    mixed = same.exchangeable(population, 2)
    assert spearman(mixed.gold, mixed.scores[0]) == pytest.approx(spearman(mixed.gold, mixed.scores[1]), abs=1e-12)
    assert (mixed.scores[0] != mixed.scores[1]).mean() > 0.9
    assert same.on_pairs(mixed, 150, 80).found <= 0.13


def test_a_family_of_equals(population: Population) -> None:
    rng = np.random.default_rng(4)
    noisy = np.stack([population.scores[0] + rng.normal(0, s, population.gold.size) for s in (0.1, 0.4, 0.8)])
    family = same.exchangeable(Population(population.gold, noisy, ("a", "b", "c")), 3)
    outcome = same.on_family(family, 100, 60)
    assert "3 comparisons" in outcome.detail
    assert outcome.found <= 0.2


def test_timings_of_the_same_are_seldom_called_different() -> None:
    outcomes = same.on_timings(100)
    assert len(outcomes) == 4
    assert all(outcome.found <= 0.12 for outcome in outcomes)


def test_stated_smallest_detectable_difference(population: Population) -> None:
    outcome = power.of_detectable(population, 80)
    assert 0.79 <= outcome.found <= 0.99


def test_difference_needs_a_small_error_to_have_a_figure(population: Population) -> None:
    assert np.isnan(power.of_difference(population, trials(population, 100, 30, 1, "test")).found)
    close = population.scores[0] + np.random.default_rng(5).normal(0, 0.15, 800)
    near = Population(population.gold, np.stack([population.scores[0], close]), population.labels)
    found = power.of_difference(near, trials(near, 800, 20, 1, "test"))
    assert "standard error 0.00" in found.detail
    assert found.found >= 0.7


@pytest.mark.parametrize("graph", [texts.queries(20, 10), texts.crossed(50), texts.star(200)])
def test_pairs_that_share_texts(graph: texts.Graph) -> None:
    held, apart, called = texts.on_design(texts.Design.of("test", graph), 60, 0)

    assert held.found >= 0.84
    assert apart.found >= 0.84
    assert called.found <= 0.15


def test_made_graph_is_linked_as_sick_is() -> None:
    design = texts.Design.of("made", texts.made_like_sick())

    assert design.units.n == 9927
    assert np.bincount(design.units.component).max() == 1877


@pytest.mark.parametrize("k", [2, 5])
def test_few_pairs(k: int) -> None:
    assert small.of_equal(k, 20, 60).found <= 0.15
    assert small.of_different(k, 20, 60).found >= 0.84


def test_thirty_providers_on_twelve_pairs_claim_nothing() -> None:
    assert small.of_different(30, 12, 3).measures == "share of families with intervals"


def test_queue_holds_its_long_run() -> None:
    truths = queues.long_run(0.5)
    rng = np.random.default_rng(0)

    found = [queues.queue(rng, 0.5, seed).intervals([0.5])[0] for seed in range(15)]

    assert np.mean([i is not None and i[0] <= truths[0] <= i[1] for i in found]) >= 0.8


def test_passes_in_order() -> None:
    assert queues.of_correlation(0.5, 40, 100).found >= 0.88
    assert queues.of_recorded(100, 60).found >= 0.8


def test_slowdown_is_found_or_not_judged() -> None:
    assert power.of_slowdown(0.01, 40).found == 1.0
    assert power.of_slowdown(0.03, 100).found >= 0.85
    assert power.of_noisy(0.08, 40).found >= 0.9


def test_the_clock_is_known() -> None:
    timed = time_passes({"a": np.full(MAX_PASSES, 1e6), "b": np.full(MAX_PASSES, 2e6)})
    assert timed["a"].tolist() == [1e6] * 10
    assert timed["b"].tolist() == [2e6] * 10
    one, two = together(timed)
    assert in_turns(one, two)[0] == pytest.approx(np.log(2))


def test_scaling_holds_on_a_machine_that_drifts() -> None:
    outcomes = drift.drift(20)

    assert len(outcomes) == 6
    assert all(outcome.found >= 0.7 for outcome in outcomes if outcome.low is not None)
    assert all(outcome.found <= 0.05 for outcome in outcomes if outcome.high is not None)
