"""Calls of the server scenario: they wait for each other, so that their percentiles need intervals of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.derive.run import MeasuredRun, ProviderEntry, host_state, numbers

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array, Interval


@dataclass(frozen=True, eq=False, slots=True)
class Queue:
    """The calls of one provider in the server scenario, in order.

    Attributes:
        services: milliseconds that each call took, without its wait, (n,).
        latencies: milliseconds from the scheduled arrival of each to its reply, (n,): a call that waited behind a
            stall was slow for whoever made it.
        rate: arrivals a second; None where neither suite nor manifest says.
        workers: calls that were under way at once; None where the manifest does not say.
        noisy: whether the machine was.
        seed: of the replays.
    """

    services: Array
    latencies: Array
    rate: float | None
    workers: int | None
    noisy: bool
    seed: int

    @property
    def load(self) -> float | None:
        """The share of the time that the workers compute."""
        if self.rate is None or not self.services.size:
            return None
        return self.rate * float(self.services.mean()) / 1000 / (self.workers or 1)

    def intervals(self, quantiles: Sequence[float]) -> list[Interval | None]:
        """Return an interval in milliseconds for each quantile; the upper end may be infinite.

        One worker and a known rate: the queue is replayed. Else batch means, where load and calls allow them. None on
        a noisy machine, whose pace changes altogether.
        """
        import numpy as np

        from embedmark.stats import batch_interval, quantile_interval, replayed_intervals

        if self.noisy or self.rate is None or self.load is None:
            return [None] * len(quantiles)
        if self.workers != 1:
            return [batch_interval(self.latencies, q, self.load) for q in quantiles]
        replayed = replayed_intervals(self.services / 1000, self.rate, quantiles, self.seed)
        ordered = np.sort(self.latencies)
        return [_wider(found, quantile_interval(ordered, q)) for found, q in zip(replayed, quantiles, strict=True)]

    def needed(self, quantiles: Sequence[float]) -> list[int | None]:
        """Return for each quantile how many calls an interval would take: 0 if it has one, None if no number would do.

        A noisy machine is told of elsewhere.
        """
        from embedmark.stats import calls_needed

        if self.workers == 1 or self.noisy or self.load is None:
            return [0] * len(quantiles)
        found = [calls_needed(q, self.load) for q in quantiles]
        return [0 if calls is not None and calls <= self.latencies.size else calls for calls in found]


def queue_of(run: MeasuredRun, provider: ProviderEntry, calls: pd.DataFrame, unit: str) -> Queue:
    """Return the queue that the timed calls of one provider, dataset and unit made."""
    import numpy as np

    elapsed = numbers(calls, "elapsed_ns") / 1e6
    found = provider.server_images_per_s if unit == "image" else provider.server_rate_per_s
    rate = (run.measure.latency.rate if run.measure.latency else None) or found
    # Runs of earlier versions do not say how many workers there were; what computes in this process has one.
    remote = bool((numbers(calls, "requests") > 0).any())
    workers = provider.server_workers or (None if remote else 1)
    return Queue(
        services=elapsed,
        latencies=elapsed + np.nan_to_num(numbers(calls, "queue_ns")) / 1e6,
        rate=None if rate is None else float(rate),
        workers=workers,
        noisy=host_state(calls) == "noisy",
        seed=run.seed,
    )


def _wider(replayed: Interval | None, measured: Interval | None) -> Interval | None:
    """Join the replayed interval in seconds and that of the measured calls in milliseconds.

    Where few calls are in a tail, resampling them varies too little, and order statistics know that.
    """
    if replayed is None or measured is None:
        return None
    return min(1000 * replayed[0], measured[0]), max(1000 * replayed[1], measured[1])
