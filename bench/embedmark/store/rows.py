"""The rows of raw files as they are measured: by field what they have by column. scores.csv is written as columns."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.store.cells import CsvRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow(CsvRow):
    """A row of samples.csv: a pass, a call, or an attempt that failed."""

    provider: str = ""
    kind: str = ""
    measure: str = ""
    dataset: str = ""
    scenario: str = ""
    phase: str = ""
    n: int | None = None
    batch_size: int | None = None
    repeat: int | None = None
    call: int | None = None
    unit: str = ""
    n_items: int | None = None
    tokens: int | None = None
    requests: int | None = None
    retries: int | None = None
    queue_ns: int | None = None
    throttled_ns: int | None = None
    elapsed_ns: int | None = None
    cpu_ns: int | None = None
    rss_mb: float | None = None
    host_state: str = ""
    status: str = ""
    error: str = ""
    cached_items: int | None = None
    cached_tokens: int | None = None
    searches: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow(CsvRow):
    """A row of failures.csv: something that failed, and why."""

    provider: str = ""
    dataset: str = ""
    measure: str = ""
    phase: str = ""
    error_type: str = ""
    message: str = ""
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourRow(CsvRow):
    """A row of neighbours.csv: a text among the nearest of another one."""

    provider: str
    dataset: str
    n: int
    text: int
    rank: int
    neighbour: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRow(CsvRow):
    """A row of ranks.csv: the ranks of a pair of an image and a caption."""

    provider: str
    dataset: str
    pair_id: str
    text_rank: int | None
    image_rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRow(CsvRow):
    """A row of judged.csv: a judged document of a query."""

    provider: str
    dataset: str
    query_id: str
    document_id: str
    grade: float
    rank: int | None
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedRow(CsvRow):
    """A row of compressed.csv: an item's value by one kind of vectors."""

    provider: str
    dataset: str
    dims: int
    precision: str
    item_id: str
    value: float | None
