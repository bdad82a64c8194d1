"""Whether the machine is steady: a fixed kernel, the CPU time that others took, and steal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from embedmark.machine.kernel import DRIFT_LIMIT, Calibration
from embedmark.machine.log import LookLog

# Cores' worth of CPU time that went to other processes. A desktop's background work stays below a tenth.
OTHERS_LIMIT = 0.25
# Share of all CPU time (of every CPU, so that a large machine is not stricter with itself) that the hypervisor gave to
# somebody else.
STEAL_LIMIT = 0.05
# CPU counters tick every 10 ms: over less than this they say nothing.
_MIN_SECONDS = 0.5
# With fewer readings, and nothing else to go by, nobody knows.
_HANDFUL = 5
_WHAT = {"kernel": "a fixed calculation", "others": "other processes", "steal": "the hypervisor"}


@dataclass(frozen=True, slots=True)
class HostState:
    """`quiet`, `noisy` or `unknown`; if noisy, why: `kernel`, `others` or `steal`, and in words."""

    state: str
    cause: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Counters:
    """Seconds since boot: wall time, all CPUs' busy and stolen time, and what this process and its children used.

    steal is None where the system does not count it.
    """

    wall: float
    busy: float
    steal: float | None
    own: float


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
        self.log = LookLog()
        self._cpus = _cpus()
        self._first = self._last = _counters()
        self._load: HostState | None = None  # not known yet

    def look(self, rows: int = 0) -> HostState:
        """The state since the last look. Takes about 10 ms, so it is called off the clock.

        Args:
            rows: sample rows that will be written with this state, for the log.
        """
        reading = self.calibration.read()
        self._update_load()
        state = self._judge(reading)
        self.looks += 1
        if state.state == "noisy":
            self.noisy_looks += 1
            what = _WHAT[state.cause]
            self.reasons[what] = self.reasons.get(what, 0) + 1
        self.log.add(reading, state.cause or state.state, state.reason, rows)
        return state

    def late_best(self) -> tuple[int | None, int]:
        """In which look, from 1, the kernel was fastest, and how many looks before it were judged by a slower best.

        Only those count that would have been noisy, and were not called so: none where an earlier run knew the pace.
        """
        return self.log.late(DRIFT_LIMIT)

    def summary(self) -> dict[str, Any]:
        """Looks, noisy ones and why, what others took over the run, and the kernel's readings; of JSON types."""
        readings = self.calibration.readings_ns
        best_look, late = self.late_best()
        others, steal = self._taken(self._first, _counters())
        return {
            "looks": self.looks,
            "noisy": self.noisy_looks,
            "unknown": self.log.found.count("unknown"),
            "reasons": self.reasons,
            "others_cores": None if others is None else round(others, 4),
            "steal_share": None if steal is None else round(steal, 6),
            "kernel_min_ns": min(readings, default=None),
            "kernel_median_ns": round(statistics.median(readings)) if readings else None,
            "kernel_max_ns": max(readings, default=None),
            "kernel_known_ns": self.calibration.known_ns,
            "kernel_best_look": best_look,
            "kernel_judged_late": late,
            "limits": {"kernel": DRIFT_LIMIT, "others_cores": OTHERS_LIMIT, "steal": STEAL_LIMIT},
            "log": self.log.facts(),
        }

    def drift(self) -> float | None:
        """How much slower the kernel ran in the last third of its readings than in the first, as a share."""
        readings = self.calibration.readings_ns
        third = len(readings) // 3
        if third < 5:
            return None
        first = statistics.median(readings[:third])
        return statistics.median(readings[-third:]) / first - 1 if first else None

    def _judge(self, reading: int) -> HostState:
        if self.calibration.noisy(reading):
            slower = self.calibration.slower(reading)
            return HostState("noisy", "kernel", f"a fixed calculation ran {slower:.0%} slower than at its best")
        if self._load is not None:
            return self._load
        if self.calibration.known_ns is None and len(self.calibration.readings_ns) < _HANDFUL:
            return HostState("unknown")
        return HostState("quiet")

    def _update_load(self) -> None:
        if time.monotonic() - self._last.wall < _MIN_SECONDS:
            return
        now = _counters()
        others, steal = self._taken(self._last, now)
        self._last = now
        if others is not None and others > OTHERS_LIMIT:
            self._load = HostState("noisy", "others", f"other processes used {others:.1f} cores")
        elif steal is not None and steal > STEAL_LIMIT:
            self._load = HostState("noisy", "steal", f"the hypervisor took {steal:.0%} of all CPU time")
        else:
            self._load = HostState("quiet")

    def _taken(self, before: _Counters, now: _Counters) -> tuple[float | None, float | None]:
        """Cores' worth of CPU time that other processes used, and the share of all that the hypervisor took.

        None where the time between is too short to say, or the system does not count.
        """
        seconds = now.wall - before.wall
        if seconds < _MIN_SECONDS:
            return None, None
        others = (now.busy - before.busy - (now.own - before.own)) / seconds
        if now.steal is None or before.steal is None:
            return others, None
        return others, (now.steal - before.steal) / (seconds * self._cpus)


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
    steal: float | None = getattr(times, "steal", None)
    own = _own_cpu_seconds()
    return _Counters(time.monotonic(), sum(times) - idle - guest - (steal or 0.0), steal, own)


def _cpus() -> int:
    """CPUs whose time the counters add up: all of the system, and not only those that this process may use."""
    import psutil

    return psutil.cpu_count() or 1


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
