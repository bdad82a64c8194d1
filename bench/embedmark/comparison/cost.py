"""Cost of two sides: exact for tokens at the same price, and for hardware as uncertain as its throughput."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import Change, LogRatio, Quantity
from embedmark.comparison.reference import IS_REFERENCE
from embedmark.comparison.rows import cost_rows
from embedmark.comparison.throughput import METRIC as THROUGHPUT
from embedmark.derive.rows.cost import CostRow
from embedmark.derive.run import MeasuredRun

METRIC = "usd_per_1k_items"
_EXACT = 1e-12  # a change below it is rounding
_NOT_TIMED = "no cost: throughput was not measured on this dataset"


def cost_changes(matches: Sequence[Match], timings: Sequence[Change]) -> Iterator[Change]:
    """Yield USD for 1,000 items of every match and dataset. `timings` are the same matches' changes of throughput."""
    for match in matches:
        if not match.measures("cost"):
            continue
        for dataset, other, reason in match.datasets():
            before = _row(match.baseline.first, match.baseline_name, dataset.name)
            name = dataset.name if other is None else other.name
            after = _row(match.candidate.first, match.candidate_name, name)
            if before is not None or after is not None:
                yield _change(match, dataset.name, before, after, reason, timings)


def _row(run: MeasuredRun, provider: str, dataset: str) -> CostRow | None:
    return next((r for r in cost_rows(run) if (r.provider, r.dataset) == (provider, dataset)), None)


def _change(
    match: Match, dataset: str, before: CostRow | None, after: CostRow | None, reason: str, timings: Sequence[Change]
) -> Change:
    a, b = _usd(before), _usd(after)
    quantity = Quantity(dataset, METRIC, _basis(before or after))
    if reason or before is None or after is None:
        side = match.baseline if before is None else match.candidate
        return match.incomparable(quantity, reason or f"no cost in {side.label}", values=(a, b))
    if before.basis == after.basis == "hardware" and (a is None or b is None):
        # Throughput is timed on the first dataset: there, no price means that it failed.
        is_timed = match.measures("throughput") and dataset == match.baseline.first.datasets[0].name
        return match.incomparable(quantity, _NOT_TIMED, values=(a, b), applies=a is not b or is_timed)
    reason = _other_price(match, before, after)
    if reason or a is None or b is None or a == 0:
        return match.incomparable(quantity, reason or "no price", values=(a, b))
    if before.basis == "hardware":
        return _of_throughput(match, quantity, (a, b), timings)
    middle = 0.0 if abs(b / a - 1) < _EXACT else math.log(b / a)
    exact = LogRatio(baseline=a, middle=middle, interval=(middle, middle), reason="exact: tokens at the same price")
    return match.ratio(quantity, exact, (a, b))


def _of_throughput(match: Match, quantity: Quantity, usd: tuple[float, float], timings: Sequence[Change]) -> Change:
    """Return the change of machine time, the inverse of the change of throughput."""
    wanted = (match.candidate.label, match.label, quantity.dataset, THROUGHPUT)
    timed = next((t for t in timings if (t.run, t.provider, t.dataset, t.metric) == wanted), None)
    if timed is None:
        return match.incomparable(quantity, _NOT_TIMED, values=usd)
    if timed.change is None or timed.ci_low is None or timed.ci_high is None or not timed.baseline:
        return match.incomparable(quantity, timed.reason, values=usd, applies=timed.reason != IS_REFERENCE)
    middle, high, low = (-math.log1p(end) for end in (timed.change, timed.ci_low, timed.ci_high))
    found = LogRatio(
        baseline=1000 * _usd_per_s(match.baseline) / timed.baseline,
        middle=middle,
        interval=(low, high),
        reason=f"the inverse of items/s at {timed.setting}",
    )
    return match.ratio(quantity, found, usd)


def _usd_per_s(side: Side) -> float:
    return _per_hour(side) / 3600


def _per_hour(side: Side) -> float:
    return float(side.first.hardware_usd_per_hour or 0.0)


def _other_price(match: Match, before: CostRow, after: CostRow) -> str:
    if before.unit != after.unit:
        return f"another unit: {before.unit}, {after.unit}"
    if before.basis != after.basis and not _is_one_price(before, after):
        return f"another basis: {before.basis}, {after.basis}"
    if before.basis == "hardware":
        a, b = _per_hour(match.baseline), _per_hour(match.candidate)
        return "" if a == b else f"another price of the machine: ${a} and ${b} an hour"
    usd = before.usd_per_1m_tokens, after.usd_per_1m_tokens
    # Two providers of one run are compared at the prices of their own: that is the question then.
    return "" if usd[0] == usd[1] or match.in_one_run else f"another price: ${usd[0]} and ${usd[1]} for 1M tokens"


def _is_one_price(before: CostRow, after: CostRow) -> bool:
    """Return True if tokens that were billed and tokens that were counted come to the same price of an item."""
    a, b = before.usd_per_1k_items, after.usd_per_1k_items
    return "hardware" not in (before.basis, after.basis) and a is not None and b is not None and math.isclose(a, b)


def _basis(row: CostRow | None) -> str:
    return row.basis if row else ""


def _usd(row: CostRow | None) -> float | None:
    return row.usd_per_1k_items if row else None
