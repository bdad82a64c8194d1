"""How far a cross-encoder's score moves when the two sentences of a pair change places."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers

METRIC = "mean_asymmetry"
_RESAMPLES = 1000
_LARGEST = 1e300  # gaps beyond it have no mean that is a float


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """Mean of |score(a, b) - score(b, a)| over the pairs with both scores, with a bootstrap interval over pairs."""

    n_scored: int
    mean: float
    interval: tuple[float, float] | None


def asymmetry(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> Asymmetry | None:
    """Return the asymmetry of a provider on a dataset.

    None if no pair was scored in both orders, as for every bi-encoder, or if scores are so far apart that a float does
    not hold their mean gap.
    """
    import numpy as np

    from embedmark.stats import percentile_interval, resample_counts

    rows = run.raw.scores
    rows = rows[(rows["provider"] == provider.name) & (rows["dataset"] == dataset.name)]
    # Of a symmetric provider, `predicted` is the mean of both orders: half way to the other one.
    both = np.stack([numbers(rows, "predicted"), numbers(rows, "predicted_reversed")])
    given, reverse = both[:, np.isfinite(both).all(axis=0)]
    with np.errstate(over="ignore"):
        moved = np.abs(given - reverse) * provider.orders
    if not moved.size or moved.max() > _LARGEST:
        return None
    counts = resample_counts(moved.size, _RESAMPLES, run.seed)
    means = np.concatenate([block @ moved / moved.size for block in counts])
    return Asymmetry(moved.size, float(moved.mean()), percentile_interval(means, moved.size))
