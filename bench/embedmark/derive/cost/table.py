"""cost.csv: USD of one pass over a dataset, one row a provider, dataset and basis.

- billed: the tokens that replies said they used in the accuracy pass, times the price table. `usd` is what this run was
  billed: tokens of what the vector cache served count in `tokens` and in the price of 1,000 items, and not in `usd`.
  What lost and useless replies may have been billed besides is tokens_unconfirmed, an upper bound, and not in `usd`.
- estimated: the tokens counted in the dataset's texts, times the price table; nothing was sent.
- hardware: the price of the machine per hour, over the best measured throughput on this dataset. Where throughput was
  not measured on it, the USD are empty: the accuracy pass is cold, and its time would contradict the measured speed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from embedmark.derive.cost.pricing import (
    accuracy_pass,
    cached_tokens,
    hardware_usd_per_s,
    items_of,
    lost_attempts,
    price_of,
    tokens_per_item,
    uncached_tokens,
)
from embedmark.derive.rows.cost import CostRow
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers
from embedmark.derive.speed.throughput import best_batch
from embedmark.store.manifest.entries import PriceFacts


def cost_table(run: MeasuredRun, throughput: Sequence[ThroughputRow]) -> list[CostRow]:
    """Return rows in suite order; none where cost was not wanted, or where no price is known."""
    if not run.measures("cost"):
        return []
    return [
        row
        for provider in run.providers
        for dataset in run.datasets
        for row in _rows(run, provider, dataset, throughput)
    ]


def _rows(
    run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, throughput: Sequence[ThroughputRow]
) -> Iterator[CostRow]:
    if dataset.kind == "retrieval" and not provider.encodes:
        return  # retrieval.csv has what a ranker or a second stage costs
    price = price_of(run, provider)
    if price is not None:
        images = _images(run, provider, dataset, price)
        if images is not None:
            yield images
        if price.usd_per_1k_searches is not None:
            row = _searched(run, provider, dataset, price)
        else:
            row = _billed(run, provider, dataset, price) or _estimated(run, provider, dataset, price)
        if row is not None:
            yield row
        return
    for unit in dataset.units(provider):
        row = _hardware(run, provider, dataset, unit, throughput)
        if row is not None and (dataset.kind != "retrieval" or row.usd is not None):  # retrieval.csv has its prices
            yield row


def _billed(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, price: PriceFacts) -> CostRow | None:
    used = accuracy_pass(run, provider, dataset)
    requests, tokens = float(numbers(used, "requests").sum()), uncached_tokens(used)
    served = float(cached_tokens(used).sum())
    if used.empty or not (requests > 0 or served > 0) or math.isnan(tokens):
        return None
    items = int(numbers(used, "n_items").sum())
    lost = lost_attempts(run, provider, dataset)
    unconfirmed = int(numbers(lost, "tokens")[~lost["tokens"].isna().to_numpy()].sum())
    sent = int(requests + numbers(lost, "requests").sum())
    row = replace(
        _row(provider, dataset, "billed", items),
        tokens_unconfirmed=unconfirmed,
        requests=sent,
        cached_tokens=int(served) if served > 0 else None,
    )
    return _priced(row, int(tokens), price)


def _searched(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, price: PriceFacts) -> CostRow | None:
    """Return what the searches of the accuracy pass were billed; None if its replies do not say."""
    used = accuracy_pass(run, provider, dataset)
    searches = float(numbers(used, "searches").sum()) if not used.empty else math.nan
    each = price.usd_per_1k_searches
    if math.isnan(searches) or each is None:
        return None
    items, sent = int(numbers(used, "n_items").sum()), float(numbers(used, "requests").sum())
    usd = searches * each / 1000
    whole = not any(n > 0 for n in numbers(used, "cached_items"))
    return replace(
        _row(provider, dataset, "billed", items),
        requests=int(sent),
        usd=usd,
        usd_per_1k_items=usd / items * 1000 if items and whole else None,
        price_source=price.source,
        price_as_of=price.as_of,
        searches=int(searches),
        usd_per_1k_searches=float(each),
    )


def _images(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, price: PriceFacts) -> CostRow | None:
    """Return what the images of a dataset cost where each has a price; None without images, or without a price."""
    each = price.usd_per_1k_images
    if each is None or not dataset.has_images:
        return None
    used = accuracy_pass(run, provider, dataset, "image")
    images = int(numbers(used, "n_items").sum()) if len(used) else dataset.n_images
    served = sum(int(n) for n in numbers(used, "cached_items") if n > 0)
    requests = float(numbers(used, "requests").sum())
    return replace(
        _row(provider, dataset, "billed" if len(used) else "estimated", images),
        unit="image",
        requests=int(requests) if requests > 0 else None,
        usd=(images - served) * float(each) / 1000,
        usd_per_1k_items=float(each),
        price_source=price.source,
        price_as_of=price.as_of,
    )


def _estimated(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, price: PriceFacts) -> CostRow | None:
    items, per_item = items_of(run, provider, dataset), tokens_per_item(run, provider, dataset)
    if items is None or per_item is None:
        return None
    return _priced(_row(provider, dataset, "estimated", items), round(items * per_item), price)


def _priced(row: CostRow, tokens: int, price: PriceFacts) -> CostRow:
    """Return the row with what its tokens cost; those that the vector cache served are not in `usd`."""
    per_1m = price.token_usd
    return replace(
        row,
        tokens=tokens,
        usd=(tokens - (row.cached_tokens or 0)) * per_1m / 1e6,
        usd_per_1m_tokens=per_1m,
        usd_per_1k_items=tokens * per_1m / 1e6 / row.items * 1000 if row.items else None,
        price_source=price.source,
        price_as_of=price.as_of,
    )


def _hardware(
    run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, unit: str, throughput: Sequence[ThroughputRow]
) -> CostRow | None:
    usd_per_s, items = hardware_usd_per_s(run, provider), items_of(run, provider, dataset, unit)
    if usd_per_s is None or items is None:
        return None
    per_item = None if unit == "image" else tokens_per_item(run, provider, dataset)
    tokens = None if per_item is None else round(items * per_item)
    best = best_batch(throughput, provider.name, dataset.name, unit)
    rate = None if best is None else best.items_per_s
    each = None if rate is None else usd_per_s / rate
    usd = None if each is None else items * each
    return replace(
        _row(provider, dataset, "hardware", items),
        unit=unit,
        tokens=tokens,
        usd=usd,
        usd_per_1m_tokens=usd / tokens * 1e6 if usd is not None and tokens else None,
        usd_per_1k_items=None if each is None else each * 1000,
        price_source="suite",
    )


def _row(provider: ProviderEntry, dataset: DatasetEntry, basis: str, items: int) -> CostRow:
    return CostRow(**provider.labels(), dataset=dataset.name, basis=basis, unit=provider.unit, items=items)
