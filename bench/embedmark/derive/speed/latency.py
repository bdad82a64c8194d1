"""latency.csv: individually timed calls, one row a provider, dataset, scenario and unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embedmark.derive.rows.timing import LatencyRow
from embedmark.derive.run import MeasuredRun, ProviderEntry, host_state, numbers, real
from embedmark.derive.speed.queue import Queue, queue_of

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array

QUANTILES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
SCENARIOS: Final = ("single-stream", "server", "search")


@dataclass(frozen=True, slots=True)
class _Percentile:
    """A percentile with the ends of its interval, in milliseconds; None where too few calls bound it."""

    ms: float | None
    low: float | None
    high: float | None


def latency_table(run: MeasuredRun) -> list[LatencyRow]:
    """Return rows in suite order; a percentile is empty where the calls are too few to bound it (p95: 72, p99: 368)."""
    return [row for provider in run.providers for row in _rows(run, provider)]


def _rows(run: MeasuredRun, provider: ProviderEntry) -> list[LatencyRow]:
    calls = run.samples(provider.name, "latency")
    failed = run.samples(provider.name, "latency", status="failed")
    keys = {
        (dataset, scenario, unit or provider.unit)
        for frame in (calls, failed)
        for dataset, scenario, unit in zip(frame["dataset"], frame["scenario"], frame["unit"], strict=True)
    }
    datasets = [dataset.name for dataset in run.datasets]

    def place(key: tuple[str, str, str]) -> tuple[int, int, str, str]:
        dataset, scenario, unit = key
        first = datasets.index(dataset) if dataset in datasets else len(datasets)
        second = SCENARIOS.index(scenario) if scenario in SCENARIOS else len(SCENARIOS)
        return first, second, scenario, unit

    return [_row(run, provider, _cell(calls, provider, *key), *key) for key in sorted(keys, key=place)]


def _cell(calls: pd.DataFrame, provider: ProviderEntry, dataset: str, scenario: str, unit: str) -> pd.DataFrame:
    units = calls["unit"].where(calls["unit"] != "", provider.unit)
    return calls[(calls["dataset"] == dataset) & (calls["scenario"] == scenario) & (units == unit)]


def _row(
    run: MeasuredRun, provider: ProviderEntry, calls: pd.DataFrame, dataset: str, scenario: str, unit: str
) -> LatencyRow:
    queue = queue_of(run, provider, calls, unit) if scenario == "server" else None
    ms = numbers(calls, "elapsed_ns") / 1e6 if queue is None else queue.latencies
    p50, p95, p99 = _percentiles(ms, queue)
    return LatencyRow(
        **provider.labels(),
        dataset=dataset,
        scenario=scenario,
        unit=unit,
        rate_per_s=None if queue is None else queue.rate,
        n_calls=len(ms),
        mean_ms=float(ms.mean()) if ms.size else None,
        p50_ms=p50.ms,
        p50_ci_low=p50.low,
        p50_ci_high=p50.high,
        p95_ms=p95.ms,
        p95_ci_low=p95.low,
        p95_ci_high=p95.high,
        p99_ms=p99.ms,
        p99_ci_low=p99.low,
        p99_ci_high=p99.high,
        max_ms=float(ms.max()) if ms.size else None,
        host_state=host_state(calls),
        status="ok" if ms.size else "failed",
    )


def _percentiles(ms: Array, queue: Queue | None) -> list[_Percentile]:
    """Return the percentiles of QUANTILES, in their order."""
    import numpy as np

    from embedmark.stats import quantile, quantile_interval

    ordered = np.sort(ms)
    alone = [quantile_interval(ordered, q) for q in QUANTILES.values()]
    intervals = alone if queue is None else queue.intervals(list(QUANTILES.values()))
    found = []
    for (name, q), bound, interval in zip(QUANTILES.items(), alone, intervals, strict=True):
        # A median is meaningful without an interval; a tail that no call can bound is not.
        value = quantile(ordered, q) if bound or (name == "p50" and ms.size) else None
        low, high = (interval[0], real(interval[1])) if interval and bound else (None, None)
        found.append(_Percentile(ms=value, low=low, high=high))
    return found
