"""Rows of summary.csv, accuracy.csv, retrieval.csv and compression.csv, by field what they have by column."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.derive.rows.base import DerivedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow(DerivedRow):
    """A row of summary.csv: a provider and dataset."""

    provider: str
    kind: str
    model: str
    dataset: str
    n_pairs: int | None = None
    similarity: str | None = None
    metric: str | None = None
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    tie_group: int | None = None
    spearman: float | None = None
    pearson: float | None = None
    unit: str | None = None
    batch_size: int | None = None
    items_per_s: float | None = None
    items_per_s_ci_low: float | None = None
    items_per_s_ci_high: float | None = None
    latency_ms_p50: float | None = None
    latency_ms_p95: float | None = None
    latency_ms_p99: float | None = None
    load_s: float | None = None
    first_call_ms: float | None = None
    tokens: int | None = None
    usd: float | None = None
    usd_per_1m_tokens: float | None = None
    usd_per_1k_items: float | None = None
    encodes_at_1000: int | None = None
    pair_predictions_at_1000: int | None = None
    seconds_at_1000: float | None = None
    usd_at_1000: float | None = None
    truncated_texts: int | None = None
    peak_rss_mb: float | None = None
    host_state: str | None = None
    status: str = ""
    error: str | None = None
    fastest_group: int | None = None
    cheapest_group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyRow(DerivedRow):
    """A row of accuracy.csv: a provider, dataset, slice and metric."""

    provider: str
    kind: str
    model: str
    dataset: str
    slice: str | None = None
    n_pairs: int | None = None
    n_scored: int | None = None
    similarity: str | None = None
    metric: str | None = None
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    tie_group: int | None = None
    truncated_texts: int | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalRow(DerivedRow):
    """A row of retrieval.csv: a ranking and dataset."""

    provider: str
    kind: str
    model: str
    dataset: str
    n_documents: int | None = None
    n_queries: int | None = None
    index_s: float | None = None
    index_tokens: float | None = None
    index_usd: float | None = None
    index_bytes: float | None = None
    pairs: int | None = None
    seconds_per_1k_queries: float | None = None
    tokens_per_1k_queries: float | None = None
    usd_per_1k_queries: float | None = None
    usd: float | None = None
    unjudged_at_10: float | None = None
    host_state: str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressionRow(DerivedRow):
    """A row of compression.csv: a kind of vectors of a provider, on a dataset."""

    provider: str
    dataset: str
    dims: int | None = None
    precision: str = ""
    bytes_per_vector: int | None = None
    metric: str | None = None
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    tie_group: int | None = None
    gb: float | None = None
    usd_per_month: float | None = None
