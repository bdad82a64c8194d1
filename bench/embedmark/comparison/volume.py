"""Bills at the suite's volume on two sides: exact for tokens, for machines as uncertain as the change of throughput."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import BILL_TERMS, Change, LogRatio, Quantity
from embedmark.comparison.reference import IS_REFERENCE
from embedmark.comparison.rows import loads_of_run
from embedmark.comparison.throughput import METRIC as THROUGHPUT
from embedmark.derive.cost.bills import Volume, bills
from embedmark.derive.cost.load import NO_STAGE, Load, volume_spec
from embedmark.derive.cost.volume import bill_terms, volume_of
from embedmark.derive.run import MeasuredRun
from embedmark.store.manifest.entries import PriceFacts
from embedmark.store.manifest.suite import CostFacts

_NOT_TIMED: Final = "no bill: throughput was not measured"
_TIMED_ONCE: Final = "a ranker's index is timed once: its bill has no interval"


@dataclass(frozen=True, slots=True)
class _Billed:
    """One match with a bill on each side, and the change of its throughput."""

    match: Match
    volume: Volume
    before: Load
    after: Load
    timed: Change | None
    by_batch: bool = False

    def usd(self, load: Load, term: str, slower: float = 1.0) -> float | None:
        """Return USD of one side, of a machine that takes `slower` times as long; None where something is missing."""
        rates = load.batch if self.by_batch else load.rates
        return None if rates is None else bills(self.volume, rates.slower(slower)).get(term)

    @property
    def machines(self) -> int:
        """Return how many of the two compute on a machine."""
        return self.before.on_machine + self.after.on_machine


def volume_changes(matches: Sequence[Match], timings: Sequence[Change]) -> Iterator[Change]:
    """Yield the bills of every match whose suites name a volume. `timings` are the changes of throughput."""
    for match in matches:
        runs = (match.baseline.first, match.candidate.first)
        if runs[0].datasets and any(volume_of(run) is not None for run in runs):
            yield from _changes(match, timings)


def _changes(match: Match, timings: Sequence[Change]) -> Iterator[Change]:
    dataset = match.baseline.first.datasets[0].name
    before, after = _load(match.baseline, match.baseline_name), _load(match.candidate, match.candidate_name)
    volume = volume_of(match.baseline.first)
    reason = match.missing or _other_volume(match) or _other_price(match, before, after)
    terms = _terms(match, before, after)
    for metric, (term, by_batch) in BILL_TERMS.items():
        if (term, by_batch) not in terms:
            continue
        quantity = Quantity(dataset, metric)
        if reason or volume is None or before is None or after is None:
            yield match.incomparable(quantity, reason or f"no volume in {match.baseline.label}")
            continue
        pair = _Billed(match, volume, before, after, _timed(match, dataset, timings), by_batch)
        yield from _change(pair, quantity, term)


def _load(side: Side, name: str) -> Load | None:
    return next((load for load in loads_of_run(side.first) if load.provider.name == name), None)


def _terms(match: Match, before: Load | None, after: Load | None) -> set[tuple[str, bool]]:
    """Return the terms that either side has USD of."""
    found: set[tuple[str, bool]] = set()
    for side, load in ((match.baseline, before), (match.candidate, after)):
        volume = volume_of(side.first)
        if load is not None and volume is not None:
            found |= bill_terms(volume, load)
    return found


def _timed(match: Match, dataset: str, timings: Sequence[Change]) -> Change | None:
    wanted = (match.candidate.label, match.label, dataset, THROUGHPUT)
    return next((t for t in timings if (t.run, t.provider, t.dataset, t.metric) == wanted), None)


def _change(pair: _Billed, quantity: Quantity, term: str) -> Iterator[Change]:
    """Yield the change of one term; nothing where only one side has such a term, as a reranker has no index."""
    match = pair.match
    a, b = pair.usd(pair.before, term), pair.usd(pair.after, term)
    for side, load, usd in ((match.baseline, pair.before, a), (match.candidate, pair.after, b)):
        if usd is None and load.missing:
            what = "; ".join(dict.fromkeys(load.missing.values()))
            # A cross-encoder that reranks nothing never has a bill, and a baseline such as BM25 often none.
            applies = NO_STAGE not in load.missing.values() and not _ranks(load)
            yield match.incomparable(
                quantity, f"no bill in {side.label}; missing: {what}", values=(a, b), applies=applies
            )
            return
    if a is None or b is None:
        return
    if a == 0 or b == 0:
        yield _free(match, quantity, a, b)
    else:
        yield _ratio(pair, quantity, term, (a, b))


def _free(match: Match, quantity: Quantity, a: float, b: float) -> Change:
    """Return that both are free, which is no change, or that only one is, of which there is no ratio."""
    if a == b:
        return match.ratio(quantity, LogRatio(0.0, 0.0, (0.0, 0.0), "free on both sides"), (a, b))
    return match.incomparable(quantity, "free on one side, so a percentage is undefined", values=(a, b))


def _ratio(pair: _Billed, quantity: Quantity, term: str, usd: tuple[float, float]) -> Change:
    match, (a, b) = pair.match, usd
    if not pair.machines or term == "storage":
        middle = math.log(b / a)
        exact = LogRatio(a, middle, (middle, middle), "exact: tokens and memory at the prices of the suite")
        return match.ratio(quantity, exact, usd)
    if any(load.on_machine and _ranks(load) for load in (pair.before, pair.after)):
        return match.incomparable(quantity, _TIMED_ONCE, values=usd, applies=False)
    if pair.machines == 1:
        return _against_a_machine(pair, quantity, term, usd)
    timed = pair.timed
    if timed is None:
        return match.incomparable(quantity, _NOT_TIMED, values=usd)
    known = (timed.change, timed.ci_low, timed.ci_high, timed.baseline_measured, timed.value_measured)
    if None in known:
        return match.incomparable(quantity, timed.reason, values=usd, applies=timed.reason != IS_REFERENCE)
    measured = float(timed.value_measured or 0.0) / float(timed.baseline_measured or 1.0)
    found = [pair.usd(pair.after, term, measured / (1 + float(end or 0.0))) for end in known[:3]]
    middle, high, low = (math.log(float(end or 0.0) / a) for end in found)
    ratio = LogRatio(a, middle, (low, high), f"follows items/s at {timed.setting}; tokens and memory are exact")
    return match.ratio(quantity, ratio, usd)


def _against_a_machine(pair: _Billed, quantity: Quantity, term: str, usd: tuple[float, float]) -> Change:
    """Compare tokens with a machine, whose bill has the interval of its own throughput."""
    match, (a, b) = pair.match, usd
    if not match.in_one_run:
        return match.incomparable(quantity, "another basis: tokens, a machine", values=usd)
    load = pair.before if pair.before.on_machine else pair.after
    ends = [None if rates is None else bills(pair.volume, rates).get(term) for rates in (load.fast, load.slow)]
    low, high = ends
    if low is None or high is None:
        return match.incomparable(quantity, f"no interval of the throughput of {load.provider.name}", values=usd)
    logs = sorted(math.log(end / a) if load is pair.after else math.log(b / end) for end in (low, high))
    reason = f"as uncertain as the throughput of {load.provider.name}"
    return match.ratio(quantity, LogRatio(a, math.log(b / a), (logs[0], logs[1]), reason), usd)


def _ranks(load: Load) -> bool:
    return not load.provider.encodes and not load.provider.is_cross


def _other_volume(match: Match) -> str:
    """Return why the two volumes cannot be compared; empty where they are the same."""
    specs = [_asked(side.first) for side in (match.baseline, match.candidate)]
    for side, spec in zip((match.baseline, match.candidate), specs, strict=True):
        if not spec:
            return f"no volume in {side.label} (measure.cost.volume)"
    differing = sorted(key for key in specs[0] | specs[1] if specs[0].get(key) != specs[1].get(key))
    values = [", ".join(f"{key} {spec.get(key)}" for key in differing) for spec in specs]
    return f"another volume: {values[0]}; {values[1]}" if differing else ""


def _asked(run: MeasuredRun) -> dict[str, Any]:
    """Return the volume with how machines are paid; keys without a value left out."""
    cost, spec = run.measure.cost, volume_spec(run)
    if cost is None or spec is None:
        return {}
    volume = {key: value for key, value in spec.to_json().items() if value is not None}
    return volume | {"machines": cost.machines or "always-on"}


def _other_price(match: Match, before: Load | None, after: Load | None) -> str:
    """Return which price differs; two providers of one run are compared at the prices of their own."""
    if match.in_one_run or before is None or after is None:
        return ""
    costs = [side.first.measure.cost or CostFacts() for side in (match.baseline, match.candidate)]
    keys = (
        ("vector_usd_per_gb_month",) if not before.on_machine else ("vector_usd_per_gb_month", "hardware_usd_per_hour")
    )
    for key in keys:
        values = [getattr(cost, key) for cost in costs]
        if values[0] != values[1]:
            return f"another price: {key} {values[0]}, {values[1]}"
    prices = [load.price or PriceFacts() for load in (before, after)]
    for key in ("usd_per_1m_tokens", "batch_usd_per_1m_tokens", "usd_per_1k_searches"):
        values = [getattr(price, key) for price in prices]
        if values[0] != values[1]:
            return f"another price: {key} {values[0]}, {values[1]}"
    return ""
