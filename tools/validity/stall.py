"""A server that stops for one second in ten: what an open loop sees of it, and what a closed one does not."""

from __future__ import annotations

from typing import Final

import numpy as np

from embedmark.measure.latency import measure_latency
from embedmark.stats import Array, quantile
from embedmark.suite import LatencySpec
from embedmark.testing.clock import FakeClock
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress
from tools.validity.rig import Memory, TimedProvider, target_of, texts

NAME: Final = "stall"
PERIOD_S: Final = 10.0
STOP_S: Final = 1.0
SERVICE_S: Final = 0.005
PERIODS: Final = 10
_DATASET = texts(16)
# A run ends with its last period, so that every phase of the server is seen equally often.
_SECONDS: Final = PERIODS * PERIOD_S


def stall(n: int) -> list[Outcome]:
    """p99 from the harness's server scenario against the analytic one, at two loads; and single-stream beside it."""
    outcomes: list[Outcome] = []
    for load in (0.3, 0.45):
        truth = analytic_p99(load)
        found = [p99(measured) for measured in open_loops(load, n)]
        errors = np.abs(np.array(found) / truth - 1)
        near, m = share(errors <= 0.05)
        detail = (
            f"analytic {1000 * truth:.0f} ms, found {1000 * np.mean(found):.0f} ms on average, off by at most "
            f"{errors.max():.1%}; {PERIODS} stalls, about {load / SERVICE_S * _SECONDS:.0f} arrivals"
        )
        case = f"server scenario, load {load:.0%}"
        outcomes.append(Outcome(NAME, case, "share of runs with p99 within 5 %", near, 0.99, None, m, detail))
    closed = p99(closed_loop())
    outcomes.append(
        Outcome(
            NAME, "closed loop, the same server", "p99 below the analytic one, as a share",
            1 - closed / analytic_p99(0.45), 0.5, None, 1,
            f"p99 {1000 * closed:.0f} ms: it sends no call while the server stands, so it misses the stall",
        )
    )  # fmt: skip
    return outcomes


def analytic_p99(load: float) -> float:
    """The 99th percentile of the time from arrival to reply, in seconds.

    A call takes s = SERVICE_S, arrivals are Poisson at load / s. One that comes x seconds after a stall of length S
    began finds the work that lay there, load s / (2 (1 - load)) on average (Pollaczek and Khinchine), plus load x of
    those who came before it, and waits for the rest of the stall, S - x; after it, until the server has caught up,
    load x + S - x all the same. So its latency falls by 1 - load for each second that it comes later. The hundredth
    of all arrivals with the longest wait are those within PERIOD_S / 100 of a stall's beginning.
    """
    backlog = load * SERVICE_S / (2 * (1 - load))
    return STOP_S + backlog + SERVICE_S - (1 - load) * 0.01 * PERIOD_S


def open_loops(load: float, n: int) -> list[Array]:
    """Latencies in seconds from the scheduled arrival, in `n` runs with arrivals of their own: float64 (calls,)."""
    rate = load / SERVICE_S
    most = round(rate * _SECONDS + 8 * (rate * _SECONDS) ** 0.5)  # never the end of a run: its last period is
    spec = LatencySpec.model_validate({"calls": most, "warmup": 0, "rate": rate, "max_seconds": _SECONDS})
    return [_measure("server", spec, seed) for seed in progress(n, f"stall: load {load:.0%}")]


def closed_loop() -> Array:
    """Latencies in seconds where the next call is sent when the last one is done: float64 (calls,)."""
    most = round(_SECONDS / SERVICE_S)
    return _measure(
        "single-stream", LatencySpec.model_validate({"calls": most, "warmup": 0, "max_seconds": _SECONDS}), 0
    )


def p99(latencies: Array) -> float:
    """The 99th percentile as latency.csv has it, in the unit of `latencies` (n,)."""
    return quantile(np.sort(latencies), 0.99)


def _measure(scenario: str, spec: LatencySpec, seed: int) -> Array:
    clock, memory = FakeClock(), Memory()
    provider = TimedProvider(lambda _: _serve(clock))
    measure_latency(target_of(provider), _DATASET, scenario, spec, clock, memory, seed)
    name = provider.info.model
    return (memory.column(name, "queue_ns") + memory.column(name, "elapsed_ns")) / 1e9


def _serve(clock: FakeClock) -> None:
    # The server works for SERVICE_S, and stands still in the last STOP_S of every period.
    left, period, open_for = round(SERVICE_S * 1e9), round(PERIOD_S * 1e9), round((PERIOD_S - STOP_S) * 1e9)
    while left > 0:
        phase = clock.now_ns() % period
        if phase >= open_for:
            clock.advance((period - phase) / 1e9)
            continue
        step = min(left, open_for - phase)
        clock.advance(step / 1e9)
        left -= step
