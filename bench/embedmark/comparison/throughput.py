"""Throughput and latency of two runs, as ratios that own up to what differs between runs.

- Three runs or more a side: each run is one value; Welch's interval on their logarithms. Not where the machine itself
  was at another pace in the runs of one side.
- Fewer, or at another pace with a reference that the user names: ratios to reference providers that both runs timed,
  so that the machine's pace drops out, and an interval widened by `compare_machine.MARGIN`.
- Two providers of one run: their passes were interleaved, so the ratio is taken pass by pass (`turns`), and nothing is
  widened; latencies were measured one provider after the other, and are.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from embedmark.comparison.latency import latency_changes
from embedmark.comparison.model import Change, Match, Side, incomparable, judge
from embedmark.comparison.pace import (
    EITHER,
    IN_TURNS,
    as_array,
    centred,
    other_machine,
    other_pace,
    pace_of,
    unchanged,
    widened,
)
from embedmark.derive.run import DatasetEntry, MeasuredRun
from embedmark.derive.speed.turns import in_turns

if TYPE_CHECKING:
    from embedmark.stats import Interval

METRIC = "items_per_s"

# Baseline, then candidate: the side, the provider's name there, and the dataset's.
_Timings = tuple[tuple[Side, str, str], tuple[Side, str, str]]


def timing_changes(matches: Sequence[Match], reference: str | None) -> Iterator[Change]:
    """Rows of every match on the dataset that the baseline was timed on, and across machines ratios to a reference."""
    for match in matches:
        reason = other_machine(match)
        for dataset in match.baseline.first.datasets[:1]:
            if match.baseline.first.spec("throughput") is not None:
                yield from _throughput(match, dataset, reference, reason)
            if match.baseline.first.spec("latency") is not None:
                yield from latency_changes(match, dataset, reference, reason)


def _throughput(match: Match, dataset: DatasetEntry, reference: str | None, machine: str) -> Iterator[Change]:
    batch = _best_batch(match.baseline.first, match.baseline_name, dataset.name)
    other, reason = match.dataset(dataset)
    if batch is None:
        yield incomparable(match, dataset.name, METRIC, f"not timed in {match.baseline.label}")
        return
    setting = f"batch {batch}"
    before, after = (entry.unit for entry in match.entries)
    if before != after:
        reason = f"another unit: {before}, {after}"
    base = _rates(match.baseline.runs[0], match.baseline_name, dataset.name, batch)
    found = {} if other is None else _rates(match.candidate.runs[0], match.candidate_name, other.name, batch)
    values = {"baseline": _median(base), "value": _median(found)}
    if not reason and not found:
        reason = f"{match.candidate.label} did not time {setting}"
    if not reason:
        reason = _other_items(match, dataset, batch)
    if reason or machine or other is None:
        yield incomparable(match, dataset.name, METRIC, reason or machine, setting=setting, **values)
        if machine and not reason and other is not None:
            yield from _relative(match, dataset, batch, reference, machine)
        return
    middle, interval, reason = _log_ratio(match, dataset, other, batch, reference)
    if interval is None:
        yield incomparable(match, dataset.name, METRIC, reason, setting=setting, **values)
        return
    yield _change(match, dataset.name, METRIC, setting, values, middle, interval, reason)


def _change(
    match: Match, dataset: str, metric: str, setting: str, values: dict[str, float | None], middle: float,
    interval: Interval, reason: str,
) -> Change:  # fmt: skip
    change, low, high = math.expm1(middle), math.expm1(interval[0]), math.expm1(interval[1])
    return Change(
        match.candidate.label,
        match.against,
        match.label,
        dataset,
        metric,
        setting,
        values["baseline"],
        values["value"],
        "ratio",
        change,
        low,
        high,
        judge(metric, change, low, high),
        reason,
    )


def _other_items(match: Match, dataset: DatasetEntry, batch: int) -> str:
    """Why the passes of the two sides are not over the same items; "" where they are."""
    sizes = (
        match.baseline.first.items(match.baseline_name, batch),
        match.candidate.first.items(match.candidate_name, batch),
    )
    seeds = {match.baseline.first.seed, match.candidate.first.seed}
    texts = {(run.spec("throughput") or {}).get("texts") for run in (match.baseline.first, match.candidate.first)}
    asked = float(texts.pop() or "inf") if len(texts) == 1 else float("inf")
    # A pass that was too short took more items, whose lengths are spread alike at every size.
    longer = all(min(size, default=0) > asked for size in sizes)
    if (sizes[0] != sizes[1] and not longer) or len(seeds) > 1:
        return f"other items in a pass on {dataset.name} (measure.throughput.texts, min_pass_ms or seed)"
    return ""


def _log_ratio(
    match: Match, dataset: DatasetEntry, other: DatasetEntry, batch: int, reference: str | None
) -> tuple[float, Interval | None, str]:
    from embedmark.stats import MIN_RUNS

    if match.in_one_run:
        return _in_one_run(match, dataset.name, batch)
    timings: _Timings = (
        (match.baseline, match.baseline_name, dataset.name),
        (match.candidate, match.candidate_name, other.name),
    )
    repeated = all(len(side.runs) >= MIN_RUNS for side, _, _ in timings)
    slower = other_pace(match) if repeated else ""
    if repeated and not slower:
        return _of_runs(timings, batch)
    if slower and reference is None:
        return math.nan, None, f"{slower}: {IN_TURNS}"
    return _to_reference(match, timings, batch, reference)


def _in_one_run(match: Match, dataset: str, batch: int) -> tuple[float, Interval | None, str]:
    """Pass by pass, since they were interleaved."""
    a = _logs(match.baseline, match.baseline_name, dataset, batch)
    b = _logs(match.candidate, match.candidate_name, dataset, batch)
    turns = sorted(a.keys() & b.keys())
    times = [as_array([math.exp(-logs[turn]) for turn in turns]) for logs in (a, b)]
    middle, interval, reason = in_turns(times[0], times[1])
    # Times become rates: a logarithm changes its sign.
    return -middle, (-interval[1], -interval[0]) if interval else None, reason


def _of_runs(timings: _Timings, batch: int) -> tuple[float, Interval | None, str]:
    """Each run is one value."""
    from embedmark.stats import welch_interval

    means = [
        as_array([math.log(m) for run in side.runs if (m := _median(_rates(run, name, label, batch)))])
        for side, name, label in timings
    ]
    middle, interval = welch_interval(means[0], means[1])
    runs = f"{len(means[0])} and {len(means[1])} runs"
    return middle, interval, runs if interval else "a run has no passes at this batch size"


def _to_reference(
    match: Match, timings: _Timings, batch: int, reference: str | None
) -> tuple[float, Interval | None, str]:
    """Passes relative to those of providers that tell the machine's pace."""
    from embedmark.stats import shift

    before, _, label = timings[0]

    def timed(side: Side, name: str) -> bool:
        return bool(_logs(side, name, label if side is before else timings[1][2], batch))

    pace = pace_of(match, timed, reference)
    if not pace.names:
        return math.nan, None, pace.reason
    levels = {name: _middle(_logs(before, name, label, batch).values()) for name in pace.names}
    own = []
    for side, name, label in timings:
        machine = centred({n: _logs(side, n, label, batch) for n in pace.names}, levels)
        logs = _logs(side, name, label, batch)
        own.append(as_array([logs[r] - machine[r] for r in logs.keys() & machine.keys()]))
    middle, interval = shift(own[0], own[1])
    if interval is None:
        return middle, None, "too few passes"
    low, high = widened(*interval)
    if pace.ambiguous and not low <= 0 <= high:
        return middle, None, EITHER
    return middle, (low, high), f"relative to {pace.label}: interval widened by 5 %"


