"""The runner: a plan's jobs become raw rows in a run directory."""

from __future__ import annotations

import itertools
from typing import Protocol

from embedmark.calls.budget import Budget
from embedmark.environment import Calibration
from embedmark.measure.accuracy import measure_accuracy
from embedmark.measure.books import close_books
from embedmark.measure.clock import Clock, SystemClock
from embedmark.measure.latency import measure_latency
from embedmark.measure.loading import count_dataset, first_call, load
from embedmark.measure.recorder import Notice, Recorder
from embedmark.measure.scaling import measure_scaling
from embedmark.measure.target import Target
from embedmark.measure.throughput import measure_throughput
from embedmark.plan import Job, Plan
from embedmark.store.rundir import RunDirectory

_FIRST_READINGS = 10


class Progress(Protocol):
    """Told what is running and how much is done."""

    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...


class Runner:
    """Runs one plan. What was measured is in the run directory, whatever ends it."""

    def __init__(
        self, plan: Plan, run: RunDirectory, progress: Progress, clock: Clock | None = None,
        budget: Budget | None = None,
    ) -> None:  # fmt: skip
        self.plan = plan
        self.clock = clock or SystemClock()
        self.progress = progress
        self.recorder = Recorder(run, Calibration(self.clock.now_ns))
        self.targets = {planned.name: Target(planned, budget) for planned in plan.providers}

    def run(self) -> bool:
        """Measure everything. True if nothing failed. A failing provider is rows; the others still finish."""
        self.progress.begin(len(self.plan.jobs) + len(self.targets))
        try:
            for _ in range(_FIRST_READINGS):
                self.recorder.calibration.read()
            for target in self.targets.values():
                self._load(target)
            for group in groups(self.plan.jobs):
                self._measure(group)
        finally:
            self._close()
            self._summarise_machine()
            self.progress.end()
        return not any(target.failed for target in self.targets.values())

    def _load(self, target: Target) -> None:
        self.progress.at(f"{target.name}: load")
        first = self.plan.datasets[0]
        with self.recorder.guard(target, "load", "", "load"):
            load(target, self.clock, self.recorder)
            if self.plan.jobs:
                first_call(target, first, self.clock, self.recorder, self.plan.suite.seed)
            for dataset in self.plan.datasets:
                count_dataset(target, dataset, self.recorder)
        self.progress.advance(1)

    def _measure(self, group: list[Job]) -> None:
        live = [job for job in group if not self.targets[job.provider].failed]
        if live and live[0].measure == "throughput":
            self._throughput(live)
        else:
            for job in live:
                self.progress.at(job.label)
                with self.recorder.guard(self.targets[job.provider], job.measure, job.dataset):
                    self._one(job)
                self.progress.advance(1)
        self.progress.advance(len(group) - len(live))

    def _throughput(self, jobs: list[Job]) -> None:
        spec = self.plan.suite.measure.throughput
        batch_size = jobs[0].batch_size
        if spec is None or batch_size is None:
            raise ValueError("a throughput job has a spec and a batch size")
        names = ", ".join(job.provider for job in jobs)
        self.progress.at(f"throughput batch {batch_size}, in turns: {names}")
        targets = [self.targets[job.provider] for job in jobs]
        dataset = self.plan.datasets[0]
        measure_throughput(targets, dataset, batch_size, spec, self.clock, self.recorder, self.plan.suite.seed)
        self.progress.advance(len(jobs))

    def _one(self, job: Job) -> None:
        target = self.targets[job.provider]
        measure, seed = self.plan.suite.measure, self.plan.suite.seed
        dataset = next(dataset for dataset in self.plan.datasets if dataset.name == job.dataset)
        if job.measure == "accuracy" and measure.accuracy:
            measure_accuracy(target, dataset, measure.accuracy, self.clock, self.recorder)
        elif job.measure == "latency" and measure.latency:
            measure_latency(target, dataset, job.scenario, measure.latency, self.clock, self.recorder, seed)
        elif job.measure == "scaling" and measure.scaling:
            measure_scaling(target, dataset, measure.scaling, self.clock, self.recorder, seed)

    def _close(self) -> None:
        for target in self.targets.values():
            close_books(target, self.recorder)
            try:
                target.caller.close()
            except Exception as error:  # noqa: BLE001 - all is measured; a bad goodbye must not lose it
                self.recorder.warn(
                    Notice("close", f"{target.name} failed to close: {error}", "tell the provider's author")
                )

    def _summarise_machine(self) -> None:
        calibration = self.recorder.calibration
        if not calibration.readings_ns:
            return
        noisy = sum(calibration.noisy(reading) for reading in calibration.readings_ns)
        share = noisy / len(calibration.readings_ns)
        self.recorder.run.manifest["calibration"] = {
            "readings": len(calibration.readings_ns),
            "min_ns": min(calibration.readings_ns),
            "max_ns": max(calibration.readings_ns),
            "noisy": noisy,
        }
        if share > 0.1:
            self.recorder.warn(
                Notice(
                    "noisy-host",
                    f"the machine was busy: a fixed calculation was over 15 % slower than at its best in "
                    f"{noisy} of {len(calibration.readings_ns)} readings",
                    "run again while nothing else runs; compare timings within this run only",
                    {"share": round(share, 3)},
                )
            )


def groups(jobs: tuple[Job, ...]) -> list[list[Job]]:
    """Neighbouring jobs that measure the same thing for different providers, and may be interleaved."""
    key = lambda job: (job.measure, job.dataset, job.scenario, job.batch_size)  # noqa: E731
    return [list(group) for _, group in itertools.groupby(jobs, key=key)]
