"""Two sides, and the providers of them that are compared: a match builds every row of a comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from embedmark.comparison.model import RATIOS, Change, LogRatio, Quantity, Values, judge
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry

if TYPE_CHECKING:
    from embedmark.stats import Interval


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Side:
    """One or more runs that repeat each other, under one label. All but timings come from the first.

    Attributes:
        folders: where the runs are, in their order; empty if they were not read from disk.
    """

    label: str
    runs: tuple[MeasuredRun, ...]
    folders: tuple[Path, ...] = ()

    @property
    def first(self) -> MeasuredRun:
        return self.runs[0]

    def name_of(self, run: MeasuredRun) -> str:
        """Return a name for one of the runs that tells it from every other run of the comparison."""
        if len(self.runs) == 1:
            return self.label
        place = next(i for i, other in enumerate(self.runs) if other is run)
        return f"{self.label}/{self.folders[place].name}" if self.folders else f"{self.label}, run {place + 1}"


@dataclass(frozen=True, slots=True)
class Match:
    """Two providers that are compared: the same name in two runs, or two names in one.

    Attributes:
        missing: why there is nothing to compare, where only one of the two sides has the provider.
    """

    baseline: Side
    baseline_name: str
    candidate: Side
    candidate_name: str
    missing: str = ""

    @property
    def in_one_run(self) -> bool:
        return self.baseline is self.candidate

    @property
    def label(self) -> str:
        return self.candidate_name

    @property
    def against(self) -> str:
        """What the candidate is held against: a run, or another provider of the same one."""
        return self.baseline_name if self.in_one_run else self.baseline.label

    @property
    def entries(self) -> tuple[ProviderEntry, ProviderEntry]:
        """The two providers as their first runs list them."""
        return self.baseline.first.provider(self.baseline_name), self.candidate.first.provider(self.candidate_name)

    @property
    def known_entries(self) -> tuple[ProviderEntry, ...]:
        """The provider as each side lists it; one entry where only one of the two sides has it."""
        named = ((self.baseline.first, self.baseline_name), (self.candidate.first, self.candidate_name))
        return tuple(run.provider(name) for run, name in named if name in run.names)

    @property
    def is_of_rankers(self) -> bool:
        """Return True for rankers, which have latencies of a search and no throughput."""
        return all(entry.kind == "ranker" for entry in self.known_entries)

    def measures(self, name: str) -> bool:
        """Return True if one of the two sides was asked for a measure."""
        return any(side.first.measures(name) for side in (self.baseline, self.candidate))

    def datasets(self) -> Iterator[tuple[DatasetEntry, DatasetEntry | None, str]]:
        """Yield each dataset of either side, the candidate's dataset with the same data, and why there is none.

        A dataset that only the candidate has comes last.
        """
        for dataset in self.baseline.first.datasets:
            found, reason = self.dataset(dataset)
            yield dataset, found, self.missing or reason
        known = {name for dataset in self.baseline.first.datasets for name in (dataset.name, dataset.sha256) if name}
        for dataset in self.candidate.first.datasets:
            if not known & {dataset.name, dataset.sha256}:
                yield dataset, None, f"{self.baseline.label} did not measure this dataset"

    def dataset(self, wanted: DatasetEntry) -> tuple[DatasetEntry | None, str]:
        """Return the candidate's dataset with the same hash, of several the one with the same name; or None, and why.

        Data that a suite names twice have one hash: those of other names are taken in their order.
        """
        found = self.candidate.first.datasets
        named = next((d for d in found if d.name == wanted.name), None)
        if named is not None and wanted.sha256 and named.sha256 == wanted.sha256:
            return named, ""
        known = {d.name for d in self.baseline.first.datasets}
        same = [d for d in found if d.sha256 and d.sha256 == wanted.sha256]
        if same:
            renamed = [d for d in same if d.name not in known] or same
            return renamed[min(self._place_of(wanted), len(renamed) - 1)], ""
        if named is None:
            return None, f"{self.candidate.label} did not measure this dataset"
        return None, f"another dataset of this name: sha256 {wanted.sha256[:8]}, {named.sha256[:8]}"

    def _place_of(self, wanted: DatasetEntry) -> int:
        """Return the place of a dataset among the baseline's of the same hash that the candidate has no name of."""
        named = {d.name for d in self.candidate.first.datasets}
        alike = [d for d in self.baseline.first.datasets if d.sha256 == wanted.sha256 and d.name not in named]
        return next((i for i, d in enumerate(alike) if d.name == wanted.name), 0)

    def both_sides(
        self, dataset: DatasetEntry, read: Callable[[MeasuredRun, str, DatasetEntry], _T | None]
    ) -> tuple[_T, _T] | str:
        """Return what `read` finds for the provider on each side, or why the sides cannot be compared.

        Args:
            dataset: the baseline's, or one that only the candidate has.
            read: takes a run, the provider's name and the run's own dataset; None where it has no ranks.
        """
        if self.missing:
            return self.missing
        other, reason = self.dataset(dataset)
        if other is None or dataset not in self.baseline.first.datasets:
            return reason or f"{self.baseline.label} did not measure this dataset"
        before = read(self.baseline.first, self.baseline_name, dataset)
        if before is None:
            return f"no ranks in {self.baseline.label}"
        after = read(self.candidate.first, self.candidate_name, other)
        return f"no ranks in {self.candidate.label}" if after is None else (before, after)

    def incomparable(
        self, quantity: Quantity, reason: str, *, values: Values = (None, None), applies: bool = True
    ) -> Change:
        """Return a row that says why there is no verdict; `applies=False`: a rule has nothing to judge here."""
        return self._change(
            quantity, values=values, change=None, interval=None, reason=reason, unjudged=reason if applies else ""
        )

    def difference(
        self,
        quantity: Quantity,
        *,
        values: Values,
        change: float | None,
        interval: Interval | None,
        reason: str,
        unjudged: str = "",
    ) -> Change:
        """Return a row for a difference in accuracy."""
        return self._change(quantity, values=values, change=change, interval=interval, reason=reason, unjudged=unjudged)

    def ratio(self, quantity: Quantity, found: LogRatio, measured: Values) -> Change:
        """Return a row for a ratio; `measured` are both values as each run measured them."""
        if found.interval is None or found.baseline is None:
            return self.incomparable(quantity, found.reason, values=measured)
        change, low, high = math.expm1(found.middle), *(math.expm1(end) for end in found.interval)
        return self._change(
            quantity,
            values=(found.baseline, found.baseline * (1 + change)),
            change=change,
            interval=(low, high),
            reason=found.reason,
            measured=measured,
        )

    def _change(
        self,
        quantity: Quantity,
        *,
        values: Values,
        change: float | None,
        interval: Interval | None,
        reason: str,
        measured: Values | None = None,
        unjudged: str = "",
    ) -> Change:
        low, high = interval or (None, None)
        verdict = judge(quantity.metric, change, low, high)
        measured = measured or values
        return Change(
            run=self.candidate.label,
            against=self.against,
            provider=self.label,
            dataset=quantity.dataset,
            metric=quantity.metric,
            setting=quantity.setting,
            baseline=values[0],
            value=values[1],
            scale="ratio" if quantity.metric in RATIOS else "difference",
            change=change,
            ci_low=low,
            ci_high=high,
            verdict=verdict,
            reason=reason,
            baseline_measured=measured[0],
            value_measured=measured[1],
            unjudged=unjudged,
        )
