"""The stopwatch: one owner of the clock around what is timed."""

from __future__ import annotations

import pytest

from embedmark.measure.clock import Stopwatch
from embedmark.testing import FakeClock


def test_stopwatch_counts_the_barrier_and_no_more() -> None:
    clock = FakeClock(start_ns=7)

    with Stopwatch(clock, lambda: clock.advance(1)) as took:
        clock.advance(2, cpu_seconds=5)
    clock.advance(10)

    assert took.cells() == {"elapsed_ns": 3_000_000_000, "cpu_ns": 6_000_000_000}


def test_stopwatch_skips_the_barrier_after_an_exception() -> None:
    clock = FakeClock()
    took = Stopwatch(clock, lambda: clock.advance(9))

    def lose() -> None:
        with took:
            clock.advance(1)
            raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        lose()

    assert took.elapsed_ns == 1_000_000_000


def test_stopwatch_starts_again() -> None:
    clock = FakeClock()
    took = Stopwatch(clock)

    for seconds in (4, 1):
        with took:
            clock.advance(seconds)

    assert took.elapsed_ns == 1_000_000_000
