"""What a text takes each provider of a run, in tokens or in seconds, and what of it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from embedmark.derive.cost.bills import GB, Rates, Volume
from embedmark.derive.cost.capacity import capacity_per_s
from embedmark.derive.cost.pricing import accuracy_pass, price_of, tokens_per_item, uncached_tokens
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.language import translatable
from embedmark.store.manifest.entries import PriceFacts
from embedmark.store.manifest.suite import VolumeFacts

UNPRICED: Final = translatable("the price of a token (measure.cost.prices)")
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


def load_of(run: MeasuredRun, volume: Volume, provider: ProviderEntry, throughput: Sequence[ThroughputRow]) -> Load:
    """Return what a provider takes at the suite's volume."""
    if provider.is_cross:
        from embedmark.derive.cost.reranking import reranking_load

        return reranking_load(run, provider, throughput)
    if not provider.encodes:
        from embedmark.derive.cost.searching import searching_load

        return searching_load(run, provider, volume)
    load = _kept(run, provider)
    tokens, how = tokens_of_items(run, provider)
    price = price_of(run, provider)
    if price is not None:
        return load_by_tokens(replace(load, tokens=tokens, price=price), how)
    if sends_requests(run, provider):
        return replace(load, tokens=tokens, missing=_missing(load, UNPRICED))
    return _by_machine(run, load, tokens, throughput)


def sends_requests(run: MeasuredRun, provider: ProviderEntry) -> bool:
    """Return True if a provider sends requests: another machine computes."""
    return bool((numbers(run.all_samples(provider.name), "requests") > 0).any())


def volume_spec(run: MeasuredRun) -> VolumeFacts | None:
    """Return the suite's `measure.cost.volume`; None without one."""
    return run.measure.cost.volume if run.measure.cost else None


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


def _missing(load: Load, what: str) -> dict[str, str]:
    return {**dict.fromkeys(("index", "queries", "churn", "growth", "switch"), what), **load.missing}


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
        return replace(load, missing=_missing(load, NO_TOKENS))
    each = load.price.token_usd / 1e6
    rates = replace(load.rates, document_usd=document * each, query_usd=query * each)
    notes = dict.fromkeys(("index", "queries", "churn", "growth", "switch"), how)
    low = load.price.batch_usd_per_1m_tokens
    batch = None if low is None else replace(rates, document_usd=document * float(low) / 1e6)
    return replace(load, rates=rates, batch=batch, notes=notes)


def _by_machine(
    run: MeasuredRun, load: Load, tokens: tuple[float | None, float | None], throughput: Sequence[ThroughputRow]
) -> Load:
    per_hour = run.hardware_usd_per_hour
    mine = [row for row in throughput if (row.provider, row.unit) == (load.provider.name, "text")]
    rows = [row for row in mine if row.items_per_s is not None]
    best = max(rows, key=_rate, default=None)
    if best is None:
        return replace(load, tokens=tokens, missing=_missing(load, NO_SPEED))
    single = min(rows, key=lambda row: row.batch_size or 0)
    longer, how = _lengths(run, load.provider, tokens)
    if longer is None:
        return replace(load, tokens=tokens, missing=_missing(load, NO_TOKENS))
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
    missing = dict(load.missing) if per_hour is not None else _missing(load, NO_MACHINE_PRICE)
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
        notes=dict.fromkeys(("index", "queries", "churn", "growth", "switch", "machines"), how),
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
