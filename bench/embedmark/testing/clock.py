"""A clock that moves only when it is told to."""

from __future__ import annotations

import asyncio


class FakeClock:
    """A `measure.clock.Clock` for tests: time passes only by `advance()` and `wait_until_ns()`.

    Args:
        start_ns: the first reading, in nanoseconds.
    """

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns
        self._cpu_ns = 0
        self.waits: list[int] = []
        """Every `when` that was waited for, in nanoseconds on this clock."""

    def now_ns(self) -> int:
        """Return wall time in nanoseconds."""
        return self._now_ns

    def cpu_ns(self) -> int:
        """CPU time in nanoseconds: what `advance()` was told, and nothing of the waits."""
        return self._cpu_ns

    def wait_until_ns(self, when: int) -> None:
        """Move to `when`; stay where it has passed."""
        self.waits.append(when)
        self._now_ns = max(self._now_ns, when)

    async def sleep_until_ns(self, when: int) -> None:
        """Do the same as wait_until_ns(); others who sleep on this clock find the time moved."""
        self.wait_until_ns(when)
        await asyncio.sleep(0)

    def advance(self, seconds: float, *, cpu_seconds: float | None = None) -> None:
        """Let wall time pass, and as much CPU time unless told otherwise. Raises ValueError: time going backwards."""
        cpu = seconds if cpu_seconds is None else cpu_seconds
        if seconds < 0 or cpu < 0:
            raise ValueError("time does not go backwards")
        self._now_ns += round(seconds * 1e9)
        self._cpu_ns += round(cpu * 1e9)
