"""Return True if the machine is steady: a fixed kernel, the CPU time that others took, and steal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from embedmark.machine.kernel import DRIFT_LIMIT, KERNEL, ROUNDS, TRIES, Calibration
from embedmark.machine.load import MIN_SECONDS, OTHERS_LIMIT, STEAL_LIMIT, Machine, Taken
from embedmark.machine.log import LookLog

_FIRST_LOOKS = 10
# Rows that are written at once were measured on the same machine: one look is enough for them.
_FRESH_SECONDS = 0.05
_WHAT = {"kernel": "a fixed calculation", "others": "other processes", "steal": "the hypervisor"}


@dataclass(frozen=True, slots=True)
class HostState:
    """`quiet`, `noisy` or `unknown`; if noisy, why: `kernel`, `others` or `steal`, and in words."""

    state: str
    cause: str = ""
    reason: str = ""


class HostWatch:
    """Looks at the machine between measurements, and says whether what was just measured can be trusted.

    `quiet` needs evidence: counters that show that others left the machine alone. A fixed calculation that takes as
    long as ever is none, since a machine may have been loaded ever since the first run.

    Args:
        now_ns: the clock of the calibration kernel.
        known_ns: as for Calibration.
        machine: reads the CPU counters.
        rounds: as for Calibration.
    """

    def __init__(
        self,
        now_ns: Callable[[], int] = time.perf_counter_ns,
        known_ns: Mapping[int, int] | None = None,
        *,
        machine: Machine | None = None,
        rounds: int | None = None,
    ) -> None:
        self.calibration = Calibration(now_ns, known_ns, ROUNDS if rounds is None else rounds)
        self.machine = machine or Machine()
        self.looks = 0
        self.noisy_looks = 0
        self.reasons: dict[str, int] = {}
        self.log = LookLog()
        self._first = self._last = self.machine.read()
        self._load = self._last_state = HostState("unknown")
        self._last_threads, self._last_look = 0, 0.0
        self._most_others = 0.0

    def settle(self, threads: int = 1, sleep: Callable[[float], None] = time.sleep) -> None:
        """Look often enough to know the machine before the first measurement; at most about half a second."""
        for _ in range(_FIRST_LOOKS):
            self._last_threads = 0  # each one anew
            self.look(threads=threads)
        left = MIN_SECONDS - (self.machine.wall() - self._first.wall)
        if left > 0:
            sleep(left + 0.01)
            self.look(threads=threads)

    def look(self, rows: int = 0, threads: int = 1) -> HostState:
        """Return the state since the last look. Takes tens of milliseconds, so it is called off the clock.

        Args:
            rows: sample rows that will be written with this state, for the log.
            threads: that the provider uses.
        """
        state = self._last_state
        if threads != self._last_threads or self.machine.wall() - self._last_look >= _FRESH_SECONDS:
            state = self._fresh(threads)
        reading = self.calibration.readings[threads][-1]
        self.looks += 1
        if state.state == "noisy":
            self.noisy_looks += 1
            what = _WHAT[state.cause]
            self.reasons[what] = self.reasons.get(what, 0) + 1
        self.log.add(reading, state.cause or state.state, state.reason, rows, threads)
        return state

    def _fresh(self, threads: int) -> HostState:
        self._update_load()
        # Where load is known anyway, the kernel need not tell it from an interruption.
        reading = self.calibration.read(threads, 1 if self._load.state == "noisy" else TRIES)
        if self._load.state == "quiet":
            self.calibration.keep_calm(reading, threads)
        self._last_state = self._judge(reading, threads)
        self._last_threads, self._last_look = threads, self.machine.wall()
        return self._last_state

    def judged_late(self) -> int:
        """Return how many looks were not called noisy and would have been beside the run's own typical time."""
        return self.log.late(DRIFT_LIMIT)

    def summary(self) -> dict[str, Any]:
        """Looks, noisy ones and why, what others took over the run, and the kernel's readings; of JSON types."""
        threads = self.calibration.main_threads
        readings = self.calibration.readings.get(threads, [])
        taken = Taken.between(self._first, self.machine.read())
        others = None if taken.others is None else taken.others * taken.cpus
        return {
            "looks": self.looks,
            "noisy": self.noisy_looks,
            "unknown": self.log.found.count("unknown"),
            "reasons": self.reasons,
            "others_cores": None if others is None else round(others, 4),
            "others_share": None if taken.others is None else round(taken.others, 4),
            "others_share_max": round(self._most_others, 4),
            "steal_share": None if taken.steal is None else round(taken.steal, 6),
            "kernel": KERNEL,
            "kernel_threads": threads,
            "kernel_min_ns": min(readings, default=None),
            "kernel_median_ns": round(statistics.median(readings)) if readings else None,
            "kernel_max_ns": max(readings, default=None),
            "kernel_known_ns": self.calibration.known_ns.get(threads),
            "kernel_judged_late": self.judged_late(),
            "limits": {"kernel": DRIFT_LIMIT, "others": OTHERS_LIMIT, "steal": STEAL_LIMIT},
            "log": self.log.facts(),
        }

    def drift(self) -> float | None:
        """Return how much slower the kernel ran in the last third of its readings than in the first, as a share."""
        readings = self.calibration.readings.get(self.calibration.main_threads, [])
        third = len(readings) // 3
        if third < 5:
            return None
        first = statistics.median(readings[:third])
        return statistics.median(readings[-third:]) / first - 1 if first else None

    def _judge(self, reading: int, threads: int) -> HostState:
        slower = self.calibration.slower(reading, threads)
        if slower > DRIFT_LIMIT:
            return HostState("noisy", "kernel", f"a fixed calculation ran {slower:.0%} slower than usual")
        return self._load

    def _update_load(self) -> None:
        if self.machine.wall() - self._last.wall < MIN_SECONDS:
            return
        now = self.machine.read()
        taken = Taken.between(self._last, now)
        self._last = now
        self._most_others = max(self._most_others, taken.others or 0.0)
        if taken.others is not None and taken.others > OTHERS_LIMIT:
            self._load = HostState("noisy", "others", f"other processes used {taken.others:.0%} of the machine")
        elif taken.steal is not None and taken.steal > STEAL_LIMIT:
            self._load = HostState("noisy", "steal", f"the hypervisor took {taken.steal:.0%} of all CPU time")
        else:
            self._load = HostState("unknown" if taken.others is None else "quiet")


def wait_until_quiet(
    seconds: float, say: Callable[[str], None], *, need: int = 5, known_ns: Mapping[int, int] | None = None
) -> str | None:
    """Wait until the machine has been quiet for `need` looks a second apart, at most `seconds`.

    Args:
        seconds: to wait at most.
        say: told why it still waits.
        need: quiet looks in a row.
        known_ns: as for Calibration.

    Returns:
        None once it is quiet, or the reason of the last noisy look when the time is over.
    """
    watch = HostWatch(known_ns=known_ns)
    ends = time.monotonic() + seconds
    quiet = 0
    reason = "this system does not show what other processes use"
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
