"""What a timing verdict between runs rests on: repeated runs, a reference, or neither. Decided here, once."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embedmark.comparison.hosts import other_pace
from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import Change, LogRatio, Quantity, Values
from embedmark.comparison.reference import ALONE, EITHER, IS_REFERENCE, Reference, reference_of
from embedmark.derive.run import MeasuredRun, worst_state

if TYPE_CHECKING:
    from embedmark.stats import Array, Interval

# Two single runs: what may differ between runs of the same thing on the same quiet machine, and no interval within a
# run can see. Intervals are widened by it, so that a verdict needs a difference beyond it.
MARGIN: Final = 0.05
# Latencies are measured one provider after the other, so a reference does not see the same minutes of the machine.
MARGIN_APART: Final = 0.10

IN_TURNS: Final = "alternate the runs of both sides, or name a --reference that did not change"
AT_ONE_PACE: Final = "after: at the pace that the machine had before"
NOISY: Final = "the machine was noisy, and no provider that both sides contain shows how much: --reference NAME"


@dataclass(frozen=True, slots=True)
class TimedMetric:
    """How to read one metric from a run.

    Attributes:
        datasets: the dataset's name in the baseline, and in the candidate.
        own: the logarithm of a provider's value in one run; None where the run did not time it.
        pace: the same for a reference, of the value that says how fast the machine was.
        state: the host_state of the provider's rows in one run.
    """

    datasets: tuple[str, str]
    own: Callable[[MeasuredRun, str, str], float | None]
    pace: Callable[[MeasuredRun, str, str], float | None]
    state: Callable[[MeasuredRun, str, str], object]

    def dataset(self, match: Match, side: Side) -> str:
        """Return the dataset's name on one side of `match`."""
        return self.datasets[0] if side is match.baseline else self.datasets[1]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a verdict rests on.

    Attributes:
        repeated: each side has enough runs, so that each run is one value.
        direct: the runs may be compared without a reference: no row is noisy, and the machine kept its pace.
        reference: what tells the machine's pace; without names where nothing does.
        reason: why there can be no verdict; "" where there can.
    """

    repeated: bool
    direct: bool
    reference: Reference
    reason: str = ""


def basis_of(match: Match, timing: TimedMetric, chosen: str | None) -> Basis:
    """Decide between repeated runs, a reference, and neither, for a match of two sides."""
    from embedmark.stats import MIN_RUNS

    def is_timed(side: Side, name: str) -> bool:
        return all(timing.pace(run, name, timing.dataset(match, side)) is not None for run in side.runs)

    reference = reference_of(match, is_timed, chosen)
    repeated = all(len(side.runs) >= MIN_RUNS for side in (match.baseline, match.candidate))
    if chosen is not None:
        return Basis(repeated=repeated, direct=False, reference=reference, reason=reference.reason)
    noisy = state_of(match, timing) == "noisy"
    slower = other_pace(match) if repeated else ""
    direct = repeated and not noisy and not slower
    reason = "" if reference.names or direct else _why_not(reference, repeated, noisy, slower)
    return Basis(repeated=repeated, direct=direct, reference=reference, reason=reason)


@dataclass(frozen=True, slots=True)
class Ways:
    """How one metric is compared where its runs are not repeated.

    Attributes:
        in_one_run: for two providers of one run.
        of_two_runs: for single runs, relative to the reference of a basis.
    """

    in_one_run: Callable[[], LogRatio]
    of_two_runs: Callable[[Basis], LogRatio]


def log_ratio(match: Match, timing: TimedMetric, chosen: str | None, ways: Ways) -> LogRatio:
    """Compare a timing of a match: within one run, by repeated runs, relative to a reference, or not at all.

    Args:
        match: the two providers.
        timing: how to read the metric.
        chosen: the reference that the user names, if any.
        ways: how the metric is compared where its runs are not repeated.
    """
    if match.in_one_run:
        return ways.in_one_run()
    basis = basis_of(match, timing, chosen)
    if basis.reason:
        return LogRatio.none(basis.reason)
    return ratio_of_runs(match, timing, basis) if basis.repeated else ways.of_two_runs(basis)


def timing_change(match: Match, quantity: Quantity, found: LogRatio, measured: Values) -> Change:
    """Return the row of a timing that was compared; no rule judges the reference itself."""
    if found.reason == IS_REFERENCE:
        return match.incomparable(quantity, found.reason, values=measured, applies=False)
    return match.ratio(quantity, found, measured)


def _why_not(reference: Reference, repeated: bool, noisy: bool, slower: str) -> str:
    if not repeated or reference.reason != ALONE:
        return reference.reason
    if noisy:
        return NOISY
    return f"{slower}: {IN_TURNS}"


def state_of(match: Match, timing: TimedMetric) -> str | None:
    """Return the worst host state of the provider's rows in all runs of both sides."""
    named = ((match.baseline, match.baseline_name), (match.candidate, match.candidate_name))
    return worst_state(
        timing.state(run, name, timing.dataset(match, side)) for side, name in named for run in side.runs
    )


