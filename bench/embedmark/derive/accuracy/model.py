"""Scores of providers on a dataset, with intervals and paired differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry

if TYPE_CHECKING:
    from embedmark.stats import Array, Difference, Interval, Statistic, Units


INCOMPLETE: Final = "incomplete"
METRICS: Final = ("spearman", "pearson")
MIN_SCORED: Final = 3  # two pairs are always perfectly correlated
_MIN_BINARY: Final = 10  # pairs from which two values other than 0 and 1 are no accident


def is_binary(gold: Array) -> bool:
    """Return True if gold (n,) has two values only: 0 and 1, or any two in 10 pairs and more."""
    import numpy as np

    values = np.unique(gold[~np.isnan(gold)])
    return values.size == 2 and (values.tolist() == [0, 1] or gold.size >= _MIN_BINARY)


def statistics_of(gold: Array) -> tuple[Statistic, ...]:
    """Return what providers are judged by beside gold (n,), the main one first.

    Spearman has a ceiling where gold is binary: sqrt(3 p (1 - p)) for a share p of positives, 0.52 at one in ten.
    """
    from embedmark.stats import AVERAGE_PRECISION, HELD_OUT_ACCURACY, PEARSON, ROC_AUC, SPEARMAN

    if is_binary(gold):
        return AVERAGE_PRECISION, ROC_AUC, HELD_OUT_ACCURACY, SPEARMAN, PEARSON
    return SPEARMAN, PEARSON


@dataclass(frozen=True, eq=False, slots=True)
class ScoredColumn:
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
    tested as one family. Captions and a matrix have no correlation with gold, and so no pairs here.

    Attributes:
        metrics: the main one first.
        ranking: by metric and provider, the value over what all providers have; empty where only columns have values.
        units: what is independent among the pairs; None where there are none.
    """

    dataset: DatasetEntry
    pair_ids: tuple[str, ...]
    gold: Array
    columns: tuple[ScoredColumn, ...]
    differences: dict[str, tuple[PairDifference, ...]]
    metrics: tuple[str, ...] = METRICS
    ranking: dict[str, dict[str, float]] = field(default_factory=dict)
    units: Units | None = None

    @property
    def providers(self) -> tuple[ProviderEntry, ...]:
        """Everything that has a column, in order."""
        return tuple({column.provider.name: column.provider for column in self.columns}.values())

    @property
    def main(self) -> str:
        """The metric that summary.csv shows."""
        return self.metrics[0]

    def ranked(self, metric: str | None = None) -> dict[str, float]:
        """Return the value of each provider that can be ranked, over what all of them have. Default: by `main`."""
        metric = metric or self.main
        own = {c.provider.name: c.values.get(metric, nan) for c in self.columns if c.primary and c.status == "ok"}
        return {name: value for name, value in self.ranking.get(metric, own).items() if not isnan(value)}

    def undecidable(self, metric: str | None = None) -> bool:
        """Return True if there are too few pairs for any test to tell the providers apart."""
        found = self.differences.get(metric or self.main, ())
        return len(found) > 0 and all(pair.difference.interval is None for pair in found)

    @property
    def n_ranked(self) -> int:
        """The number of pairs (of captions, images) that all ranked providers have."""
        found = self.differences.get(self.main, ())
        return found[0].n_pairs if found else max((c.n_scored for c in self.columns), default=0)

    def short(self) -> dict[str, int]:
        """Return what each provider scored that lost pairs which others have; empty where all have the same."""
        ranked = self.ranked()
        counts = {c.provider.name: c.n_scored for c in self.columns if c.primary and c.provider.name in ranked}
        most = max(counts.values(), default=0)
        return {name: n for name, n in counts.items() if n < most} if len(counts) > 1 and self.ranking else {}

    def needed(self, metric: str | None = None) -> int | None:
        """Return how many independent pairs a test would take, where there are too few of them; else None."""
        from embedmark.stats import MIN_UNITS, least_units

        if not self.undecidable(metric):
            return None
        shared = self.units is not None and self.units.graph is not None
        return max(least_units(len(self.differences[metric or self.main])), MIN_UNITS if shared else 0)

    def tied(self, metric: str | None = None) -> tuple[str, ...]:
        """Return the best provider first, then those not shown to differ from it, in suite order.

        Empty where no test could tell providers apart. Default: by `main`.
        """
        metric = metric or self.main
        values = self.ranked(metric)
        if not values or self.undecidable(metric):
            return ()
        best = max(values, key=values.__getitem__)
        apart = {frozenset((d.a, d.b)) for d in self.differences.get(metric, ()) if d.difference.shown}
        return (best, *(name for name in values if name != best and frozenset((best, name)) not in apart))


def early_status(run: MeasuredRun, dataset: DatasetEntry, provider: ProviderEntry, status: str) -> str:
    """Return `incomplete` where the pass ended early: the pairs that it has are scored, if it has any.

    Such a provider is in no comparison: it would narrow that of the others to the pairs that it has.
    """
    rows = run.samples(provider.name, "accuracy", status=INCOMPLETE)
    early = (rows["dataset"] == dataset.name) & rows["n"].notna()
    return INCOMPLETE if status in ("ok", "not-measured") and bool(early.any()) else status


def missing_status(run: MeasuredRun, dataset: DatasetEntry, provider: ProviderEntry) -> str:
    """Return why a provider has no row in scores.csv: failed, untrained-head or not-measured."""
    failures = run.failures(provider.name, (dataset.name,))
    if provider.status == "failed" or "accuracy" in set(failures["measure"]):
        return "failed"
    return "untrained-head" if provider.untrained else early_status(run, dataset, provider, "not-measured")
