"""What the harness itself costs, on the real clock: within a timed call, and on a pass."""

from __future__ import annotations

import statistics
import time
from typing import Final

from embedmark.calls.order import longest_first
from embedmark.datasets.sample import sample_items
from embedmark.measure.clock import SystemClock
from embedmark.measure.latency import measure_latency
from embedmark.measure.throughput import measure_throughput
from embedmark.suite import LatencySpec, ThroughputSpec
from tools.validity.outcome import Outcome
from tools.validity.progress import progress
from tools.validity.rig import Memory, TimedProvider, target_of, texts

NAME: Final = "overhead"
_TEXTS: Final = 128
_BATCH: Final = 32
_DIM: Final = 384


def overhead(n: int) -> list[Outcome]:
    """A timed call, and passes of a provider that takes 1 ms a text (a fast model) and 0.1 ms (a static one)."""
    return [of_call(10 * n), of_pass(0.001, max(20, n // 20)), of_pass(0.0001, max(20, n // 5))]


def of_call(calls: int) -> Outcome:
    """What is recorded for calls of a provider that does nothing: all of it is the harness."""
    memory = Memory()
    provider = TimedProvider(lambda _: None, dim=_DIM)
    spec = LatencySpec.model_validate({"calls": calls, "warmup": 100, "max_seconds": 60.0})
    measure_latency(target_of(provider), texts(64), "single-stream", spec, SystemClock(), memory, 0)
    us = memory.column(provider.info.model, "elapsed_ns") / 1000
    slowest = statistics.quantiles(us.tolist(), n=100)[98]
    detail = f"median; p99 {slowest:.1f} microseconds; a provider that does nothing, {_DIM} dimensions"
    return Outcome(NAME, "a timed call", "microseconds", float(statistics.median(us)), None, 20.0, len(us), detail)


def of_pass(seconds_a_text: float, rounds: int) -> Outcome:
    """Passes through the harness and the same batches in a bare loop, in turns.

    The provider spins until its time is over, so both take the same but for what the harness adds.
    """
    dataset = texts(_TEXTS)
    clock, memory = SystemClock(), Memory()
    provider = TimedProvider(lambda n: _spin(n * seconds_a_text), dim=_DIM)
    target = target_of(provider)
    spec = ThroughputSpec.model_validate(
        {
            "texts": _TEXTS,
            "batch_sizes": [_BATCH],
            "warmup": 0,
            "passes": 1,
            "max_passes": 1,
            "min_pass_ms": 0,
            "max_seconds": 60.0,
        }
    )
    items = [str(item) for item in sample_items(dataset, "text", _TEXTS, 0)]
    order = longest_first(items)
    batches = [[items[i] for i in order[start : start + _BATCH]] for start in range(0, _TEXTS, _BATCH)]
    bare: list[int] = []

    def loop() -> None:
        start = time.perf_counter_ns()
        for batch in batches:
            provider.encode(batch)
        bare.append(time.perf_counter_ns() - start)

    def harness() -> None:
        measure_throughput([target], dataset, _BATCH, spec, clock, memory, 0)

    for i in progress(rounds, f"overhead: passes of {_TEXTS * seconds_a_text:.3f} s"):
        # Who goes first changes from round to round.
        for work in (loop, harness) if i % 2 else (harness, loop):
            work()
    timed = memory.column(provider.info.model, "elapsed_ns")
    added = statistics.median((timed - bare).tolist())
    detail = f"{added / 1000:.0f} microseconds on {_TEXTS} texts in batches of {_BATCH}; median of passes in turns"
    case = f"a pass, {seconds_a_text * 1000:g} ms a text"
    return Outcome(NAME, case, "share of the pass", added / statistics.median(bare), None, 0.01, rounds, detail)


def _spin(seconds: float) -> None:
    ends = time.perf_counter_ns() + round(seconds * 1e9)
    while time.perf_counter_ns() < ends:
        pass
