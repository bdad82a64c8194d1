"""throughput.csv: whole timed passes, one row a provider, dataset, unit and batch size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import MeasuredRun, ProviderEntry, host_state, median, numbers, whole
from embedmark.derive.speed.turns import shared_turns, too_wide

if TYPE_CHECKING:
    import pandas as pd

# A median of passes whose other four fifths are clean moves by a third of their standard deviation at most, and a
# quiet machine disturbs 1 in 20 looks: of ten passes, over a tenth would then be called noisy in 8 % of cases.
_DISTURBED_PASSES = 0.2


def throughput_table(run: MeasuredRun) -> list[ThroughputRow]:
    """Return rows in suite order, batch sizes rising; the median of passes with an interval for it."""
    return [row for provider in run.providers for row in _rows(run, provider)]


def best_batch(rows: Sequence[ThroughputRow], provider: str, dataset: str, unit: str) -> ThroughputRow | None:
    """Return the row of a provider's fastest batch size on a dataset; None if none was timed."""
    wanted = (provider, dataset, unit)
    timed = [row for row in rows if (row.provider, row.dataset, row.unit) == wanted and row.items_per_s is not None]
    return max(timed, key=lambda row: row.items_per_s or 0.0, default=None)


def load_s(run: MeasuredRun, provider: ProviderEntry) -> float | None:
    """Return seconds of the first load that worked."""
    return _first(run.samples(provider.name, "load", phase="load"), 1e9)


def first_call_ms(run: MeasuredRun, provider: ProviderEntry) -> float | None:
    """Return milliseconds of the first call after load."""
    return _first(run.samples(provider.name, "load", phase="first"), 1e6)


def peak_memory_mb(run: MeasuredRun, provider: ProviderEntry) -> float | None:
    """Return the peak memory in MB of a provider in a process of its own; in a shared process no peak is known."""
    import numpy as np

    sizes = numbers(run.all_samples(provider.name), "rss_mb")
    sizes = sizes[~np.isnan(sizes)]
    return float(sizes.max()) if provider.isolated and sizes.size else None


def _first(frame: pd.DataFrame, ns_per_unit: float) -> float | None:
    return None if frame.empty else float(numbers(frame, "elapsed_ns")[0]) / ns_per_unit


def _rows(run: MeasuredRun, provider: ProviderEntry) -> list[ThroughputRow]:
    import pandas as pd

    timed = run.samples(provider.name, "throughput")
    failed = pd.concat(
        [run.samples(provider.name, "throughput", phase=p, status="failed") for p in ("warmup", "timed")]
    )
    keys = {
        (dataset, unit or provider.unit, batch_size)
        for frame in (timed, failed)
        for dataset, unit, batch_size in zip(frame["dataset"], frame["unit"], frame["batch_size"], strict=True)
    }
    order = {dataset.name: i for i, dataset in enumerate(run.datasets)}
    return [
        _row(run, provider, shared_turns(run, _cell(timed, provider, *key)), *key)
        for key in sorted(keys, key=lambda key: (order.get(key[0], len(order)), key[1], key[2]))
    ]


def _cell(timed: pd.DataFrame, provider: ProviderEntry, dataset: str, unit: str, batch_size: float) -> pd.DataFrame:
    units = timed["unit"].where(timed["unit"] != "", provider.unit)
    return timed[(timed["dataset"] == dataset) & (units == unit) & (timed["batch_size"] == batch_size)]


def _row(
    run: MeasuredRun, provider: ProviderEntry, passes: pd.DataFrame, dataset: str, unit: str, batch_size: float
) -> ThroughputRow:
    from embedmark.stats import passes_interval

    items, seconds = numbers(passes, "n_items"), numbers(passes, "elapsed_ns") / 1e9
    rates = items / seconds
    state = "noisy" if too_wide(seconds) else host_state(passes, _DISTURBED_PASSES)
    # On a noisy machine the pace changes altogether, and an interval would be for these passes only.
    interval = None if state == "noisy" else passes_interval(rates)
    return ThroughputRow(
        **provider.labels(),
        dataset=dataset,
        unit=unit,
        batch_size=whole(batch_size),
        n_items=whole(items[0]) if items.size else None,
        repeats=len(passes),
        items_per_s=median(rates),
        items_per_s_ci_low=interval[0] if interval else None,
        items_per_s_ci_high=interval[1] if interval else None,
        tokens_per_s=median(numbers(passes, "tokens") / seconds),
        cpu_s_per_1k_items=median(numbers(passes, "cpu_ns") / 1e9 / items * 1000),
        load_s=load_s(run, provider),
        first_call_ms=first_call_ms(run, provider),
        peak_rss_mb=peak_memory_mb(run, provider),
        host_state=state,
        status="ok" if len(passes) else "failed",
    )
