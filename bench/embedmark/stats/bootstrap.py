"""The bootstrap over pairs: correlations with gold in resamples that all providers share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import CONFIDENCE, Array, Interval

MIN_PAIRS = 10  # below, a percentile bootstrap covers far less than it says
MAX_DEGENERATE = 0.01  # share of resamples without a value, above which an interval would describe the rest only

_CHUNK = 2**17  # doubles in a block of resamples: 1 MiB stays in a core's cache, which makes it twice as fast


def resample_counts(n: int, resamples: int, seed: int | Sequence[int]) -> Iterator[Array]:
    """How often each of `n` pairs occurs in each resample: float64 blocks (b, n) whose b sum to `resamples`.

    Every row sums to n. Blocks bound the memory; the rows do not depend on the block size.
    """
    rng = np.random.default_rng(seed)
    block = max(1, _CHUNK // max(n, 1))
    for start in range(0, resamples, block):
        b = min(block, resamples - start)
        drawn = rng.integers(0, n, size=(b, n))
        drawn += np.arange(b)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=b * n).reshape(b, n).astype(np.float64)


@dataclass(frozen=True, eq=False, slots=True)
class Replicates:
    """Correlations with gold in every resample: spearman and pearson, float64 (k, resamples), NaN where undefined."""

    spearman: Array
    pearson: Array


def bootstrap_correlations(gold: Array, scores: Array, *, resamples: int, seed: int | Sequence[int]) -> Replicates:
    """Correlate each row of `scores` with `gold` in the same resamples of the pairs.

    Equal to drawing pairs with replacement and ranking anew each time, but sorts once: with multiplicities w in
    sorted order, the mean rank of a group of ties is (pairs before it) + (W + 1) / 2, W being the sum of w in it.

    Args:
        gold: float64 (n,), finite.
        scores: float64 (k, n), one row a provider; NaN marks a pair without a score, left out of that row.
        resamples: number of resamples.
        seed: of the resamples, which all rows share, so that their differences are paired.
    """
    rows = [_Row.of(row) for row in scores]
    result = Replicates(np.full((len(rows), resamples), np.nan), np.full((len(rows), resamples), np.nan))
    done = 0
    for counts in resample_counts(gold.size, resamples, seed):
        part = slice(done, done + len(counts))
        golds: dict[bytes, _GoldBlock] = {}
        for i, row in enumerate(rows):
            if row.order.size < 2:
                continue
            block = golds.get(row.mask)
            if block is None:
                block = golds[row.mask] = _GoldBlock.of(gold, row, counts)
            result.spearman[i, part] = rho = _block_spearman(row, block)
            result.pearson[i, part] = np.where(np.isnan(rho), np.nan, _block_pearson(row, block))
        done += len(counts)
    return result


@dataclass(frozen=True, eq=False, slots=True)
class _Row:
    """One row of scores, sorted once: places of its pairs, first places of its groups of ties, values there."""

    mask: bytes
    kept: npt.NDArray[np.intp]
    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    centred: Array

    @classmethod
    def of(cls, values: Array) -> _Row:
        scored = ~np.isnan(values)
        kept = np.flatnonzero(scored)
        order, starts = _sorted_groups(values[kept])
        centred = values[kept] - (values[kept].mean() if kept.size else 0.0)
        return cls(scored.tobytes(), kept, order, starts, centred)


@dataclass(frozen=True, eq=False, slots=True)
class _GoldBlock:
    """What depends on gold and a block of resamples only, for one set of scored pairs.

    counts (b, m), total (b,), ranked = counts times centred gold rank (b, m), the spread of those ranks (b,), that of
    the ranks of any scores without ties (b,), and for Pearson the centred values (m,), their mean and spread (b,).
    """

    counts: Array
    total: Array
    ranked: Array
    rank_spread: Array
    untied_spread: Array
    centred: Array
    mean: Array
    spread: Array

    @classmethod
    def of(cls, gold: Array, row: _Row, counts: Array) -> _GoldBlock:
        if row.kept.size < gold.size:
            counts = np.ascontiguousarray(counts[:, row.kept])
        values = gold[row.kept]
        total = counts.sum(axis=1)
        order, starts = _sorted_groups(values)
        groups = _group_sums(counts[:, order], starts)
        ranks = np.cumsum(groups, axis=1) - groups / 2 - total[:, None] / 2  # mid-ranks less their mean (total + 1) / 2
        of_pair = np.empty(values.size, dtype=np.intp)
        of_pair[order] = np.repeat(np.arange(starts.size), np.diff(starts, append=values.size))
        centred = values - values.mean()
        mean, spread = _moments(counts, total, centred)
        return cls(
            counts=counts,
            total=total,
            ranked=counts * ranks[:, of_pair],
            rank_spread=_rank_spread(groups, total),
            untied_spread=_rank_spread(counts, total),
            centred=centred,
            mean=mean,
            spread=spread,
        )


def _sorted_groups(values: Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    new = np.ones(values.size, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(new)


def _group_sums(ordered: Array, starts: npt.NDArray[np.intp]) -> Array:
    if starts.size == ordered.shape[1]:
        return ordered
    return np.asarray(np.add.reduceat(ordered, starts, axis=1), dtype=np.float64)


def _rank_spread(groups: Array, total: Array) -> Array:
    # Sum of squared centred mid-ranks: (N^3 - sum of t^3) / 12 over groups of t ties (Kendall, 1945).
    cubes: Array = np.einsum("ij,ij,ij->i", groups, groups, groups)
    return (total**3 - cubes) / 12


def _block_spearman(row: _Row, gold: _GoldBlock) -> Array:
    groups = _group_sums(np.take(gold.counts, row.order, axis=1), row.starts)
    ranked = _group_sums(np.take(gold.ranked, row.order, axis=1), row.starts)
    untied = row.starts.size == row.order.size
    spread = gold.untied_spread if untied else _rank_spread(groups, gold.total)
    ranks = np.cumsum(groups, axis=1)
    ranks -= groups / 2  # up to a constant, which drops out against centred ranks
    product = spread * gold.rank_spread
    with np.errstate(invalid="ignore", divide="ignore"):
        rho: Array = np.einsum("ij,ij->i", ranks, ranked) / np.sqrt(product)
    rho[product <= 0] = np.nan
    return rho


def _moments(counts: Array, total: Array, centred: Array) -> tuple[Array, Array]:
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = counts @ centred / total
    return mean, counts @ centred**2 - total * mean**2


def _block_pearson(row: _Row, gold: _GoldBlock) -> Array:
    mean, spread = _moments(gold.counts, gold.total, row.centred)
    cross = gold.counts @ (row.centred * gold.centred) - gold.total * mean * gold.mean
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(cross / np.sqrt(spread * gold.spread), -1.0, 1.0)


def percentile_interval(replicates: Array, n: int, confidence: float = CONFIDENCE) -> Interval | None:
    """The middle `confidence` of bootstrap replicates (b,) of a statistic over `n` pairs.

    None below MIN_PAIRS pairs, and where the statistic is undefined in more than MAX_DEGENERATE of the resamples.
    """
    defined = replicates[~np.isnan(replicates)]
    if n < MIN_PAIRS or defined.size < (1 - MAX_DEGENERATE) * replicates.size or defined.size == 0:
        return None
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
