"""Retrieval on two sides: paired differences over the queries that both ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from embedmark.comparison.losses import lost_text
from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import Change, Quantity
from embedmark.comparison.paired import Observed, SharedSample, paired_changes
from embedmark.derive.accuracy.families import dataset_seed
from embedmark.derive.accuracy.gains import DEPTH, MAIN, depths, metrics_of
from embedmark.derive.accuracy.retrieval import depths_of, judged_of, query_ids, rankings
from embedmark.derive.run import DatasetEntry, MeasuredRun

if TYPE_CHECKING:
    import pandas as pd


def search_changes(matches: Sequence[Match]) -> Iterator[Change]:
    """Yield every retrieval metric of every ranking on every dataset; each dataset and metric is one family."""
    if not matches or not matches[0].measures("retrieval"):
        return
    # A cross-encoder has no ranking of its own: it is in the two-stage rows.
    every = [*(match for match in matches if not _is_cross(match)), *_composites(matches)]
    for dataset, _, _ in matches[0].datasets():
        if dataset.kind == "retrieval":
            yield from _dataset(every, dataset)


def _composites(matches: Sequence[Match]) -> Iterator[Match]:
    """Yield a match for each fusion and two-stage row of either side, where the two sides are two runs."""
    first = matches[0]
    if first.in_one_run:
        return
    sides = (first.baseline, first.candidate)
    names = [composite_names(side.first) for side in sides]
    for name in dict.fromkeys((*names[0], *names[1])):
        lacking = [side.label for side, known in zip(sides, names, strict=True) if name not in known]
        missing = f"{lacking[0]} has no {name}" if lacking else ""
        yield replace(first, baseline_name=name, candidate_name=name, missing=missing)


def composite_names(run: MeasuredRun) -> list[str]:
    """Return the names of the fusions and two-stage rows of a run."""
    return [ranking.name for ranking in rankings(run) if ranking.name not in run.names]


def _dataset(matches: Sequence[Match], dataset: DatasetEntry) -> Iterator[Change]:
    import pandas as pd

    from embedmark.stats import DRAWS, MEAN_SHARE, Units

    found: list[tuple[Match, pd.DataFrame, pd.DataFrame]] = []
    metrics = _compared(matches[0].baseline)
    for match in matches:
        both = match.both_sides(dataset, partial(_metrics, k=depths_of(match.baseline.first)))
        if isinstance(both, str):
            yield from (match.incomparable(Quantity(dataset.name, metric), both) for metric in metrics)
        else:
            found.append((match, *both))
    if not found:
        return
    ids = pd.Index(dict.fromkeys(name for _, *sides in found for side in sides for name in side.index))
    run = found[0][0].baseline.first
    sample = SharedSample(gold=None, units=Units.independent(len(ids)), draws=DRAWS, seed=dataset_seed(run, dataset))
    for metric in metrics:
        observed = [_observed(match, before, after, ids, metric) for match, before, after in found]
        yield from paired_changes(Quantity(dataset.name, metric), MEAN_SHARE, observed, sample)


def _compared(side: Side) -> list[str]:
    """Return the metrics that are compared, the main one first."""
    k = depths(depths_of(side.first))
    by_depth = [f"{name}_at_{depth}" for name in ("ndcg", "recall") for depth in k]
    return list(dict.fromkeys((MAIN, *by_depth, f"mrr_at_{DEPTH}", f"hit_at_{DEPTH}", "precision_at_1", "map")))


def _observed(match: Match, before: pd.DataFrame, after: pd.DataFrame, ids: pd.Index[str], metric: str) -> Observed:
    import numpy as np

    a, b = (side[metric].reindex(ids).to_numpy(dtype="float64") for side in (before, after))
    gaps = np.isnan(a) | np.isnan(b)
    ranked = int((~np.isnan(a)).sum()), int((~np.isnan(b)).sum())
    lost = lost_text(match, ranked, int((~gaps).sum()), "queries")
    return Observed(match=match, before=np.where(gaps, np.nan, a), after=np.where(gaps, np.nan, b), lost=lost)


def _metrics(run: MeasuredRun, name: str, dataset: DatasetEntry, k: tuple[int, ...]) -> pd.DataFrame | None:
    import pandas as pd

    judged = judged_of(run, dataset).get(name)
    if judged is None or run.raw.judged is None:
        return None
    return pd.DataFrame(
        metrics_of(judged, k, dataset.n_documents), index=pd.Index(query_ids(run.raw.judged, dataset.name))
    )


def _is_cross(match: Match) -> bool:
    """Return True if the provider is a cross-encoder on either side."""
    entries = [entry for side in (match.baseline, match.candidate) for entry in side.first.providers]
    return any(entry.is_cross for entry in entries if entry.name in (match.baseline_name, match.candidate_name))
