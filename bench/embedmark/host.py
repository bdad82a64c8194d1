"""Whether the machine is steady: a fixed kernel, the CPU time that others took, and steal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Slower than the quietest reading by more than this: the machine had less to give. On an idle two-core virtual
# machine the spread of the kernel's medians stayed below 5 %.
DRIFT_LIMIT = 0.15
# Cores' worth of CPU time that went to other processes. A desktop's background work stays below a tenth.
OTHERS_LIMIT = 0.25
# Share of all CPU time that the hypervisor gave to somebody else.
STEAL_LIMIT = 0.05
# CPU counters tick every 10 ms: over less than this they say nothing.
_MIN_SECONDS = 0.5
_ENOUGH_READINGS = 20


@dataclass(frozen=True, slots=True)
class HostState:
    """`quiet` or `noisy`, and if noisy, why."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Counters:
    """Seconds since boot: wall time, all CPUs' busy and stolen time, and what this process and its children used."""

    wall: float
    busy: float
    steal: float
    own: float


class Calibration:
    """A fixed kernel, timed between measurements: when it slows down, the machine had less to give.

    Single-threaded and pure Python, so that no thread pool of a provider's can change what it measures.

    Args:
        known_ns: the kernel's time at this machine's best as earlier runs saw it, if known. Without it, a run that is
            slow from end to end has nothing to tell it by.
    """

    def __init__(self, now_ns: Callable[[], int] = time.perf_counter_ns, known_ns: int | None = None) -> None:
        self._now_ns = now_ns
        self.known_ns = known_ns
        self.readings_ns: list[int] = []

    @property
    def best_ns(self) -> int | None:
        """The quietest time known: of this run's readings and of earlier runs."""
        return min([*self.readings_ns, *([] if self.known_ns is None else [self.known_ns])], default=None)

    @property
    def held_ns(self) -> int | None:
        """The time that a tenth of the readings kept to: this run's best, without its lucky moments.

        None below 20 readings.
        """
        if len(self.readings_ns) < _ENOUGH_READINGS:
            return None
        return sorted(self.readings_ns)[len(self.readings_ns) // 10]

    def read(self) -> int:
        """Time the kernel once (about 10 ms: the median of five); nanoseconds."""
        reading = round(statistics.median(self._once() for _ in range(5)))
        self.readings_ns.append(reading)
        return reading

    def noisy(self, reading: int) -> bool:
        """Whether `reading` is slower than the quietest time known by more than DRIFT_LIMIT."""
        return self.slower(reading) > DRIFT_LIMIT

    def slower(self, reading: int) -> float:
        """How much slower `reading` is than the quietest time known, as a share."""
        best = self.best_ns
        return reading / best - 1 if best else 0.0

    def _once(self) -> int:
        start = self._now_ns()
        total = 0
        for i in range(40_000):
            total += i * i
        return self._now_ns() - start


class HostWatch:
    """Looks at the machine between measurements, and says whether what was just measured can be trusted.

    Args:
        known_ns: as for Calibration.
    """

    def __init__(self, now_ns: Callable[[], int] = time.perf_counter_ns, known_ns: int | None = None) -> None:
        self.calibration = Calibration(now_ns, known_ns)
        self.looks = 0
        self.noisy_looks = 0
        self.reasons: dict[str, int] = {}
        self._last = _counters()
        self._load = HostState("quiet")

    def look(self) -> HostState:
        """The state since the last look. Takes about 10 ms, so it is called off the clock."""
        reading = self.calibration.read()
        self._update_load()
        if self.calibration.noisy(reading):
            slower = self.calibration.slower(reading)
            state = HostState("noisy", f"a fixed calculation ran {slower:.0%} slower than at its best")
        else:
            state = self._load
        self.looks += 1
        if state.state == "noisy":
            self.noisy_looks += 1
            kind = state.reason.partition(" ran ")[0].partition(" used ")[0]
            self.reasons[kind] = self.reasons.get(kind, 0) + 1
        return state

    def summary(self) -> dict[str, Any]:
        """Looks, noisy ones and why, and the spread of the kernel's readings; of JSON types."""
        readings = self.calibration.readings_ns
        return {
            "looks": self.looks,
            "noisy": self.noisy_looks,
            "reasons": self.reasons,
            "kernel_min_ns": min(readings, default=None),
            "kernel_median_ns": round(statistics.median(readings)) if readings else None,
            "kernel_max_ns": max(readings, default=None),
            "kernel_known_ns": self.calibration.known_ns,
            "limits": {"kernel": DRIFT_LIMIT, "others_cores": OTHERS_LIMIT, "steal": STEAL_LIMIT},
        }

    def drift(self) -> float | None:
        """How much slower the kernel ran in the last third of its readings than in the first, as a share."""
        readings = self.calibration.readings_ns
        third = len(readings) // 3
        if third < 5:
            return None
        first = statistics.median(readings[:third])
        return statistics.median(readings[-third:]) / first - 1 if first else None

    def _update_load(self) -> None:
        if time.monotonic() - self._last.wall < _MIN_SECONDS:
            return
        now = _counters()
        seconds = now.wall - self._last.wall
        others = (now.busy - self._last.busy - (now.own - self._last.own)) / seconds
        steal = (now.steal - self._last.steal) / seconds
        self._last = now
        if others > OTHERS_LIMIT:
            self._load = HostState("noisy", f"other processes used {others:.1f} cores")
        elif steal > STEAL_LIMIT:
            self._load = HostState("noisy", f"the hypervisor used {steal:.1f} of our cores")
        else:
            self._load = HostState("quiet")


def wait_until_quiet(
    seconds: float, say: Callable[[str], None], *, need: int = 5, known_ns: int | None = None
) -> str | None:
    """Wait until the machine has been quiet for `need` looks a second apart, at most `seconds`.

    Args:
        known_ns: as for Calibration.

    Returns:
        None once it is quiet, or the reason of the last noisy look when the time is over.
    """
    watch = HostWatch(known_ns=known_ns)
    ends = time.monotonic() + seconds
    quiet = 0
    reason = "it was not looked at long enough"
    while quiet < need:
        if time.monotonic() > ends:
            return reason
        time.sleep(1)
        state = watch.look()
        quiet = quiet + 1 if state.state == "quiet" else 0
        if state.reason:
            reason = state.reason
            say(f"waiting for a quiet machine: {reason}")
    return None


def _counters() -> _Counters:
    import psutil

    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted in user and nice already
    steal = getattr(times, "steal", 0.0)
    own = _own_cpu_seconds()
    return _Counters(time.monotonic(), sum(times) - idle - guest - steal, steal, own)


def _own_cpu_seconds() -> float:
    """CPU seconds of this process and of its children, living and dead."""
    import psutil

    process = psutil.Process()
    own = process.cpu_times()
    total = own.user + own.system + getattr(own, "children_user", 0.0) + getattr(own, "children_system", 0.0)
    for child in process.children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.Error:  # it ended between the two calls
            continue
        total += used.user + used.system
    return total
