"""The manifest of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from embedmark.errors import RunDirectoryError
from embedmark.notices import Circumstances, Notice
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.entries import IndexFacts, PriceFacts, ProviderFacts, TokenFacts, WarningFacts
from embedmark.store.manifest.part import AT_NEED, IN_MEMORY, Count, Part
from embedmark.store.manifest.session import (
    ClusterFacts,
    EndFacts,
    EnvironmentFacts,
    HostFacts,
    MergedFacts,
    SealFacts,
    ShardFacts,
)
from embedmark.store.manifest.suite import MeasureFacts, SuiteFacts
from embedmark.store.texts import KeptTexts, Role, Texts

# What tables and reports need; the rest may be absent.
_NEEDED: Final = (
    "embedmark_version", "run_id", "status", "started_at", "suite", "providers", "datasets", "warnings", "environment",
)  # fmt: skip


def _no_suite() -> SuiteFacts:
    return SuiteFacts(providers=[], datasets=[], measure=MeasureFacts())


@dataclass(kw_only=True)
class Manifest(Part):
    """All that decides what a run's numbers mean. It changes while the run is measured, and is saved each time.

    Attributes:
        derived_by: the version of embedmark that derived the tables; None before 0.2, and of a run without tables.
        tokens, index: by provider and dataset.
        done: labels of the jobs that have all their rows; None before 0.2.
        raw: by file; empty until the run is sealed.
        kept: the texts in the run's folder, where there are any.
    """

    schema_version: Count = 0
    embedmark_version: str = ""
    run_id: str = ""
    lang: str | None = None
    status: str = ""
    started_at: str = ""
    finished_at: str | None = None
    suite: SuiteFacts = field(default_factory=_no_suite)
    suite_sha256: str | None = None
    providers: list[ProviderFacts] = field(default_factory=list)
    datasets: list[DatasetFacts] = field(default_factory=list)
    prices: list[PriceFacts] = field(default_factory=list)
    tokens: dict[str, dict[str, TokenFacts]] = field(default_factory=dict)
    warnings: list[WarningFacts] = field(default_factory=list)
    ends: list[EndFacts] = field(default_factory=list)
    done: list[str] | None = None
    host: HostFacts = field(default_factory=HostFacts)
    environment: EnvironmentFacts = field(default_factory=lambda: EnvironmentFacts(python=""))
    git: dict[str, Any] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    raw: dict[str, SealFacts] = field(default_factory=dict)
    index: dict[str, dict[str, IndexFacts]] = field(default_factory=dict, metadata=AT_NEED)
    shard: ShardFacts | None = field(default=None, metadata=AT_NEED)
    merged: MergedFacts | None = field(default=None, metadata=AT_NEED)
    resumed: list[dict[str, Any]] = field(default_factory=list, metadata=AT_NEED)
    cluster: ClusterFacts | None = field(default=None, metadata=AT_NEED)
    derived_by: str | None = field(default=None, metadata=AT_NEED)
    kept: KeptTexts | None = field(default=None, repr=False, compare=False, metadata=IN_MEMORY)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its providers and datasets, which no sentence translates."""
        return *(entry.name for entry in self.providers), *(entry.name for entry in self.datasets)

    @property
    def deriver(self) -> str:
        """The version of embedmark that derived the tables.

        Before 0.2 a manifest did not say it: then it is the version that measured.
        """
        return self.derived_by or self.embedmark_version

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The warnings, as values."""
        return tuple(warning.notice for warning in self.warnings)

    @property
    def circumstances(self) -> Circumstances:
        """What the sentences for several warnings need to know of the run."""
        throughput, host = self.suite.measure.throughput, self.host
        return Circumstances(
            measures=self.suite.measure.names,
            passes=throughput.passes if throughput else None,
            target=throughput.target if throughput else None,
            max_seconds=throughput.max_seconds if throughput else None,
            noisy=host.noisy,
            checks=host.looks,
            reasons=host.reasons,
            kernel_limit=host.limits.get("kernel"),
        )

    def provider(self, name: str) -> ProviderFacts | None:
        """Return the entry of a provider; None if there is none of that name."""
        return next((entry for entry in self.providers if entry.name == name), None)

    def dataset(self, name: str) -> DatasetFacts | None:
        """Return the entry of a dataset; None if there is none of that name."""
        return next((entry for entry in self.datasets if entry.name == name), None)

    def texts(self, dataset: str, role: Role = "pair") -> Texts:
        """Return the texts that a run keeps of a dataset, by id; none where it keeps none."""
        entry = self.dataset(dataset)
        if entry is not None and entry.texts:  # before 0.2.0 they were in the manifest
            return entry.kept(role)
        return self.kept.of(dataset, role) if self.kept is not None else {}

    def price(self, provider: str, plugin: str, model: str) -> PriceFacts | None:
        """Return the price that the suite set for a provider by name, else the one of its plugin and model."""
        own = next((price for price in self.prices if price.provider == provider), None)
        if own is not None:
            return own
        shared = (price for price in self.prices if not price.provider)
        return next((price for price in shared if (price.plugin, price.model) == (plugin, model)), None)

    def counts(self, provider: str, dataset: str) -> TokenFacts:
        """Return what was counted of a dataset's tokens; an empty one where nothing was."""
        return self.tokens.get(provider, {}).get(dataset) or TokenFacts()

    def warn(self, notice: Notice) -> None:
        """Add a warning; one that is there already is not added again."""
        kept = read_back(notice)
        if kept not in self.notices:
            self.warnings.append(
                WarningFacts(code=kept.code, message=kept.message, advice=kept.advice, data=dict(kept.data))
            )

    def check_nulls(self, path: Path) -> None:
        """Raise RunDirectoryError if a key is null that tables and reports need; it may be absent."""
        for key in _NEEDED:
            if self.is_null(key):
                raise damaged(key, "is null", path)

    def check_whole(self, path: Path) -> None:
        """Raise RunDirectoryError if a key is missing that tables and reports need."""
        for key in _NEEDED:
            if not self.has(key):
                raise damaged(key, "is missing", path)
        for key in ("providers", "datasets"):
            if not getattr(self, key):
                raise damaged(key, "is empty", path)


def read_back(notice: Notice) -> Notice:
    """Return a notice as it will be read back from JSON."""
    return replace(notice, data=json.loads(json.dumps(dict(notice.data))))


def damaged(key: str, what: str, path: Path) -> RunDirectoryError:
    """Return the error of a manifest whose key is not what readers rely on."""
    return RunDirectoryError(
        f"the manifest is damaged: `{key}` {what}",
        where=str(path),
        hint="restore the folder as it was written, or run the suite again",
    )
