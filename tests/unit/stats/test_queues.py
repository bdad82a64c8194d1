"""Percentiles of calls that wait for each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from embedmark.stats import Array, batch_interval, calls_needed, replayed_intervals, waits


def test_wait_is_what_the_calls_before_have_left() -> None:
    services, gaps = np.array([3.0, 2.0, 1.0, 1.0]), np.array([9.0, 1.0, 1.0, 9.0])

    assert waits(services, gaps).tolist() == [0.0, 2.0, 3.0, 0.0]


def services(rng: np.random.Generator, n: int = 400) -> Array:
    return np.asarray(rng.lognormal(-0.125, 0.5, n))


@pytest.mark.parametrize("load", [0.5, 0.9])
def test_replay_holds_the_truth(load: float) -> None:
    """Pollaczek and Khinchine by simulation: 300,000 calls of mean 1."""
    rng = np.random.default_rng(1)
    long = services(rng, 300_000)
    truth = np.quantile(long + waits(long, rng.exponential(1 / load, long.size)), [0.5, 0.95])

    found = [replayed_intervals(services(rng), load, [0.5, 0.95], seed) for seed in range(10)]

    held = [[low <= t <= high for (low, high), t in zip(f, truth, strict=True) if high] for f in found if all(f)]  # type: ignore[misc]
    assert np.mean(held) >= 0.8


def test_queue_that_may_grow_for_ever_has_no_upper_end() -> None:
    [interval] = replayed_intervals(np.linspace(0.5, 1.5, 100), 1.05, [0.5])

    assert interval is not None
    assert math.isinf(interval[1])


def test_few_services_have_no_interval() -> None:
    assert replayed_intervals(np.ones(19), 0.5, [0.5]) == [None]


@pytest.mark.parametrize(
    ("q", "load", "calls"), [(0.5, 0.0, 48), (0.5, 0.5, 192), (0.95, 0.5, 1920), (0.05, 0.5, 1920), (0.5, 0.8, None)]
)
def test_calls_that_an_interval_takes(q: float, load: float, calls: int | None) -> None:
    assert calls_needed(q, load) == calls


def test_batch_interval_depends_on_calls_and_load_alone() -> None:
    rng = np.random.default_rng(2)
    latencies = services(rng)

    assert batch_interval(latencies, 0.95, 0.5) is None
    assert batch_interval(latencies, 0.5, 0.9) is None
    interval = batch_interval(latencies, 0.5, 0.5)
    assert interval is not None
    assert interval[0] < np.median(latencies) < interval[1]
