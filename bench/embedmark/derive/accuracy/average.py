"""The average of several datasets, as MTEB has it: the mean of their main metric, with an interval.

The datasets' errors count as independent, each over its own pairs; a provider's critical value is that of the smallest
dataset. Differences between providers are paired over every dataset's pairs, and corrected by Bonferroni.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.model import DatasetAnalysis, statistics_of
from embedmark.derive.rows.quality import AccuracyRow
from embedmark.derive.run import MeasuredRun, ProviderEntry

if TYPE_CHECKING:
    from embedmark.stats import Array, Units

AVERAGE: Final = "average"
_CONFIDENCE: Final = 0.95


def average_rows(run: MeasuredRun, analyses: Sequence[DatasetAnalysis]) -> Iterator[AccuracyRow]:
    """Yield a row a provider of the datasets that the suite averages; none where it averages nothing."""
    wanted = run.raw.manifest.suite.average
    chosen = [analysis for name in wanted for analysis in analyses if analysis.dataset.name == name]
    if not chosen or len(chosen) < len(wanted):
        return
    metrics = {analysis.main for analysis in chosen}
    metric = metrics.pop() if len(metrics) == 1 else "main_metric"
    estimates = {
        provider.name: [_estimate(analysis, [provider.name]) for analysis in chosen] for provider in run.providers
    }
    values = {name: _mean(parts) for name, parts in estimates.items()}
    tied = _tied(chosen, [name for name, value in values.items() if value is not None])
    for provider in run.providers:
        yield _row(provider, chosen, metric, values[provider.name], 1 if provider.name in tied else None)


def _row(
    provider: ProviderEntry,
    chosen: Sequence[DatasetAnalysis],
    metric: str,
    found: tuple[float, float | None, float] | None,
    tie_group: int | None,
) -> AccuracyRow:
    n_pairs = sum(analysis.dataset.n_pairs for analysis in chosen)
    value, half = (found[0], found[1]) if found else (None, None)
    return AccuracyRow(
        **provider.labels(),
        dataset=AVERAGE,
        slice="+".join(analysis.dataset.name for analysis in chosen),
        n_pairs=n_pairs,
        n_scored=n_pairs if found else 0,
        similarity=provider.similarity if not provider.is_cross else None,
        metric=metric,
        value=value,
        ci_low=None if value is None or half is None else max(-1.0, value - half),
        ci_high=None if value is None or half is None else min(1.0, value + half),
        tie_group=tie_group,
        status="ok" if found else "not-measured",
    )


def _estimate(analysis: DatasetAnalysis, names: Sequence[str]) -> tuple[Array, Array, Units] | None:
    """Values (k,), influence values (k, n) and units of providers on one dataset, over the pairs that all scored."""
    import numpy as np

    from embedmark.stats import Units, complete, estimate

    columns = {c.provider.name: c for c in analysis.columns if c.primary and c.status == "ok" and c.scores.size}
    if not all(name in columns for name in names):
        return None
    scores = np.stack([columns[name].scores for name in names])
    kept = complete(scores)
    units = (analysis.units or Units.independent(scores.shape[1])).subset(kept)
    statistic = statistics_of(analysis.gold)[0]
    found = estimate(statistic, scores[:, kept], gold=analysis.gold[kept], units=units)
    return found.values, found.psi, units


def _mean(parts: Sequence[tuple[Array, Array, Units] | None]) -> tuple[float, float | None, float] | None:
    """Return the mean over datasets, half of its interval, and the variance; None where a dataset is lacking."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    value = sum(float(values[0]) for values, _, _ in known) / len(known)
    variance = sum(float(units.covariance(psi)[0, 0]) for _, psi, units in known) / len(known) ** 2
    enough = all(units.enough for _, _, units in known)
    half = _critical(known, 1) * variance**0.5 if enough else None
    return value, half, variance


def _critical(parts: Sequence[tuple[Array, Array, Units]], comparisons: int) -> float:
    from embedmark.stats.distributions import student_above

    freedom = min(units.freedom for _, _, units in parts)
    return student_above((1 - _CONFIDENCE) / 2 / comparisons, freedom)


def _tied(chosen: Sequence[DatasetAnalysis], names: Sequence[str]) -> set[str]:
    """Return the best provider and those not shown to be worse; none where no test could tell."""
    import numpy as np

    found = [_estimate(analysis, names) for analysis in chosen] if names else []
    parts = [part for part in found if part is not None]
    if not parts or len(parts) < len(chosen) or not all(units.enough for _, _, units in parts):
        return set()
    values = np.mean([values for values, _, _ in parts], axis=0)
    covariance = np.sum([units.covariance(psi) for _, psi, units in parts], axis=0) / len(parts) ** 2
    best = int(np.argmax(values))
    crit = _critical(parts, max(1, len(list(combinations(names, 2)))))
    spread = np.diag(covariance) + covariance[best, best] - 2 * covariance[best]
    worse = values[best] - values > np.maximum(crit * np.sqrt(np.maximum(spread, 0)), 1e-6)
    return {name for name, is_worse in zip(names, worse.tolist(), strict=True) if not is_worse}
