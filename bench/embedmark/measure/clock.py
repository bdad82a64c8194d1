"""The clock that measures. Tests put another in its place (embedmark.testing.FakeClock)."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from embedmark.machine.process import perf_counter_ns, process_time_ns


class Clock(Protocol):
    """Monotonic time and CPU time in nanoseconds, and waiting."""

    def now_ns(self) -> int: ...

    def cpu_ns(self) -> int:
        """CPU time of this process, all threads, in nanoseconds."""

    def wait_until_ns(self, when: int) -> None:
        """Return at `when` on this clock, or at once if it has passed."""

    async def sleep_until_ns(self, when: int) -> None:
        """As wait_until_ns(), while the event loop goes on."""


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
