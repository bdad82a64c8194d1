"""How many queries a second one machine answers within a latency target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.language import translatable

if TYPE_CHECKING:
    from embedmark.stats import Array

_CALLS: Final = 20_000  # of a replay
_STEPS: Final = 30
FEWEST_CALLS: Final = 72  # calls below which a p95 is not known
NO_LATENCY: Final = translatable("72 calls of single texts (measure.latency), by which volume.p95_ms is judged")
NO_SEARCHES: Final = translatable(
    "72 timed searches (scenario search of measure.latency), by which volume.p95_ms is judged"
)
_TOO_SLOW: Final = translatable("a machine that is fast enough: one call alone takes longer than {1} ms at p95")


def capacity_per_s(run: MeasuredRun, provider: ProviderEntry, target_ms: float) -> tuple[float | None, str]:
    """Return the highest rate at which 95 % of queries are answered in time; None, with why, where there is none.

    Measured calls are replayed as one queue against arrivals of a Poisson process.
    """
    calls = run.samples(provider.name, "latency")
    calls = calls[(calls["scenario"] == "single-stream") & (calls["unit"] == "text")]
    seconds = numbers(calls, "elapsed_ns") / 1e9
    if len(seconds) < FEWEST_CALLS:
        return None, NO_LATENCY
    found = highest_rate(seconds, target_ms / 1000, run.seed)
    if found is None:
        return None, too_slow(target_ms)
    return found, ""


def steady_capacity_per_s(query_s: float, target_ms: float, seed: int) -> float | None:
    """Return the same for queries that all take the same time; None where one alone takes longer."""
    import numpy as np

    return highest_rate(np.full(FEWEST_CALLS, query_s), target_ms / 1000, seed)


def too_slow(target_ms: float) -> str:
    """Return that no machine is fast enough for a latency target."""
    return _TOO_SLOW.replace("{1}", f"{target_ms:g}")


def highest_rate(services: Array, target_s: float, seed: int) -> float | None:
    """Return the highest rate of arrivals at which p95 of wait and service is within the target; None if none is."""
    import numpy as np

    from embedmark.stats import quantile, waits

    rng = np.random.default_rng(seed)
    took, gaps = rng.choice(services, size=_CALLS), rng.exponential(1.0, size=_CALLS)
    if quantile(services, 0.95) > target_s:
        return None
    low, high = 0.0, 1 / float(services.mean())
    for _ in range(_STEPS):
        middle = (low + high) / 2
        in_time = float(np.quantile(took + waits(took, gaps / middle), 0.95)) <= target_s
        low, high = (middle, high) if in_time else (low, middle)
    return low
