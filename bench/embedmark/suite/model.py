"""A suite file: which providers, which datasets, what to measure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from embedmark.api.secrets import secret_keys
from embedmark.errors import SuiteError
from embedmark.suite.explain import explain
from embedmark.suite.images import CaptionsDataset, GradedDataset, ImagesSpec, MatrixDataset
from embedmark.suite.lines import Places, read_yaml
from embedmark.suite.places import Origin
from embedmark.suite.strict import DataFile, Strict, check_label


class ProviderSpec(Strict):
    """One provider under test."""

    name: str = Field(description="The label in every table; unique in the suite.")
    use: str = Field(description="A provider's entry-point name, or ./file.py:Class.")
    model: str | None = Field(None, description="A hub id, a local path, package:IMPORT_NAME/SUBPATH, or cache:NAME.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the provider's constructor.")
    threads: PositiveInt | None = Field(None, description="Native threads of this provider; default: the suite's.")
    isolate: Literal["process"] | None = Field(None, description="A process of its own, and so a peak memory.")

    _name = field_validator("name")(check_label)

    @field_validator("options")
    @classmethod
    def _no_secrets(cls, options: dict[str, Any]) -> dict[str, Any]:
        if found := list(secret_keys(options)):
            raise ValueError(
                f"{' and '.join(f'`{key}`' for key in found)} holds a secret, and a suite is published with its "
                "results: put it into an environment variable that the provider reads, such as HF_TOKEN for the hub, "
                "or `api_key_env: NAME` for openai"
            )
        return options


class ColumnsSpec(Strict):
    """Which columns of a data file hold what. Numbers count from 1 and mean that the file has no header line."""

    sentence1: str | PositiveInt = "sentence1"
    sentence2: str | PositiveInt = "sentence2"
    score: str | PositiveInt = "score"


class FileDataset(DataFile):
    """A data file of the user's own, with sentence pairs."""

    columns: ColumnsSpec = Field(default_factory=ColumnsSpec)


def _dataset_tag(value: object) -> str | None:
    if isinstance(value, str):
        return "catalogue"
    if isinstance(value, dict):
        return str(value.get("kind") or ("matrix" if "images" in value else "file"))
    return "file" if isinstance(value, FileDataset) else getattr(value, "kind", None)


DatasetSpec = Annotated[
    Annotated[str, Tag("catalogue")]
    | Annotated[FileDataset, Tag("file")]
    | Annotated[CaptionsDataset, Tag("captions")]
    | Annotated[GradedDataset, Tag("graded")]
    | Annotated[MatrixDataset, Tag("matrix")],
    Discriminator(
        _dataset_tag,
        custom_error_type="dataset",
        custom_error_message="a dataset is a catalogue name, or a mapping with `path`, and with `kind` captions, "
        "graded or matrix if it has images",
    ),
]


class AccuracySpec(Strict):
    """Spearman and Pearson against gold, with bootstrap intervals."""

    resamples: Annotated[int, Field(ge=100, le=100_000)] = Field(1000, description="Bootstrap resamples of the pairs.")
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
    target: PositiveFloat = Field(0.02, description="Half width of the interval, relative, at which a cell ends early.")
    max_seconds: PositiveFloat = Field(20.0, description="Time budget of a cell: one provider at one batch size.")

    @model_validator(mode="after")
    def _enough(self) -> ThroughputSpec:
        if self.max_passes < self.passes:
            raise ValueError(f"max_passes ({self.max_passes}) is smaller than passes ({self.passes})")
        if len(set(self.batch_sizes)) != len(self.batch_sizes):
            raise ValueError("batch_sizes names a size twice")
        return self


class LatencySpec(Strict):
    """Individually timed calls of one text (or pair). Scenarios are those of MLPerf LoadGen."""

    scenarios: list[Literal["single-stream", "server"]] = Field(["single-stream"], min_length=1)
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
    project_to: list[Annotated[int, Field(ge=2)]] = Field(default_factory=lambda: [1000, 10_000, 100_000])
    repeats: PositiveInt = 3
    max_seconds: PositiveFloat = Field(30.0, description="For repeats; each size is timed once anyway.")
    batch_size: PositiveInt = 32
    replace: bool = Field(False, description="Sample texts with replacement, for sizes larger than the dataset.")
    top_k: PositiveInt = Field(10, description="Neighbours a text that all pairs are reduced to.")
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

    @model_validator(mode="after")
    def _enough_candidates(self) -> ScalingSpec:
        if self.candidates < self.top_k:
            raise ValueError(f"candidates ({self.candidates}) are fewer than top_k ({self.top_k})")
        return self

    @field_validator("sizes")
    @classmethod
    def _rising(cls, sizes: list[int]) -> list[int]:
        if sorted(set(sizes)) != sizes:
            raise ValueError("sizes must rise and name each size once")
        return sizes