def ratio_of_runs(match: Match, timing: TimedMetric, basis: Basis) -> LogRatio:
    """Compare repeated runs, each of which is one value: with the reference, without one, or with both.

    Where only one other provider is unchanged, the difference to it does not say which of the two changed. On quiet
    rows the runs themselves do: then a verdict needs both.
    """
    if not basis.reference.names:
        return _of_runs(match, timing, ())
    relative = _of_runs(match, timing, basis.reference.names)
    if not basis.reference.ambiguous or relative.interval is None or contains_zero(relative.interval):
        return relative
    direct = _of_runs(match, timing, ()) if basis.direct else None
    if direct is None or direct.interval is None:
        return LogRatio.none(EITHER)
    if contains_zero(direct.interval):
        return direct
    return relative if direct.middle * relative.middle > 0 else LogRatio.none(EITHER)


def _of_runs(match: Match, timing: TimedMetric, names: Sequence[str]) -> LogRatio:
    """Compare the runs of both sides by Welch's interval; relative to the providers in `names`, if any."""
    from embedmark.stats import welch_interval

    paces = {name: _logs(match, match.baseline, name, timing, timing.pace) for name in names}
    levels = {name: statistics.fmean(known(logs)) for name, logs in paces.items()}
    sides = []
    for side, own in ((match.baseline, match.baseline_name), (match.candidate, match.candidate_name)):
        logs = _logs(match, side, own, timing, timing.own)
        gone = next((side.name_of(run) for run, log in zip(side.runs, logs, strict=True) if log is None), None)
        if gone is not None:
            return LogRatio.none(f"{gone} did not time it")
        drift = [0.0] * len(side.runs)
        if names:
            machine = {n: known(_logs(match, side, n, timing, timing.pace)) for n in names}
            drift = [statistics.median(machine[n][i] - levels[n] for n in names) for i in range(len(side.runs))]
        sides.append(as_array([log - shift for log, shift in zip(known(logs), drift, strict=True)]))
    middle, interval = welch_interval(sides[0], sides[1])
    n, m = len(sides[0]), len(sides[1])
    basis = f"{n} and {m} runs"
    if names:
        basis = f"{n} and {m} runs, relative to {Reference(tuple(names)).label}; {AT_ONE_PACE}"
    return LogRatio(baseline=math.exp(float(sides[0].mean())), middle=middle, interval=interval, reason=basis)


def _logs(
    match: Match, side: Side, name: str, timing: TimedMetric, read: Callable[[MeasuredRun, str, str], float | None]
) -> list[float | None]:
    return [read(run, name, timing.dataset(match, side)) for run in side.runs]


def known(logs: Sequence[float | None]) -> list[float]:
    """Return the values that are there."""
    return [log for log in logs if log is not None]


def contains_zero(interval: Interval) -> bool:
    """Return True if 0 is within the interval."""
    return interval[0] <= 0 <= interval[1]


def widened(low: float, high: float, margin: float = MARGIN) -> Interval:
    """Return an interval of a log ratio, widened by `margin` on both sides."""
    return low - math.log1p(margin), high + math.log1p(margin)


def as_array(values: Sequence[float]) -> Array:
    """Return `values` as float64 (n,)."""
    import numpy as np

    return np.asarray(values, dtype=np.float64)
