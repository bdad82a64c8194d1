"""Whether timings of two runs may be compared at all, and what each run says of its machine's pace."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.comparison.model import Match, Side
from embedmark.derive.run import MeasuredRun
from embedmark.machine.kernel import DRIFT_LIMIT

if TYPE_CHECKING:
    from embedmark.stats import Array

# Two single runs: what may differ between runs of the same thing on the same quiet machine, and no interval within a
# run can see. Intervals are widened by it, so that a verdict needs a difference beyond it.
MARGIN = 0.05
# Latencies are measured one provider after the other, so a reference does not see the same minutes of the machine.
MARGIN_APART = 0.10

_ENOUGH = 3  # unchanged providers, whose median then outvotes one that did change


def other_machine(match: Match) -> str:
    """Why timings of the two sides are not comparable: another machine or thread budget; "" where they are."""
    before = _machine(match.baseline.first, match.baseline_name)
    after = _machine(match.candidate.first, match.candidate_name)
    different = [f"{name} {before[name]}, {after[name]}" for name in before if before[name] != after[name]]
    if not different:
        return ""
    only_threads = before | {"threads": ""} == after | {"threads": ""}
    what = "another thread budget" if only_threads else "another machine"
    return f"{what}: {'; '.join(different)}"


def _machine(run: MeasuredRun, name: str) -> dict[str, str]:
    environment = run.raw.manifest.get("environment") or {}
    suite = run.raw.manifest.get("suite") or {}
    variables = environment.get("thread_variables") or {}
    budget = (
        run.facts(name).get("threads")
        or suite.get("threads")
        or ", ".join(f"{k}={v}" for k, v in sorted(variables.items()))
        or "all"
    )
    return {
        "cpu": str(environment.get("cpu")),
        "architecture": str(environment.get("machine")),
        "cores": str(environment.get("cores_usable")),
        "threads": str(budget),
        "device": str((run.facts(name).get("observed") or {}).get("device_name") or "CPU"),
    }


def other_pace(match: Match) -> str:
    """That the machine itself was slower in the runs of one side, by the calibration kernel; "" where it was not.

    Repeating a side three times shows what its runs differ by, and not what they have in common: three runs of a slow
    afternoon agree with each other.
    """
    before, after = _kernel_ms(match.baseline), _kernel_ms(match.candidate)
    if before is None or after is None or max(before, after) <= (1 + DRIFT_LIMIT) * min(before, after):
        return ""
    took = f"{before:.1f} ms in {match.baseline.label}, {after:.1f} ms in {match.candidate.label}"
    return f"the machine was at another pace: a fixed calculation took {took}"


def _kernel_ms(side: Side) -> float | None:
    """The kernel's time in the middle run of a side, each by its median; None where a run does not tell."""
    medians = [(run.raw.manifest.get("host") or {}).get("kernel_median_ns") for run in side.runs]
    told = [float(ns) for ns in medians if ns]
    return statistics.median(told) / 1e6 if len(told) == len(medians) else None


@dataclass(frozen=True, slots=True)
class Pace:
    """Providers that tell how fast the machine was: those of both runs that did not change, or the one chosen.

    names is empty where nobody can tell; `reason` then says what to do. Where two unchanged providers have nothing but
    each other, `ambiguous` is true: that they agree is a finding; which of them changed where they do not, is not.
    """

    names: tuple[str, ...]
    reason: str = ""
    ambiguous: bool = False

    @property
    def label(self) -> str:
        return self.names[0] if len(self.names) == 1 else f"the median of {len(self.names)} unchanged providers"


def pace_of(match: Match, timed: Callable[[Side, str], bool], chosen: str | None) -> Pace:
    """The reference for one match.

    Args:
        timed: whether a side has the timings at hand of a provider.
        chosen: the user's reference; by default the providers with the same recipe in both runs, if that settles
            which of them changed: three or more (their median), or one or two others where this one's recipe differs.
    """
    if chosen is not None:
        if match.candidate_name == chosen:
            return Pace((), "it is the reference")
        both = timed(match.baseline, chosen) and timed(match.candidate, chosen)
        return Pace((chosen,)) if both else Pace((), f"the reference {chosen} was not timed alike in both")
    same = [
        name
        for name in match.baseline.first.names
        if name in match.candidate.first.names
        and unchanged(match.baseline.first, match.candidate.first, name)
        and timed(match.baseline, name)
        and timed(match.candidate, name)
    ]
    others = [name for name in same if name != match.candidate_name]
    if len(same) >= _ENOUGH or (others and match.candidate_name not in same):
        return Pace(tuple(same))
    return Pace(tuple(others), ambiguous=True) if others else Pace((), ALONE)


ALONE = "one run a side cannot tell a provider from its machine: repeat each side three times, or add a reference"
IN_TURNS = "run the sides in turns, or name a --reference that did not change"
EITHER = "one of two providers changed against the other, and nothing says which: --reference NAME"

_RECIPE = ("plugin", "model", "revision", "options", "recipe", "device", "dim", "max_tokens")


def unchanged(a: MeasuredRun, b: MeasuredRun, name: str) -> bool:
    """Whether the provider's recipe is the same in both runs."""
    return all(a.facts(name).get(key) == b.facts(name).get(key) for key in _RECIPE)


def widened(low: float, high: float, margin: float = MARGIN) -> tuple[float, float]:
    """An interval of a log ratio, widened by `margin` on both sides."""
    return low - math.log1p(margin), high + math.log1p(margin)


def centred(logs: dict[str, dict[int, float]], levels: dict[str, float]) -> dict[int, float]:
    """By repeat: the median over providers of how far the log rate lies from its provider's level in the baseline."""
    repeats = set.intersection(*(set(rates) for rates in logs.values())) if logs else set()
    return {r: statistics.median(logs[name][r] - levels[name] for name in logs) for r in sorted(repeats)}


def as_array(values: Sequence[float]) -> Array:
    import numpy as np

    return np.asarray(values, dtype=np.float64)
