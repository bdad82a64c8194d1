"""A dataset cut by what the manifest says of its pairs: language, genre, length.

Each slice is analysed on its own, and its differences are tested at 5 % divided by the number of slices of the dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.correlations import estimated, scored_status
from embedmark.derive.accuracy.families import Family, dataset_seed
from embedmark.derive.accuracy.model import DatasetAnalysis, ScoredColumn, statistics_of
from embedmark.derive.run import MeasuredRun
from embedmark.store.manifest.datasets import SliceFacts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

MOST: Final = 20  # slices of a column; the smaller ones are one slice, (other)
OTHER: Final = "(other)"
_LENGTHS: Final = {"up": 0, "over": 2}  # of `up to 41 characters`, `42 to 59`, `over 59`: in that order


def slices_of(run: MeasuredRun, analysis: DatasetAnalysis, draws: int) -> Iterator[DatasetAnalysis]:
    """Yield an analysis of each slice of a dataset, the columns in the suite's order and the largest slice first."""
    cuts = [
        (f"{name}={value}", mask)
        for name, kept in _kept(run, analysis.dataset.name).items()
        for value, mask in _masks(kept, analysis.pair_ids)
    ]
    for name, mask in cuts:
        yield _sliced(run, analysis, name, mask, draws=draws, slices=len(cuts))


def _kept(run: MeasuredRun, dataset: str) -> Mapping[str, SliceFacts]:
    entry = run.raw.manifest.dataset(dataset)
    return entry.slices if entry else {}


def _masks(kept: SliceFacts, pair_ids: Sequence[str]) -> Iterator[tuple[str, Mask]]:
    """Yield each value, and which pairs have it."""
    import numpy as np

    values, all_codes = kept.values, np.array(kept.codes, dtype=np.int64)
    if not pair_ids or max(map(int, pair_ids)) > all_codes.size:
        return
    codes = all_codes[np.array([int(pair_id) - 1 for pair_id in pair_ids])]
    counts = np.bincount(codes, minlength=len(values))
    order = [int(code) for code in np.argsort(-counts, kind="stable") if counts[code]]
    order.sort(key=lambda code: _LENGTHS.get(str(values[code]).partition(" ")[0], 1))
    shown = order if len(order) <= MOST else order[: MOST - 1]
    for code in shown:
        yield str(values[code]) or "(empty)", codes == code
    if len(order) > len(shown):
        yield OTHER, ~np.isin(codes, shown)


def _sliced(
    run: MeasuredRun, analysis: DatasetAnalysis, name: str, mask: Mask, *, draws: int, slices: int
) -> DatasetAnalysis:
    import numpy as np

    from embedmark.stats import Units

    gold, statistics = analysis.gold[mask], statistics_of(analysis.gold)
    units = (analysis.units or Units.independent(mask.size)).subset(mask)
    cut = [_cut(column, mask, gold, name) for column in analysis.columns if column.primary]
    columns = [estimated(column, gold, statistics, units) for column in cut]
    ranked = [column for column in columns if column.status == "ok"]
    seed = dataset_seed(run, analysis.dataset)
    family = Family(
        names=[column.provider.name for column in ranked],
        scores=np.stack([column.scores for column in ranked]) if ranked else np.empty((0, gold.size)),
        gold=gold,
        units=units,
        draws=draws,
        seed=seed,
        families=slices,
    )
    main = statistics[:1]
    return DatasetAnalysis(
        dataset=replace(analysis.dataset, n_pairs=int(mask.sum())),
        pair_ids=tuple(pair_id for pair_id, inside in zip(analysis.pair_ids, mask.tolist(), strict=True) if inside),
        gold=gold,
        columns=tuple(columns),
        differences={statistic.name: family.differences(statistic) for statistic in main},
        metrics=tuple(statistic.name for statistic in statistics),
        ranking={statistic.name: family.ranking(statistic) for statistic in main},
        units=units,
    )


def _cut(column: ScoredColumn, mask: Mask, gold: npt.NDArray[np.float64], name: str) -> ScoredColumn:
    import numpy as np

    if not column.scores.size:
        return replace(column, slice=name)
    scores = column.scores[mask]
    n_scored = int((~np.isnan(scores)).sum())
    return replace(
        column, slice=name, scores=scores, n_scored=n_scored, status=scored_status(column.provider, scores, gold)
    )
