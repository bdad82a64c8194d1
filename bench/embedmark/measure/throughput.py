"""Throughput: whole passes over the same items, warmed up, interleaved across providers (A B A B)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from embedmark.api.items import Unit
from embedmark.datasets import Dataset
from embedmark.datasets.sample import sample_items
from embedmark.errors import OutOfMemoryError
from embedmark.measure.clock import Clock
from embedmark.measure.error_text import one_line
from embedmark.measure.images import ready
from embedmark.measure.lane import Lane, wanted
from embedmark.measure.ledger_rows import with_usage
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.store.rows import SampleRow
from embedmark.suite import ThroughputSpec

# A first pass may take several times as long as the next: caches fill, kernels are chosen.
_COLD = 3
# Sizes that a pass may be enlarged to, one after the other: a first estimate may be off.
_MOST_STEPS = 4


def measure_throughput(
    targets: Sequence[Target],
    dataset: Dataset,
    batch_size: int,
    spec: ThroughputSpec,
    clock: Clock,
    recorder: Recorder,
    seed: int,
    unit: Unit | None = None,
) -> None:
    """Time passes of every target in turn, so that a drift of the machine hits all of them alike.

    A provider that fails gets a row in failures.csv and leaves; one that only runs out of memory at this batch size
    gets a row as well, and goes on with the other sizes. Images are decoded before the first pass.

    Args:
        unit: what to pass over; default: texts, or pairs for a cross-encoder.
    """
    units = {target.name: unit or target.planned.unit for target in targets}
    items = {each: ready(sample_items(dataset, each, spec.texts, seed)) for each in dict.fromkeys(units.values())}
    lanes = [Lane(target, items[units[target.name]], units[target.name], batch_size) for target in targets]
    for lane in lanes:
        _warm_up(lane, dataset, spec, clock, recorder, seed)
    repeat = 0
    while active := wanted(lanes, spec):
        repeat += 1
        for lane in active:
            _try_pass(lane, dataset, "timed", repeat, clock, recorder)
    for lane in lanes:
        recorder.end(lane.target, **lane.facts(spec))
        notice = lane.notice(spec)
        if notice is not None:
            recorder.warn(notice)


def _warm_up(
    lane: Lane, dataset: Dataset, spec: ThroughputSpec, clock: Clock, recorder: Recorder, seed: int
) -> None:  # fmt: skip
    """Pass over the items without timing them, and take more of them where a pass is too short to be timed well."""
    with recorder.guard(lane.target, "throughput", dataset.name, "warmup"):
        lane.count_tokens()
    repeats = itertools.count(1)
    for _ in range(max(spec.warmup, 1) if lane.may_grow(spec) else spec.warmup):
        _try_pass(lane, dataset, "warmup", next(repeats), clock, recorder)
    for _ in range(_MOST_STEPS):
        if not lane.may_grow(spec):
            return
        # A pass may be slow by chance, or only because it is the first: near the limit, the faster of two decides.
        first = lane.warm_ns
        if spec.min_pass_ms * 1e6 <= first < _COLD * spec.min_pass_ms * 1e6:
            _try_pass(lane, dataset, "warmup", next(repeats), clock, recorder)
            lane.warm_ns = min(first, lane.warm_ns)
        if not lane.grow(dataset, spec, seed):
            return
        _try_pass(lane, dataset, "warmup", next(repeats), clock, recorder)


def is_out_of_memory(error: BaseException) -> bool:
    """Return True if an exception says that memory ran out, on the host or on a device.

    A provider that raises its library's own error, or a server that quotes one, is known by the words: those of CUDA,
    of MPS, and of torch on a CPU.
    """
    if isinstance(error, MemoryError | OutOfMemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text


def _try_pass(lane: Lane, dataset: Dataset, phase: str, repeat: int, clock: Clock, recorder: Recorder) -> None:
    if lane.failed or lane.target.failed:
        lane.failed = True
        return
    with recorder.guard(lane.target, "throughput", dataset.name, phase):
        try:
            elapsed = _one_pass(lane, dataset, phase, repeat, clock, recorder)
        except Exception as error:
            lane.failed = True
            if not is_out_of_memory(error):
                raise
            row = replace(_row(lane, dataset, phase, repeat), status="failed", error=one_line(error))
            recorder.samples(lane.target, "throughput", [row])
            recorder.failed_point(lane.target, "throughput", dataset.name, phase, error)
            lane.target.revive()
        else:
            if phase == "timed":
                lane.elapsed_ns.append(elapsed)
            else:
                lane.warm_ns = elapsed


def _one_pass(lane: Lane, dataset: Dataset, phase: str, repeat: int, clock: Clock, recorder: Recorder) -> int:
    target = lane.target
    ready = target.caller.prepare(lane.items, lane.batch_size, fixed=True)
    with target.pinned(), target.stopwatch(clock) as took:
        replies = target.caller.send(ready)
    done = target.caller.gather(ready, replies)
    tokens = done.usage.tokens if done.usage.tokens is not None else lane.tokens
    row = replace(with_usage(_row(lane, dataset, phase, repeat), done), tokens=tokens, **took.cells())
    recorder.samples(target, "throughput", [row])
    return took.elapsed_ns


def _row(lane: Lane, dataset: Dataset, phase: str, repeat: int) -> SampleRow:
    return SampleRow(
        dataset=dataset.name,
        unit=lane.unit,
        phase=phase,
        n=len(lane.items),
        batch_size=lane.batch_size,
        repeat=repeat,
        n_items=len(lane.items),
    )
