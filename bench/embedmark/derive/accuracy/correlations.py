"""The scores of every dataset, correlated with gold once: the tables and the findings both rest on this."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.model import METRICS, MIN_SCORED, Column, DatasetAnalysis, PairDifference, missing_status
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from embedmark.stats import Array, Replicates
DEFAULT_RESAMPLES: Final = 1000
OTHER_SIMILARITIES: Final = {"dot": "dot", "euclidean": "neg_euclidean", "manhattan": "neg_manhattan"}


def analyse_pairs(
    run: MeasuredRun, dataset: DatasetEntry, frame: pd.DataFrame | None, resamples: int
) -> DatasetAnalysis:
    import numpy as np

    from embedmark.stats import bootstrap_correlations

    ids, gold, drafts = _read(run, dataset, frame)
    usable = [i for i, column in enumerate(drafts) if column.status == "ok"]
    pairs = [(a, b) for a, b in combinations(usable, 2) if drafts[a].primary and drafts[b].primary]
    rows = _Rows(drafts)
    own = {i: rows.place(i, i) for i in usable}
    shared = [(rows.place(a, b), rows.place(b, a)) for a, b in pairs]
    if not usable:
        return DatasetAnalysis(dataset, ids, gold, tuple(drafts), dict.fromkeys(METRICS, ()))
    matrix = np.stack(rows.scores)
    replicates = bootstrap_correlations(gold, matrix, resamples=resamples, seed=dataset_seed(run, dataset))

    columns = list(drafts)
    for i in usable:
        columns[i] = _with_intervals(drafts[i], replicates, own[i])
    names = [(drafts[a].provider.name, drafts[b].provider.name) for a, b in pairs]
    differences = {metric: tuple(_family(metric, names, shared, gold, matrix, replicates)) for metric in METRICS}
    return DatasetAnalysis(dataset, ids, gold, tuple(columns), differences)


class _Rows:
    """The score rows to resample: one a column, and one more for each other set of pairs it is compared on.

    Two providers with gaps in different places are compared on the pairs that both scored.
    """

    def __init__(self, columns: list[Column]) -> None:
        import numpy as np

        self.columns = columns
        self.gaps = [np.isnan(column.scores) for column in columns]
        self.scores: list[Array] = []
        self._places: dict[tuple[int, bytes], int] = {}

    def place(self, own: int, other: int) -> int:
        """Where in `scores` column `own` is, less the gaps of column `other`."""
        import numpy as np

        gaps = self.gaps[own] | self.gaps[other]
        key = (own, np.packbits(gaps).tobytes())
        if key not in self._places:
            self._places[key] = len(self.scores)
            scores = self.columns[own].scores
            self.scores.append(np.where(gaps, np.nan, scores) if gaps.any() else scores)
        return self._places[key]


def dataset_seed(run: MeasuredRun, dataset: DatasetEntry) -> tuple[int, int]:
    """The seed of a dataset's resamples: the same pairs get the same ones, whatever a suite calls them."""
    digest = hashlib.sha256((dataset.sha256 or dataset.name).encode()).digest()
    return run.seed, int.from_bytes(digest[:8], "big")


def _family(
    metric: str,
    names: list[tuple[str, str]],
    rows_of: list[tuple[int, int]],
    gold: Array,
    matrix: Array,
    replicates: Replicates,
) -> Iterator[PairDifference]:
    import numpy as np

    from embedmark.stats import holm_family, paired_se

    sampled: Array = getattr(replicates, metric)
    values = {row: correlate(metric, gold, matrix[row]) for row in sorted({row for pair in rows_of for row in pair})}
    counts = [int((~np.isnan(matrix[a])).sum()) for a, _ in rows_of]
    differences = [values[a] - values[b] for a, b in rows_of]
    errors = [paired_se(sampled[a], sampled[b], n) for (a, b), n in zip(rows_of, counts, strict=True)]
    family = holm_family(differences, errors)
    for (a, b), n, difference in zip(names, counts, family, strict=True):
        yield PairDifference(a, b, n, difference)


def correlate(metric: str, gold: Array, scores: Array) -> float:
    """Spearman or Pearson of `scores` with `gold` (n,), over the pairs that have a score."""
    import numpy as np

    from embedmark.stats import pearson, spearman

    scored = ~np.isnan(scores)
    return (spearman if metric == "spearman" else pearson)(gold[scored], scores[scored])


def _with_intervals(column: Column, replicates: Replicates, row: int) -> Column:
    from embedmark.stats import percentile_interval

    sampled = {"spearman": replicates.spearman[row], "pearson": replicates.pearson[row]}
    return replace(column, intervals={m: percentile_interval(sampled[m], column.n_scored) for m in METRICS})


def _read(
    run: MeasuredRun, dataset: DatasetEntry, frame: pd.DataFrame | None
) -> tuple[tuple[str, ...], Array, list[Column]]:
    import numpy as np
    import pandas as pd

    if frame is None:
        return (), np.empty(0), [_column(run, dataset, provider, None, np.empty(0)) for provider in run.providers]
    # Pairs are matched by id: a provider whose rows are fewer, or in another order, is compared on the same pairs.
    ids = pd.Index(frame["pair_id"]).unique()
    gold = np.full(len(ids), np.nan)
    gold[ids.get_indexer(frame["pair_id"])] = numbers(frame, "gold")
    frames = {str(name): rows for name, rows in frame.groupby("provider", sort=False)}
    columns: list[Column] = []
    for provider in run.providers:
        rows = frames.get(provider.name)
        if rows is None:
            columns.append(_column(run, dataset, provider, None, gold))
            continue
        places = ids.get_indexer(rows["pair_id"])
        columns.append(_column(run, dataset, provider, _spread(rows, "predicted", places, len(ids)), gold))
        if not provider.is_cross:
            columns.extend(_others(run, dataset, provider, rows, places, gold))
    return tuple(ids), gold, columns


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
) -> Iterator[Column]:
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
) -> Column:
    import numpy as np

    status = _status(run, dataset, provider, scores, gold)
    n_scored = 0 if scores is None else int((~np.isnan(scores)).sum())
    values = dict.fromkeys(METRICS, math.nan)
    if status == "ok" and scores is not None:
        values = {metric: correlate(metric, gold, scores) for metric in METRICS}
    return Column(
        provider=provider,
        similarity=similarity or ("" if provider.is_cross else provider.similarity),
        primary=similarity is None,
        scores=np.empty(0) if scores is None else scores,
        n_scored=n_scored,
        status=status,
        values=values,
        intervals=dict.fromkeys(METRICS),
    )


def _status(run: MeasuredRun, dataset: DatasetEntry, provider: ProviderEntry, scores: Array | None, gold: Array) -> str:
    if scores is None:
        return missing_status(run, dataset, provider)
    return _scored_status(provider, scores, gold)


def _scored_status(provider: ProviderEntry, scores: Array, gold: Array) -> str:
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
