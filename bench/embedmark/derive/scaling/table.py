"""scaling.csv: all pairs within n texts of the first dataset, measured and projected.

One row a provider and n, then one a pairing and n: `a+b` of kind `two-stage` is bi-encoder a, whose candidates
cross-encoder b predicts; `encodes` are a's, `pair_predictions` b's at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.allpairs.counts import pair_count
from embedmark.derive.cost.pricing import hardware_usd_per_s, price_of, tokens_per_item, tokens_per_text
from embedmark.derive.rows.timing import ScalingRow
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.derive.scaling.growth import Growth, growth_of
from embedmark.derive.scaling.two_stage import Pairing, pairings_of

if TYPE_CHECKING:
    from embedmark.stats import Interval

ALWAYS = 1000  # the size that every summary shows


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Exact counts of all pairs within n texts; None for what does not apply to the kind of provider."""

    encodes: int | None = None
    pair_predictions: int | None = None


@dataclass(frozen=True, slots=True)
class _At:
    """Seconds at a number of texts, their interval, and whether they were measured."""

    seconds: float
    interval: Interval | None
    basis: str


def scaling_table(run: MeasuredRun) -> list[ScalingRow]:
    """Return rows in suite order, n rising; none for a provider whose scaling was not measured."""
    rows = [row for provider in run.providers for row in _rows(run, provider)]
    return rows + [row for pairing in pairings_of(run) for row in _two_stage(run, pairing)]


def counts(provider: ProviderEntry, n: int) -> PairCounts:
    """Return the exact counts of all pairs within n texts."""
    if provider.is_cross:
        return PairCounts(pair_predictions=pair_count(n) * provider.orders)
    return PairCounts(encodes=n) if provider.encodes else PairCounts()


def usd_of(run: MeasuredRun, provider: ProviderEntry, n: int, seconds: float | None) -> float | None:
    """USD of all pairs within n texts: tokens where the provider has a price, else seconds of this machine.

    A bi-encoder reads every text once, a cross-encoder n - 1 times.
    """
    return _usd(run, provider, n * (n - 1) * provider.orders if provider.is_cross else n, seconds)


def usd_of_two_stage(run: MeasuredRun, pairing: Pairing, n: int, pairs: int | None = None) -> float | None:
    """USD of both stages at n texts; a cross-encoder reads two texts a candidate pair. `pairs` as for project()."""
    pairs = pairing.bound(n) if pairs is None else pairs
    first, _ = pairing.bi_growth.project(n)
    total, _ = pairing.project(n, pairs)
    one = usd_of(run, pairing.bi, n, first)
    other = _usd(run, pairing.cross, 2 * pairs * pairing.cross.orders, total - first)
    return None if one is None or other is None else one + other


def _usd(run: MeasuredRun, provider: ProviderEntry, reads: int, seconds: float | None) -> float | None:
    """Return the USD of reading texts, or of seconds of this machine."""
    price = price_of(run, provider)
    if price is not None and price.usd_per_1k_searches is not None:
        return None  # searches are not in proportion to pairs
    if price is not None:
        per_text = _tokens_of_a_read(run, provider)
        return None if per_text is None else reads * per_text * price.token_usd / 1e6
    per_s = hardware_usd_per_s(run, provider)
    return None if per_s is None or seconds is None else seconds * per_s


def _tokens_of_a_read(run: MeasuredRun, provider: ProviderEntry) -> float | None:
    """Return tokens of one reading of a text of the first dataset: as the provider counts them, else as it billed them.

    Billed were the very passes that are projected, or else the accuracy pass.
    """
    if not run.datasets:
        return None
    counted = tokens_per_text(run, provider, run.datasets[0])
    if counted is not None:
        return counted
    rows = run.samples(provider.name, "scaling")
    rows = rows[(rows["scenario"] == ("predict" if provider.is_cross else "encode")) & (numbers(rows, "tokens") > 0)]
    reads = 2 * provider.orders if provider.is_cross else 1
    if len(rows):
        return float(numbers(rows, "tokens").sum()) / float(numbers(rows, "n_items").sum()) / reads
    per_item = tokens_per_item(run, provider, run.datasets[0])
    return None if per_item is None else per_item / reads


def wanted_sizes(run: MeasuredRun) -> set[int]:
    """Return the sizes to project to: those of the suite, and the one that every summary shows."""
    return {ALWAYS, *(run.measure.scaling.project_to if run.measure.scaling else ())}


def _rows(run: MeasuredRun, provider: ProviderEntry) -> Iterator[ScalingRow]:
    growth = growth_of(run, provider)
    if growth is None:
        return
    for n in sorted(wanted_sizes(run) | growth.seconds.keys()):
        at = _at(growth, n)
        usd = usd_of(run, provider, n, at.seconds)
        yield _row((provider.name, provider.kind), n, counts(provider, n), at, usd)


def _two_stage(run: MeasuredRun, pairing: Pairing) -> Iterator[ScalingRow]:
    for n in sorted(wanted_sizes(run) | pairing.seconds.keys()):
        at, pairs = _at(pairing, n), pairing.predictions(n)
        counted = PairCounts(encodes=n, pair_predictions=pairs * pairing.cross.orders)
        yield _row((pairing.name, "two-stage"), n, counted, at, usd_of_two_stage(run, pairing, n, pairs))


def _at(curve: Growth | Pairing, n: int) -> _At:
    import numpy as np

    from embedmark.stats import median_interval

    if n not in curve.seconds:
        seconds, interval = curve.project(n)
        return _At(seconds=seconds, interval=interval, basis="projected")
    measured = np.sort(curve.seconds[n])
    basis = "held-out" if n == curve.held_out else "measured"
    return _At(seconds=float(np.median(measured)), interval=median_interval(measured), basis=basis)


def _row(named: tuple[str, str], n: int, counted: PairCounts, at: _At, usd: float | None) -> ScalingRow:
    low, high = at.interval or (None, None)
    return ScalingRow(
        provider=named[0],
        kind=named[1],
        n=n,
        encodes=counted.encodes,
        pair_predictions=counted.pair_predictions,
        seconds=at.seconds,
        seconds_ci_low=low,
        seconds_ci_high=high,
        usd=usd,
        basis=at.basis,
    )
