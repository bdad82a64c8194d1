"""The calibration kernel: a fixed calculation that slows down when the machine has less to give."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

# Slower than the quietest reading by more than this: the machine had less to give. On an idle two-core virtual
# machine the spread of the kernel's medians stayed below 5 %.
DRIFT_LIMIT = 0.15


_ENOUGH_READINGS = 20


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
        self.best_ns = known_ns
        """The quietest time known: of this run's readings and of earlier runs. None before the first."""

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
        self.best_ns = reading if self.best_ns is None else min(reading, self.best_ns)
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
