"""The suite as a manifest holds it: what was asked for. Only what readers rely on has a type here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from embedmark.notices import has_timings
from embedmark.store.manifest.part import AT_NEED, Count, Number, Part


@dataclass(kw_only=True)
class AccuracyFacts(Part):
    """`suite.measure.accuracy`."""

    resamples: Count | None = None
    batch_size: Count | None = None


@dataclass(kw_only=True)
class ThroughputFacts(Part):
    """`suite.measure.throughput`."""

    batch_sizes: list[Count] = field(default_factory=list)
    texts: Count | None = None
    passes: Count | None = None
    max_passes: Count | None = None
    target: Number | None = None
    max_seconds: Number | None = None


@dataclass(kw_only=True)
class LatencyFacts(Part):
    """`suite.measure.latency`."""

    scenarios: list[str] = field(default_factory=list)
    calls: Count | None = None
    warmup: Count | None = None
    rate: Number | None = None
    max_seconds: Number | None = None


@dataclass(kw_only=True)
class ScalingFacts(Part):
    """`suite.measure.scaling`."""

    sizes: list[Count] = field(default_factory=list)
    project_to: list[Count] = field(default_factory=list)
    repeats: Count | None = None
    candidates: Count | None = None
    top_k: Count | None = None
    neighbours: Count | None = None
    batch_size: Count | None = None
    pairings: list[list[str]] | None = None
    max_seconds: Number | None = None


@dataclass(kw_only=True)
class VolumeFacts(Part):
    """`suite.measure.cost.volume`."""

    documents: Number
    queries_per_month: Number
    changed_per_month: Number | None = None
    growth_per_month: Number | None = None
    tokens_per_document: Number | None = None
    tokens_per_query: Number | None = None
    p95_ms: Number | None = None
    peak_to_mean: Number | None = None


@dataclass(kw_only=True)
class HostingFacts(Part):
    """One of `suite.measure.cost.facts`: what a source says of a provider."""

    data: str | None = None
    fine_tuning: str | None = None
    deprecated_on: str | None = None
    source: str | None = None
    as_of: str | None = None


@dataclass(kw_only=True)
class CostFacts(Part):
    """`suite.measure.cost`."""

    hardware_usd_per_hour: Number | None = None
    prices: dict[str, Part] = field(default_factory=dict)
    vector_usd_per_gb_month: Number | None = None
    machines: str | None = None
    usd_per: dict[str, Number] = field(default_factory=dict)
    source: str | None = None
    as_of: str | None = None
    volume: VolumeFacts | None = None
    facts: dict[str, HostingFacts] = field(default_factory=dict)


@dataclass(kw_only=True)
class CompressionFacts(Part):
    """`suite.measure.compression`."""

    dims: list[Count] = field(default_factory=list)
    precisions: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class FusionFacts(Part):
    """One of `suite.measure.retrieval.fusion`: rankings that are joined."""

    of: list[str]
    weights: list[Number] = field(default_factory=list)
    k: Number | None = None


@dataclass(kw_only=True)
class RetrievalFacts(Part):
    """`suite.measure.retrieval`."""

    k: list[Count] = field(default_factory=list)
    candidates: Count | None = None
    fusion: list[FusionFacts] = field(default_factory=list)
    rerank: list[list[str]] = field(default_factory=list)
    depth: Count | None = field(default=None, metadata=AT_NEED)


@dataclass(kw_only=True)
class MeasureFacts(Part):
    """`suite.measure`: None for a measure that was not asked for."""

    accuracy: AccuracyFacts | None = None
    throughput: ThroughputFacts | None = None
    latency: LatencyFacts | None = None
    scaling: ScalingFacts | None = None
    cost: CostFacts | None = None
    compression: CompressionFacts | None = None
    retrieval: RetrievalFacts | None = None

    @property
    def names(self) -> frozenset[str]:
        """The measures that were asked for."""
        return frozenset(name for name, spec in self.to_json().items() if spec is not None)

    @property
    def is_timed(self) -> bool:
        """Return True if a measure that was asked for times something."""
        return has_timings(self.names)


@dataclass(kw_only=True)
class SuiteProviderFacts(Part):
    """One of `suite.providers`."""

    name: str


@dataclass(kw_only=True)
class SuiteFacts(Part):
    """`suite`: every default filled in, and without keys."""

    name: str | None = None
    providers: list[SuiteProviderFacts]
    datasets: list[Any]
    measure: MeasureFacts
    seed: Count = 0
    lang: str | None = None
    threads: Count | None = None
    average: list[str] = field(default_factory=list)
