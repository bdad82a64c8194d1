"""The bootstrap of a mean over pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from embedmark.stats.arrays import CONFIDENCE, Array, Interval

MIN_PAIRS = 10  # below, a percentile bootstrap covers far less than it says
MAX_DEGENERATE = 0.01  # share of resamples without a value, above which an interval would describe the rest only

_CHUNK = 2**17  # doubles in a block of resamples: 1 MiB stays in a core's cache, which makes it twice as fast


def resample_counts(n: int, resamples: int, seed: int | Sequence[int], *, most_cells: int = _CHUNK) -> Iterator[Array]:
    """Yield how often each of `n` pairs occurs in each resample: float64 blocks (b, n) whose b sum to `resamples`.

    Every row sums to n. Blocks of at most `most_cells` bound the memory; the rows do not depend on the block size.
    """
    rng = np.random.default_rng(seed)
    block = max(1, most_cells // max(n, 1))
    for start in range(0, resamples, block):
        b = min(block, resamples - start)
        drawn = rng.integers(0, n, size=(b, n))
        drawn += np.arange(b)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=b * n).reshape(b, n).astype(np.float64)


def percentile_interval(replicates: Array, n: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Return the middle `confidence` of bootstrap replicates (b,) of a statistic over `n` pairs.

    None below MIN_PAIRS pairs, and where the statistic is undefined in more than MAX_DEGENERATE of the resamples.
    """
    defined = replicates[~np.isnan(replicates)]
    if n < MIN_PAIRS or defined.size < (1 - MAX_DEGENERATE) * replicates.size or defined.size == 0:
        return None
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
