"""scaling_facts.csv: what follows from the fits and the neighbours, one fact a row.

- fit-STAGE-constant, fit-STAGE-per-text, fit-predict-per-pair, fit-similarity-per-product: coefficients of the fits, in
  seconds. Products are the dot products that the blocks of the similarity stage multiply: n^2 within one block, half of
  that far beyond it.
- projection-off: projected over measured, less 1, at the largest size, which the fit has not seen.
- longer-than-1-s, -1-min, -1-h, -1-day: the smallest number of texts whose pairs take longer; its interval is where
  the two ends of the projection's interval cross.
- faster-than-all-pairs, cheaper-than-all-pairs: the number of texts from which two stages take fewer seconds, or USD,
  than the cross-encoder alone.
- neighbours-kept: the share of the cross-encoder's own top_k neighbours among the pairs that two stages predict, at n
  texts; its interval is from the spread of the texts' shares.
- spearman-gain: Spearman of the cross-encoder less that of the bi-encoder, over the same pairs of the first dataset.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from embedmark.derive.accuracy.model import DatasetAnalysis
from embedmark.derive.rows.timing import ScalingFactRow
from embedmark.derive.run import MeasuredRun, ProviderEntry
from embedmark.derive.scaling.growth import Growth, growth_of
from embedmark.derive.scaling.table import usd_of, usd_of_two_stage
from embedmark.derive.scaling.two_stage import DEFAULT_TOP_K, Pairing, kept, pairings_of

if TYPE_CHECKING:
    from embedmark.stats import Interval

LIMITS = {"1-s": 1.0, "1-min": 60.0, "1-h": 3600.0, "1-day": 86_400.0}
_MOST = 10**10  # texts; what takes longer only beyond is not worth a row
_TERMS = {
    "encode": ("constant", "per-text"),
    "similarity": ("constant", "per-text", "per-product"),
    "predict": ("constant", "per-pair"),
}


def scaling_facts_table(run: MeasuredRun, analyses: tuple[DatasetAnalysis, ...]) -> list[ScalingFactRow]:
    """Return facts of every provider in suite order, then of every pairing; none where scaling was not measured."""
    rows: list[ScalingFactRow] = []
    for provider in run.providers:
        growth = growth_of(run, provider)
        if growth is not None:
            rows += _of_provider(provider, growth)
    for pairing in pairings_of(run):
        rows += _of_pairing(run, pairing, analyses)
    return rows


def first_over(value: Callable[[int], float], limit: float) -> int | None:
    """Return the smallest n of 2 or more at which a rising `value` exceeds `limit`; None where that is beyond 10^10."""
    if value(2) > limit:
        return 2
    low, high = 2, 4
    while value(high) <= limit:
        if high > _MOST:
            return None
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if value(middle) > limit else (middle, high)
    return high


def _of_provider(provider: ProviderEntry, growth: Growth) -> Iterator[ScalingFactRow]:
    labels = ScalingFactRow(provider=provider.name, kind=provider.kind)
    for stage, fit in growth.fits.items():
        names = _TERMS[stage]
        names = names if len(names) == len(fit.coefficients) else (names[0], names[-1])[2 - len(fit.coefficients) :]
        for i, name in enumerate(names):
            interval = _around(float(fit.coefficients[i]), float(fit.covariance[i, i]), fit.freedom)
            yield _row(labels, f"fit-{stage}-{name}", float(fit.coefficients[i]), interval, "s")
    yield from _check(labels, growth)
    yield from _limits(labels, growth)


def _of_pairing(run: MeasuredRun, pairing: Pairing, analyses: tuple[DatasetAnalysis, ...]) -> Iterator[ScalingFactRow]:
    labels = ScalingFactRow(provider=pairing.name, kind="two-stage", candidates=pairing.candidates)
    yield from _check(labels, pairing)
    yield from _limits(labels, pairing)
    faster = first_over(lambda n: pairing.cross_growth.project(n)[0] - pairing.project(n)[0], 0.0)
    if faster is not None:
        yield _row(labels, "faster-than-all-pairs", faster, None, "text")
    cheaper = _cheaper(run, pairing)
    if cheaper is not None:
        yield _row(labels, "cheaper-than-all-pairs", cheaper, None, "text")
    yield from _kept(run, pairing, labels)
    yield from _gain(pairing, labels, analyses)


def _check(labels: ScalingFactRow, curve: Growth | Pairing) -> Iterator[ScalingFactRow]:
    import numpy as np

    n = curve.held_out
    if n is not None and n in curve.seconds:
        measured = float(np.median(curve.seconds[n]))
        # Two stages are held against their projection at the pairs that were counted there, not at the bound.
        projected, _ = curve.project(n, curve.predictions(n)) if isinstance(curve, Pairing) else curve.project(n)
        yield _row(replace(labels, n=n), "projection-off", projected / measured - 1, None, "ratio")


def _limits(labels: ScalingFactRow, curve: Growth | Pairing) -> Iterator[ScalingFactRow]:
    def end(which: int) -> Callable[[int], float]:
        return lambda n: (curve.project(n)[1] or (math.nan, math.nan))[which]

    known = curve.project(1000)[1] is not None
    for name, limit in LIMITS.items():
        n = first_over(lambda n: curve.project(n)[0], limit)
        if n is None:
            continue
        low, high = (first_over(end(1), limit), first_over(end(0), limit)) if known else (None, None)
        yield replace(_row(labels, f"longer-than-{name}", n, None, "text"), ci_low=low, ci_high=high)


def _cheaper(run: MeasuredRun, pairing: Pairing) -> int | None:
    def saved(n: int) -> float:
        alone = usd_of(run, pairing.cross, n, pairing.cross_growth.project(n)[0])
        both = usd_of_two_stage(run, pairing, n)
        return math.nan if alone is None or both is None else alone - both

    return None if math.isnan(saved(2)) else first_over(saved, 0.0)


def _kept(run: MeasuredRun, pairing: Pairing, labels: ScalingFactRow) -> Iterator[ScalingFactRow]:
    from embedmark.stats.shares import mean_interval

    top_k = (run.measure.scaling.top_k if run.measure.scaling else None) or DEFAULT_TOP_K
    for candidates in sorted({top_k, 2 * top_k, 5 * top_k, pairing.candidates}):
        found = kept(run, pairing, candidates, top_k) if candidates <= pairing.candidates else None
        if found is not None:
            n, shares = found
            share = float(shares.mean())
            interval = mean_interval(shares, (0.0, 1.0)) or _wilson(share, len(shares))
            facts = replace(labels, n=n, candidates=candidates, top_k=top_k)
            yield _row(facts, "neighbours-kept", share, interval, "share")


def _gain(pairing: Pairing, labels: ScalingFactRow, analyses: tuple[DatasetAnalysis, ...]) -> Iterator[ScalingFactRow]:
    names = {pairing.bi.name, pairing.cross.name}
    for found in analyses[0].differences.get("spearman", ()) if analyses else ():
        if {found.a, found.b} == names:
            sign = 1 if found.a == pairing.cross.name else -1
            interval = found.difference.interval
            turned = None if interval is None else (min(sign * x for x in interval), max(sign * x for x in interval))
            gain = sign * found.difference.value
            yield _row(replace(labels, n=found.n_pairs), "spearman-gain", gain, turned, "spearman")


def _around(value: float, variance: float, freedom: int) -> Interval | None:
    from embedmark.stats import sum_interval

    return sum_interval([value], [variance], [freedom]) if value > 0 else None


def _wilson(share: float, n: int) -> Interval:
    """Wilson's score interval with one observation a text, for shares that are all the same."""
    z = 1.959963984540054
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


def _row(labels: ScalingFactRow, fact: str, value: float, interval: Interval | None, unit: str) -> ScalingFactRow:
    low, high = interval or (None, None)
    return replace(labels, fact=fact, value=value, ci_low=low, ci_high=high, unit=unit)
