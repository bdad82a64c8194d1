"""Latency: individually timed calls of one item, in the scenarios of MLPerf LoadGen.

Reddi et al., "MLPerf Inference Benchmark", ISCA 2020: single-stream sends the next query when the last one is done;
server sends by a Poisson process and counts from the scheduled arrival, so that a stall is not hidden.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from embedmark.api.items import Unit
from embedmark.datasets import Dataset
from embedmark.datasets.sample import sample_items
from embedmark.measure.call import Call, timed
from embedmark.measure.clock import Clock
from embedmark.measure.images import ready
from embedmark.measure.ledger_rows import call_row, sendable_items
from embedmark.measure.open_loop import open_loop
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.planning.jobs import SERVER_PROBES
from embedmark.store.rows import SampleRow
from embedmark.suite import LatencySpec

# Single-stream: rows are written, and the machine checked, after this many calls; a kill loses fewer than these.
_CHUNK = 20


def measure_latency(
    target: Target, dataset: Dataset, scenario: str, spec: LatencySpec, clock: Clock, recorder: Recorder, seed: int,
    unit: Unit | None = None,
) -> None:  # fmt: skip
    """Time single calls and append one row each; images are decoded before. Raises what the provider raises."""
    unit = unit or target.planned.unit
    items = ready(sendable_items(target, sample_items(dataset, unit, spec.calls + spec.warmup, seed)))
    feed = itertools.cycle(items)
    for item in itertools.islice(feed, spec.warmup):
        timed(target, item, clock)
    if scenario == "single-stream":
        _single_stream(target, dataset, unit, feed, spec, clock, recorder)
    else:
        _server(target, dataset, unit, feed, spec, clock, recorder, seed)


def _single_stream(
    target: Target, dataset: Dataset, unit: Unit, feed: Iterator[Any], spec: LatencySpec, clock: Clock,
    recorder: Recorder,
) -> None:  # fmt: skip
    ends = clock.now_ns() + round(spec.max_seconds * 1e9)
    done = 0
    while done < spec.calls and clock.now_ns() < ends:
        chunk: list[Call] = []
        try:
            for item in itertools.islice(feed, min(_CHUNK, spec.calls - done)):
                chunk.append(timed(target, item, clock))
        finally:
            _record(target, dataset, unit, "single-stream", chunk, done, recorder)
        done += len(chunk)


def _server(
    target: Target, dataset: Dataset, unit: Unit, feed: Iterator[Any], spec: LatencySpec, clock: Clock,
    recorder: Recorder, seed: int,
) -> None:  # fmt: skip
    rate = spec.rate or spec.load * _capacity(target, feed, clock)
    workers = target.caller.workers
    if unit != "image":
        recorder.provider(target.name, server_rate_per_s=rate, server_workers=workers)
    else:
        recorder.provider(target.name, server_images_per_s=rate, server_workers=workers)
    arrivals = poisson_arrivals(rate, spec.calls, seed)
    calls: list[Call] = []
    start = clock.now_ns()
    ends = start + round(spec.max_seconds * 1e9)
    try:
        # Rows are written when all are done, since writing between arrivals would itself be a stall.
        queries = ((start + arrival, item) for arrival, item in zip(arrivals, feed, strict=False))
        open_loop(target, queries, ends, clock, calls)
    finally:
        _record(target, dataset, unit, "server", calls, 0, recorder)


def poisson_arrivals(rate: float, n: int, seed: int) -> list[int]:
    """Scheduled arrivals of a Poisson process, in nanoseconds from its start, rising. `rate` in arrivals a second."""
    import numpy as np

    gaps = np.random.default_rng(seed).exponential(1e9 / rate, size=n)
    arrivals: list[int] = np.cumsum(gaps).round().astype(np.int64).tolist()
    return arrivals


def _capacity(target: Target, feed: Iterator[Any], clock: Clock) -> float:
    times = [timed(target, item, clock).elapsed_ns for item in itertools.islice(feed, SERVER_PROBES)]
    return 1e9 / max(1.0, statistics.median(times))


def _record(
    target: Target, dataset: Dataset, unit: Unit, scenario: str, calls: Sequence[Call], before: int,
    recorder: Recorder,
) -> None:  # fmt: skip
    like = SampleRow(dataset=dataset.name, unit=unit, scenario=scenario)
    if calls:
        recorder.samples(
            target, "latency", [call_row(call, place, like) for place, call in enumerate(calls, start=before + 1)]
        )
