"""Calls in a queue, and passes in order: intervals of what depends on what was before."""

from __future__ import annotations

from typing import Final

import numpy as np

from embedmark.derive.speed.queue import Queue
from embedmark.derive.speed.turns import too_wide
from embedmark.stats import Array, passes_interval, waits
from tools.validity.noise import neighbours
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress

QUEUES: Final = "queues"
PASSES: Final = "passes in order"
CALLS: Final = 400
_SERVICE_MS: Final = 10.0
_QUANTILES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_LONG: Final = 4_000_000
_HOLD: Final = "share of intervals that hold the truth"


def queues(n: int) -> list[Outcome]:
    """One worker at 50, 70 and 90 % load: 400 calls of lognormal length; truth from 4 million."""
    outcomes: list[Outcome] = []
    for load in (0.5, 0.7, 0.9):
        truths = long_run(load)
        rng = np.random.default_rng((30, round(100 * load)))
        held: dict[str, list[bool]] = {name: [] for name in _QUANTILES}
        endless = 0
        for i in progress(n, f"{QUEUES}: {load:.0%}"):
            found = queue(rng, load, i).intervals(list(_QUANTILES.values()))
            for name, truth, interval in zip(_QUANTILES, truths, found, strict=True):
                held[name].append(interval is not None and interval[0] <= truth <= interval[1])
                endless += interval is not None and np.isinf(interval[1])
        for name, truth in zip(_QUANTILES, truths, strict=True):
            detail = f"{CALLS} calls, lognormal 0.5, mean {_SERVICE_MS:g} ms; truth {truth:.1f} ms"
            detail += f"; no upper end in {endless / n / 3:.1%}" if endless else ""
            hits, m = share(held[name])
            outcomes.append(Outcome(QUEUES, f"{name} at {load:.0%} load", _HOLD, hits, 0.93, None, m, detail))
    return outcomes


def services(rng: np.random.Generator, n: int) -> Array:
    """Milliseconds that calls take."""
    return np.asarray(_SERVICE_MS * rng.lognormal(-0.125, 0.5, n), dtype=np.float64)


def queue(rng: np.random.Generator, load: float, seed: int) -> Queue:
    """What one run of the server scenario records."""
    took = services(rng, CALLS)
    waited = waits(took, rng.exponential(_SERVICE_MS / load, CALLS))
    rate = 1000 * load / _SERVICE_MS
    return Queue(services=took, latencies=took + waited, rate=rate, workers=1, noisy=False, seed=seed)


def long_run(load: float) -> Array:
    """The percentiles of such a queue in the long run, in milliseconds."""
    rng = np.random.default_rng((31, round(100 * load)))
    took = services(rng, _LONG)
    latencies = took + waits(took, rng.exponential(_SERVICE_MS / load, _LONG))
    return np.quantile(latencies[10_000:], list(_QUANTILES.values()))


def passes(n: int) -> list[Outcome]:
    """The median of passes whose neighbours correlate, and of recorded passes in their order."""
    outcomes = [of_correlation(r, size, n) for r, size in ((0.0, 10), (0.0, 40), (0.5, 40), (0.87, 100))]
    return [*outcomes, of_recorded(100, n)]


def of_correlation(r: float, size: int, n: int) -> Outcome:
    """Passes that spread by 3 %, with a correlation of neighbours that falls off geometrically."""
    rng = np.random.default_rng((32, round(100 * r), size))
    held: list[bool] = []
    for _ in progress(n, f"{PASSES}: {r:g}"):
        noise = rng.normal(size=size)
        for i in range(1, size):
            noise[i] = r * noise[i - 1] + np.sqrt(1 - r * r) * noise[i]
        interval = passes_interval(np.exp(0.03 * noise))
        held.append(interval is not None and interval[0] <= 1 <= interval[1])
    hits, m = share(held)
    return Outcome(PASSES, f"correlation {r:g}, {size} passes", _HOLD, hits, 0.93, None, m, "3 % lognormal; median 1")


def of_recorded(size: int, n: int) -> Outcome:
    """Recorded passes change their pace altogether: rows are noisy, and then print no interval."""
    rng = np.random.default_rng(33)
    honest: list[bool] = []
    noisy = wrong = 0
    for _ in progress(n, f"{PASSES}: recorded"):
        times = neighbours(rng, size)
        if too_wide(times):
            noisy += 1
            honest.append(True)
            continue
        interval = passes_interval(times)
        honest.append(interval is not None and interval[0] <= 1 <= interval[1])
        wrong += not honest[-1]
    hits, m = share(honest)
    detail = f"`noisy`, so no interval: {noisy / n:.0%}; of the others {wrong} of {n - noisy} miss the overall median"
    measures = "share of intervals that hold the truth, or are not given"
    return Outcome(PASSES, f"recorded, {size} in order", measures, hits, 0.93, None, m, detail)