class PriceSpec(Strict):
    """A price of the user's own, in place of the built-in table."""

    usd_per_1m_tokens: Annotated[float, Field(ge=0)]
    source: str = "suite"
    as_of: str | None = None


class CostSpec(Strict):
    """USD from tokens and a price table, or from what the hardware costs an hour."""

    hardware_usd_per_hour: Annotated[float, Field(ge=0)] | None = None
    prices: dict[str, PriceSpec] = Field(default_factory=dict, description="By the provider's name in this suite.")


class MeasureSpec(Strict):
    """What to measure: what is named here, and nothing else."""

    accuracy: AccuracySpec | None = None
    throughput: ThroughputSpec | None = None
    latency: LatencySpec | None = None
    scaling: ScalingSpec | None = None
    cost: CostSpec | None = None

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
            raise ValueError("nothing to measure: name accuracy, throughput, latency, scaling or cost")
        return self


class Suite(Strict):
    """A whole suite file."""

    name: str = Field("", description="Default: the file's stem.")
    providers: list[ProviderSpec] = Field(min_length=1)
    datasets: list[DatasetSpec] = Field(min_length=1)
    measure: MeasureSpec
    seed: NonNegativeInt = Field(0, description="Seed of every sample and resample.")
    keep_text: bool = Field(False, description="Keep the sentences in the run, for reports that show them.")
    threads: PositiveInt | None = Field(None, description="Threads for torch, OpenMP and BLAS; default: all cores.")

    _origin: Origin = PrivateAttr(default_factory=lambda: Origin(Path("suite")))

    @property
    def origin(self) -> Origin:
        """The file that it was read from, for errors that are found later."""
        return self._origin

    @field_validator("providers")
    @classmethod
    def _unique(cls, providers: list[ProviderSpec]) -> list[ProviderSpec]:
        names = [provider.name for provider in providers]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ValueError(f"two providers are called {name!r}: every name is a label of its own")
        return providers

    @field_validator("datasets")
    @classmethod
    def _unique_datasets(cls, datasets: list[DatasetSpec]) -> list[DatasetSpec]:
        names = [dataset_label(dataset) for dataset in datasets]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ValueError(f"two datasets are called {name!r}: give one a `name:` of its own")
        return datasets

    @model_validator(mode="after")
    def _prices_match(self) -> Suite:
        names = {provider.name for provider in self.providers}
        for name in self.measure.cost.prices if self.measure.cost else ():
            if name not in names:
                raise ValueError(f"measure.cost.prices: no provider is called {name!r}")
        return self


def dataset_label(spec: str | FileDataset | ImagesSpec) -> str:
    """The dataset's name in every table."""
    return spec if isinstance(spec, str) else spec.label


def load_suite(path: Path) -> Suite:
    """Read and check a suite file. Raises SuiteError with the file, the line and the key's path."""
    content, places = read_yaml(path)
    return parse_suite(content, path=path, places=places)


def parse_suite(content: Any, *, path: Path, places: Places | None = None) -> Suite:
    """Check a suite that is already in memory; `path` and `places` are for its error messages."""
    if not isinstance(content, dict):
        what = "is empty" if content is None else f"holds a {type(content).__name__}, not a mapping"
        raise SuiteError(
            f"the suite {what}",
            where=str(path),
            hint="a suite has the keys providers, datasets and measure; bench/suites/quick.yaml is an example",
        )
    try:
        suite = Suite.model_validate(content)
    except ValidationError as error:
        raise explain(error, Suite, path=path, places=places or {}) from None
    suite._origin = Origin(path, places or {}, tuple(provider.name for provider in suite.providers))
    return suite if suite.name else suite.model_copy(update={"name": path.stem})


def select(suite: Suite, names: Sequence[str]) -> Suite:
    """The suite with only the providers in `names`. Raises SuiteError for no name, and for one it does not have."""
    have = [provider.name for provider in suite.providers]
    if not names:
        raise SuiteError("--only names no provider", hint=f"one or more of: {', '.join(have)}; or leave --only out")
    for name in names:
        if name not in have:
            raise SuiteError(f"--only names {name!r}, which the suite does not have", hint=f"one of: {', '.join(have)}")
    measure, scaling = suite.measure, suite.measure.scaling
    if scaling and scaling.pairings is not None:
        kept = [pairing for pairing in scaling.pairings if set(pairing) <= set(names)]
        measure = measure.model_copy(update={"scaling": scaling.model_copy(update={"pairings": kept})})
    return suite.model_copy(update={"providers": [p for p in suite.providers if p.name in names], "measure": measure})
