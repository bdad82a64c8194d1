"""Latency percentiles of two runs, as ratios."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embedmark.comparison.model import Change, Match, Side, incomparable, judge, latency_rows
from embedmark.comparison.pace import EITHER, IN_TURNS, MARGIN_APART, as_array, other_pace, pace_of, widened
from embedmark.derive.run import DatasetEntry, MeasuredRun, Row
from embedmark.derive.speed.latency import QUANTILES

if TYPE_CHECKING:
    from embedmark.stats import Array, Interval

_RESAMPLES: Final = 1000


def latency_changes(match: Match, dataset: DatasetEntry, reference: str | None, machine: str) -> Iterator[Change]:
    """p50, p95 and p99 of every scenario that the baseline was timed in."""
    other, reason = match.dataset(dataset)
    for row in latency_rows(match.baseline.first):
        if row["provider"] != match.baseline_name or row["dataset"] != dataset.name:
            continue
        scenario = str(row["scenario"])
        found = _row(match, None if other is None else other.name, scenario)
        why = reason or _other_setting(row, found) or machine
        for name, q in QUANTILES.items():
            metric, values = f"latency_ms_{name}", (_ms(row, name), _ms(found, name))
            yield _change(match, dataset, other, _Cell(scenario, metric, q, values, why), reference)


def _row(match: Match, dataset: str | None, scenario: str) -> Row | None:
    wanted = (match.candidate_name, dataset, scenario)
    rows = latency_rows(match.candidate.first)
    return next((r for r in rows if (r["provider"], r["dataset"], r["scenario"]) == wanted), None)


def _other_setting(before: Row, after: Row | None) -> str:
    if after is None:
        return "this scenario was not measured in both"
    if before["unit"] != after["unit"]:
        return f"another unit: {before['unit']}, {after['unit']}"
    a, b = before["rate_per_s"], after["rate_per_s"]
    if isinstance(a, float) and isinstance(b, float) and abs(a - b) > 0.01 * a:
        return "another rate of arrivals (set measure.latency.rate to compare them)"
    return ""


@dataclass(frozen=True, slots=True)
class _Cell:
    scenario: str
    metric: str
    q: float
    values: tuple[float | None, float | None]
    reason: str


def _change(
    match: Match, dataset: DatasetEntry, other: DatasetEntry | None, cell: _Cell, reference: str | None
) -> Change:
    before, after = cell.values
    reason = cell.reason
    if not reason and (before is None or after is None):
        reason = "too few calls for this percentile"
    if not reason and other is not None:
        middle, interval, reason = _log_ratio(match, dataset.name, other.name, cell, reference)
        if interval is not None:
            change, low, high = math.expm1(middle), math.expm1(interval[0]), math.expm1(interval[1])
            return Change(
                match.candidate.label, match.against, match.label, dataset.name, cell.metric, cell.scenario, before,
                after, "ratio", change, low, high, judge(cell.metric, change, low, high), reason,
            )  # fmt: skip
    return incomparable(
        match, dataset.name, cell.metric, reason, setting=cell.scenario, baseline=before, value=after
    )  # fmt: skip


def _ms(row: Row | None, name: str) -> float | None:
    value = None if row is None else row[f"{name}_ms"]
    return value if isinstance(value, float) else None


def _log_ratio(
    match: Match, dataset: str, other: str, cell: _Cell, reference: str | None
) -> tuple[float, Interval | None, str]:
    import numpy as np

    from embedmark.stats import MIN_RUNS, quantile, welch_interval

    scenario, q = cell.scenario, cell.q
    sides = ((match.baseline, match.baseline_name, dataset), (match.candidate, match.candidate_name, other))
    calls = [[_calls(run, name, label, scenario) for run in side.runs] for side, name, label in sides]
    repeated = not match.in_one_run and all(len(side.runs) >= MIN_RUNS for side, _, _ in sides)
    slower = other_pace(match) if repeated else ""
    if slower and reference is None:
        return math.nan, None, f"{slower}: {IN_TURNS}"
    if repeated and not slower:
        a, b = (as_array([math.log(quantile(np.sort(ms), q)) for ms in runs if ms.size]) for runs in calls)
        middle, interval = welch_interval(a, b)
        return middle, interval, f"{len(a)} and {len(b)} runs" if interval else "a run has no calls"
    if not match.in_one_run and any(_busy(side, name, label, scenario) for side, name, label in sides):
        return math.nan, None, slower or "the machine was noisy in one of the runs: repeat each side three times"
    drift: Array = np.zeros(_RESAMPLES + 1)
    basis, ambiguous = "measured one after the other", False
    if not match.in_one_run:

        def timed(side: Side, name: str) -> bool:
            return bool(_pooled(side, name, dataset if side is match.baseline else other, scenario).size)

        pace = pace_of(match, timed, reference)
        if not pace.names:
            return math.nan, None, pace.reason
        logs = [
            _replicates(match.candidate, name, other, scenario, 0.5)
            - _replicates(match.baseline, name, dataset, scenario, 0.5)
            for name in pace.names
        ]
        drift = np.median(np.stack(logs), axis=0)
        ambiguous = pace.ambiguous
        basis = f"relative to {pace.label}; one run a side"
    after = _replicates(match.candidate, match.candidate_name, other, scenario, q)
    before = _replicates(match.baseline, match.baseline_name, dataset, scenario, q)
    ratios = after - before - drift
    low, high = np.quantile(ratios[1:], [0.025, 0.975])
    low, high = widened(float(low), float(high), MARGIN_APART)
    if ambiguous and not low <= 0 <= high:
        return float(ratios[0]), None, EITHER
    return float(ratios[0]), (low, high), f"{basis}: interval widened by 10 %"


def _replicates(side: Side, name: str, dataset: str, scenario: str, q: float) -> Array:
    """The log of the q-quantile: as measured first, then in bootstrap resamples; float64 (1 + resamples,)."""
    import numpy as np

    from embedmark.stats import quantile, resampled_quantiles

    ms = _pooled(side, name, dataset, scenario)
    # Sides and providers draw on their own, so each has a seed of its own.
    seed = (side.first.seed, *f"{side.label}/{name}/{scenario}".encode())
    logs: Array = np.log(np.concatenate([[quantile(np.sort(ms), q)], resampled_quantiles(ms, q, _RESAMPLES, seed)]))
    return logs


def _pooled(side: Side, name: str, dataset: str, scenario: str) -> Array:
    import numpy as np

    return np.concatenate([_calls(run, name, dataset, scenario) for run in side.runs])


def _busy(side: Side, name: str, dataset: str, scenario: str) -> bool:
    wanted = (name, dataset, scenario)
    rows = (row for run in side.runs for row in latency_rows(run))
    return any((r["provider"], r["dataset"], r["scenario"]) == wanted and r["host_state"] == "noisy" for r in rows)


def _calls(run: MeasuredRun, name: str, dataset: str, scenario: str) -> Array:
    import numpy as np

    return run.calls.get((name, dataset, scenario), np.empty(0))
