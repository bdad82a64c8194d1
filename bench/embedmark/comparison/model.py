"""What is compared, and what a comparison says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from embedmark.derive.cost.table import cost_table
from embedmark.derive.findings import Verdict
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, Table
from embedmark.derive.speed.latency import latency_table
from embedmark.derive.speed.throughput import throughput_table

# Every metric that is compared; True where more is better.
HIGHER_IS_BETTER: Final = {
    "spearman": True,
    "pearson": True,
    "items_per_s": True,
    "latency_ms_p50": False,
    "latency_ms_p95": False,
    "latency_ms_p99": False,
    "usd_per_1k_items": False,
}
ACCURACY: Final = ("spearman", "pearson")

Scale = Literal["difference", "ratio"]


@cache
def latency_rows(run: MeasuredRun) -> Table:
    """The rows of latency.csv that a comparison reads: of images where a dataset has images, as in summary.csv."""
    return _shown(latency_table(run))


@cache
def cost_rows(run: MeasuredRun) -> Table:
    """The rows of cost.csv that a comparison reads: of images where a dataset has images, as in summary.csv."""
    return _shown(cost_table(run, throughput_table(run)))


def _shown(table: Table) -> Table:
    """Without the rows of texts, where a dataset has images as well."""
    with_images = {(row["provider"], row["dataset"]) for row in table if row["unit"] == "image"}
    return [row for row in table if row["unit"] != "text" or (row["provider"], row["dataset"]) not in with_images]


@dataclass(frozen=True, slots=True)
class Side:
    """One or more runs that repeat each other, under one label. All but timings come from the first."""

    label: str
    runs: tuple[MeasuredRun, ...]

    @property
    def first(self) -> MeasuredRun:
        return self.runs[0]


@dataclass(frozen=True, slots=True)
class Match:
    """Two providers that are compared: the same name in two runs, or two names in one."""

    baseline: Side
    baseline_name: str
    candidate: Side
    candidate_name: str

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

    def dataset(self, wanted: DatasetEntry) -> tuple[DatasetEntry | None, str]:
        """The candidate's dataset with the same hash; or None, and why there is none."""
        found = self.candidate.first.datasets
        same = next((d for d in found if d.sha256 and d.sha256 == wanted.sha256), None)
        if same is not None:
            return same, ""
        named = next((d for d in found if d.name == wanted.name), None)
        if named is None:
            return None, f"{self.candidate.label} did not measure this dataset"
        return None, f"another dataset of this name: sha256 {wanted.sha256[:8]}, {named.sha256[:8]}"


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one provider on one dataset, baseline against candidate.

    Attributes:
        run: label of the candidate.
        against: label of the baseline; the other provider's name where two of one run are compared.
        setting: what the metric was measured at, such as `batch 32`.
        baseline, value: both values, in the metric's unit; None where there is none.
        scale: what `change` is: `difference` is value - baseline, `ratio` is value / baseline - 1, for timings after
            what a reference says of the machine has been taken out.
        change, ci_low, ci_high: None where unknown. The interval contains 0 exactly where the verdict is `no clear
            difference`.
        reason: why it is not comparable, or what the verdict rests on.
    """

    run: str
    against: str
    provider: str
    dataset: str
    metric: str
    setting: str
    baseline: float | None
    value: float | None
    scale: Scale
    change: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """All changes, and what differs in the recipes and packages."""

    baseline: str
    candidates: tuple[str, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def judge(metric: str, change: float | None, low: float | None, high: float | None) -> Verdict:
    """The verdict that an interval for a change allows."""
    if change is None or low is None or high is None or math.isnan(change):
        return "not comparable"
    if low <= 0 <= high:
        return "no clear difference"
    return "better" if (change > 0) == HIGHER_IS_BETTER[metric] else "worse"


def incomparable(
    match: Match, dataset: str, metric: str, reason: str, *,
    setting: str = "", baseline: float | None = None, value: float | None = None,
) -> Change:  # fmt: skip
    """A row that says why there is no verdict."""
    scale: Scale = "difference" if metric in ACCURACY else "ratio"
    return Change(
        match.candidate.label, match.against, match.label, dataset, metric, setting, baseline, value, scale,
        None, None, None, "not comparable", reason,
    )  # fmt: skip
