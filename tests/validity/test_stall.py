"""The server that stops for one second in ten."""

from __future__ import annotations

import numpy as np
import pytest

from tools.validity import stall


def test_open_loop_sees_the_stall_and_closed_loop_does_not() -> None:
    for load in (0.3, 0.45):
        truth = stall.analytic_p99(load)
        for latencies in stall.open_loops(load, 4):
            assert len(latencies) > 5000
            assert stall.p99(latencies) == pytest.approx(truth, rel=0.05)
    closed = stall.closed_loop()
    assert stall.p99(closed) == stall.SERVICE_S
    # One call in a period does meet the stall, and waits for all of it: too few for a percentile.
    assert np.sum(closed > stall.SERVICE_S) == stall.PERIODS


def test_analytic_value_is_the_workload_integrated_in_steps() -> None:
    load, step = 0.45, 0.0005
    rng = np.random.default_rng(1)
    work, waits = 0.0, []
    seconds = 25 * stall.PERIOD_S
    arrivals = rng.poisson(load / stall.SERVICE_S * step, size=round(seconds / step))
    for i, n in enumerate(arrivals):
        phase = (i * step) % stall.PERIOD_S
        left = max(0.0, stall.PERIOD_S - phase) if phase >= stall.PERIOD_S - stall.STOP_S else 0.0
        waits += [work + left + stall.SERVICE_S * (k + 1) for k in range(n)]
        work += n * stall.SERVICE_S
        if left == 0:
            work = max(0.0, work - step)
    assert np.quantile(waits, 0.99) == pytest.approx(stall.analytic_p99(load), rel=0.02)


def test_stall_is_reproducible() -> None:
    once, again = (stall.open_loops(0.3, 1)[0] for _ in range(2))
    assert np.array_equal(once, again)
