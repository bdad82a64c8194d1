"""A suite file: which providers, which datasets, what to measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    field_validator,
    model_validator,
)

from embedmark.api.secrets import secret_keys
from embedmark.errors import did_you_mean
from embedmark.language import Language
from embedmark.suite.datasets import (
    DatasetSpec,
    dataset_label,
    expand_golds,
)
from embedmark.suite.lines import Origin
from embedmark.suite.measures import MeasureSpec
from embedmark.suite.strict import Strict, SuggestedError, check_label


class ResourceSpec(Strict):
    """What one worker of a provider takes of a machine in a Ray cluster (`run --on ray`)."""

    cpu: PositiveFloat = Field(1.0, description="Cores.")
    gpu: NonNegativeFloat = Field(0.0, description="GPUs; 0.5 for two workers on one.")
    memory_gb: PositiveFloat | None = Field(
        None, description="An estimate of its memory in GB, weights included; default: not counted."
    )


class ProviderSpec(Strict):
    """One provider under test."""

    name: str = Field(description="The label in every table; unique in the suite.")
    use: str = Field(description="A provider's entry-point name, or ./file.py:Class.")
    model: str | None = Field(None, description="A hub id, a local path, package:IMPORT_NAME/SUBPATH, or cache:NAME.")
    preset: str | None = Field(
        None, description="A service that the provider knows: voyage, gemini, ... (docs/presets.md)."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the provider's constructor.")
    timeout_s: PositiveFloat | None = Field(None, description="Seconds that one call may take; default: no limit.")
    threads: PositiveInt | None = Field(None, description="Native threads of this provider; default: the suite's.")
    isolate: Literal["process"] | None = Field(None, description="A separate process, and so its own peak memory.")
    resources: ResourceSpec | None = Field(None, description="What each of its workers takes on a Ray cluster.")

    _name = field_validator("name")(check_label)

    @property
    def keywords(self) -> dict[str, Any]:
        """All keywords of the provider's constructor but the model: its options, and the preset if there is one."""
        return self.options if self.preset is None else {**self.options, "preset": self.preset}

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


class Suite(Strict):
    """A whole suite file."""

    name: str = Field("", max_length=200, description="Default: the file's stem.")
    providers: list[ProviderSpec] = Field(min_length=1)
    datasets: list[DatasetSpec] = Field(min_length=1)
    measure: MeasureSpec
    seed: NonNegativeInt = Field(0, description="Seed of every sample and resample.")
    lang: Language | None = Field(None, description="The language of reports: en or ko; default: the locale's.")
    average: list[str] | None = Field(None, min_length=2, description="Datasets whose main metric is averaged.")
    keep_text: bool = Field(False, description="Keep the sentences in the run, for reports that show them.")
    threads: PositiveInt | None = Field(None, description="Threads of torch, BLAS and tokenizers; default: all cores.")

    _origin: Origin = PrivateAttr(default_factory=lambda: Origin(Path("suite")))

    @property
    def origin(self) -> Origin:
        """The file that it was read from, for errors that are found later."""
        return self._origin

    @model_validator(mode="before")
    @classmethod
    def _several_golds(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("datasets"), list):
            return {**value, "datasets": expand_golds(value["datasets"])}
        return value

    @field_validator("providers")
    @classmethod
    def _unique(cls, providers: list[ProviderSpec]) -> list[ProviderSpec]:
        names = [provider.name for provider in providers]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ValueError(f"two providers are called {name!r}: give each provider a different name")
        return providers

    @field_validator("datasets")
    @classmethod
    def _unique_datasets(cls, datasets: list[DatasetSpec]) -> list[DatasetSpec]:
        names = [dataset_label(dataset) for dataset in datasets]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ValueError(f"two datasets are called {name!r}: give one of them a different `name:`")
        return datasets

    @model_validator(mode="after")
    def _averages_match(self) -> Suite:
        names = [dataset_label(dataset) for dataset in self.datasets]
        for name in self.average or ():
            if name not in names:
                raise ValueError(f"average: no dataset is called {name!r}; there are {', '.join(names)}")
        if len(set(self.average or ())) < len(self.average or ()):
            raise ValueError("average names a dataset twice")
        if self.average and "average" in names:
            raise ValueError("a dataset cannot be called 'average': the average over datasets has that name")
        return self

    @model_validator(mode="after")
    def _prices_match(self) -> Suite:
        names = {provider.name for provider in self.providers}
        cost = self.measure.cost
        for key, named in (("prices", cost.prices), ("facts", cost.facts)) if cost else ():
            for name in named:
                if name not in names:
                    near = did_you_mean(name, names) or f"one of: {', '.join(sorted(names))}"
                    below = ("measure", "cost", key, name)
                    raise SuggestedError(f"no provider is called {name!r}", below=below, hint=near)
        return self

    @model_validator(mode="after")
    def _stages_match(self) -> Suite:
        names = {provider.name for provider in self.providers}
        retrieval = self.measure.retrieval
        for name in sorted(retrieval.names() - names) if retrieval else ():
            near = did_you_mean(name, names)
            raise ValueError(f"measure.retrieval: no provider is called {name!r}" + (f"; {near}" if near else ""))
        return self
