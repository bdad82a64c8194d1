"""The clock that measures. Tests put another in its place (embedmark.testing.FakeClock)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TypedDict

from embedmark.machine.process import perf_counter_ns, process_time_ns


class Clock(Protocol):
    """Monotonic time and CPU time in nanoseconds, and waiting."""

    def now_ns(self) -> int: ...

    def cpu_ns(self) -> int:
        """CPU time of this process, all threads, in nanoseconds."""

    def wait_until_ns(self, when: int) -> None:
        """Return at `when` on this clock, or at once if it has passed."""

    async def sleep_until_ns(self, when: int) -> None:
        """Do the same as wait_until_ns(), while the event loop goes on."""


class Ticks(Protocol):
    """What a stopwatch reads."""

    def now_ns(self) -> int: ...

    def cpu_ns(self) -> int: ...


def _no_barrier() -> None: ...


class Times(TypedDict):
    """Wall time and CPU time as cells of a sample row."""

    elapsed_ns: int
    cpu_ns: int


class Stopwatch:
    """Times what is done within it, wall time and CPU time; used again, it starts again.

    Args:
        clock: that is read.
        barrier: called before the clock is read at the end, unless an exception ends it: it waits until a device has
            done what was asked.

    Attributes:
        elapsed_ns, cpu_ns: what the last use took; 0 before the first one ends.

    Example:
        with target.stopwatch(clock) as took:
            replies = target.caller.send(ready)
        recorder.samples(target, "throughput", [SampleRow(**took.cells())])
    """

    __slots__ = ("_barrier", "_clock", "_cpu_ns", "_start_ns", "cpu_ns", "elapsed_ns")

    def __init__(self, clock: Ticks, barrier: Callable[[], None] = _no_barrier) -> None:
        self._clock, self._barrier = clock, barrier
        self._start_ns = self._cpu_ns = self.elapsed_ns = self.cpu_ns = 0

    def __enter__(self) -> Self:
        self._cpu_ns, self._start_ns = self._clock.cpu_ns(), self._clock.now_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._barrier()
        self.elapsed_ns, self.cpu_ns = self._clock.now_ns() - self._start_ns, self._clock.cpu_ns() - self._cpu_ns

    def cells(self) -> Times:
        """Return both times as cells of a sample row."""
        return {"elapsed_ns": self.elapsed_ns, "cpu_ns": self.cpu_ns}


class SystemClock:
    """The real clock."""

    def now_ns(self) -> int:
        return perf_counter_ns()

    def cpu_ns(self) -> int:
        return process_time_ns()

    def wait_until_ns(self, when: int) -> None:
        # sleep() may be late by a scheduler tick, so the last millisecond is spent spinning.
        while (left := when - perf_counter_ns()) > 0:
            if left > 2_000_000:
                time.sleep((left - 1_000_000) / 1e9)

    async def sleep_until_ns(self, when: int) -> None:
        # As above; the last of it is spent in turns with whatever else the event loop has to do.
        while (left := when - perf_counter_ns()) > 0:
            await asyncio.sleep((left - 1_000_000) / 1e9 if left > 2_000_000 else 0)
