"""The machine of a run, its shard, and the seal of its raw files. Only what readers rely on has a type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from embedmark.store.manifest.part import AT_NEED, Count, Number, Part


@dataclass(kw_only=True)
class EndFacts(Part):
    """One of `ends`: why a provider's passes at a batch size ended."""

    provider: str | None = None
    measure: str | None = None
    why: str | None = None


@dataclass(kw_only=True)
class JobFacts(Part):
    """One of `shard.jobs`: a job of the whole plan, and the shard that measures it."""

    label: str
    provider: str
    dataset: str
    measure: str
    shard: Count


@dataclass(kw_only=True)
class ShardFacts(Part):
    """`shard`: which part of a plan the run measured."""

    index: Count
    of: Count
    jobs: list[JobFacts]


@dataclass(kw_only=True)
class ClusterFacts(Part):
    """`cluster`: the nodes that measured the run.

    Attributes:
        workers: of each provider.
        timed_on: the type of node that all timed jobs ran on.
    """

    workers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ray: str | None = None
    nodes: list[dict[str, Any]] = field(default_factory=list)
    timed_on: str | None = field(default=None, metadata=AT_NEED)


@dataclass(kw_only=True)
class HostFacts(Part):
    """`host`: how the machine behaved during the run."""

    looks: Count | None = None
    noisy: Count | None = None
    reasons: dict[str, Count] = field(default_factory=dict)
    kernel: str | None = None
    kernel_threads: Count | None = None
    kernel_median_ns: Number | None = None
    limits: dict[str, Number] = field(default_factory=dict)
    log: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class EnvironmentFacts(Part):
    """`environment`: the machine that measured."""

    platform: str | None = None
    machine: str | None = None
    cpu: str | None = None
    cores_logical: Count | None = None
    cores_usable: Count | None = None
    affinity: list[Count] = field(default_factory=list)
    frequency_mhz: Number | None = None
    memory_mb: Number | None = None
    python: str
    load_average: list[Number] = field(default_factory=list)
    thread_variables: dict[str, Any] = field(default_factory=dict)
    thread_pools: list[dict[str, Any]] = field(default_factory=list)


@dataclass(kw_only=True)
class SealFacts(Part):
    """One of `raw`: the checksums of a raw file."""

    sha256: str
    rows: Count
    row_checksums: str
    column_checksums: dict[str, str]


@dataclass(kw_only=True)
class MergedShardFacts(Part):
    """One of `merged.shards`."""

    index: Count
    run_id: str | None = None
    status: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    environment: EnvironmentFacts | None = None
    raw: dict[str, SealFacts] = field(default_factory=dict)


@dataclass(kw_only=True)
class MergedFacts(Part):
    """`merged`: the shards that the run was made of."""

    of: Count
    shards: list[MergedShardFacts]
