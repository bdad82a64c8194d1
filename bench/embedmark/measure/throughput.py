"""Throughput: whole passes over the same items, warmed up, interleaved across providers (A B A B)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from embedmark.api.items import Unit
from embedmark.calls.tokens import count_tokens
from embedmark.datasets import Dataset
from embedmark.datasets.sample import sample_items
from embedmark.errors import OutOfMemoryError
from embedmark.measure.clock import Clock
from embedmark.measure.images import ready
from embedmark.measure.ledger_rows import usage_cells
from embedmark.measure.recorder import Recorder, one_line
from embedmark.measure.target import Target
from embedmark.notices import Notice
from embedmark.stats import median_half_width
from embedmark.store.cells import Row
from embedmark.suite import ThroughputSpec


@dataclass(eq=False, slots=True)
class Lane:
    """One provider at one batch size, while its passes are being timed."""

    target: Target
    items: Sequence[Any]
    unit: Unit
    batch_size: int
    tokens: int | None = None
    elapsed_ns: list[int] = field(default_factory=list)
    failed: bool = False

    def end(self, spec: ThroughputSpec) -> str | None:
        """Why no further pass is wanted: `failed`, `precise`, `passes` or `budget`; None while one is."""
        passes = len(self.elapsed_ns)
        if self.failed:
            return "failed"
        if passes >= spec.passes and self.half_width() <= spec.target:
            return "precise"
        if passes >= spec.max_passes:
            return "passes"
        return "budget" if sum(self.elapsed_ns) >= spec.max_seconds * 1e9 else None

    def half_width(self) -> float:
        """Half the interval of the median pass, relative to it; infinite where there is none."""
        import numpy as np

        return median_half_width(np.array(self.elapsed_ns, dtype=np.float64))


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
        with recorder.guard(lane.target, "throughput", dataset.name, "warmup"):
            lane.tokens = _tokens(lane)
        for repeat in range(spec.warmup):
            _try_pass(lane, dataset, "warmup", repeat + 1, clock, recorder)
    repeat = 0
    while active := [lane for lane in lanes if lane.end(spec) is None]:
        repeat += 1
        for lane in active:
            _try_pass(lane, dataset, "timed", repeat, clock, recorder)
    for lane in lanes:
        _say_how_it_ended(lane, spec, recorder)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on the host or on a device.

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
            row = _row(lane, dataset, phase, repeat) | {"status": "failed", "error": one_line(error)}
            recorder.samples(lane.target, "throughput", [row])
            recorder.failed_point(lane.target, "throughput", dataset.name, phase, error)
            lane.target.revive()
        else:
            if phase == "timed":
                lane.elapsed_ns.append(elapsed)


def _one_pass(lane: Lane, dataset: Dataset, phase: str, repeat: int, clock: Clock, recorder: Recorder) -> int:
    target = lane.target
    ready = target.caller.prepare(lane.items, lane.batch_size, fixed=True)
    with target.pinned():
        cpu, start = target.cpu_ns(clock), clock.now_ns()
        replies = target.caller.send(ready)
        target.caller.sync()
        elapsed, cpu = clock.now_ns() - start, target.cpu_ns(clock) - cpu
    done = target.caller.gather(ready, replies)
    row = _row(lane, dataset, phase, repeat) | {
        **usage_cells(done),
        "tokens": done.usage.tokens if done.usage.tokens is not None else lane.tokens,
        "elapsed_ns": elapsed,
        "cpu_ns": cpu,
    }
    recorder.samples(target, "throughput", [row])
    return elapsed


def _row(lane: Lane, dataset: Dataset, phase: str, repeat: int) -> Row:
    return {
        "dataset": dataset.name,
        "unit": lane.unit,
        "phase": phase,
        "n": len(lane.items),
        "batch_size": lane.batch_size,
        "repeat": repeat,
        "n_items": len(lane.items),
    }


def _tokens(lane: Lane) -> int | None:
    """Tokens of a pass, counted off the clock; None where the provider cannot count them."""
    counted = None if lane.unit == "image" else count_tokens(lane.target.provider, lane.items)
    return counted.read * lane.target.planned.orders if counted else None


def _say_how_it_ended(lane: Lane, spec: ThroughputSpec, recorder: Recorder) -> None:
    why, passes, half = lane.end(spec), len(lane.elapsed_ns), lane.half_width()
    width = None if half == float("inf") else round(half, 4)
    facts = {"measure": "throughput", "batch_size": lane.batch_size, "why": why, "passes": passes, "half_width": width}
    if lane.unit == "image":
        facts["unit"] = lane.unit
    recorder.end(lane.target, **facts)
    if why not in ("budget", "passes") or half <= spec.target:
        return
    images = "images, " if lane.unit == "image" else ""
    end = f"stopped by the {spec.max_seconds:g} s budget after" if why == "budget" else "ended at its most of"
    reached = "too few for an interval" if width is None else f"an interval of ±{100 * width:.1f} %"
    recorder.warn(
        Notice(
            "few-samples" if passes < spec.passes or width is None else "wide-interval",
            f"{lane.target.name}, {images}batch {lane.batch_size}: {end} "
            f"{passes} {'pass' if passes == 1 else 'passes'}: {reached} (asked: ±{100 * spec.target:g} %)",
            "raise measure.throughput.max_seconds, or lower `texts`"
            if why == "budget"
            else "raise measure.throughput.max_passes, or run again on a quiet machine",
            {"provider": lane.target.name, **facts},
        )
    )
