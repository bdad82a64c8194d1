"""One provider at a volume, and what local models, rerankers and rankers share in finding that out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from embedmark.derive.cost.bills import Rates
from embedmark.derive.cost.pricing import accuracy_pass, tokens_per_item, uncached_tokens
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.language import translatable
from embedmark.store.manifest.entries import PriceFacts
from embedmark.store.manifest.suite import VolumeFacts

BY_ITEM: Final = ("index", "queries", "churn", "growth", "switch")  # terms that depend on what an item takes
UNPRICED: Final = translatable("the price of a token (measure.cost.prices)")
UNPRICED_SEARCH: Final = translatable("the price of a search (measure.cost.prices: usd_per_1k_searches)")
NO_MACHINE_PRICE: Final = translatable("the price of a machine (measure.cost.hardware_usd_per_hour)")
NO_MEMORY_PRICE: Final = translatable("the price of memory (measure.cost.vector_usd_per_gb_month)")
NO_TOKENS: Final = translatable("tokens of a text (measure.cost.volume.tokens_per_document, tokens_per_query)")
NO_SPEED: Final = translatable("throughput of texts on the first dataset (measure.throughput)")
NO_DIM: Final = translatable("the dimension of its vectors")
NO_STAGE: Final = translatable("what it reranks (measure.retrieval.rerank), or tokens of a text")


@dataclass(frozen=True, slots=True)
class Load:
    """One provider at a volume.

    Attributes:
        rates, fast, slow: at the measured throughput, and at the ends of its interval (the same for tokens).
        batch: by the batch price; None where there is none.
        tokens: of a document and of a query; None where they are not known or do not matter.
        pairs, searches: of a cross-encoder, a query.
        vector_bytes: of one vector, or of one document in the index of a ranker; 0 for a provider that keeps none.
        price: of tokens or searches, as the manifest has it; None for machines.
        missing: by term what its USD lack.
        notes: by term where its quantities are from.
    """

    provider: ProviderEntry
    rates: Rates
    fast: Rates | None = None
    slow: Rates | None = None
    batch: Rates | None = None
    tokens: tuple[float | None, float | None] = (None, None)
    pairs: float | None = None
    searches: float | None = None
    vector_bytes: float = 0
    price: PriceFacts | None = None
    missing: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def on_machine(self) -> bool:
        """True if it computes on a machine that is paid by the hour."""
        return self.rates.document_s is not None


def sends_requests(run: MeasuredRun, provider: ProviderEntry) -> bool:
    """Return True if a provider sends requests: another machine computes."""
    return bool((numbers(run.all_samples(provider.name), "requests") > 0).any())


def volume_spec(run: MeasuredRun) -> VolumeFacts | None:
    """Return the suite's `measure.cost.volume`; None without one."""
    return run.measure.cost.volume if run.measure.cost else None


def tokens_of_items(run: MeasuredRun, provider: ProviderEntry) -> tuple[tuple[float | None, float | None], str]:
    """Return tokens of a document and of a query: the suite's, else as measured; and where they are from."""
    spec = volume_spec(run)
    measured = _measured_tokens(run, provider)
    given = (spec.tokens_per_document, spec.tokens_per_query) if spec else (None, None)
    document, query = (own if own is not None else found for own, found in zip(given, measured, strict=True))
    name = _dataset(run).name
    how = "suite" if None not in given else f"measured on {name}" if given == (None, None) else f"suite and {name}"
    return (document, query), f"tokens a text: {how}"


def _measured_tokens(run: MeasuredRun, provider: ProviderEntry) -> tuple[float | None, float | None]:
    dataset = _dataset(run)
    if dataset.kind != "retrieval":
        each = tokens_per_item(run, provider, dataset)
        return each, each
    rows = accuracy_pass(run, provider, dataset)
    found = []
    for phase in ("index", "timed"):
        mine = rows[rows["phase"] == phase]
        items, tokens = float(numbers(mine, "n_items").sum()), uncached_tokens(mine)
        found.append(tokens / items if items > 0 and tokens > 0 else None)
    both = tokens_per_item(run, provider, dataset)
    return found[0] or both, found[1] or both


def _dataset(run: MeasuredRun) -> Any:
    return next((one for one in run.datasets if one.kind == "retrieval"), run.datasets[0])


def load_by_tokens(load: Load, how: str) -> Load:
    """Return a load that is paid by its tokens. `how` says where their number is from."""
    document, query = load.tokens
    if document is None or query is None or load.price is None:
        return replace(load, missing=all_missing(load, NO_TOKENS))
    each = load.price.token_usd / 1e6
    rates = replace(load.rates, document_usd=document * each, query_usd=query * each)
    notes = dict.fromkeys(BY_ITEM, how)
    low = load.price.batch_usd_per_1m_tokens
    batch = None if low is None else replace(rates, document_usd=document * float(low) / 1e6)
    return replace(load, rates=rates, batch=batch, notes=notes)


def all_missing(load: Load, what: str) -> dict[str, str]:
    """Return `what` as missing from every term that depends on how long an item takes."""
    return {**dict.fromkeys(BY_ITEM, what), **load.missing}
