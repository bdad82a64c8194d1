"""What a page shows beyond the tables: pairs that are ranked wrongest, latency curves, break-even volumes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.compression import CompressionCell, compression_cells
from embedmark.derive.accuracy.few import FewPairs, few_pairs
from embedmark.derive.accuracy.model import DatasetAnalysis, ScoredColumn
from embedmark.derive.cost.details import VolumeDetails, volume_details
from embedmark.derive.rows.tables import Tables
from embedmark.derive.run import MeasuredRun
from embedmark.derive.search.details import RetrievalDetails, retrieval_details

if TYPE_CHECKING:
    from embedmark.stats import Array

MOST_PAIRS: Final = 300  # shown in all, so that a page of many providers stays one that can be sent
MOST_COUPLES: Final = 3  # providers whose disagreements are shown, two by two, a dataset
SECONDS_PER_MONTH: Final = 365.25 / 12 * 86_400
_CURVE_POINTS = 120


@dataclass(frozen=True, slots=True)
class RankedPair:
    """One pair that two rankings of a dataset place far apart.

    Attributes:
        provider, other: whose rankings; `other` is "" for gold.
        gold, score, other_score: as measured; other_score is gold's where other is "".
        rank, other_rank: share of the dataset's pairs that rank below, in percent, ties in the middle.
    """

    dataset: str
    provider: str
    other: str
    pair_id: str
    gold: float
    score: float
    rank: float
    other_rank: float


@dataclass(frozen=True, slots=True)
class LatencyCurve:
    """The distribution of one provider's calls in one scenario: `ms` (k,) rising, at the shares `share` (k,)."""

    provider: str
    dataset: str
    scenario: str
    ms: tuple[float, ...]
    share: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """An API against a machine of one's own that runs all month.

    Attributes:
        items_per_month: below it the API is cheaper; None where it is at any volume that the machine can do.
    """

    api: str
    local: str
    usd_per_month: float
    items_per_month: float | None


@dataclass(frozen=True, slots=True)
class Details:
    """All details of a run."""

    worst: tuple[RankedPair, ...]
    disagreements: tuple[RankedPair, ...]
    curves: tuple[LatencyCurve, ...]
    break_even: tuple[BreakEven, ...]
    retrieval: tuple[RetrievalDetails, ...] = ()
    volume: VolumeDetails | None = None
    compression: tuple[CompressionCell, ...] = ()
    few: tuple[FewPairs, ...] = ()


def details_of(run: MeasuredRun, analyses: tuple[DatasetAnalysis, ...], tables: Tables) -> Details:
    """Return the details of a run that has been analysed."""
    return Details(
        worst=tuple(_worst(analyses)),
        disagreements=tuple(_disagreements(analyses)),
        curves=tuple(_curves(run)),
        break_even=tuple(_break_even(run, tables)),
        retrieval=tuple(retrieval_details(run, analyses)),
        volume=volume_details(run, tables["throughput.csv"], analyses),
        compression=compression_cells(run),
        few=tuple(few_pairs(analyses)),
    )


def frontier(points: list[tuple[float, float]], *, smaller_x: bool) -> list[int]:
    """Return the Pareto frontier of points (x, y) where more y is better, and more x too unless `smaller_x`.

    Returns the places of points that no other beats in both, from the best x to the best y.
    """
    order = sorted(range(len(points)), key=lambda i: (points[i][0] if smaller_x else -points[i][0], -points[i][1]))
    kept: list[int] = []
    for i in order:
        if not kept or points[i][1] > points[kept[-1]][1]:
            kept.append(i)
    return kept


def _usable(analysis: DatasetAnalysis) -> list[ScoredColumn]:
    """Return columns whose scores are held against gold."""
    if not analysis.pair_ids:
        return []
    return [column for column in analysis.columns if column.primary and column.status == "ok"]


def _worst(analyses: tuple[DatasetAnalysis, ...]) -> Iterator[RankedPair]:
    cells = sum(len(_usable(analysis)) for analysis in analyses)
    each = max(1, min(5, MOST_PAIRS // max(1, cells)))
    for analysis in analyses:
        for column in _usable(analysis)[: MOST_PAIRS // max(1, len(analyses))]:
            yield from _apart(analysis, column, None, each)


def _disagreements(analyses: tuple[DatasetAnalysis, ...]) -> Iterator[RankedPair]:
    for analysis in analyses:
        best = sorted(_usable(analysis), key=lambda column: -column.values["spearman"])[:MOST_COUPLES]
        for a, b in combinations(best, 2):
            yield from _apart(analysis, a, b, 3)


def _apart(analysis: DatasetAnalysis, a: ScoredColumn, b: ScoredColumn | None, count: int) -> Iterator[RankedPair]:
    import numpy as np

    other = analysis.gold if b is None else b.scores
    both = np.flatnonzero(np.isfinite(a.scores) & np.isfinite(other))
    rank, other_rank = _percent_ranks(a.scores[both]), _percent_ranks(other[both])
    gaps = np.abs(rank - other_rank)
    # Stable, so that equal gaps come in the file's order on every machine.
    for place in np.argsort(-np.round(gaps, 9), kind="stable")[:count]:
        i = int(both[place])
        yield RankedPair(
            analysis.dataset.name, a.provider.name, b.provider.name if b else "", analysis.pair_ids[i],
            float(analysis.gold[i]), float(a.scores[i]), float(rank[place]), float(other_rank[place]),
        )  # fmt: skip


def _percent_ranks(values: Array) -> Array:
    from embedmark.stats import mean_ranks

    return 100 * (mean_ranks(values) - 0.5) / max(1, len(values))


def _curves(run: MeasuredRun) -> Iterator[LatencyCurve]:
    import numpy as np

    shares = (np.arange(_CURVE_POINTS) + 0.5) / _CURVE_POINTS
    for (provider, dataset, scenario), ms in run.calls.items():
        if ms.size >= 2:
            values = [float(f"{value:.6g}") for value in np.quantile(ms, shares)]
            yield LatencyCurve(provider, dataset, scenario, tuple(values), tuple(shares.tolist()))


def _break_even(run: MeasuredRun, tables: Tables) -> Iterator[BreakEven]:
    per_hour = run.hardware_usd_per_hour
    if not run.datasets or not per_hour or run.datasets[0].kind != "pairs":
        return
    first = run.datasets[0].name
    costs = [row for row in tables["cost.csv"] if row.dataset == first and row.unit == "text"]
    rates = {row.provider: row.items_per_s for row in tables["summary.csv"] if row.dataset == first}
    month = float(per_hour) * SECONDS_PER_MONTH / 3600
    for api in (row for row in costs if row.basis != "hardware"):
        for local in (row for row in costs if row.basis == "hardware"):
            rate, usd = rates.get(local.provider), api.usd_per_1k_items
            if rate is not None and usd is not None and usd > 0:
                volume, capacity = month / (usd / 1000), rate * SECONDS_PER_MONTH
                yield BreakEven(
                    api=api.provider,
                    local=local.provider,
                    usd_per_month=month,
                    items_per_month=volume if volume <= capacity else None,
                )
