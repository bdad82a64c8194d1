"""Accuracy of two sides: paired differences over the pairs, or queries, that both scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from embedmark.comparison.losses import lost_text
from embedmark.comparison.match import Match
from embedmark.comparison.model import Change, Quantity
from embedmark.comparison.paired import UNDEFINED, Observed, SharedSample, paired_changes
from embedmark.comparison.recall import recall_changes
from embedmark.derive.accuracy.families import dataset_seed
from embedmark.derive.accuracy.model import MIN_SCORED, statistics_of
from embedmark.derive.run import DatasetEntry, MeasuredRun

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array

CORRELATIONS: Final = ("spearman", "pearson")
_NO_HEAD: Final = "no trained head on either side"
_NO_GOLD: Final = "this dataset has no gold to compare with"


def accuracy_changes(matches: Sequence[Match]) -> Iterator[Change]:
    """Yield every accuracy metric of every match on every dataset; each dataset and metric is one family."""
    if not matches or not matches[0].measures("accuracy"):
        return
    for dataset, _, _ in matches[0].datasets():
        if dataset.kind == "captions":
            yield from recall_changes(matches, dataset)
        elif dataset.kind in ("pairs", "graded"):
            yield from _correlations(matches, dataset)
        elif dataset.kind != "retrieval":
            yield from (m.incomparable(Quantity(dataset.name, CORRELATIONS[0]), _NO_GOLD, applies=False)
                        for m in matches)  # fmt: skip


def _correlations(matches: Sequence[Match], dataset: DatasetEntry) -> Iterator[Change]:
    import numpy as np

    from embedmark.derive.accuracy.units import units_of
    from embedmark.stats import DRAWS

    run = next(side.first for side in (matches[0].baseline, matches[0].candidate) if dataset in side.first.datasets)
    gold = _scores(run, "", dataset, "gold")
    values: Array = np.asarray(gold.to_numpy(), dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    statistics = statistics_of(values)
    pairs: list[Observed] = []
    for match in matches:
        found = _pair(match, dataset, gold.index, values)
        if isinstance(found, Observed):
            pairs.append(found)
        else:
            for statistic in statistics:
                yield match.incomparable(Quantity(dataset.name, statistic.name), found, applies=found != _NO_HEAD)
    frame = run.raw.scores
    units = units_of(run, dataset, frame[frame["dataset"] == dataset.name], gold.index)
    sample = SharedSample(
        gold=values,
        units=units,
        draws=run.resamples or DRAWS,
        seed=dataset_seed(run, dataset),
    )
    for statistic in statistics:
        yield from paired_changes(Quantity(dataset.name, statistic.name), statistic, pairs, sample)


def _pair(match: Match, dataset: DatasetEntry, ids: pd.Index[str], gold: Array) -> Observed | str:
    """Return the scores of a match, or why they cannot be compared."""
    import numpy as np

    if match.missing:
        return match.missing
    other, reason = match.dataset(dataset)
    if other is None or dataset not in match.baseline.first.datasets:
        return reason or f"{match.baseline.label} did not measure this dataset"
    sides = (match.baseline, match.candidate)
    untrained = [side for entry, side in zip(match.entries, sides, strict=True) if entry.untrained]
    if untrained:
        return _NO_HEAD if len(untrained) == len(sides) else f"no trained head in {untrained[0].label}"
    before = _scores(match.baseline.first, match.baseline_name, dataset, "predicted").reindex(ids)
    after = _scores(match.candidate.first, match.candidate_name, other, "predicted").reindex(ids)
    for scores, side in ((before, match.baseline), (after, match.candidate)):
        if not scores.notna().any():
            return f"no scores in {side.label}"
    a, b = (np.asarray(scores.to_numpy(), dtype=np.float64) for scores in (before, after))
    return _observed(match, a, b, gold)


def _observed(match: Match, a: Array, b: Array, gold: Array) -> Observed | str:
    """Return the scores of both sides over the pairs that both scored, or why they cannot be compared."""
    import numpy as np

    from embedmark.stats import is_constant

    gaps = ~np.isfinite(np.stack([a, b, gold])).all(axis=0)
    n = int((~gaps).sum())
    if n < MIN_SCORED:
        return f"both scored {n} pairs only"
    if any(is_constant(values[~gaps]) for values in (a, b, gold)):
        return UNDEFINED
    lost = lost_text(match, (int(np.isfinite(a).sum()), int(np.isfinite(b).sum())), n, "pairs")
    return Observed(match=match, before=np.where(gaps, np.nan, a), after=np.where(gaps, np.nan, b), lost=lost)


def _scores(run: MeasuredRun, provider: str, dataset: DatasetEntry, column: str) -> pd.Series[float]:
    """Return a column of scores by pair id; of every provider at once for provider "" (gold, which they share)."""
    frame = run.raw.scores
    frame = frame[frame["dataset"] == dataset.name]
    if provider:
        frame = frame[frame["provider"] == provider]
    series: pd.Series[float] = frame.drop_duplicates("pair_id").set_index("pair_id")[column]
    return series
