"""A raw run as the derived tables need it: providers and datasets in suite order, sample rows at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

from embedmark.derive.entries import CROSS, DatasetEntry, ProviderEntry, dataset_entry, provider_entry
from embedmark.derive.values import host_state, median, numbers, real, whole, worst_state
from embedmark.store.manifest.entries import ProviderFacts, TokenFacts
from embedmark.store.manifest.suite import MeasureFacts
from embedmark.store.read import RawRun

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array

__all__ = [
    "CROSS", "DatasetEntry", "MeasuredRun", "ProviderEntry", "host_state", "median", "numbers", "real",
    "whole", "worst_state",
]  # fmt: skip

_TIMED = ("throughput", "latency", "scaling")


def spanless(samples: pd.DataFrame) -> pd.Series[bool]:
    """Return which timed rows have a span of 0 or less: the clock stood still, and nothing was measured."""
    timed = samples["measure"].isin(_TIMED) & (samples["phase"] == "timed") & (samples["status"] == "ok")
    return timed & (samples["elapsed_ns"] <= 0)


@dataclass(frozen=True, eq=False)
class MeasuredRun:
    """A raw run with its manifest read and its sample rows grouped."""

    raw: RawRun
    providers: tuple[ProviderEntry, ...]
    datasets: tuple[DatasetEntry, ...]
    measure: MeasureFacts
    seed: int
    _samples: pd.DataFrame = field(repr=False)
    _groups: dict[tuple[str, str], pd.DataFrame] = field(repr=False)
    _by_provider: dict[str, pd.DataFrame] = field(repr=False)
    _chosen: dict[tuple[str, str, str, str], pd.DataFrame] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: RawRun) -> MeasuredRun:
        """Read the manifest of `raw`. Missing optional entries are taken as empty."""
        samples = raw.samples[~spanless(raw.samples)]
        groups = {
            (str(provider), str(measure)): frame
            for (provider, measure), frame in samples.groupby(["provider", "measure"], sort=False)
        }
        return cls(
            raw=raw,
            providers=tuple(provider_entry(entry) for entry in raw.manifest.providers),
            datasets=tuple(dataset_entry(entry) for entry in raw.manifest.datasets),
            measure=raw.manifest.suite.measure,
            seed=raw.manifest.suite.seed,
            _samples=samples,
            _groups=groups,
            _by_provider={str(name): frame for name, frame in raw.samples.groupby("provider", sort=False)},
        )

    def measures(self, name: str) -> bool:
        """Return True if the suite asks for a measure."""
        return name in self.measure.names

    @property
    def hardware_usd_per_hour(self) -> float | None:
        """The price of the machine; None if the suite has none."""
        return self.measure.cost.hardware_usd_per_hour if self.measure.cost else None

    @property
    def resamples(self) -> int | None:
        """How many resamples the suite asks for."""
        return self.measure.accuracy.resamples if self.measure.accuracy else None

    def samples(self, provider: str, measure: str, *, phase: str = "timed", status: str = "ok") -> pd.DataFrame:
        """Return sample rows of one provider, measure, phase and status, in the order they were measured.

        Timed rows with a span of 0 are left out: see spanless().
        """
        key = (provider, measure, phase, status)
        if key not in self._chosen:
            frame = self._groups.get((provider, measure), self.raw.samples.iloc[:0])
            self._chosen[key] = frame[(frame["phase"] == phase) & (frame["status"] == status)]
        return self._chosen[key]

    def passes(self, provider: str, measure: str) -> pd.DataFrame:
        """Return timed passes of one provider and measure, those that ended early too; not the attempts within them."""
        import pandas as pd

        frame = self.samples(provider, measure, status="incomplete")
        whole = self.samples(provider, measure)
        early = frame[frame["n"].notna()]
        return whole if early.empty else early if whole.empty else pd.concat([whole, early])

    def all_samples(self, provider: str) -> pd.DataFrame:
        """Return every sample row of one provider."""
        return self._by_provider.get(provider, self.raw.samples.iloc[:0])

    def failures(self, provider: str, datasets: tuple[str, ...] | None = None) -> pd.DataFrame:
        """Return failure rows of one provider, of these datasets if given; "" is what belongs to no dataset."""
        frame = self.raw.failures
        frame = frame[frame["provider"] == provider]
        return frame if datasets is None else frame[frame["dataset"].isin(datasets)]

    def tokens(self, provider: str, dataset: str) -> TokenFacts:
        """Return what was counted of the tokens of a dataset's texts; an empty one where nothing was."""
        return self.raw.manifest.counts(provider, dataset)

    @cached_property
    def turns(self) -> dict[tuple[str, int, bool], dict[str, set[int]]]:
        """Repeats of the timed passes by dataset, batch size and whether of images, then by provider.

        A provider whose passes failed is left out: its end is not the others'.
        """
        rows, failures = self._samples, self.raw.failures
        rows = rows[(rows["measure"] == "throughput") & (rows["phase"] == "timed") & (rows["status"] == "ok")]
        failed = set(failures["provider"][failures["measure"] == "throughput"])
        found: dict[tuple[str, int, bool], dict[str, set[int]]] = {}
        columns = (rows[name] for name in ("provider", "dataset", "batch_size", "unit", "repeat"))
        for name, dataset, batch, unit, repeat in zip(*columns, strict=True):
            if name not in failed:
                key = (str(dataset), int(batch), unit == "image")
                found.setdefault(key, {}).setdefault(str(name), set()).add(int(repeat))
        return found

    def beside(self, provider: str) -> list[str]:
        """Return the other providers whose passes took turns with those of `provider`."""
        notices = self.raw.manifest.warnings
        blocks = next((notice.data["blocks"] for notice in notices if notice.code == "blocks"), [self.names])
        return [name for block in blocks if provider in block for name in block if name != provider]

    @property
    def names(self) -> tuple[str, ...]:
        """Its providers' names, in suite order."""
        return tuple(provider.name for provider in self.providers)

    def provider(self, name: str) -> ProviderEntry:
        """Return the provider called `name`. Raises StopIteration where there is none."""
        return next(provider for provider in self.providers if provider.name == name)

    def facts(self, name: str) -> ProviderFacts:
        """Return what the manifest says of the provider called `name`; an empty entry if it has none of that name."""
        return self.raw.manifest.provider(name) or ProviderFacts(name=name)

    @cached_property
    def rates(self) -> dict[tuple[str, str, int], dict[int, float]]:
        """Items a second of every timed pass: by provider, dataset and batch size, then by repeat."""
        rows = self._timed("throughput")
        found: dict[tuple[str, str, int], dict[int, float]] = {}
        speeds = numbers(rows, "n_items") / numbers(rows, "elapsed_ns") * 1e9
        for name, dataset, batch, repeat, rate in zip(
            rows["provider"], rows["dataset"], rows["batch_size"], rows["repeat"], speeds.tolist(), strict=True
        ):
            found.setdefault((name, dataset, int(batch)), {})[int(repeat)] = rate
        return found

    @cached_property
    def calls(self) -> dict[tuple[str, str, str], Array]:
        """Milliseconds of every timed call, in order: by provider, dataset and scenario.

        In the server scenario from the scheduled arrival.
        """
        import numpy as np

        rows = self._timed("latency")
        ms = numbers(rows, "elapsed_ns") / 1e6
        ms = ms + np.where(rows["scenario"] == "server", np.nan_to_num(numbers(rows, "queue_ns")) / 1e6, 0.0)
        groups = rows.groupby(["provider", "dataset", "scenario"], sort=False).indices
        return {cast("tuple[str, str, str]", key): ms[places] for key, places in groups.items()}

    def items(self, name: str, batch: int) -> set[float]:
        """Return how many items a pass has."""
        rows = self._timed("throughput")
        mine = rows[(rows["provider"] == name) & (rows["batch_size"] == batch)]
        return set(numbers(mine, "n_items").tolist())

    def _timed(self, measure: str) -> pd.DataFrame:
        """Return timed rows; of a dataset with images those of images, as in summary.csv."""
        rows = self._samples
        rows = rows[(rows["measure"] == measure) & (rows["phase"] == "timed") & (rows["status"] == "ok")]
        with_images = [dataset.name for dataset in self.datasets if dataset.has_images]
        return rows[(rows["unit"] == "image") | ~rows["dataset"].isin(with_images)]
