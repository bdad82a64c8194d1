"""Throughput of two sides, as a ratio.

- Three runs or more a side: each run is one value, its ratio to a provider that both sides contain where there is one;
  Welch's interval on the logarithms.
- Fewer: passes relative to those of reference providers that both runs timed, and an interval widened by `MARGIN`.
- Two providers of one run: their passes were interleaved, so the ratio is taken pass by pass, and nothing is widened.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from embedmark.comparison.hosts import other_machine
from embedmark.comparison.items import has_same_items, other_items
from embedmark.comparison.latency import latency_changes
from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import Change, LogRatio, Quantity, Values
from embedmark.comparison.pace import (
    AT_ONE_PACE,
    MARGIN,
    Basis,
    TimedMetric,
    Ways,
    as_array,
    contains_zero,
    log_ratio,
    timing_change,
    widened,
)
from embedmark.comparison.reference import EITHER, is_unchanged
from embedmark.comparison.rows import throughput_rows
from embedmark.derive.run import DatasetEntry, MeasuredRun
from embedmark.derive.speed.turns import in_turns

METRIC = "items_per_s"
_LATER_RUN = 1_000_000  # keeps the repeats of a side's second run apart from those of its first


def timing_changes(matches: Sequence[Match], reference: str | None) -> Iterator[Change]:
    """Yield rows of every match on the dataset that was timed, and across machines ratios to a reference."""
    for match in matches:
        machine = match.missing or other_machine(match)
        for dataset in match.baseline.first.datasets[:1]:
            if match.measures("throughput") and not match.is_of_rankers:
                yield from _changes(_BatchMatch.of(match, dataset), reference, machine)
            if match.measures("latency"):
                yield from latency_changes(match, dataset, reference, machine)


@dataclass(frozen=True, slots=True)
class _BatchMatch:
    """One match at one batch size. `other` is the candidate's dataset; `batch` is 0 where the baseline timed none."""

    match: Match
    dataset: DatasetEntry
    other: DatasetEntry | None
    batch: int
    reason: str

    @classmethod
    def of(cls, match: Match, dataset: DatasetEntry) -> _BatchMatch:
        other, reason = match.dataset(dataset)
        batch = _best_batch(match.baseline.first, match.baseline_name, dataset.name)
        cell = cls(match=match, dataset=dataset, other=other, batch=batch or 0, reason=match.missing or reason)
        return cell if cell.reason else cls(match, dataset, other, batch or 0, cell.why_not())

    def why_not(self) -> str:
        """Return why the passes of the two sides are not comparable; "" where they are."""
        match = self.match
        if not self.batch:
            return f"not timed in {match.baseline.label}"
        before, after = (entry.unit for entry in match.entries)
        if before != after:
            return f"another unit: {before}, {after}"
        if not self.measured[1]:
            return f"{match.candidate.label} did not time batch {self.batch}"
        return other_items(match, self.dataset.name, self.batch)

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.dataset.name, METRIC, f"batch {self.batch}" if self.batch else "")

    @property
    def measured(self) -> Values:
        """Both values, each the median over the passes of a run, and over the runs of a side."""
        sides = ((self.match.baseline, self.match.baseline_name, self.dataset),
                 (self.match.candidate, self.match.candidate_name, self.other))  # fmt: skip
        values: list[float | None] = []
        for side, name, dataset in sides:
            passes = [_rates(run, name, dataset.name, self.batch) for run in side.runs] if dataset else []
            medians = [middle_of(rates.values()) for rates in passes if rates]
            values.append(middle_of(medians) if medians else None)
        return values[0], values[1]

    def timing(self, other: DatasetEntry) -> TimedMetric:
        def log_rate(run: MeasuredRun, name: str, dataset: str) -> float | None:
            rates = _rates(run, name, dataset, self.batch)
            return math.log(middle_of(rates.values())) if rates else None

        def state(run: MeasuredRun, name: str, dataset: str) -> object:
            wanted = (name, dataset, self.batch)
            rows = throughput_rows(run)
            return next((row.host_state for row in rows if (row.provider, row.dataset, row.batch_size) == wanted), None)

        def pace(run: MeasuredRun, name: str, dataset: str) -> float | None:
            # A reference whose own passes held other items does not show the machine's pace.
            return log_rate(run, name, dataset) if name in alike else None

        alike = [name for name in self.match.baseline.first.names if has_same_items(self.match, self.batch, name)]
        return TimedMetric(datasets=(self.dataset.name, other.name), own=log_rate, pace=pace, state=state)


def _changes(cell: _BatchMatch, reference: str | None, machine: str) -> Iterator[Change]:
    match, why = cell.match, cell.reason or machine
    if why or cell.other is None:
        yield match.incomparable(cell.quantity, why, values=cell.measured)
        if not cell.reason and cell.other is not None:
            yield from _across_machines(cell, cell.other, reference, machine)
        return
    other = cell.other
    ways = Ways(in_one_run=lambda: _in_one_run(cell), of_two_runs=lambda basis: _of_passes(cell, other, basis))
    yield timing_change(match, cell.quantity, log_ratio(match, cell.timing(other), reference, ways), cell.measured)


