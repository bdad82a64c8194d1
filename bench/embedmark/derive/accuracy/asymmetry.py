"""How far a cross-encoder's score moves when the two sentences of a pair change places."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers

METRIC = "mean_asymmetry"
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """Mean of |score(a, b) - score(b, a)| over the pairs with both scores, with a bootstrap interval over pairs."""

    n_scored: int
    mean: float
    interval: tuple[float, float] | None


def asymmetry(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> Asymmetry | None:
    """None where no pair was scored in both orders, as for every bi-encoder."""
    import numpy as np

    from embedmark.stats import percentile_interval, resample_counts

    rows = run.raw.scores
    rows = rows[(rows["provider"] == provider.name) & (rows["dataset"] == dataset.name)]
    # Of a symmetric provider, `predicted` is the mean of both orders: half way to the other one.
    moved = np.abs(numbers(rows, "predicted") - numbers(rows, "predicted_reversed")) * provider.orders
    moved = moved[np.isfinite(moved)]
    if not moved.size:
        return None
    counts = resample_counts(moved.size, _RESAMPLES, run.seed)
    means = np.concatenate([block @ moved / moved.size for block in counts])
    return Asymmetry(moved.size, float(moved.mean()), percentile_interval(means, moved.size))
