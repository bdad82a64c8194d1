"""What a suite measures, and how: one model a measure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from embedmark.suite.compression import CompressionSpec
from embedmark.suite.cost import CostSpec
from embedmark.suite.retrieval import RetrievalSpec
from embedmark.suite.strict import Strict, SuggestedError


class AccuracySpec(Strict):
    """Spearman and Pearson against gold; average precision and ROC AUC where gold has two values."""

    resamples: Annotated[int, Field(ge=100, le=100_000)] = Field(
        1000, description="Random draws behind critical values."
    )
    batch_size: PositiveInt = 32


class ThroughputSpec(Strict):
    """Whole passes over a fixed set of texts, interleaved across providers."""

    batch_sizes: list[PositiveInt] = Field([1, 8, 32], min_length=1)
    texts: PositiveInt = Field(128, description="Texts (or pairs) in a pass.")
    warmup: NonNegativeInt = Field(1, description="Passes before the first timed one.")
    passes: PositiveInt = Field(10, description="Timed passes a cell, if its time budget allows.")
    max_passes: PositiveInt = Field(
        100, description="Timed passes after which a cell ends in any case: what a run can bill has a bound."
    )
    target: PositiveFloat = Field(
        0.02, description="Half width of the interval, relative, at which a setting ends early."
    )
    max_seconds: PositiveFloat = Field(20.0, description="Time budget of a cell: one provider at one batch size.")
    min_pass_ms: NonNegativeFloat = Field(
        50.0,
        description="A shorter pass takes more texts: all of the dataset, then all of them again. Never on an API.",
    )

    @model_validator(mode="after")
    def _enough(self) -> ThroughputSpec:
        if self.max_passes < self.passes:
            raise SuggestedError(
                f"max_passes ({self.max_passes}) is smaller than passes ({self.passes})",
                self.passes,
                below=("max_passes",),
            )
        if len(set(self.batch_sizes)) != len(self.batch_sizes):
            raise SuggestedError(
                "batch_sizes names a size twice", list(dict.fromkeys(self.batch_sizes)), below=("batch_sizes",)
            )
        return self


class LatencySpec(Strict):
    """Individually timed calls of one text (or pair). Scenarios are those of MLPerf LoadGen."""

    scenarios: list[Literal["single-stream", "server", "search"]] = Field(
        ["single-stream"],
        min_length=1,
        description="search: a query from text to result; comes by default where the first dataset is retrieval.",
    )
    calls: PositiveInt = Field(400, description="p95 needs 72 calls, p99 368.")
    warmup: NonNegativeInt = Field(5, description="Calls before the first timed one.")
    rate: PositiveFloat | None = Field(None, description="Server: arrivals a second; default: from `load`.")
    load: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.5, description="Server: share of the measured single-stream capacity, where no rate is given."
    )
    max_seconds: PositiveFloat = Field(60.0, description="Time budget of a cell: one provider in one scenario.")


class ScalingSpec(Strict):
    """All pairs within n texts, timed at several n and projected to larger ones."""

    sizes: list[Annotated[int, Field(ge=2)]] = Field([10, 16, 24, 36, 54, 80], min_length=1)
    max_texts: PositiveInt = Field(
        1280,
        description="Bi-encoders that compute here go on beyond `sizes`, each twice the last, to this many texts at "
        "most, as `max_seconds` allow. Default where `sizes` are given: no further.",
    )
    project_to: list[Annotated[int, Field(ge=2)]] = Field(default_factory=lambda: [1000, 10_000, 100_000])
    repeats: PositiveInt = 3
    max_seconds: PositiveFloat = Field(30.0, description="For repeats; each size is timed at least once.")
    batch_size: PositiveInt = 32
    replace: bool = Field(False, description="Sample texts with replacement, for sizes larger than the dataset.")
    top_k: PositiveInt = Field(10, description="Neighbors of each text that all pairs are reduced to.")
    candidates: PositiveInt = Field(
        20, description="Two-stage: texts that the bi-encoder passes on, for each text, to the cross-encoder."
    )
    pairings: list[Annotated[list[str], Field(min_length=2, max_length=2)]] | None = Field(
        None, description="Two-stage: [bi-encoder, cross-encoder] by name; default: each with each."
    )
    window: PositiveInt = Field(4096, description="Pairs that are sorted by length together, against padding.")
    similarity_device: Annotated[str, Field(pattern=r"^(cpu|cuda(:[0-9]+)?)$")] = Field(
        "cpu", description="Where vectors are compared: cpu (BLAS), cuda or cuda:N (torch)."
    )
    neighbours: Annotated[int, Field(ge=2)] | None = Field(
        None,
        description="Texts whose exact neighbors are kept beside the timed sizes: work without a clock, which shards "
        "and a cluster share. More than the largest of `sizes`.",
    )

    @model_validator(mode="after")
    def _enough_candidates(self) -> ScalingSpec:
        if self.candidates < self.top_k:
            raise SuggestedError(
                f"candidates ({self.candidates}) are fewer than top_k ({self.top_k})",
                self.top_k,
                below=("candidates",),
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _no_further(cls, given: Any) -> Any:
        """Take sizes that are given as all that is wanted, unless `max_texts` says more."""
        sizes = given.get("sizes") if isinstance(given, dict) and "max_texts" not in given else None
        if not isinstance(sizes, list) or not sizes or not isinstance(sizes[-1], int):
            return given
        return {**given, "max_texts": max(1, sizes[-1])}

    @field_validator("sizes")
    @classmethod
    def _rising(cls, sizes: list[int]) -> list[int]:
        if sorted(set(sizes)) != sizes:
            raise SuggestedError("sizes must be in increasing order, each size once", sorted(set(sizes)))
        return sizes


class MeasureSpec(Strict):
    """What to measure: what is named here, and nothing else."""

    accuracy: AccuracySpec | None = None
    retrieval: RetrievalSpec | None = None
    throughput: ThroughputSpec | None = None
    latency: LatencySpec | None = None
    scaling: ScalingSpec | None = None
    cost: CostSpec | None = None
    compression: CompressionSpec | None = None

    @property
    def names(self) -> frozenset[str]:
        """The measures that are named."""
        return frozenset(name for name, spec in self if spec is not None)

    @model_validator(mode="before")
    @classmethod
    def _named_is_wanted(cls, value: Any) -> Any:
        # `accuracy:` with nothing behind it is null in YAML, and means accuracy with its defaults.
        if isinstance(value, dict):
            return {key: {} if spec is None else spec for key, spec in value.items()}
        return value

    @model_validator(mode="after")
    def _something(self) -> MeasureSpec:
        if not self.model_fields_set:
            raise ValueError("nothing to measure: name accuracy, retrieval, throughput, latency, scaling or cost")
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = handler(self)  # without compression as before there was any
        return {key: spec for key, spec in content.items() if key != "compression" or spec is not None}
