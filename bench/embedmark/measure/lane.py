"""One provider at one batch size while its passes are timed: what a pass holds, and when no further one is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from embedmark.api.items import Unit
from embedmark.calls.tokens import count_tokens
from embedmark.datasets import Dataset
from embedmark.datasets.sample import sample_long
from embedmark.derive.speed.turns import MIN_SHARED, too_wide
from embedmark.measure.images import ready
from embedmark.measure.target import Target
from embedmark.notices import Notice
from embedmark.notices.timing import passes_ended
from embedmark.planning.prices import is_remote
from embedmark.suite import ThroughputSpec

End = Literal["failed", "precise", "passes", "budget", "turns"]

# Few sizes, far apart: two runs of one machine then seldom differ in the size of a pass.
_STEP = 4
_MOST_ITEMS = 2**20
_FEWEST = 6  # passes that an interval takes


@dataclass(eq=False, slots=True)
class Lane:
    """One provider at one batch size.

    Attributes:
        items: what a pass holds.
        tokens: of a pass; None where the provider cannot count them.
        elapsed_ns: of the timed passes.
        warm_ns: of the last warm-up pass.
    """

    target: Target
    items: Sequence[Any]
    unit: Unit
    batch_size: int
    tokens: int | None = None
    elapsed_ns: list[int] = field(default_factory=list)
    warm_ns: int = 0
    failed: bool = False

    def is_precise(self, spec: ThroughputSpec) -> bool:
        """Return True if enough passes are done and the interval of their median is narrow enough."""
        return len(self.elapsed_ns) >= spec.passes and self.half_width() <= spec.target

    def is_over_budget(self, spec: ThroughputSpec) -> bool:
        """Return True if the timed passes have taken the time that one provider has."""
        return sum(self.elapsed_ns) >= spec.max_seconds * 1e9

    def end(self, spec: ThroughputSpec) -> End:
        """Return why no further pass is timed; `turns`: another provider's budget ended the turns that all share."""
        if self.failed:
            return "failed"
        if self.is_precise(spec):
            return "precise"
        if len(self.elapsed_ns) >= spec.max_passes:
            return "passes"
        return "budget" if self.is_over_budget(spec) else "turns"

    def half_width(self) -> float:
        """Return half the interval of the median pass, relative to it; infinite where there is none."""
        import numpy as np

        from embedmark.stats import median_half_width

        return median_half_width(np.array(self.elapsed_ns, dtype=np.float64))

    def printed_half_width(self) -> float | None:
        """Return half of the interval that throughput.csv has, relative to the median; None where it has none."""
        import numpy as np

        from embedmark.stats import passes_interval

        times = np.array(self.elapsed_ns, dtype=np.float64)
        interval = None if too_wide(times) else passes_interval(1 / times)
        if interval is None:
            return None
        return round((interval[1] - interval[0]) / 2 * float(np.median(times)), 4)

    def may_grow(self, spec: ThroughputSpec) -> bool:
        """Return True if a pass may take more items than the suite says: never where they may be billed."""
        planned = self.target.planned
        may_bill = planned.price is not None or is_remote(planned.provider, planned.info)
        return spec.min_pass_ms > 0 and not may_bill and not self.failed

    def grow(self, dataset: Dataset, spec: ThroughputSpec, seed: int) -> bool:
        """Take more items where the last pass was too short. Return False if it was not, or no more can be had."""
        wanted_ns = spec.min_pass_ms * 1e6
        if self.warm_ns >= wanted_ns:
            return False
        distinct, now = len(dataset.items(self.unit)), len(self.items)
        most = distinct if self.target.caller.workers > 1 or not self._computes_here() else _MOST_ITEMS
        wanted = now * wanted_ns / max(1, self.warm_ns)
        n = min(most, _next_size(now, min(wanted, _MOST_ITEMS), distinct))
        if n <= now:
            return False
        self.items = ready(sample_long(dataset, self.unit, n, seed))
        self.count_tokens()
        return True

    def count_tokens(self) -> None:
        """Count the tokens of a pass, off the clock."""
        caller = self.target.caller
        counted = None if self.unit == "image" else count_tokens(caller.provider, self.items, caller.token_counts)
        self.tokens = counted.read * self.target.planned.orders if counted else None

    def notice(self, spec: ThroughputSpec) -> Notice | None:
        """Return a warning if the passes are too few or their interval is wider than asked for; else None."""
        why, passes, width = self.end(spec), len(self.elapsed_ns), self.printed_half_width()
        if why in ("failed", "precise") or (width is not None and width <= spec.target):
            return None
        few = passes < max(spec.passes, _FEWEST)
        data = {"provider": self.target.name, **self.facts(spec)}
        return passes_ended(data, few=few, max_seconds=spec.max_seconds, target=spec.target)

    def facts(self, spec: ThroughputSpec) -> dict[str, Any]:
        """Return what the manifest keeps of how the passes ended."""
        width = self.printed_half_width()
        facts = {"measure": "throughput", "batch_size": self.batch_size, "why": self.end(spec)}
        facts |= {"passes": len(self.elapsed_ns), "half_width": width}
        return facts | ({"unit": self.unit} if self.unit == "image" else {})

    def _computes_here(self) -> bool:
        provider = self.target.planned.provider
        return not any(callable(getattr(provider, name, None)) for name in ("aencode", "apredict"))


def wanted(lanes: Sequence[Lane], spec: ThroughputSpec) -> list[Lane]:
    """Return the lanes of the next turn; [] where all have ended.

    All go on until the last is precise: rates come from the turns that all shared, so that a machine that changes its
    pace does so for all of them. A budget ends them together, but for a provider too slow to have an interval in it.
    """
    live = [lane for lane in lanes if not lane.failed]
    spent = [lane for lane in live if lane.is_over_budget(spec)]
    going = [lane for lane in live if lane not in spent]
    if any(len(lane.elapsed_ns) >= MIN_SHARED for lane in spent) or all(lane.is_precise(spec) for lane in going):
        return []
    return going if all(len(lane.elapsed_ns) < spec.max_passes for lane in going) else []


def _next_size(now: int, wanted: float, distinct: int) -> int:
    """Return the next size that is large enough, in steps: some of the items, all of them, or all several times."""
    size = now
    while size < wanted and size * _STEP <= distinct:
        size *= _STEP
    if size >= wanted:
        return size
    size = distinct
    while size < wanted:
        size *= 2
    return size
