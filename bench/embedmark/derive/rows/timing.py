"""Rows of throughput.csv, latency.csv, scaling.csv and scaling_facts.csv, by field what they have by column."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.derive.rows.base import DerivedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughputRow(DerivedRow):
    """A row of throughput.csv: a provider, dataset, unit and batch size."""

    provider: str
    kind: str
    model: str
    dataset: str
    unit: str | None = None
    batch_size: int | None = None
    n_items: int | None = None
    repeats: int | None = None
    items_per_s: float | None = None
    items_per_s_ci_low: float | None = None
    items_per_s_ci_high: float | None = None
    tokens_per_s: float | None = None
    cpu_s_per_1k_items: float | None = None
    load_s: float | None = None
    first_call_ms: float | None = None
    peak_rss_mb: float | None = None
    host_state: str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRow(DerivedRow):
    """A row of latency.csv: a provider, dataset, scenario and unit."""

    provider: str
    kind: str
    model: str
    dataset: str
    scenario: str = ""
    unit: str | None = None
    rate_per_s: float | None = None
    n_calls: int | None = None
    mean_ms: float | None = None
    p50_ms: float | None = None
    p50_ci_low: float | None = None
    p50_ci_high: float | None = None
    p95_ms: float | None = None
    p95_ci_low: float | None = None
    p95_ci_high: float | None = None
    p99_ms: float | None = None
    p99_ci_low: float | None = None
    p99_ci_high: float | None = None
    max_ms: float | None = None
    host_state: str | None = None
    status: str = ""

    def percentile(self, name: str) -> float | None:
        """Return the milliseconds of `p50`, `p95` or `p99`. Raises KeyError for another."""
        return {"p50": self.p50_ms, "p95": self.p95_ms, "p99": self.p99_ms}[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingRow(DerivedRow):
    """A row of scaling.csv: a provider or pairing, and a number of texts."""

    provider: str
    kind: str
    n: int | None = None
    encodes: int | None = None
    pair_predictions: int | None = None
    seconds: float | None = None
    seconds_ci_low: float | None = None
    seconds_ci_high: float | None = None
    usd: float | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingFactRow(DerivedRow):
    """A row of scaling_facts.csv: a fact of a provider or pairing."""

    provider: str
    kind: str
    fact: str = ""
    n: int | None = None
    candidates: int | None = None
    top_k: int | None = None
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    unit: str | None = None