def _relative(match: Match, dataset: DatasetEntry, batch: int, reference: str | None, machine: str) -> Iterator[Change]:
    """Across machines: on each, the provider's rate over that of one reference provider."""
    both = [name for name in match.baseline.first.names if name in match.candidate.first.names]
    other = match.dataset(dataset)[0] or dataset
    rated = [n for n in both if _logs(match.baseline, n, dataset.name, batch) and
             _logs(match.candidate, n, other.name, batch)]  # fmt: skip
    name = reference or next((n for n in rated if unchanged(match.baseline.first, match.candidate.first, n)), None)
    if name is None or name not in rated or name == match.candidate_name:
        return
    sides = ((match.baseline, match.baseline_name, dataset.name), (match.candidate, match.candidate_name, other.name))
    ratios = []
    for side, own, label in sides:
        logs, base = _logs(side, own, label, batch), _logs(side, name, label, batch)
        ratios.append(_middle([logs[r] - base[r] for r in logs.keys() & base.keys()]))
    values = {"baseline": math.exp(ratios[0]), "value": math.exp(ratios[1])}
    setting = f"batch {batch}, as a ratio to {name}"
    yield incomparable(match, dataset.name, METRIC, machine, setting=setting, **values)


def _best_batch(run: MeasuredRun, name: str, dataset: str) -> int | None:
    """The batch size with the highest median throughput; None where none was timed."""
    sizes = {key[2]: _middle(rates.values()) for key, rates in run.rates.items() if key[:2] == (name, dataset)}
    return max(sizes, key=lambda size: sizes[size], default=None)


def _rates(run: MeasuredRun, name: str, dataset: str, batch: int) -> dict[int, float]:
    return run.rates.get((name, dataset, batch), {})


def _logs(side: Side, name: str, dataset: str, batch: int) -> dict[int, float]:
    """Log rates of all runs of a side by repeat; later runs' repeats are kept apart."""
    logs: dict[int, float] = {}
    for i, run in enumerate(side.runs):
        logs |= {i * 1_000_000 + r: math.log(rate) for r, rate in _rates(run, name, dataset, batch).items()}
    return logs


def _median(rates: dict[int, float]) -> float | None:
    return _middle(rates.values()) if rates else None


def _middle(values: Iterable[float]) -> float:
    return statistics.median(values)
