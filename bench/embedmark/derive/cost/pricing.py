"""What tokens and machine time cost: prices of the manifest, tokens an item, hardware price per hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, numbers
from embedmark.store.manifest.entries import PriceFacts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


def price_of(run: MeasuredRun, provider: ProviderEntry) -> PriceFacts | None:
    """Return the price of a provider's tokens: one that the suite set for it by name, else by plugin and model."""
    return run.raw.manifest.price(provider.name, provider.plugin, provider.model)


def hardware_usd_per_s(run: MeasuredRun, provider: ProviderEntry) -> float | None:
    """USD a second of this machine for a provider that computes on it; None for one that sends requests."""
    per_hour = run.hardware_usd_per_hour
    remote = price_of(run, provider) is not None or bool(
        (numbers(run.all_samples(provider.name), "requests") > 0).any()
    )
    return None if per_hour is None or remote else float(per_hour) / 3600


def accuracy_pass(
    run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, unit: str | None = None
) -> pd.DataFrame:
    """Return the timed pass over a dataset, of its texts (pairs) or images, one that ended early too: one row, or none.

    Of a retrieval dataset two rows, its documents and its queries.
    """
    if dataset.kind == "retrieval":
        return _searched(run, provider, dataset)
    rows = run.passes(provider.name, "accuracy")
    units = rows["unit"].where(rows["unit"] != "", provider.unit)
    return rows[(rows["dataset"] == dataset.name) & (units == (unit or provider.unit))]


def _searched(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> pd.DataFrame:
    import pandas as pd

    rows = pd.concat([run.samples(provider.name, "retrieval", phase=phase) for phase in ("index", "timed")])
    return rows[rows["dataset"] == dataset.name]


def uncached_tokens(used: pd.DataFrame) -> float:
    """Return tokens of a pass as they are billed where no cache serves any of it; NaN where that is not known."""
    return float((numbers(used, "tokens") + cached_tokens(used)).sum())


def cached_tokens(used: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return tokens of each pass that the cache served: 0 where it served nothing, NaN where they are not known."""
    import numpy as np

    return np.where(np.nan_to_num(numbers(used, "cached_items")) > 0, numbers(used, "cached_tokens"), 0.0)


def lost_attempts(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> pd.DataFrame:
    """Attempts of the accuracy pass that delivered nothing: their `tokens` may have been billed all the same."""
    rows = run.samples(provider.name, dataset.measure, status="failed-attempt")
    return rows[rows["dataset"] == dataset.name]


def tokens_per_text(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> float | None:
    """Return the mean counted tokens of a text of the dataset (half a pair); None where they were not counted."""
    counts = run.tokens(provider.name, dataset.name)
    texts = counts.n_texts or 2 * (counts.n_pairs or 0)
    return None if counts.read is None or not texts else counts.read / texts


def tokens_per_item(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> float | None:
    """Return the mean tokens of an item (text or pair): those billed in the accuracy pass, else counted ones."""
    used = accuracy_pass(run, provider, dataset)
    items, tokens = float(numbers(used, "n_items").sum()), uncached_tokens(used)
    if items > 0 and tokens > 0:
        return tokens / items * provider.orders
    per_text = tokens_per_text(run, provider, dataset)
    return None if per_text is None else per_text * (2 if provider.is_cross else 1) * provider.orders


def items_of(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, unit: str | None = None) -> int | None:
    """Items of the dataset, each once: its pairs for a cross-encoder, its different texts (images) for a bi-encoder."""
    if provider.is_cross:
        return None if dataset.kind == "retrieval" else dataset.n_pairs  # its pairs are those of a first stage
    used = numbers(accuracy_pass(run, provider, dataset, unit), "n_items")
    if used.size:
        return int(used.sum())
    if unit == "image":
        return dataset.n_images
    return run.tokens(provider.name, dataset.name).n_texts
