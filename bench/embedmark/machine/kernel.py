"""The calibration kernel: a fixed calculation that slows down when the machine has less to give."""

from __future__ import annotations

import hashlib
import statistics
import threading
import time
from collections.abc import Callable, Mapping

# Slower than the machine's typical time by more than this: the machine had less to give. On an idle two-core virtual
# machine the spread of the kernel's medians stayed below 5 %.
DRIFT_LIMIT = 0.15
# Times of another kernel mean nothing beside those of this one.
KERNEL = "sha256 of 24 MiB"

_BLOCK = bytes(2**20)
ROUNDS = 24
# A run's own median stands for the typical time from so many readings on: a turbo of the first moments is over.
_ENOUGH_READINGS = 20
_FEW_READINGS = 5
TRIES = 3


class Calibration:
    """A fixed kernel of tens of milliseconds, timed between measurements on as many threads as a provider uses.

    Hashing lets go of Python's lock, so that threads run side by side and no provider's thread pool changes it.

    Args:
        now_ns: the clock.
        known_ns: the kernel's typical time in earlier runs on this machine, by threads. Without it the median of this
            run's own readings stands in for it.
        rounds: MiB that each thread hashes.
    """

    def __init__(
        self,
        now_ns: Callable[[], int] = time.perf_counter_ns,
        known_ns: Mapping[int, int] | None = None,
        rounds: int = ROUNDS,
    ) -> None:
        self._now_ns = now_ns
        self._rounds = rounds
        self.known_ns = dict(known_ns or {})
        self.readings: dict[int, list[int]] = {}
        """Times in ns by threads, in the order of the looks."""
        self._calm: dict[int, list[int]] = {}

    def read(self, threads: int = 1, tries: int = TRIES) -> int:
        """Time the kernel on `threads` threads; nanoseconds.

        A reading above the limit is taken again, up to `tries` in all, and the fastest counts: load that lasts slows
        down all of them, and a short interruption of the kernel itself says nothing of the measurement before it.
        """
        reading = self._once(threads)
        for _ in range(tries - 1):
            if self.slower(reading, threads) <= DRIFT_LIMIT:
                break
            reading = min(reading, self._once(threads))
        self.readings.setdefault(threads, []).append(reading)
        return reading

    def keep_calm(self, reading: int, threads: int = 1) -> None:
        """Take a reading into account for later runs: nothing else is known to have used the machine."""
        self._calm.setdefault(threads, []).append(reading)

    def typical_ns(self, threads: int = 1) -> int | None:
        """Return the time that is typical of this machine: of earlier runs, else of this one; None before it shows."""
        if threads in self.known_ns:
            return self.known_ns[threads]
        mine = self.readings.get(threads, [])
        return round(statistics.median(mine)) if len(mine) >= _ENOUGH_READINGS else None

    def slower(self, reading: int, threads: int = 1) -> float:
        """Return how much slower `reading` is than the typical time, as a share; 0 where none is known."""
        typical = self.typical_ns(threads)
        return reading / typical - 1 if typical else 0.0

    @property
    def held_ns(self) -> dict[int, int]:
        """The median of the calm readings by threads, for later runs; nothing below five of them."""
        return {n: round(statistics.median(ns)) for n, ns in self._calm.items() if len(ns) >= _FEW_READINGS}

    @property
    def main_threads(self) -> int:
        """The number of threads that most readings are of."""
        return max(self.readings, key=lambda threads: len(self.readings[threads]), default=1)

    def _once(self, threads: int) -> int:
        others = [threading.Thread(target=_hash, args=(self._rounds,)) for _ in range(threads - 1)]
        start = self._now_ns()
        for thread in others:
            thread.start()
        _hash(self._rounds)
        for thread in others:
            thread.join()
        return self._now_ns() - start


def _hash(rounds: int) -> None:
    for _ in range(rounds):
        hashlib.sha256(_BLOCK).digest()
