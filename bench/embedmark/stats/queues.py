"""Percentiles of calls that wait for each other in a queue: they are dependent, and order statistics do not hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.distributions import special, student_above

MAX_LOAD: Final = 0.75  # without a replay: above, one run of a queue says too little
MIN_BEYOND: Final = 24.0  # calls beyond a percentile, each worth (1 - load) ** 2 independent ones
MIN_SERVICES: Final = 20

_BLOCK: Final = 20  # calls drawn together, since slow phases of a machine last longer than one call
_DRAWS: Final = 200
_REPLAYED: Final = 5_000  # calls of one replay, after a run-in
_RUN_IN: Final = 1_000
_BATCHES: Final = 20


def replayed_intervals(
    services: Array, rate: float, quantiles: Sequence[float], seed: int | Sequence[int] = 0
) -> list[Interval | None]:
    """Return an interval for each quantile of the long-run latency of one server that takes calls in turn.

    Only how long a call takes is uncertain: calls come as a Poisson process of known rate. So blocks of the measured
    service times are resampled and replayed against fresh arrivals, far longer than what was measured. The upper end is
    infinite where the queue of more than the tail of the replays grows for ever. None below 20 calls.

    Args:
        services: seconds that each call took, without its wait, in the order of the calls (n,).
        rate: arrivals a second.
        quantiles: such as 0.5 and 0.99.
        seed: of the replays.
    """
    n = len(services)
    if n < MIN_SERVICES:
        return [None] * len(quantiles)
    rng = np.random.default_rng(seed)
    blocks = math.ceil(n / _BLOCK)
    found = np.full((_DRAWS, len(quantiles)), np.inf)
    for draw in range(_DRAWS):
        starts = rng.integers(0, n, size=blocks)  # this draw's world: blocks of the sample, around its end
        order = starts[rng.integers(0, blocks, size=(_RUN_IN + _REPLAYED) // _BLOCK)]
        took = services[(order[:, None] + np.arange(_BLOCK)).ravel() % n]
        world = services[(starts[:, None] + np.arange(_BLOCK)) % n]
        if rate * float(world.mean()) < 1:
            latencies = took + waits(took, rng.exponential(1 / rate, size=took.size))
            found[draw] = np.quantile(latencies[_RUN_IN:], quantiles)
    tail = _tail(blocks)
    ends = np.quantile(found, [tail, 1 - tail], axis=0, method="nearest")
    return [(float(low), float(high)) for low, high in ends.T]


def _tail(blocks: int) -> float:
    """Return the share of replays beyond either end: below 2.5 %, as few blocks vary too little (Hesterberg, 2015)."""
    t = float(special().stdtrit(max(blocks - 1, 1), (1 - CONFIDENCE) / 2))
    return float(special().ndtr(t * math.sqrt(blocks / max(blocks - 1, 1))))


def waits(services: Array, gaps: Array) -> Array:
    """Return how long each call waits for the one before (Lindley, 1952): services (n,), gaps before each call (n,)."""
    steps = np.concatenate([[0.0], np.cumsum(services[:-1] - gaps[1:])])
    return np.asarray(steps - np.minimum.accumulate(steps), dtype=np.float64)


def calls_needed(q: float, load: float) -> int | None:
    """Return how many calls an interval of the q-quantile takes without a replay; None above MAX_LOAD."""
    if load > MAX_LOAD:
        return None
    return math.ceil(MIN_BEYOND / (min(q, 1 - q) * (1 - load) ** 2) - 1e-9)


def batch_interval(latencies: Array, q: float, load: float) -> Interval | None:
    """Return an interval for the long-run q-quantile of latencies (n,) in order, whatever the server is.

    The share of calls at or below the sample's quantile gets an effective number of calls, the lower of that of batch
    means (Conway, 1963) and that of its autocorrelation (Geyer, 1992), and Wilson's interval, which is read off as
    order statistics. None by design alone, where there are fewer than `calls_needed`: an estimate of the correlation
    is too low just where intervals are wrong.
    """

    n, needed = len(latencies), calls_needed(q, load)
    if needed is None or n < needed:
        return None
    hits: Array = (latencies <= np.quantile(latencies, q)).astype(np.float64) - q
    sums = np.bincount(np.arange(n) * _BATCHES // n, hits - hits.mean())
    spread = max(float(sums @ sums) * _BATCHES / (_BATCHES - 1), 1e-12)
    m = min(q * (1 - q) * n * n / spread, n / _lags(hits), float(n))
    z = student_above((1 - CONFIDENCE) / 2, _BATCHES - 1)
    middle = (q + z * z / (2 * m)) / (1 + z * z / m)
    half = z / (1 + z * z / m) * math.sqrt(q * (1 - q) / m + z * z / (4 * m * m))
    ordered = np.sort(latencies)
    low, high = max(int(n * (middle - half)) - 1, 0), min(math.ceil(n * (middle + half)), n - 1)
    return float(ordered[low]), float(ordered[high])


def _lags(x: Array) -> float:
    """Return the autocorrelation time of a series by Geyer's initial positive pairs; 1 for independent values."""
    x, n = x - x.mean(), len(x)
    spectrum = np.fft.rfft(x, 2 * n)
    correlation = np.fft.irfft(spectrum * spectrum.conj())[:n]
    if correlation[0] <= 0:
        return 1.0
    correlation = correlation / correlation[0]
    pairs = correlation[0 : n - 1 : 2] + correlation[1:n:2]
    stop = int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)
    return max(1.0, 2 * float(np.minimum.accumulate(pairs[:stop]).sum()) - 1)
