"""volume.csv: what each provider costs at the suite's volume, term by term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from embedmark.derive.cost.bills import BATCHED, GB, MONTHS, PERIODS, Volume, bills, machines_needed
from embedmark.derive.cost.load import Load, volume_spec
from embedmark.derive.cost.loads import load_of
from embedmark.derive.rows.cost import VolumeRow
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import MeasuredRun
from embedmark.store.manifest.suite import CostFacts


def volume_table(run: MeasuredRun, throughput: Sequence[ThroughputRow]) -> list[VolumeRow]:
    """Return rows in suite order; none where the suite names no volume."""
    volume = volume_of(run)
    if volume is None:
        return []
    return [row for load in loads_of(run, throughput) for row in _rows(run, volume, load)]


def volume_of(run: MeasuredRun) -> Volume | None:
    """Return the suite's volume; None without one."""
    spec, cost = volume_spec(run), run.measure.cost
    if spec is None or cost is None or not spec.documents > 0:
        return None
    return Volume(
        documents=float(spec.documents),
        queries=float(spec.queries_per_month),
        changed=float(spec.changed_per_month or 0.0),
        growth=float(spec.growth_per_month or 0.0),
        always_on=cost.machines != "scale-to-zero",
        peak=float(spec.peak_to_mean or 1.0),
    )


def loads_of(run: MeasuredRun, throughput: Sequence[ThroughputRow]) -> list[Load]:
    """Return what each provider of a run takes at its volume."""
    volume = volume_of(run)
    return [] if volume is None else [load_of(run, volume, provider, throughput) for provider in run.providers]


def _rows(run: MeasuredRun, volume: Volume, load: Load) -> Iterator[VolumeRow]:
    found = bills(volume, load.rates)
    ends = [None if rates is None else bills(volume, rates) for rates in (load.fast, load.slow)]
    for term in _terms(volume, load):
        low, high = (None if end is None else end.get(term) for end in ends)
        yield replace(_row(run, volume, load, term, found.get(term)), usd_ci_low=low, usd_ci_high=high)
    if load.batch is not None:
        cheaper = bills(volume, load.batch)
        for term in (name for name in BATCHED if name in _terms(volume, load)):
            yield _row(run, volume, load, term, cheaper.get(term), batch=True)


def bill_terms(volume: Volume, load: Load) -> set[tuple[str, bool]]:
    """Return the terms that a provider has USD of, each with True where it is by the batch price."""
    elsewhere = ("queries", "churn", "growth") if load.on_machine and volume.always_on else ("machines",)
    terms = [term for term in _terms(volume, load) if term not in elsewhere]
    by_batch = {(term, True) for term in terms if term in BATCHED} if load.batch is not None else set()
    return {(term, False) for term in terms} | by_batch


def _terms(volume: Volume, load: Load) -> list[str]:
    terms = [term for term in PERIODS if term != "growth" or volume.growth]
    if load.provider.is_cross:
        terms = [term for term in terms if term not in ("index", "churn", "growth", "storage", "switch")]
    if not load.on_machine and "machines" not in load.missing:
        terms.remove("machines")
    return terms if volume.queries else [term for term in terms if term != "per_1k_queries"]


def _row(
    run: MeasuredRun, volume: Volume, load: Load, term: str, usd: float | None, *, batch: bool = False
) -> VolumeRow:
    quantity, unit = _quantity(volume, load, term)
    price = _price(run, load, term, batch)
    return VolumeRow(
        provider=load.provider.name,
        term=f"{term}_batch" if batch else term,
        period=PERIODS[term],
        usd=usd,
        quantity=quantity,
        unit=unit,
        price=None if price is None else float(price),
        source=_source(run, volume, load, term, usd),
    )


def _quantity(volume: Volume, load: Load, term: str) -> tuple[float | None, str]:
    texts = {
        "index": volume.documents, "queries": volume.queries, "churn": volume.documents * volume.changed,
        "growth": volume.documents * volume.growth, "switch": volume.documents_later,
    }  # fmt: skip
    if term == "storage":
        return (volume.documents * load.vector_bytes / GB or None), "GB"
    if term == "machines":
        known = load.on_machine and load.rates.capacity
        return (float(machines_needed(volume, load.rates)) if known else None), "machines"
    if term in ("year_1", "per_1k_queries"):
        return (volume.queries * MONTHS, "queries") if not load.provider.is_cross else (None, "")
    if load.searches is not None:
        return (texts[term] * load.searches, "searches") if term == "queries" else (None, "")
    if load.on_machine:
        each = load.rates.query_s if term == "queries" else load.rates.document_s
        return (None if each is None else texts[term] * each), "machine seconds"
    tokens = load.tokens[1] if term == "queries" else load.tokens[0]
    return (None if tokens is None else texts[term] * tokens), "tokens"


def _price(run: MeasuredRun, load: Load, term: str, batch: bool) -> float | None:
    cost = run.measure.cost or CostFacts()
    if term in ("year_1", "per_1k_queries"):
        return None
    if term == "storage":
        return cost.vector_usd_per_gb_month
    if load.price is None:
        return cost.hardware_usd_per_hour if load.on_machine else None
    if load.searches is not None:
        return load.price.usd_per_1k_searches
    by_batch = batch and term != "queries"
    return load.price.batch_usd_per_1m_tokens if by_batch else load.price.usd_per_1m_tokens


def _source(run: MeasuredRun, volume: Volume, load: Load, term: str, usd: float | None) -> str:
    """Return where the price is from and when it was read, or what is missing."""
    rented = load.on_machine and volume.always_on
    if rented and term in ("queries", "churn", "growth"):
        return "in machines"
    if term == "machines" and not volume.always_on:
        return "in queries and churn"
    if usd is None and term in ("year_1", "per_1k_queries"):
        return "missing: " + "; ".join(dict.fromkeys(load.missing.values()))
    if usd is None:
        return "missing: " + (load.missing.get(term) or "; ".join(dict.fromkeys(load.missing.values())))
    if term in ("year_1", "per_1k_queries"):
        return "sum of the terms"
    cost = run.measure.cost or CostFacts()
    own = (cost.source or "suite", cost.as_of)
    source, day = own if term == "storage" or load.price is None else (load.price.source, load.price.as_of)
    parts = [str(source), str(day) if day else "no date given"]
    return ", ".join(parts) + (f"; {load.notes[term]}" if term in load.notes else "")
