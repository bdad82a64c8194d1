"""Retrieval: every ranking of a dataset with its metrics, intervals and paired differences. The unit is the query."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.gains import DEPTH, MAIN, UNJUDGED, Judged, metric_names, metrics_of
from embedmark.derive.accuracy.model import DatasetAnalysis, PairDifference, ScoredColumn
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers
from embedmark.store.labels import fusion_label, two_stage_label
from embedmark.store.manifest.suite import RetrievalFacts

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from embedmark.stats import Array, Interval

DEFAULT_K: Final = (1, 5, 10, 100)
FUSION: Final = "fusion"
TWO_STAGE: Final = "two-stage"


def analyse_retrieval(run: MeasuredRun, dataset: DatasetEntry) -> DatasetAnalysis:
    """Return one column a ranking; differences are tested as one family a metric, over the queries of all."""
    import numpy as np

    k = depths_of(run)
    judged = judged_of(run, dataset)
    metrics = {name: metrics_of(one, k, dataset.n_documents) for name, one in judged.items()}
    columns = tuple(_column(run, dataset, ranking, metrics.get(ranking.name), k) for ranking in rankings(run))
    differences = {metric: tuple(_family(run, dataset, metrics, metric)) for metric in _tested(k)}
    return DatasetAnalysis(dataset, (), np.empty(0), columns, differences, metric_names(k))


def depths_of(run: MeasuredRun) -> tuple[int, ...]:
    """Return the depths that a run's suite names."""
    return tuple(_spec(run).k or DEFAULT_K)


def _spec(run: MeasuredRun) -> RetrievalFacts:
    return run.measure.retrieval or RetrievalFacts()


def rankings(run: MeasuredRun) -> tuple[ProviderEntry, ...]:
    """Return everything that ranks documents: providers in suite order, then fusions, then two-stage rows."""
    single = tuple(provider for provider in run.providers if not provider.is_cross)
    spec = _spec(run)
    fusions = tuple(composite(fusion_label(fusion.of, fusion.weights, fusion.k), FUSION) for fusion in spec.fusion)
    untrained = {provider.name for provider in run.providers if provider.untrained}
    stages = (composite(two_stage_label(a, b), TWO_STAGE, untrained=b in untrained) for a, b in spec.rerank)
    return (*single, *fusions, *stages)


def parts_of(run: MeasuredRun, name: str) -> tuple[str, ...]:
    """Return what a fusion or a two-stage row is made of; () for a provider."""
    spec = _spec(run)
    for fusion in spec.fusion:
        if fusion_label(fusion.of, fusion.weights, fusion.k) == name:
            return tuple(fusion.of)
    return next((tuple(pair) for pair in spec.rerank if two_stage_label(*pair) == name), ())


def composite(name: str, kind: str, *, untrained: bool = False) -> ProviderEntry:
    """Return the entry of a row that is made of several providers; `untrained` if the last of them has no head."""
    return ProviderEntry(
        name=name, plugin="", model=name, kind=kind, similarity="", untrained=untrained, symmetric=False,
        isolated=False, server_rate_per_s=None, server_images_per_s=None, status="ok", error="",
    )  # fmt: skip


def judged_of(run: MeasuredRun, dataset: DatasetEntry) -> dict[str, Judged]:
    """Return the judged documents of each ranking of a dataset, queries in the order of the file.

    Rankings of a cross-encoder without a trained head are left out: their order would mean nothing.
    """
    import pandas as pd

    frame = run.raw.judged
    if frame is None:
        return {}
    untrained = [ranking.name for ranking in rankings(run) if ranking.untrained]
    frame = frame[(frame["dataset"] == dataset.name) & ~frame["provider"].isin(untrained)]
    ids = pd.Index(frame["query_id"]).unique()
    return {
        str(name): Judged(
            n_queries=len(ids),
            queries=ids.get_indexer(rows["query_id"]).astype("int64"),
            grades=numbers(rows, "grade"),
            ranks=numbers(rows, "rank"),
        )
        for name, rows in frame.groupby("provider", sort=False)
    }


def query_ids(frame: pd.DataFrame, dataset: str) -> list[str]:
    """Return the ids of a dataset's queries, in the order of Judged.queries."""
    import pandas as pd

    return [str(name) for name in pd.Index(frame[frame["dataset"] == dataset]["query_id"]).unique()]


def _tested(k: tuple[int, ...]) -> tuple[str, ...]:
    """Return the metrics whose differences are tested."""
    return tuple(dict.fromkeys((MAIN, f"recall_at_{min(k)}", f"recall_at_{DEPTH}", f"mrr_at_{DEPTH}")))


def _column(
    run: MeasuredRun, dataset: DatasetEntry, ranking: ProviderEntry, found: dict[str, Array] | None, k: tuple[int, ...]
) -> ScoredColumn:
    import numpy as np

    names = metric_names(k)
    if found is None:
        return ScoredColumn(
            provider=ranking, similarity=ranking.similarity_shown, primary=True, scores=np.empty(0), n_scored=0,
            status=_missing(run, dataset, ranking), values=dict.fromkeys(names, np.nan),
            intervals=dict.fromkeys(names),
        )  # fmt: skip
    return ScoredColumn(
        provider=ranking,
        similarity=ranking.similarity_shown,
        primary=True,
        scores=found[MAIN],
        n_scored=int((~np.isnan(found[MAIN])).sum()),
        status="ok",
        values={name: float(np.nanmean(found[name])) for name in names},
        intervals={name: None if name == UNJUDGED else _interval(found[name]) for name in names},
    )


def _interval(values: Array) -> Interval | None:
    from embedmark.stats import MEAN_SHARE, estimate

    return estimate(MEAN_SHARE, values[None, :]).interval(0)


def _family(
    run: MeasuredRun, dataset: DatasetEntry, metrics: dict[str, dict[str, np.ndarray]], metric: str
) -> Iterator[PairDifference]:
    import numpy as np

    from embedmark.derive.accuracy.families import dataset_seed
    from embedmark.stats import MEAN_SHARE, paired_differences

    names = [ranking.name for ranking in rankings(run) if ranking.name in metrics]
    if len(names) < 2:
        return
    matrix = np.stack([metrics[name][metric] for name in names])
    family = paired_differences(MEAN_SHARE, matrix, seed=dataset_seed(run, dataset))
    for (a, b), difference in zip(combinations(names, 2), family, strict=True):
        yield PairDifference(a, b, matrix.shape[1], difference)


def _missing(run: MeasuredRun, dataset: DatasetEntry, ranking: ProviderEntry) -> str:
    if ranking.untrained and ranking.status != "failed":
        return "untrained-head"
    failed = len(run.failures(ranking.name, (dataset.name, ""))) > 0
    return "failed" if ranking.status == "failed" or failed else "not-measured"
