"""Throughput: whole passes over the same items, warmed up, interleaved across providers (A B A B)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from embedmark.calls.tokens import count_tokens
from embedmark.datasets import PairDataset
from embedmark.measure.books import usage_cells
from embedmark.measure.clock import Clock
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.stats import median_interval
from embedmark.store.cells import Row
from embedmark.suite import ThroughputSpec
from embedmark.work import Item, sample_items


@dataclass(eq=False, slots=True)
class Lane:
    """One provider at one batch size, while its passes are being timed."""

    target: Target
    items: Sequence[Item]
    tokens: int | None = None
    elapsed_ns: list[int] = field(default_factory=list)

    def ended(self, spec: ThroughputSpec) -> bool:
        """Whether enough passes are done, the time budget is spent, or the provider has failed."""
        passes = len(self.elapsed_ns)
        if self.target.failed or passes >= spec.max_passes or sum(self.elapsed_ns) >= spec.max_seconds * 1e9:
            return True
        return passes >= spec.passes and self._narrow(spec.target)

    def _narrow(self, target: float) -> bool:
        import numpy as np

        times = np.sort(np.array(self.elapsed_ns, dtype=np.float64))
        interval = median_interval(times)
        return interval is not None and interval[1] - interval[0] <= 2 * target * float(np.median(times))


def measure_throughput(
    targets: Sequence[Target],
    dataset: PairDataset,
    batch_size: int,
    spec: ThroughputSpec,
    clock: Clock,
    recorder: Recorder,
    seed: int,
) -> None:
    """Time passes of every target in turn, so that a drift of the machine hits all of them alike.

    A provider that fails gets a row in failures.csv and leaves; the others go on.
    """
    lanes = [Lane(target, sample_items(dataset, target.planned.is_cross, spec.texts, seed)) for target in targets]
    for lane in lanes:
        with recorder.guard(lane.target, "throughput", dataset.name, "warmup"):
            lane.tokens = _tokens(lane)
            for repeat in range(spec.warmup):
                _one_pass(lane, dataset, batch_size, "warmup", repeat + 1, clock, recorder)
    repeat = 0
    while active := [lane for lane in lanes if not lane.ended(spec)]:
        repeat += 1
        for lane in active:
            with recorder.guard(lane.target, "throughput", dataset.name):
                lane.elapsed_ns.append(_one_pass(lane, dataset, batch_size, "timed", repeat, clock, recorder))


def _one_pass(
    lane: Lane, dataset: PairDataset, batch_size: int, phase: str, repeat: int, clock: Clock, recorder: Recorder
) -> int:
    cpu, start = clock.cpu_ns(), clock.now_ns()
    done = lane.target.caller.run(lane.items, batch_size)
    lane.target.caller.sync()
    elapsed, cpu = clock.now_ns() - start, clock.cpu_ns() - cpu
    row: Row = {
        "dataset": dataset.name,
        "phase": phase,
        "n": len(lane.items),
        "batch_size": batch_size,
        "repeat": repeat,
        "n_items": len(lane.items),
        **usage_cells(done),
        "tokens": done.usage.tokens if done.usage.tokens is not None else lane.tokens,
        "elapsed_ns": elapsed,
        "cpu_ns": cpu,
    }
    recorder.samples(lane.target, "throughput", [row])
    return elapsed


def _tokens(lane: Lane) -> int | None:
    """Tokens of a pass, counted off the clock; None where the provider cannot count them."""
    texts = [item for item in lane.items if isinstance(item, str)]
    counted = count_tokens(lane.target.planned.provider, texts) if texts else None
    return counted.read if counted else None
