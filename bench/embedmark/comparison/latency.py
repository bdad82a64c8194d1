"""Latency percentiles of two sides, as ratios."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import Change, LogRatio, Quantity, Values
from embedmark.comparison.pace import (
    AT_ONE_PACE,
    MARGIN_APART,
    Basis,
    TimedMetric,
    Ways,
    contains_zero,
    log_ratio,
    state_of,
    timing_change,
    widened,
)
from embedmark.comparison.reference import EITHER
from embedmark.comparison.rows import latency_rows
from embedmark.derive.rows.timing import LatencyRow
from embedmark.derive.run import DatasetEntry, MeasuredRun
from embedmark.derive.speed.latency import QUANTILES

if TYPE_CHECKING:
    from embedmark.stats import Array

_RESAMPLES: Final = 1000
_NOISY: Final = "the machine was noisy while these calls were timed: repeat each side three times"


def latency_changes(match: Match, dataset: DatasetEntry, reference: str | None, machine: str) -> Iterator[Change]:
    """Yield p50, p95 and p99 of every scenario that either side was timed in; of those asked for if neither was."""
    other, reason = match.dataset(dataset)
    for scenario in _scenarios(match, dataset, other) or _asked(match):
        before = _row(match.baseline.first, match.baseline_name, dataset.name, scenario)
        after = _row(match.candidate.first, match.candidate_name, other.name if other else None, scenario)
        why = match.missing or reason or _other_setting(before, after) or machine
        for name, q in QUANTILES.items():
            cell = _PercentileMatch(match, dataset, other, scenario, f"latency_ms_{name}", q, why)
            yield _change(cell, (before, after), reference)


def _scenarios(match: Match, dataset: DatasetEntry, other: DatasetEntry | None) -> list[str]:
    named = (
        (match.baseline.first, match.baseline_name, dataset),
        (match.candidate.first, match.candidate_name, other),
    )
    return list(
        dict.fromkeys(
            row.scenario
            for run, name, entry in named
            for row in latency_rows(run)
            if entry is not None and (row.provider, row.dataset) == (name, entry.name)
        )
    )


def _asked(match: Match) -> list[str]:
    """Return the scenarios of both suites, which an encoder that died on both sides was not timed in."""
    if match.is_of_rankers:
        return []
    specs = [side.first.measure.latency for side in (match.baseline, match.candidate)]
    return list(dict.fromkeys(scenario for spec in specs if spec is not None for scenario in spec.scenarios))


def _row(run: MeasuredRun, name: str, dataset: str | None, scenario: str) -> LatencyRow | None:
    wanted = (name, dataset, scenario)
    return next((r for r in latency_rows(run) if (r.provider, r.dataset, r.scenario) == wanted), None)


def _other_setting(before: LatencyRow | None, after: LatencyRow | None) -> str:
    if before is None or after is None:
        return "this scenario was not measured in both" if before or after else "this scenario was not measured"
    if before.unit != after.unit:
        return f"another unit: {before.unit}, {after.unit}"
    a, b = before.rate_per_s, after.rate_per_s
    if a is not None and b is not None and abs(a - b) > 0.01 * a:
        return "another rate of arrivals (set measure.latency.rate to compare them)"
    return ""


@dataclass(frozen=True, slots=True)
class _PercentileMatch:
    """One percentile of one match in one scenario."""

    match: Match
    dataset: DatasetEntry
    other: DatasetEntry | None
    scenario: str
    metric: str
    q: float
    reason: str

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.dataset.name, self.metric, self.scenario)

    def calls(self, run: MeasuredRun, name: str, dataset: str) -> Array:
        import numpy as np

        return run.calls.get((name, dataset, self.scenario), np.empty(0))

    def pooled(self, side: Side, name: str, dataset: str) -> Array:
        import numpy as np

        return np.concatenate([self.calls(run, name, dataset) for run in side.runs])

    def timing(self, other: DatasetEntry) -> TimedMetric:
        def log_quantile(run: MeasuredRun, name: str, dataset: str, q: float) -> float | None:
            import numpy as np

            from embedmark.stats import quantile

            ms = self.calls(run, name, dataset)
            return math.log(quantile(np.sort(ms), q)) if ms.size else None

        def state(run: MeasuredRun, name: str, dataset: str) -> object:
            row = _row(run, name, dataset, self.scenario)
            return row.host_state if row else None

        return TimedMetric(
            datasets=(self.dataset.name, other.name),
            own=lambda run, name, dataset: log_quantile(run, name, dataset, self.q),
            pace=lambda run, name, dataset: log_quantile(run, name, dataset, 0.5),
            state=state,
        )


def _change(cell: _PercentileMatch, rows: tuple[LatencyRow | None, LatencyRow | None], reference: str | None) -> Change:
    values = _measured(cell, rows)
    reason = cell.reason or ("too few calls for this percentile" if None in values else "")
    other = cell.other
    if reason or other is None:
        return cell.match.incomparable(cell.quantity, reason, values=values)
    timing = cell.timing(other)

    def of_calls(basis: Basis | None) -> LogRatio:
        noisy = state_of(cell.match, timing) == "noisy"
        return LogRatio.none(_NOISY) if noisy else _of_calls(cell, other, basis)

    ways = Ways(in_one_run=lambda: of_calls(None), of_two_runs=of_calls)
    return timing_change(cell.match, cell.quantity, log_ratio(cell.match, timing, reference, ways), values)


def _measured(cell: _PercentileMatch, rows: tuple[LatencyRow | None, LatencyRow | None]) -> Values:
    """Return both percentiles: those of latency.csv, the middle one of a side with several runs."""
    name = cell.metric.removeprefix("latency_ms_")
    values: list[float | None] = []
    for side, row in zip((cell.match.baseline, cell.match.candidate), rows, strict=True):
        found = [_row(run, row.provider, row.dataset, cell.scenario) for run in side.runs] if row else []
        known = [each.percentile(name) for each in found if each is not None]
        ms = [value for value in known if value is not None]
        values.append(statistics.median(ms) if ms and len(ms) == len(side.runs) else None)
    return values[0], values[1]


def _of_calls(cell: _PercentileMatch, other: DatasetEntry, basis: Basis | None) -> LogRatio:
    """Compare resampled calls of two single runs, or of two providers of one run (without a `basis`)."""
    import numpy as np

    match, before, after = cell.match, cell.dataset.name, other.name
    drift: Array = np.zeros(_RESAMPLES + 1)
    rests_on = "measured one after the other"
    if basis is not None:
        names = basis.reference.names
        paces = [
            _replicates(cell, match.candidate, name, after, 0.5) - _replicates(cell, match.baseline, name, before, 0.5)
            for name in names
        ]
        drift = np.median(np.stack(paces), axis=0)
        sizes = len(match.baseline.runs), len(match.candidate.runs)
        runs = "one run on each side" if sizes == (1, 1) else f"calls of {sizes[0]} and of {sizes[1]} runs together"
        rests_on = f"relative to {basis.reference.label}; {runs}; {AT_ONE_PACE}"
    base = _replicates(cell, match.baseline, match.baseline_name, before, cell.q)
    ratios = _replicates(cell, match.candidate, match.candidate_name, after, cell.q) - base - drift
    low, high = np.quantile(ratios[1:], [0.025, 0.975])
    wide = widened(float(low), float(high), MARGIN_APART)
    if basis is not None and basis.reference.ambiguous and not contains_zero(wide):
        return LogRatio.none(EITHER)
    reason = f"{rests_on}: interval widened by {100 * MARGIN_APART:.0f} %"
    return LogRatio(baseline=math.exp(float(base[0])), middle=float(ratios[0]), interval=wide, reason=reason)


def _replicates(cell: _PercentileMatch, side: Side, name: str, dataset: str, q: float) -> Array:
    """Return the log of the q-quantile: as measured, then in bootstrap resamples; float64 (1 + resamples,)."""
    import numpy as np

    from embedmark.stats import quantile, resampled_quantiles

    ms = cell.pooled(side, name, dataset)
    # Sides and providers draw on their own, so each has a seed of its own.
    seed = (side.first.seed, *f"{side.label}/{name}/{cell.scenario}".encode())
    logs: Array = np.log(np.concatenate([[quantile(np.sort(ms), q)], resampled_quantiles(ms, q, _RESAMPLES, seed)]))
    return logs
