"""Images and texts: recall at k of captions in both directions, and the cells of a matrix.

Recall at k is the share of queries with something that belongs to them among their k best (Karpathy and Fei-Fei,
CVPR 2015; so in CLIP's paper). ranks.csv has a row for every image and caption that belong together: the rank
of the caption among all texts for that image, and of the image among all images for that text, what else belongs
left out. The best rank over the captions of an image is that of the image as a query; likewise for a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.families import Family, dataset_seed
from embedmark.derive.accuracy.model import DatasetAnalysis, ScoredColumn, early_status, missing_status
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from embedmark.stats import Array, Interval

CUTOFFS: Final = {"recall_at_1": 1, "recall_at_5": 5, "recall_at_10": 10}
IMAGE_TO_TEXT: Final = "image-to-text"  # the main one, in summary.csv
TEXT_TO_IMAGE: Final = "text-to-image"
TRIVIAL: Final = "too-few-candidates"


@dataclass(frozen=True, eq=False, slots=True)
class Ranked:
    """The queries of one provider in one direction.

    Attributes:
        queries: their numbers (q,), rising.
        ranks: float64 (q,), the best rank of what belongs to each.
        clusters: (q,): the image of an image, and the first image of a text, since the captions of an image go
            together.
    """

    queries: npt.NDArray[np.int64]
    ranks: Array
    clusters: npt.NDArray[np.int64]


def analyse_captions(run: MeasuredRun, dataset: DatasetEntry, resamples: int) -> DatasetAnalysis:
    """Two columns a provider, one a direction; differences between providers are image to text."""
    import numpy as np

    from embedmark.stats import MEAN_SHARE

    ranks = run.raw.ranks
    frames = _by_provider(None if ranks is None else ranks[ranks["dataset"] == dataset.name])
    columns: list[ScoredColumn] = []
    ranked: dict[str, Ranked] = {}
    for provider in run.providers:
        rows = frames.get(provider.name)
        if rows is None:
            status = missing_status(run, dataset, provider)
            columns.append(_column(provider, IMAGE_TO_TEXT, None, status))
            continue
        forth, back = (ranked_queries(rows, direction) for direction in (IMAGE_TO_TEXT, TEXT_TO_IMAGE))
        columns.append(_column(provider, IMAGE_TO_TEXT, forth, candidates=dataset.n_texts))
        columns.append(_column(provider, TEXT_TO_IMAGE, back, candidates=dataset.n_images))
        if columns[-2].status == "ok":
            ranked[provider.name] = forth
    families = _family(run, dataset, ranked, resamples)
    return DatasetAnalysis(
        dataset=dataset,
        pair_ids=(),
        gold=np.empty(0),
        columns=tuple(columns),
        differences={metric: family.differences(MEAN_SHARE) for metric, family in families.items()},
        metrics=tuple(CUTOFFS),
        ranking={metric: family.ranking(MEAN_SHARE) for metric, family in families.items()},
    )


def analyse_matrix(run: MeasuredRun, dataset: DatasetEntry, frame: pd.DataFrame | None) -> DatasetAnalysis:
    """Return one column per provider for the whole, without a value, and one per cell with its similarity."""
    import numpy as np

    frames = _by_provider(frame)
    columns: list[ScoredColumn] = []
    for provider in run.providers:
        rows = frames.get(provider.name)
        status = missing_status(run, dataset, provider) if rows is None else early_status(run, dataset, provider, "ok")
        scores = np.empty(0) if rows is None else numbers(rows, "predicted")
        n_scored = int((~np.isnan(scores)).sum())
        columns.append(ScoredColumn(provider, provider.similarity, True, scores, n_scored, status, {}, {}))
        cells = [] if rows is None else [str(cell) for cell in rows["pair_id"]]
        columns += [_cell(provider, cell, value) for cell, value in zip(cells, scores.tolist(), strict=True)]
    return DatasetAnalysis(dataset, (), np.empty(0), tuple(columns), {}, ("similarity",))


def _cell(provider: ProviderEntry, cell: str, value: float) -> ScoredColumn:
    import numpy as np

    known = not isnan(value)
    values, status = {"similarity": value}, "ok" if known else "no-score"
    return ScoredColumn(provider, provider.similarity, False, np.empty(0), int(known), status, values, {}, cell)


def _by_provider(frame: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    return {} if frame is None else {str(name): rows for name, rows in frame.groupby("provider", sort=False)}


def ranked_queries(rows: pd.DataFrame, direction: str) -> Ranked:
    """Return the queries of one provider in one direction, from its rows of ranks.csv."""
    import numpy as np

    ids = np.array([[int(part) for part in str(pair_id).split(":")] for pair_id in rows["pair_id"]], dtype=np.int64)
    forth = direction == IMAGE_TO_TEXT
    ranks = numbers(rows, "text_rank" if forth else "image_rank")
    scored = ~np.isnan(ranks)
    images, asked = ids[scored, 0], ids[scored, 0 if forth else 1]
    queries, places = np.unique(asked, return_inverse=True)
    best = np.full(queries.size, np.inf)
    np.minimum.at(best, places, ranks[scored])
    clusters = np.full(queries.size, np.iinfo(np.int64).max)
    np.minimum.at(clusters, places, images)
    return Ranked(queries, best, clusters)


def _column(
    provider: ProviderEntry, direction: str, ranked: Ranked | None, status: str = "ok", candidates: int = 0
) -> ScoredColumn:
    import numpy as np

    from embedmark.stats import share_interval

    values: dict[str, float] = dict.fromkeys(CUTOFFS, nan)
    intervals: dict[str, Interval | None] = dict.fromkeys(CUTOFFS)
    statuses: dict[str, str] = {}
    n_queries = 0 if ranked is None else ranked.queries.size
    if ranked is not None and not n_queries:
        status = "no-score"
    for metric, k in CUTOFFS.items():
        if ranked is None or not n_queries:
            continue
        if candidates <= k:
            statuses[metric] = TRIVIAL  # whatever the model says, everything is among the first k
            continue
        hits = (ranked.ranks <= k).astype(np.float64)
        values[metric], intervals[metric] = float(hits.mean()), share_interval(hits, ranked.clusters)
    return ScoredColumn(
        provider=provider,
        similarity=provider.similarity,
        primary=direction == IMAGE_TO_TEXT,
        scores=np.empty(0),
        n_scored=n_queries,
        status=status,
        values=values,
        intervals=intervals,
        slice=direction,
        statuses=statuses,
    )


def _family(run: MeasuredRun, dataset: DatasetEntry, ranked: dict[str, Ranked], resamples: int) -> dict[str, Family]:
    """Return by metric the hits of all providers, image by image, where the cutoff leaves something to miss."""
    import numpy as np

    from embedmark.stats import Units

    queries = np.unique(np.concatenate([r.queries for r in ranked.values()])) if ranked else np.empty(0, np.int64)
    ranks = np.full((len(ranked), queries.size), np.nan)
    for row, found in zip(ranks, ranked.values(), strict=True):
        row[np.searchsorted(queries, found.queries)] = found.ranks
    return {
        metric: Family(
            names=list(ranked),
            scores=np.where(np.isnan(ranks), np.nan, ranks <= k),
            gold=None,
            units=Units.independent(queries.size),
            draws=resamples,
            seed=dataset_seed(run, dataset),
        )
        for metric, k in CUTOFFS.items()
        if k < dataset.n_texts
    }
