"""Retrieval on two sides: paired differences over the queries that both ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from embedmark.comparison.losses import lost_text
from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import Change, Quantity
from embedmark.comparison.paired import Observed, SharedSample, paired_changes
from embedmark.derive.accuracy.families import dataset_seed
from embedmark.derive.accuracy.gains import UNJUDGED, metric_names, metrics_of
from embedmark.derive.accuracy.retrieval import depths_of, judged_of, parts_of, query_ids, rankings
from embedmark.derive.run import DatasetEntry, MeasuredRun

if TYPE_CHECKING:
    import pandas as pd


def search_changes(matches: Sequence[Match], composites: Sequence[Match] = ()) -> Iterator[Change]:
    """Yield every retrieval metric of every ranking on every dataset; each dataset and metric is one family.

    Args:
        matches: providers; or two rows of one run, of which each may be a composite.
        composites: fusions and two-stage rows of two runs.
    """
    # A cross-encoder has no ranking of its own: it is in the two-stage rows.
    every = [*(match for match in matches if not _is_cross(match)), *composites]
    if not every or not every[0].measures("retrieval"):
        return
    for dataset, _, _ in every[0].datasets():
        if dataset.kind == "retrieval":
            yield from _dataset(every, dataset)


def composite_matches(baseline: Side, candidate: Side, wanted: Sequence[str] = ()) -> list[Match]:
    """Return a match for each fusion and two-stage row of either of two runs; of those in `wanted`, if any are."""
    sides = (baseline, candidate)
    known = [composite_names(side.first) if side.first.measures("retrieval") else [] for side in sides]
    found = []
    for name in dict.fromkeys((*known[0], *known[1])):
        if wanted and name not in wanted:
            continue
        lacking = [side.label for side, names in zip(sides, known, strict=True) if name not in names]
        missing = f"{lacking[0]} has no {name}" if lacking else ""
        found.append(Match(baseline, name, candidate, name, missing))
    return found


def composite_names(run: MeasuredRun) -> list[str]:
    """Return the names of the fusions and two-stage rows of a run."""
    return [ranking.name for ranking in rankings(run) if ranking.name not in run.names]


def _dataset(matches: Sequence[Match], dataset: DatasetEntry) -> Iterator[Change]:
    import pandas as pd

    from embedmark.stats import DRAWS, MEAN_SHARE, Units

    found: list[tuple[Match, pd.DataFrame, pd.DataFrame]] = []
    k = _depths(matches[0])
    metrics = [metric for metric in metric_names(k) if metric != UNJUDGED]
    for match in matches:
        both = match.both_sides(dataset, partial(_metrics, k=k))
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
        quantity, observed = Quantity(dataset.name, metric), []
        for match, before, after in found:
            reason = _cut_short(match, dataset, metric)
            if reason:
                yield match.incomparable(quantity, reason)
            else:
                observed.append(_observed(match, before, after, ids, metric))
        yield from paired_changes(quantity, MEAN_SHARE, observed, sample)


def _depths(match: Match) -> tuple[int, ...]:
    """Return the depths that either suite names: the judged rows have the metrics of both."""
    runs = [side.first for side in (match.baseline, match.candidate) if side.first.measures("retrieval")]
    return tuple(sorted({depth for run in runs for depth in depths_of(run)}))


def _cut_short(match: Match, dataset: DatasetEntry, metric: str) -> str:
    """Return that one side asked a ranker for fewer documents than the metric needs; "" where it did not."""
    sides, names = (match.baseline, match.candidate), (match.baseline_name, match.candidate_name)
    asked = [_asked(side.first, name, dataset) for side, name in zip(sides, names, strict=True)]
    fewest = min(asked)
    depth = _depth_of(metric)
    is_alone = all(name in side.first.names for side, name in zip(sides, names, strict=True))
    if max(asked) == fewest or (is_alone and depth is not None and depth <= fewest):
        return ""
    label = sides[asked.index(fewest)].label
    return f"rankers were asked for {fewest} documents only in {label} (measure.retrieval.depth)"


def _asked(run: MeasuredRun, name: str, dataset: DatasetEntry) -> int:
    """Return how many documents a ranker was asked for, of a row that is one or rests on one; else all documents."""
    spec, parts = run.measure.retrieval, parts_of(run, name) or (name,)
    if spec is None or spec.depth is None or not any(e.kind == "ranker" for e in run.providers if e.name in parts):
        return dataset.n_documents
    return min(spec.depth, dataset.n_documents)


def _depth_of(metric: str) -> int | None:
    """Return down to which rank a metric reads; None for all of it."""
    if metric == "precision_at_1":
        return 1
    _, at, depth = metric.rpartition("_at_")
    return int(depth) if at else None


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
