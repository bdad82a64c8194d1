"""Scores of providers on a dataset, with intervals and paired differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry

if TYPE_CHECKING:
    from embedmark.stats import Array, Difference, Interval


METRICS: Final = ("spearman", "pearson")


MIN_SCORED: Final = 3  # two pairs are always perfectly correlated


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """What one provider scores on one dataset by one similarity.

    Attributes:
        similarity: cosine, dot, euclidean or manhattan; "" for cross-encoders.
        primary: whether this is the similarity that the model was made for.
        scores: float64 (n,), NaN where there is no score; empty where the provider has none at all.
        n_scored: pairs with a score; of captions, queries with a rank.
        status: ok, or why `values` are NaN.
        values, intervals: by metric.
        slice: `all`; of captions the direction, of a matrix the cell.
        statuses: by metric, where it is not `status`.
    """

    provider: ProviderEntry
    similarity: str
    primary: bool
    scores: Array
    n_scored: int
    status: str
    values: dict[str, float]
    intervals: dict[str, Interval | None]
    slice: str = "all"
    statuses: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class PairDifference:
    """Metric of provider a less that of provider b, over the pairs that both scored."""

    a: str
    b: str
    n_pairs: int
    difference: Difference


@dataclass(frozen=True, eq=False, slots=True)
class DatasetAnalysis:
    """One dataset: its pairs with gold (n,), every column, and by metric the paired differences of all providers,
    tested as one family. Captions and a matrix have no correlation with gold, and so no pairs here."""

    dataset: DatasetEntry
    pair_ids: tuple[str, ...]
    gold: Array
    columns: tuple[Column, ...]
    differences: dict[str, tuple[PairDifference, ...]]
    metrics: tuple[str, ...] = METRICS

    @property
    def main(self) -> str:
        """The metric that summary.csv shows."""
        return self.metrics[0]

    def tied(self, metric: str | None = None) -> tuple[str, ...]:
        """The best provider first, then those not shown to differ from it, in suite order. Default: by `main`."""
        metric = metric or self.main
        usable = [c for c in self.columns if c.primary and c.status == "ok" and not isnan(c.values.get(metric, nan))]
        if not usable:
            return ()
        best = max(usable, key=lambda column: column.values[metric]).provider.name
        apart = {frozenset((d.a, d.b)) for d in self.differences.get(metric, ()) if d.difference.shown}
        others = [c.provider.name for c in usable if c.provider.name != best]
        return (best, *(name for name in others if frozenset((best, name)) not in apart))


def missing_status(run: MeasuredRun, dataset: DatasetEntry, provider: ProviderEntry) -> str:
    """Why a provider has no row in scores.csv: failed, untrained-head or not-measured."""
    failures = run.failures(provider.name, (dataset.name,))
    if provider.status == "failed" or "accuracy" in set(failures["measure"]):
        return "failed"
    return "untrained-head" if provider.untrained else "not-measured"
