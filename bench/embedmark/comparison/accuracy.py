"""Accuracy of two runs: paired differences over the pairs that both scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.comparison.model import ACCURACY, Change, Match, incomparable, judge
from embedmark.derive.accuracy.correlations import DEFAULT_RESAMPLES
from embedmark.derive.accuracy.families import dataset_seed
from embedmark.derive.accuracy.model import MIN_SCORED
from embedmark.derive.run import DatasetEntry, MeasuredRun, real

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array, Difference


@dataclass(frozen=True, eq=False, slots=True)
class _Pair:
    """Scores of one match over the dataset's pairs, float64 (n,), NaN where either has none."""

    match: Match
    baseline: Array
    candidate: Array
    n: int


def accuracy_changes(matches: Sequence[Match]) -> Iterator[Change]:
    """Spearman and Pearson of every match on every dataset of the baseline; each dataset is one family for Holm."""
    if not matches or matches[0].baseline.first.spec("accuracy") is None:
        return
    for dataset in matches[0].baseline.first.datasets:
        yield from _dataset(matches, dataset)


def _dataset(matches: Sequence[Match], dataset: DatasetEntry) -> Iterator[Change]:
    import numpy as np

    from embedmark.stats import bootstrap_correlations

    if dataset.kind not in ("pairs", "graded"):
        why = "runs are compared by correlations with gold, and this dataset has none"
        yield from (incomparable(match, dataset.name, metric, why) for match in matches for metric in ACCURACY)
        return
    gold = _scores(matches[0].baseline.first, "", dataset, "gold")
    pairs: list[_Pair] = []
    for match in matches:
        found = _pair(match, dataset, gold.index)
        if isinstance(found, str):
            yield from (incomparable(match, dataset.name, metric, found) for metric in ACCURACY)
        else:
            pairs.append(found)
    if not pairs:
        return
    view = matches[0].baseline.first
    values: Array = np.asarray(gold.to_numpy(), dtype=np.float64)
    matrix: Array = np.stack([row for pair in pairs for row in (pair.baseline, pair.candidate)])
    resamples = int((view.spec("accuracy") or {}).get("resamples") or DEFAULT_RESAMPLES)
    replicates = bootstrap_correlations(values, matrix, resamples=resamples, seed=dataset_seed(view, dataset))
    for metric in ACCURACY:
        yield from _family(metric, pairs, dataset, values, matrix, getattr(replicates, metric))


def _family(
    metric: str, pairs: Sequence[_Pair], dataset: DatasetEntry, gold: Array, matrix: Array, sampled: Array
) -> Iterator[Change]:
    from embedmark.derive.accuracy.correlations import correlate
    from embedmark.stats import holm_family, paired_se

    values = [correlate(metric, gold, row) for row in matrix]
    differences = [values[2 * i + 1] - values[2 * i] for i in range(len(pairs))]
    errors = [paired_se(sampled[2 * i], sampled[2 * i + 1], pair.n) for i, pair in enumerate(pairs)]
    for i, (pair, found) in enumerate(zip(pairs, holm_family(differences, errors), strict=True)):
        yield _change(metric, pair, dataset, values[2 * i], values[2 * i + 1], found)


def _change(metric: str, pair: _Pair, dataset: DatasetEntry, before: float, after: float, found: Difference) -> Change:
    low, high = found.interval or (None, None)
    verdict = judge(metric, real(found.value), low, high)
    reason = f"paired over {pair.n:,} pairs" if pair.n != dataset.n_pairs else ""
    if verdict == "not comparable":
        reason = "a correlation or its interval is undefined (constant or too few scores)"
    return Change(
        pair.match.candidate.label,
        pair.match.against,
        pair.match.label,
        dataset.name,
        metric,
        "",
        real(before),
        real(after),
        "difference",
        real(found.value),
        low,
        high,
        verdict,
        reason,
    )


def _pair(match: Match, dataset: DatasetEntry, ids: pd.Index[str]) -> _Pair | str:
    """The scores of a match, or why they cannot be compared."""
    import numpy as np

    other, reason = match.dataset(dataset)
    if other is None:
        return reason
    for entry, side in zip(match.entries, (match.baseline, match.candidate), strict=True):
        if entry.untrained:
            return f"no trained head in {side.label}"
    before = _scores(match.baseline.first, match.baseline_name, dataset, "predicted").reindex(ids)
    after = _scores(match.candidate.first, match.candidate_name, other, "predicted").reindex(ids)
    for scores, side in ((before, match.baseline), (after, match.candidate)):
        if not scores.notna().any():
            return f"no scores in {side.label}"
    a, b = before.to_numpy(dtype="float64"), after.to_numpy(dtype="float64")
    gaps = ~(np.isfinite(a) & np.isfinite(b))
    n = int((~gaps).sum())
    if n < MIN_SCORED:
        return f"both scored {n} pairs only"
    return _Pair(match, np.where(gaps, np.nan, a), np.where(gaps, np.nan, b), n)


def _scores(run: MeasuredRun, provider: str, dataset: DatasetEntry, column: str) -> pd.Series[float]:
    """A column of scores by pair id; of every provider at once for provider "" (for gold, which they share)."""
    frame = run.raw.scores
    frame = frame[frame["dataset"] == dataset.name]
    if provider:
        frame = frame[frame["provider"] == provider]
    series: pd.Series[float] = frame.drop_duplicates("pair_id").set_index("pair_id")[column]
    return series
