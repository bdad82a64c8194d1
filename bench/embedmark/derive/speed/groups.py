"""Who is fastest or cheapest, and who is not shown to be behind: groups as for accuracy.

Two providers are compared by their timed passes: turn by turn where both ran at the same batch size, else as two
samples. The first is known only once all are timed: the fastest and the slowest of thirty equals lie far apart by
chance. So the level is 5 % for the comparisons of all with all together (Bonferroni), and not of the others with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from embedmark.derive.rows.cost import CostRow
from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.run import MeasuredRun
from embedmark.derive.speed.turns import MIN_SHARED

if TYPE_CHECKING:
    from embedmark.stats import Interval

_SAME = 1e-9  # relative: prices that differ by less are one price


@dataclass(frozen=True, slots=True)
class Contender:
    """A provider with what it is ranked by.

    Attributes:
        name: of the provider.
        value: items a second, or USD; the sign says what is better.
        batch_size: of its passes.
        passes: items a second of each timed pass, by turn; empty for a price that is exact.
    """

    name: str
    value: float
    batch_size: int
    passes: Mapping[int, float]


def fastest_group(run: MeasuredRun, dataset: str, rows: Sequence[SummaryRow]) -> frozenset[str]:
    """Return the provider with the most items a second and those not shown to be slower.

    Args:
        run: whose passes they are.
        dataset: on which throughput was measured.
        rows: of summary.csv; texts (or images) count, and pairs only where nothing else was timed.
    """
    timed = _alike([(row, row.items_per_s) for row in rows if row.items_per_s is not None])
    found = [_contender(run, dataset, row, value) for row, value in timed]
    return _group(sorted(found, key=lambda contender: -contender.value))


def cheapest_group(
    run: MeasuredRun, dataset: str, rows: Sequence[SummaryRow], costs: Sequence[CostRow]
) -> frozenset[str]:
    """Return the provider with the lowest price an item and those not shown to be dearer.

    A price by the token is exact; one by the hour of a machine is as uncertain as the throughput that it rests on.

    Args:
        run: whose passes they are.
        dataset: on which throughput was measured.
        rows: of summary.csv.
        costs: cost.csv, which says what a price rests on.
    """
    priced = _alike([(row, row.usd_per_1k_items) for row in rows if row.usd_per_1k_items is not None])
    by_hour = {cost.provider for cost in costs if cost.basis == "hardware"}
    found = []
    for row, value in priced:
        contender = _contender(run, dataset, row, value)
        exact = contender.name not in by_hour
        found.append(replace(contender, passes={}) if exact else contender)
    return _group(sorted(found, key=lambda contender: contender.value))


def _alike(ranked: list[tuple[SummaryRow, float]]) -> list[tuple[SummaryRow, float]]:
    return [(row, value) for row, value in ranked if row.unit != "pair"] or ranked


def _contender(run: MeasuredRun, dataset: str, row: SummaryRow, value: float) -> Contender:
    batch = row.batch_size or 0
    passes = run.rates.get((row.provider, dataset, batch), {})
    return Contender(name=row.provider, value=value, batch_size=batch, passes=passes)


def _group(ranked: Sequence[Contender]) -> frozenset[str]:
    """Return the first of `ranked` and those not shown to be behind it; none where no test was possible."""
    if len(ranked) < 2:
        return frozenset(contender.name for contender in ranked)
    level = 0.05 / math.comb(len(ranked), 2)
    verdicts = {other.name: _behind(ranked[0], other, level) for other in ranked[1:]}
    if all(verdict is None for verdict in verdicts.values()):
        return frozenset()
    return frozenset({ranked[0].name, *(name for name, behind in verdicts.items() if not behind)})


def _behind(first: Contender, other: Contender, level: float) -> bool | None:
    """Return True if `other` is shown to be behind; None where there are too few passes to say."""
    if not first.passes and not other.passes:
        return abs(other.value - first.value) > _SAME * abs(first.value)
    if not first.passes or not other.passes:
        return _apart_from_a_price(first, other, level)
    interval = _log_ratio(first, other, 1 - level)
    # The passes tell how far apart the speeds are; of two prices by the hour of one machine, their ratio is the same.
    return None if interval is None else interval[0] > 0


def _log_ratio(first: Contender, other: Contender, confidence: float) -> Interval | None:
    """Return an interval for the logarithm of how many times as fast `first` is: by ranks, or by t for few passes."""
    import numpy as np

    from embedmark.stats import paired_mean, paired_shift, shift, welch_interval

    shared = sorted(first.passes.keys() & other.passes.keys())
    if first.batch_size == other.batch_size and shared:
        a, b = (np.log([passes[turn] for turn in shared]) for passes in (first.passes, other.passes))
        by_ranks = paired_shift(a - b, confidence)[1]
        return by_ranks if by_ranks or len(shared) < MIN_SHARED else paired_mean(a - b, confidence)[1]
    a, b = (np.log(list(passes.values())) for passes in (first.passes, other.passes))
    by_ranks = shift(b, a, confidence)[1]
    return by_ranks if by_ranks or min(len(a), len(b)) < MIN_SHARED else welch_interval(b, a, confidence)[1]


def _apart_from_a_price(first: Contender, other: Contender, level: float) -> bool | None:
    """Compare an exact price with one by the hour: is the exact one outside the interval of the other?"""
    import numpy as np

    from embedmark.stats import median_interval, paired_mean

    timed = first if first.passes else other
    rates = np.sort(np.array(list(timed.passes.values())))
    interval = median_interval(rates, 1 - level)
    if interval is None and len(rates) >= MIN_SHARED:
        logs = paired_mean(np.log(rates), 1 - level)[1]
        interval = (math.exp(logs[0]), math.exp(logs[1])) if logs else None
    if interval is None:
        return None
    # Of a price by the hour the ends are inverse to those of the speed.
    middle = float(np.median(rates))
    ends = sorted(timed.value * middle / rate for rate in interval)
    exact = other.value if first.passes else first.value
    return not ends[0] <= exact <= ends[1] and not math.isclose(first.value, other.value, rel_tol=_SAME)
