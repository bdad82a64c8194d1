"""What is compared, and what a comparison says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from embedmark.derive.cost.bills import BATCHED, PERIODS
from embedmark.derive.findings import Verdict

if TYPE_CHECKING:
    from embedmark.stats import Interval

# Terms of volume.csv, by the name that a rule has for them; True for those by the batch price.
BILL_TERMS: Final = {
    **{f"{term}_usd": (term, False) for term in PERIODS},
    **{f"{term}_batch_usd": (term, True) for term in BATCHED},
}
# Metrics that are compared as ratios; True where more is better. Every other metric is a difference in accuracy.
RATIOS: Final = {
    "items_per_s": True,
    "latency_ms_p50": False,
    "latency_ms_p95": False,
    "latency_ms_p99": False,
    "usd_per_1k_items": False,
    **dict.fromkeys(BILL_TERMS, False),
}

Scale = Literal["difference", "ratio"]
Values = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a row of a comparison is about; `setting` is what the metric was measured at, such as `batch 32`."""

    dataset: str
    metric: str
    setting: str = ""


@dataclass(frozen=True, slots=True)
class LogRatio:
    """A candidate's value over the baseline's, as a logarithm.

    Attributes:
        baseline: the value before, in the metric's unit; None where there is no ratio.
        middle, interval: the logarithm of the ratio; no interval where no verdict is possible.
        reason: what the ratio rests on, or why there is no interval.
    """

    baseline: float | None
    middle: float
    interval: Interval | None
    reason: str

    @classmethod
    def none(cls, reason: str) -> LogRatio:
        """Return the ratio of what cannot be compared."""
        return cls(baseline=None, middle=math.nan, interval=None, reason=reason)


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one provider on one dataset, baseline against candidate.

    Attributes:
        run: label of the candidate.
        against: label of the baseline; the other provider's name where two of one run are compared.
        setting: what the metric was measured at, such as `batch 32`.
        baseline, value: the numbers that `change` is made of, in the metric's unit; None where there is none. Where a
            reference says how fast the machine was, `value` is at the baseline's pace.
        scale: what `change` is: `difference` is value - baseline, `ratio` is value / baseline - 1.
        change, ci_low, ci_high: None where unknown. The interval contains 0 exactly where the verdict is `no clear
            difference`.
        reason: why it is not comparable, or what the verdict rests on.
        baseline_measured, value_measured: both values as each run measured them.
        unjudged: why a rule cannot judge this row; empty where it can, or where the metric does not apply.
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
    baseline_measured: float | None = None
    value_measured: float | None = None
    unjudged: str = ""

    @property
    def is_identical(self) -> bool:
        """Return True if both sides have the same accuracy scores but for the last bits of floats."""
        from embedmark.stats import NOISE

        if self.scale != "difference" or self.ci_low is None or self.ci_high is None:
            return False
        return max(-self.ci_low, self.ci_high) <= NOISE


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """All changes, and what differs in the recipes and packages."""

    baseline: str
    candidates: tuple[str, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of runs, providers and datasets, which no sentence translates."""
        named = {name for change in self.changes for name in (change.provider, change.dataset)}
        return frozenset({self.baseline, *self.candidates, *named})


def judge(metric: str, change: float | None, low: float | None, high: float | None) -> Verdict:
    """Return the verdict that an interval for a change allows."""
    if change is None or low is None or high is None or math.isnan(change):
        return "not comparable"
    if low <= 0 <= high:
        return "no clear difference"
    return "better" if (change > 0) == RATIOS.get(metric, True) else "worse"
