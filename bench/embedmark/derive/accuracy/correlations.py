"""The scores of every dataset, correlated with gold once: the tables and the findings both rest on this."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.families import Family, dataset_seed
from embedmark.derive.accuracy.model import (
    INCOMPLETE,
    METRICS,
    MIN_SCORED,
    DatasetAnalysis,
    ScoredColumn,
    early_status,
    missing_status,
    statistics_of,
)
from embedmark.derive.accuracy.units import units_of
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from embedmark.stats import Array, Statistic, Units
DEFAULT_RESAMPLES: Final = 1000
OTHER_SIMILARITIES: Final = {"dot": "dot", "euclidean": "neg_euclidean", "manhattan": "neg_manhattan"}


def analyse_pairs(
    run: MeasuredRun, dataset: DatasetEntry, frame: pd.DataFrame | None, resamples: int
) -> DatasetAnalysis:
    """Return the correlations of all providers with gold; they are compared over the pairs that all of them scored."""
    import numpy as np
    import pandas as pd

    if frame is None:
        drafts = [_column(run, dataset, provider, None, np.empty(0)) for provider in run.providers]
        return DatasetAnalysis(dataset, (), np.empty(0), tuple(drafts), dict.fromkeys(METRICS, ()))
    # Pairs are matched by id: a provider whose rows are fewer, or in another order, is compared on the same pairs.
    ids = pd.Index(frame["pair_id"]).unique()
    gold, drafts = _read(run, dataset, frame, ids)
    statistics, units = statistics_of(gold), units_of(run, dataset, frame, ids)
    columns = [estimated(column, gold, statistics, units) for column in drafts]
    ranked = [column for column in columns if column.status == "ok" and column.primary]
    family = Family(
        names=[column.provider.name for column in ranked],
        scores=np.stack([column.scores for column in ranked]) if ranked else np.empty((0, gold.size)),
        gold=gold,
        units=units,
        draws=resamples,
        seed=dataset_seed(run, dataset),
    )
    return DatasetAnalysis(
        dataset=dataset,
        pair_ids=tuple(ids),
        gold=gold,
        columns=tuple(columns),
        differences={statistic.name: family.differences(statistic) for statistic in statistics},
        metrics=tuple(statistic.name for statistic in statistics),
        ranking={statistic.name: family.ranking(statistic) for statistic in statistics},
        units=units,
    )


def estimated(column: ScoredColumn, gold: Array, statistics: tuple[Statistic, ...], units: Units) -> ScoredColumn:
    """Return the column with a value and an interval of each statistic, over its own pairs."""
    from embedmark.stats import estimate

    names = [statistic.name for statistic in statistics]
    if column.status not in ("ok", INCOMPLETE) or not column.n_scored:
        return replace(column, values=dict.fromkeys(names, math.nan), intervals=dict.fromkeys(names))
    found = {s.name: estimate(s, column.scores[None], gold=gold, units=units) for s in statistics}
    return replace(
        column,
        values={name: float(estimates.values[0]) for name, estimates in found.items()},
        intervals={name: estimates.interval(0) for name, estimates in found.items()},
    )


def _read(
    run: MeasuredRun, dataset: DatasetEntry, frame: pd.DataFrame, ids: pd.Index[str]
) -> tuple[Array, list[ScoredColumn]]:
    import numpy as np
    import pandas as pd

    gold = np.full(len(ids), np.nan)
    gold[ids.get_indexer(pd.Index(frame["pair_id"]))] = numbers(frame, "gold")
    gold[~np.isfinite(gold)] = np.nan
    frames = {str(name): rows for name, rows in frame.groupby("provider", sort=False)}
    columns: list[ScoredColumn] = []
    for provider in run.providers:
        rows = frames.get(provider.name)
        if rows is None:
            columns.append(_column(run, dataset, provider, None, gold))
            continue
        places = ids.get_indexer(pd.Index(rows["pair_id"]))
        columns.append(_column(run, dataset, provider, _spread(rows, "predicted", places, len(ids)), gold))
        if not provider.is_cross:
            columns.extend(_others(run, dataset, provider, rows, places, gold))
    return gold, columns


def _spread(rows: pd.DataFrame, name: str, places: npt.NDArray[np.intp], n: int) -> Array:
    import numpy as np

    scores = np.full(n, np.nan)
    scores[places] = numbers(rows, name)
    scores[~np.isfinite(scores)] = np.nan
    return scores


def _others(
    run: MeasuredRun,
    dataset: DatasetEntry,
    provider: ProviderEntry,
    rows: pd.DataFrame,
    places: npt.NDArray[np.intp],
    gold: Array,
) -> Iterator[ScoredColumn]:
    import numpy as np

    for similarity, name in OTHER_SIMILARITIES.items():
        scores = _spread(rows, name, places, gold.size)
        if similarity != provider.similarity and not np.isnan(scores).all():
            yield _column(run, dataset, provider, scores, gold, similarity)


def _column(
    run: MeasuredRun,
    dataset: DatasetEntry,
    provider: ProviderEntry,
    scores: Array | None,
    gold: Array,
    similarity: str | None = None,
) -> ScoredColumn:
    import numpy as np

    if scores is None:
        status = missing_status(run, dataset, provider)
    else:
        status = early_status(run, dataset, provider, scored_status(provider, scores, gold))
    n_scored = 0 if scores is None else int((~np.isnan(scores)).sum())
    return ScoredColumn(
        provider=provider,
        similarity=similarity or ("" if provider.is_cross else provider.similarity),
        primary=similarity is None,
        scores=np.empty(0) if scores is None else scores,
        n_scored=n_scored,
        status=status,
        values=dict.fromkeys(METRICS, math.nan),
        intervals=dict.fromkeys(METRICS),
    )


def scored_status(provider: ProviderEntry, scores: Array, gold: Array) -> str:
    """Return ok, or why a provider has no value on pairs with `gold` (n,)."""
    import numpy as np

    from embedmark.stats import is_constant

    scored = ~np.isnan(scores)
    if provider.untrained:
        return "untrained-head"
    if scored.sum() < MIN_SCORED:
        return "too-few-pairs"
    if is_constant(gold[scored]):
        return "constant-gold"
    return "constant-predictions" if is_constant(scores[scored]) else "ok"
