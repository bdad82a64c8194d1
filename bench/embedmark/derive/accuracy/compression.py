"""compression.csv: quality of shorter and coarser vectors, each compared with the full ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.families import dataset_seed
from embedmark.derive.accuracy.gains import MAIN
from embedmark.derive.accuracy.model import statistics_of
from embedmark.derive.accuracy.units import units_of
from embedmark.derive.cost.bills import GB
from embedmark.derive.rows.quality import CompressionRow
from embedmark.derive.run import DatasetEntry, MeasuredRun, numbers

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array, Interval, Statistic, Units

_RANKED: Final = {"retrieval": MAIN, "captions": "recall_at_1"}  # kinds whose items are queries, and their metric
BITS: Final = {"float32": 32, "float16": 16, "int8": 8, "binary": 1, "binary+rescore": 1}


@dataclass(frozen=True, eq=False, slots=True)
class CompressionCell:
    """One dimension with one precision.

    Attributes:
        size: bytes of a vector.
        value, interval: of the dataset's main metric.
        difference, difference_interval: from the full vectors; None for these, and where there are too few items.
        gb, usd_per_month: what the suite's documents take in such vectors; None without a volume, or without a price
            of memory.
    """

    provider: str
    dataset: str
    dims: int
    precision: str
    size: int
    metric: str
    value: float
    interval: Interval | None
    is_full: bool
    difference: float | None
    difference_interval: Interval | None
    gb: float | None = None
    usd_per_month: float | None = None

    @property
    def is_tied(self) -> bool:
        """Return True if it is the full vectors, or is not shown to differ from them by a test that could show it."""
        from embedmark.stats import NOISE

        if self.is_full:
            return True
        if self.difference is None or self.difference_interval is None:
            return False
        low, high = self.difference_interval
        return low <= 0 <= high or abs(self.difference) < NOISE

    @property
    def is_not_worse(self) -> bool:
        """Return True if it is not shown to be worse than the full vectors: tied, or shown to be better."""
        return self.is_tied or (self.difference_interval is not None and self.difference_interval[0] > 0)


def bytes_per_vector(dims: int, precision: str) -> int:
    """Return the bytes that a stored vector takes; scales of int8 are shared by all vectors, and not counted.

    Example:
        >>> bytes_per_vector(256, "binary")
        32
    """
    return math.ceil(dims * BITS[precision] / 8)


def compression_table(cells: tuple[CompressionCell, ...]) -> list[CompressionRow]:
    """Return a row for each cell, by provider and dataset; tie_group is 1 for those not shown to differ."""
    return [_row(cell) for cell in cells]


def compression_cells(run: MeasuredRun) -> tuple[CompressionCell, ...]:
    """Return every cell of a run; none where compression was not measured."""
    frame = run.raw.compressed
    if frame is None:
        return ()
    return tuple(
        cell
        for dataset in run.datasets
        for provider in run.providers
        for cell in _of_provider(run, dataset, provider.name, frame)
    )


def _of_provider(run: MeasuredRun, dataset: DatasetEntry, name: str, frame: pd.DataFrame) -> list[CompressionCell]:
    import numpy as np
    import pandas as pd

    from embedmark.stats import estimate

    rows = frame[(frame["provider"] == name) & (frame["dataset"] == dataset.name)]
    if rows.empty:
        return []
    ids = pd.Index(rows["item_id"]).unique()
    keys = dict.fromkeys(zip(rows["dims"].astype(int), rows["precision"].astype(str), strict=True))
    groups = [(int(dims), str(kind), rows[(rows["dims"] == dims) & (rows["precision"] == kind)]) for dims, kind in keys]
    scores = np.full((len(groups), len(ids)), np.nan)
    for place, (_, _, part) in enumerate(groups):
        scores[place, ids.get_indexer(pd.Index(part["item_id"]))] = numbers(part, "value")
    statistic, gold, units = _judged_by(run, dataset, ids)
    others = range(1, len(groups))  # the full vectors come first
    found = estimate(statistic, scores, gold=gold, units=units)
    differences = [None, *(_from_full(run, dataset, scores[[place, 0]], (statistic, gold, units)) for place in others)]
    metric = _RANKED.get(dataset.kind, statistic.name)
    return [
        CompressionCell(
            provider=name,
            dataset=dataset.name,
            dims=dims,
            precision=kind,
            size=bytes_per_vector(dims, kind),
            metric=metric,
            value=float(found.values[place]),
            interval=_share(scores[place]) if dataset.kind == "captions" else found.interval(place),
            is_full=place == 0,
            difference=None if (found_here := differences[place]) is None else found_here[0],
            difference_interval=None if found_here is None else found_here[1],
            **_kept(run, bytes_per_vector(dims, kind)),
        )
        for place, (dims, kind, _) in enumerate(groups)
    ]


def _share(hits: Array) -> Interval | None:
    """Return the interval that accuracy.csv gives recall@1: each image is a cluster of its own."""
    import numpy as np

    from embedmark.stats import share_interval

    scored = hits[~np.isnan(hits)]
    return share_interval(scored, np.arange(scored.size))


def _kept(run: MeasuredRun, size: int) -> dict[str, float | None]:
    """Return what keeping a vector of this size for each document of the suite's volume takes."""
    cost = run.measure.cost
    if cost is None or cost.volume is None:
        return {"gb": None, "usd_per_month": None}
    gb, per_gb = size * float(cost.volume.documents) / GB, cost.vector_usd_per_gb_month
    return {"gb": gb, "usd_per_month": None if per_gb is None else gb * float(per_gb)}


def _from_full(
    run: MeasuredRun, dataset: DatasetEntry, scores: Array, judged: tuple[Statistic, Array | None, Units | None]
) -> tuple[float, Interval | None]:
    """Return the difference of a cell (row 0) from the full vectors (row 1), with its interval.

    Each cell is tested alone: a correction for their number would call more of the worse cells equal. The two rows are
    nearly the same, so that the plain interval of the difference holds, and MOVER's would be wider than it.
    """
    from embedmark.stats import paired_differences, plain_interval

    statistic, gold, units = judged
    seed = dataset_seed(run, dataset)
    [found] = paired_differences(statistic, scores, gold=gold, units=units, seed=seed)
    n = scores.shape[1] if units is None else units.n
    return found.value, None if found.interval is None else plain_interval(found, n - 1)


def _judged_by(
    run: MeasuredRun, dataset: DatasetEntry, ids: pd.Index[str]
) -> tuple[Statistic, Array | None, Units | None]:
    """Return the dataset's main statistic, gold of the items, and what is independent among them."""
    import numpy as np

    from embedmark.stats import MEAN_SHARE

    if dataset.kind in _RANKED:
        return MEAN_SHARE, None, None
    frame = run.raw.scores
    frame = frame[frame["dataset"] == dataset.name]
    once = frame.drop_duplicates("pair_id").set_index("pair_id").reindex(ids)
    gold = np.asarray(numbers(once, "gold"), dtype=np.float64)
    return statistics_of(gold)[0], gold, units_of(run, dataset, frame, ids)


def _row(cell: CompressionCell) -> CompressionRow:
    low, high = cell.interval or (None, None)
    return CompressionRow(
        provider=cell.provider,
        dataset=cell.dataset,
        dims=cell.dims,
        precision=cell.precision,
        bytes_per_vector=cell.size,
        metric=cell.metric,
        value=None if math.isnan(cell.value) else cell.value,
        ci_low=low,
        ci_high=high,
        tie_group=1 if cell.is_tied else None,
        gb=cell.gb,
        usd_per_month=cell.usd_per_month,
    )
