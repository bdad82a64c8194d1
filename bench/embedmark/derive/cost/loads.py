"""What a text takes each provider of a run, in tokens or in seconds, and what of it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from embedmark.derive.cost.bills import GB, Rates, Volume
from embedmark.derive.cost.capacity import capacity_per_s
from embedmark.derive.cost.load import (
    BY_ITEM,
    NO_DIM,
    NO_MACHINE_PRICE,
    NO_MEMORY_PRICE,
    NO_SPEED,
    NO_TOKENS,
    UNPRICED,
    Load,
    all_missing,
    load_by_tokens,
    sends_requests,
    tokens_of_items,
    volume_spec,
)
from embedmark.derive.cost.pricing import price_of, tokens_per_item
from embedmark.derive.cost.reranking import reranking_load
from embedmark.derive.cost.searching import searching_load
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers


def load_of(run: MeasuredRun, volume: Volume, provider: ProviderEntry, throughput: Sequence[ThroughputRow]) -> Load:
    """Return what a provider takes at the suite's volume."""
    if provider.is_cross:
        return reranking_load(run, provider, throughput)
    if not provider.encodes:
        return searching_load(run, provider, volume)
    load = _kept(run, provider)
    tokens, how = tokens_of_items(run, provider)
    price = price_of(run, provider)
    if price is not None and price.usd_per_1k_searches is None:
        return load_by_tokens(replace(load, tokens=tokens, price=price), how)
    if price is not None or sends_requests(run, provider):  # nothing bills the vectors of a bi-encoder by the search
        return replace(load, tokens=tokens, missing=all_missing(load, UNPRICED))
    return _by_machine(run, load, tokens, throughput)


def _kept(run: MeasuredRun, provider: ProviderEntry) -> Load:
    """Return a load that knows what keeping a vector costs."""
    per_gb = run.measure.cost.vector_usd_per_gb_month if run.measure.cost else None
    dim = run.facts(provider.name).dim
    missing = {} if per_gb is not None else {"storage": NO_MEMORY_PRICE}
    if not dim:
        missing["storage"] = NO_DIM
    size = 4 * (dim or 0)
    usd = None if per_gb is None or not dim else size * float(per_gb) / GB
    return Load(provider, Rates(vector_usd_per_month=usd), vector_bytes=size, missing=missing)


def _by_machine(
    run: MeasuredRun, load: Load, tokens: tuple[float | None, float | None], throughput: Sequence[ThroughputRow]
) -> Load:
    per_hour = run.hardware_usd_per_hour
    mine = [row for row in throughput if (row.provider, row.unit) == (load.provider.name, "text")]
    rows = [row for row in mine if row.items_per_s is not None]
    best = max(rows, key=_rate, default=None)
    if best is None:
        return replace(load, tokens=tokens, missing=all_missing(load, NO_SPEED))
    single = min(rows, key=lambda row: row.batch_size or 0)
    longer, how = _lengths(run, load.provider, tokens)
    if longer is None:
        return replace(load, tokens=tokens, missing=all_missing(load, NO_TOKENS))
    document_s, query_s = longer[0] / _rate(best), longer[1] / _rate(single)
    volume = volume_spec(run)
    target = volume.p95_ms if volume else None
    capacity, lacking = (1 / query_s, "") if target is None else capacity_per_s(run, load.provider, float(target))
    rates = replace(
        load.rates,
        document_s=document_s,
        query_s=query_s,
        usd_per_s=None if per_hour is None else float(per_hour) / 3600,
        capacity=capacity,
    )
    missing = dict(load.missing) if per_hour is not None else all_missing(load, NO_MACHINE_PRICE)
    if per_hour is None:
        missing["machines"] = NO_MACHINE_PRICE
    if capacity is None:
        missing |= {"machines": lacking}
    fast, slow = (_end(best, end) for end in (best.items_per_s_ci_high, best.items_per_s_ci_low))
    return replace(
        load,
        rates=rates,
        fast=None if fast is None else rates.slower(fast),
        slow=None if slow is None else rates.slower(slow),
        tokens=tokens,
        missing=missing,
        notes=dict.fromkeys((*BY_ITEM, "machines"), how),
    )


def _lengths(
    run: MeasuredRun, provider: ProviderEntry, tokens: tuple[float | None, float | None]
) -> tuple[tuple[float, float] | None, str]:
    """Return how many times as long documents and queries are as the timed texts; time goes with tokens."""
    spec = volume_spec(run)
    passes = run.samples(provider.name, "throughput")
    name = run.datasets[0].name
    given = spec and (spec.tokens_per_document, spec.tokens_per_query) != (None, None)
    if not given and None in tokens:
        return (1.0, 1.0), f"throughput on {name}, taken for documents and queries alike"
    timed = float(numbers(passes, "tokens").sum()) / max(1.0, float(numbers(passes, "n_items").sum()))
    if not timed > 0:
        timed = tokens_per_item(run, provider, run.datasets[0]) or 0.0
    if not timed > 0 or tokens[0] is None or tokens[1] is None:
        return None, ""
    return (tokens[0] / timed, tokens[1] / timed), f"throughput on {name}, time in proportion to tokens"


def _rate(row: ThroughputRow) -> float:
    return row.items_per_s or 0.0


def _end(row: ThroughputRow, value: float | None) -> float | None:
    return _rate(row) / value if value is not None and value > 0 else None
