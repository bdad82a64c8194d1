"""What a ranker takes at a volume: its measured index and searches, in proportion to the documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from embedmark.derive.cost.bills import GB, Rates, Volume
from embedmark.derive.cost.capacity import FEWEST_CALLS, NO_SEARCHES, highest_rate, too_slow
from embedmark.derive.cost.load import (
    BY_ITEM,
    NO_MACHINE_PRICE,
    NO_MEMORY_PRICE,
    UNPRICED,
    Load,
    all_missing,
    load_by_tokens,
    sends_requests,
    tokens_of_items,
    volume_spec,
)
from embedmark.derive.cost.pricing import accuracy_pass, price_of
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers
from embedmark.language import translatable

FARTHEST: Final = 10.0  # times the documents among which searches were timed
NO_COLLECTION: Final = translatable("its index of a retrieval dataset, with the time that it took")
NO_INDEX_BYTES: Final = translatable("the bytes of its index, which the ranker does not say")
NO_INDEX_PRICE: Final = translatable("the price of indexing: measure.cost.prices has that of its searches")
_TOO_FAR: Final = translatable(
    "how long a search among {1} documents takes: it was timed among {2}, and is taken in proportion up to {3}"
)


def searching_load(run: MeasuredRun, provider: ProviderEntry, volume: Volume) -> Load:
    """Return what a ranker takes, as measured on the first retrieval dataset."""
    dataset = next((one for one in run.datasets if one.kind == "retrieval"), None)
    if dataset is None or not dataset.n_documents:
        return Load(provider, Rates(), missing=dict.fromkeys((*BY_ITEM, "storage", "machines"), NO_COLLECTION))
    load = _kept(run, provider, dataset)
    price = price_of(run, provider)
    if price is not None and price.usd_per_1k_searches is not None:
        each = _searches(run, provider, dataset)
        rates = replace(load.rates, query_usd=each * price.usd_per_1k_searches / 1000)
        missing = {**dict.fromkeys(("index", "churn", "growth", "switch"), NO_INDEX_PRICE), **load.missing}
        return replace(load, rates=rates, price=price, searches=each, missing=missing)
    if price is not None:
        tokens, how = tokens_of_items(run, provider)
        return load_by_tokens(replace(load, tokens=tokens, price=price), how)
    if sends_requests(run, provider):
        return replace(load, missing=all_missing(load, UNPRICED))
    return _by_machine(run, load, dataset, volume)


def _kept(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> Load:
    """Return a load that knows what keeping a document in the index costs."""
    per_gb = run.measure.cost.vector_usd_per_gb_month if run.measure.cost else None
    facts = run.raw.manifest.index.get(provider.name, {}).get(dataset.name)
    if facts is None or facts.bytes is None:
        return Load(provider, Rates(), missing={"storage": NO_INDEX_BYTES})
    size = float(facts.bytes) / dataset.n_documents
    notes = {"storage": f"bytes of its index of {dataset.name}, in proportion to documents"}
    if per_gb is None:
        return Load(provider, Rates(), vector_bytes=size, missing={"storage": NO_MEMORY_PRICE}, notes=notes)
    return Load(provider, Rates(vector_usd_per_month=size * float(per_gb) / GB), vector_bytes=size, notes=notes)


def _searches(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> float:
    """Return the searches that a query is billed: as its replies said, else one."""
    rows = accuracy_pass(run, provider, dataset)
    rows = rows[rows["phase"] == "timed"]
    queries, searches = float(numbers(rows, "n_items").sum()), float(numbers(rows, "searches").sum())
    return searches / queries if queries > 0 and searches > 0 else 1.0


def _by_machine(run: MeasuredRun, load: Load, dataset: DatasetEntry, volume: Volume) -> Load:
    rows = accuracy_pass(run, load.provider, dataset)
    index = rows[rows["phase"] == "index"]
    seconds = float(numbers(index, "elapsed_ns").sum()) / 1e9
    per_hour = run.hardware_usd_per_hour
    if not seconds > 0:
        return replace(load, missing={"machines": NO_COLLECTION, **all_missing(load, NO_COLLECTION)})
    query_s, capacity, lacking = _search(run, load.provider, dataset, volume)
    rates = replace(
        load.rates,
        document_s=seconds / dataset.n_documents,
        query_s=query_s,
        usd_per_s=None if per_hour is None else float(per_hour) / 3600,
        capacity=capacity,
    )
    missing = dict(load.missing)
    if per_hour is None:
        missing |= dict.fromkeys((*BY_ITEM, "machines"), NO_MACHINE_PRICE)
    elif lacking:
        missing |= {"machines": lacking} | ({} if query_s is not None else {"queries": lacking})
    indexed = f"index of {dataset.name}, in proportion to documents"
    searched = f"searches of {dataset.name}, in proportion to documents"
    notes = dict.fromkeys(BY_ITEM, indexed) | dict.fromkeys(("queries", "machines"), searched)
    return replace(load, rates=rates, missing=missing, notes=notes | load.notes)


def _search(
    run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, volume: Volume
) -> tuple[float | None, float | None, str]:
    """Return seconds of a search among the documents at the year's end, searches a second, and what is missing.

    A search takes time in proportion to the documents at most. An engine may do better: the result is an upper bound.
    """
    import numpy as np

    most = max(volume.held)
    if most > FARTHEST * dataset.n_documents:
        counts = (most, dataset.n_documents, FARTHEST * dataset.n_documents)
        text = _TOO_FAR
        for place, count in enumerate(counts, start=1):
            text = text.replace(f"{{{place}}}", f"{count:,.0f}")
        return None, None, text
    calls = run.samples(provider.name, "latency")
    calls = calls[(calls["scenario"] == "search") & (calls["dataset"] == dataset.name)]
    times = numbers(calls, "elapsed_ns") / 1e9
    if not len(times):
        rows = run.samples(provider.name, "retrieval")
        rows = rows[rows["dataset"] == dataset.name]
        times = numbers(rows, "elapsed_ns") / numbers(rows, "n_items") / 1e9
    if not len(times) or not np.isfinite(times).all():
        return None, None, NO_COLLECTION
    times = times * max(1.0, most / dataset.n_documents)
    query_s, target = float(times.mean()), _target_ms(run)
    if target is None:
        return query_s, 1 / query_s, ""
    if len(times) < FEWEST_CALLS:
        return query_s, None, NO_SEARCHES
    capacity = highest_rate(times, target / 1000, run.seed)
    return query_s, capacity, "" if capacity is not None else too_slow(target)


def _target_ms(run: MeasuredRun) -> float | None:
    spec = volume_spec(run)
    return None if spec is None or spec.p95_ms is None else float(spec.p95_ms)
