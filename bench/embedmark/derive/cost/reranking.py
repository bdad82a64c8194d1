"""What a cross-encoder takes at a volume: searches, tokens or seconds for each query's candidates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from embedmark.derive.cost.bills import Rates
from embedmark.derive.cost.capacity import steady_capacity_per_s, too_slow
from embedmark.derive.cost.load import (
    NO_MACHINE_PRICE,
    NO_SPEED,
    NO_STAGE,
    UNPRICED,
    UNPRICED_SEARCH,
    Load,
    sends_requests,
    tokens_of_items,
    volume_spec,
)
from embedmark.derive.cost.pricing import price_of
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.store.manifest.suite import RetrievalFacts

_DOCUMENT_FREE = Rates(document_usd=0.0, vector_usd_per_month=0.0)  # it indexes nothing, and keeps nothing


def reranking_load(run: MeasuredRun, provider: ProviderEntry, throughput: Sequence[ThroughputRow]) -> Load:
    """Return what a cross-encoder takes where it reranks each query's candidates."""
    spec = run.measure.retrieval or RetrievalFacts()
    bare = Load(provider, Rates(vector_usd_per_month=0.0))
    if provider.name not in {second for _, second in spec.rerank}:
        return replace(bare, missing={"queries": NO_STAGE})
    candidates = spec.candidates or 100
    load = replace(bare, pairs=float(candidates * provider.orders))
    price = price_of(run, provider)
    searches = math.ceil(candidates / _group(run, provider)) * provider.orders
    if price is None:
        return _unpriced(run, load, searches) or _timed(run, load, throughput)
    notes = {"queries": f"{candidates} candidates a query" + (", in both orders" if provider.orders > 1 else "")}
    if price.usd_per_1k_searches is not None:
        rates = replace(_DOCUMENT_FREE, query_usd=searches * price.usd_per_1k_searches / 1000)
        return replace(load, rates=rates, price=price, searches=float(searches), notes=notes)
    (document, query), how = tokens_of_items(run, provider)
    volume = volume_spec(run)
    if document is None or query is None or volume is None or volume.tokens_per_document is None:
        return replace(load, price=price, missing={"queries": NO_STAGE})
    tokens = (document + query) * candidates * provider.orders
    rates = replace(_DOCUMENT_FREE, query_usd=tokens * price.token_usd / 1e6)
    notes["queries"] += f"; {how}"
    return replace(load, rates=rates, price=price, tokens=(None, tokens), notes=notes)


def _unpriced(run: MeasuredRun, load: Load, searches: int) -> Load | None:
    """Return what a service without a price takes; None for a model on this machine."""
    if (numbers(run.all_samples(load.provider.name), "searches") > 0).any():
        return replace(load, searches=float(searches), missing={"queries": UNPRICED_SEARCH})
    return replace(load, missing={"queries": UNPRICED}) if sends_requests(run, load.provider) else None


def _timed(run: MeasuredRun, load: Load, throughput: Sequence[ThroughputRow]) -> Load:
    rates = [
        row.items_per_s
        for row in throughput
        if (row.provider, row.unit) == (load.provider.name, "pair") and row.items_per_s is not None
    ]
    per_hour = run.hardware_usd_per_hour
    if not rates or per_hour is None:
        return replace(load, missing={"queries": NO_MACHINE_PRICE if rates else NO_SPEED})
    query_s = (load.pairs or 0.0) / max(rates)
    volume = volume_spec(run)
    target = volume.p95_ms if volume else None
    capacity = 1 / query_s if target is None else steady_capacity_per_s(query_s, float(target), run.seed)
    found = Rates(
        document_s=0.0,
        query_s=query_s,
        usd_per_s=float(per_hour) / 3600,
        capacity=capacity,
        vector_usd_per_month=0.0,
    )
    note = f"throughput of pairs on {run.datasets[0].name}"
    missing = {} if capacity is not None else {"machines": too_slow(float(target or 0.0))}
    return replace(load, rates=found, notes=dict.fromkeys(("queries", "machines"), note), missing=missing)


def _group(run: MeasuredRun, provider: ProviderEntry) -> int:
    """Return how many documents one search of the provider reads."""
    return int(run.facts(provider.name).limits.get("pairs_per_search") or 100)