def _in_one_run(cell: _BatchMatch) -> LogRatio:
    """Compare two providers of one run pass by pass, since they were interleaved."""
    match, batch = cell.match, cell.batch
    a = _logs(match.baseline, match.baseline_name, cell.dataset.name, batch)
    b = _logs(match.candidate, match.candidate_name, cell.dataset.name, batch)
    turns = sorted(a.keys() & b.keys())
    times = [as_array([math.exp(-logs[turn]) for turn in turns]) for logs in (a, b)]
    middle, interval, reason = in_turns(times[0], times[1])
    # Times become rates: a logarithm changes its sign.
    return LogRatio(
        baseline=cell.measured[0],
        middle=-middle,
        interval=(-interval[1], -interval[0]) if interval else None,
        reason=reason,
    )


def _of_passes(cell: _BatchMatch, other: DatasetEntry, basis: Basis) -> LogRatio:
    """Compare the passes of two single runs, relative to those of providers that tell the machine's pace."""
    from embedmark.stats import shift

    match, names, batch = cell.match, basis.reference.names, cell.batch
    before = cell.dataset.name
    levels = {name: middle_of(_logs(match.baseline, name, before, batch).values()) for name in names}
    own = []
    for side, name, label in (
        (match.baseline, match.baseline_name, before),
        (match.candidate, match.candidate_name, other.name),
    ):
        machine = _centred({n: _logs(side, n, label, batch) for n in names}, levels)
        logs = _logs(side, name, label, batch)
        own.append(as_array([logs[r] - machine[r] for r in logs.keys() & machine.keys()]))
    middle, interval = shift(own[0], own[1])
    if interval is None:
        return LogRatio.none("too few passes")
    wide = widened(*interval)
    if basis.reference.ambiguous and not contains_zero(wide):
        return LogRatio.none(EITHER)
    reason = f"relative to {basis.reference.label}: interval widened by {100 * MARGIN:.0f} %; {AT_ONE_PACE}"
    return LogRatio(baseline=math.exp(middle_of(own[0].tolist())), middle=middle, interval=wide, reason=reason)


def _centred(logs: dict[str, dict[int, float]], levels: dict[str, float]) -> dict[int, float]:
    """Return by repeat the median over providers of how far the log rate lies from its level in the baseline."""
    repeats = set.intersection(*(set(rates) for rates in logs.values())) if logs else set()
    return {r: statistics.median(logs[name][r] - levels[name] for name in logs) for r in sorted(repeats)}


def _across_machines(cell: _BatchMatch, other: DatasetEntry, reference: str | None, machine: str) -> Iterator[Change]:
    """Yield, across machines, the provider's rate over that of one reference provider on each."""
    match, batch = cell.match, cell.batch
    both = [name for name in match.baseline.first.names if name in match.candidate.first.names]
    rated = [
        name
        for name in both
        if _logs(match.baseline, name, cell.dataset.name, batch)
        and _logs(match.candidate, name, other.name, batch)
        and has_same_items(match, batch, name)
    ]
    same = (name for name in rated if is_unchanged(match.baseline.first, match.candidate.first, name))
    name = reference or next(same, None)
    if name is None or name not in rated or name == match.candidate_name:
        return
    ratios = []
    for side, own, label in (
        (match.baseline, match.baseline_name, cell.dataset.name),
        (match.candidate, match.candidate_name, other.name),
    ):
        logs, base = _logs(side, own, label, batch), _logs(side, name, label, batch)
        ratios.append(math.exp(middle_of([logs[r] - base[r] for r in logs.keys() & base.keys()])))
    quantity = Quantity(cell.dataset.name, METRIC, f"batch {batch}, as a ratio to {name}")
    yield match.incomparable(quantity, machine, values=(ratios[0], ratios[1]))


def _best_batch(run: MeasuredRun, name: str, dataset: str) -> int | None:
    """Return the batch size with the highest median throughput; None where none was timed."""
    sizes = {key[2]: middle_of(rates.values()) for key, rates in run.rates.items() if key[:2] == (name, dataset)}
    return max(sizes, key=lambda size: sizes[size], default=None)


def _rates(run: MeasuredRun, name: str, dataset: str, batch: int) -> dict[int, float]:
    return run.rates.get((name, dataset, batch), {})


def _logs(side: Side, name: str, dataset: str, batch: int) -> dict[int, float]:
    """Return log rates of all runs of a side by repeat; later runs' repeats are kept apart."""
    logs: dict[int, float] = {}
    for i, run in enumerate(side.runs):
        logs |= {i * _LATER_RUN + r: math.log(rate) for r, rate in _rates(run, name, dataset, batch).items()}
    return logs


def middle_of(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)
