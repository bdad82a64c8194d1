"""The runner: a plan's jobs become raw rows in a run directory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial

from embedmark.api.items import Unit
from embedmark.calls.budget import Budget
from embedmark.datasets import Dataset, ImageDataset, PairDataset, RetrievalDataset
from embedmark.machine.watch import HostWatch
from embedmark.measure.accuracy import measure_accuracy
from embedmark.measure.block import measure_block
from embedmark.measure.captions import measure_matching
from embedmark.measure.clock import Clock, SystemClock
from embedmark.measure.images import checked_datasets
from embedmark.measure.latency import measure_latency
from embedmark.measure.ledger_rows import close_targets, keep_books
from embedmark.measure.loading import count_dataset, first_call, load
from embedmark.measure.memory import Memory, give_memory, pending_jobs
from embedmark.measure.progress import Progress
from embedmark.measure.recorder import Recorder
from embedmark.measure.retrieval.latency import measure_search
from embedmark.measure.retrieval.measure import RetrievalMeasure, wanted_later
from embedmark.measure.scaling.measure import ScalingMeasure
from embedmark.measure.scaling.neighbours import measure_neighbours
from embedmark.measure.target import Target
from embedmark.measure.throughput import is_out_of_memory, measure_throughput
from embedmark.measure.warm import is_warm
from embedmark.measure.warnings import enough_memory, warn_of_duplicates, warn_of_machine, warn_of_threads
from embedmark.notices import has_timings, machine
from embedmark.planning.job import NEIGHBOURS, Job
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider
from embedmark.planning.scaling import has_trained_pairing
from embedmark.store.write import RunDirectory
from embedmark.suite import RetrievalSpec


class Runner:
    """Runs one plan. What was measured is in the run directory, whatever ends it.

    Providers are loaded together, so that their passes can be interleaved; where memory does not hold them all, they
    go in blocks, and the run says so.

    Args:
        watch: looks at the machine; default: a new one that knows no earlier run.
    """

    def __init__(
        self,
        plan: Plan,
        run: RunDirectory,
        progress: Progress,
        clock: Clock | None = None,
        room: Callable[[float], bool] = enough_memory,
        *,
        budget: Budget | None = None,
        watch: HostWatch | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.plan = plan
        self.memory = memory or Memory()
        self.jobs = pending_jobs(plan, run.manifest.done or ())
        self.clock = clock or SystemClock()
        self.progress = progress
        self.recorder = Recorder(run, watch or HostWatch(self.clock.now_ns), progress)
        self.recorder.failures = self.memory.failures
        idle = {job.provider for job in plan.jobs} - {name for job in self.jobs for name in (job.provider, job.first)}
        chosen = [planned for planned in plan.providers if planned.name not in idle and plan.needs(planned.name)]
        self.targets = {planned.name: self._target(planned, budget) for planned in chosen}
        for target in self.targets.values():
            give_memory(target, self.memory, plan.folder, self.recorder, progress.at)
        self.datasets: dict[str, Dataset] = {dataset.name: dataset for dataset in plan.datasets}
        self._room = room
        self._scaling: ScalingMeasure | None = None
        self._retrieval: RetrievalMeasure | None = None

    def _target(self, planned: PlannedProvider, budget: Budget | None) -> Target:
        return Target(planned, self.plan.folder, budget, self.plan.suite.threads)

    def run(self) -> bool:
        """Measure everything. True if nothing failed. A failing provider is rows; the others still finish."""
        self.progress.begin(len(self.jobs) + len(self.targets))
        try:
            warn_of_threads(self.plan, self.recorder)
            warn_of_duplicates(self.plan, self.recorder)
            if self.targets and has_timings(self.plan.suite.measure.names):
                self.recorder.watch.settle(next(iter(self.targets.values())).threads)
            self.datasets |= checked_datasets(self.plan, self.clock, self.recorder, self.progress.at)
            self._run_blocks()
        finally:
            close_targets(list(self.targets.values()), self.recorder)
            warn_of_machine(self.recorder)
            self.progress.end()
        return not self.recorder.failures

    def _run_blocks(self) -> None:
        waiting = list(self.targets.values())
        blocks: list[list[str]] = []
        while waiting:
            block = self._load_block(waiting)
            waiting = waiting[len(block) :]
            blocks.append([target.name for target in block])
            for group in groups([job for job in self.jobs if job.provider in blocks[-1]]):
                self._measure(group)
            close_targets(block, self.recorder)
        if len(blocks) > 1:
            self.recorder.warn(machine.blocks(blocks))

    def _load_block(self, waiting: Sequence[Target]) -> list[Target]:
        """Load providers until memory would not hold one more of the largest kind seen, or did not hold one.

        The host's memory is looked at before; a device's shows in load() only, where it is not there.
        """
        block: list[Target] = []
        largest = 0.0
        for target in waiting:
            if block and not self._room(largest):
                break
            before = target.rss_mb()
            if not self._load(target, alone=not block):
                break
            largest = max(largest, target.rss_mb() - before)
            block.append(target)
        return block

    def _load(self, target: Target, *, alone: bool) -> bool:
        """Load one provider. False if it ran out of memory beside others: it is closed, and may be loaded alone.

        One of which the cache has all that the run wants is not loaded.
        """
        mine = [job for job in self.jobs if target.name in (job.provider, job.first)]
        if is_warm(target, mine, self.datasets, self.recorder):
            target.load = partial(load, target, self.clock, self.recorder)
            self.progress.advance(1)
            return True
        self.progress.at(f"{target.name}: load")
        with self.recorder.guard(target, "load", "", "load"):
            try:
                self._bring(target)
            except Exception as error:
                if target.loaded or alone or not is_out_of_memory(error):
                    raise
                target.caller.close()
                return False
        self.progress.advance(1)
        return True

    def _bring(self, target: Target) -> None:
        """Load one provider, make its first call, and count the tokens of the datasets. Raises what it raises."""
        with target.pinned():
            load(target, self.clock, self.recorder)
        self.recorder.watch.machine.add_servers(target.addresses)
        with target.pinned():  # again, for the pools of the libraries that load() brought
            searches = target.planned.info.kind == "ranker"  # it has nothing to search yet
            if self.plan.jobs and not searches and target.name not in self.memory.called:
                first = self.datasets[self.plan.datasets[0].name]
                first_call(target, first, self.clock, self.recorder, self.plan.suite.seed)
            self.recorder.provider(target.name, thread_pools=target.thread_pools())
            for dataset in self.plan.datasets:
                count_dataset(target, dataset, self.recorder)

    def _measure(self, group: list[Job]) -> None:
        live = [job for job in group if not self.targets[job.provider].failed]
        if live and live[0].measure == "throughput":
            self._throughput(live)
        else:
            for job in live:
                self.progress.at(job.label)
                target = self.targets[job.provider]
                target.keeping.begin(job.label)
                with self.recorder.guard(target, job.measure, job.dataset), target.pinned():
                    if self._one(job):
                        keep_books(target, self.recorder)
                        self.recorder.job_done(job.label)
                self.progress.advance(1)
        self.progress.advance(len(group) - len(live))

    def _throughput(self, jobs: list[Job]) -> None:
        spec = self.plan.suite.measure.throughput
        batch_size = jobs[0].batch_size
        if spec is None or batch_size is None:
            raise ValueError("a throughput job has a spec and a batch size")
        names = ", ".join(job.provider for job in jobs)
        images = "of images, " if jobs[0].unit == "image" else ""
        self.progress.at(f"throughput {images}batch {batch_size}, in turns: {names}")
        targets = [self.targets[job.provider] for job in jobs]
        # Texts of bi-encoders and pairs of cross-encoders take turns with each other, images with images.
        unit: Unit | None = "image" if jobs[0].unit == "image" else None
        dataset, seed = self.datasets[jobs[0].dataset], self.plan.suite.seed
        for target, job in zip(targets, jobs, strict=True):
            target.keeping.begin(job.label)
        measure_throughput(targets, dataset, batch_size, spec, self.clock, self.recorder, seed, unit)
        for target, job in zip(targets, jobs, strict=True):
            if not target.failed:
                keep_books(target, self.recorder)
                self.recorder.job_done(job.label)
        self.progress.advance(len(jobs))

    def _one(self, job: Job) -> bool:
        """Measure one job; False where bad replies cost a part of it. Raises what the provider raises."""
        whole = True
        target = self.targets[job.provider]
        measure, seed = self.plan.suite.measure, self.plan.suite.seed
        dataset = self.datasets[job.dataset]
        if self.plan.shard is not None and job.label in self.plan.shard.blocks:
            return measure_block(target, dataset, job, self.plan, self.clock, self.recorder)
        if job.measure == "accuracy" and measure.accuracy and isinstance(dataset, ImageDataset):
            whole = measure_matching(target, dataset, measure.accuracy, self.clock, self.recorder, job.label)
        elif job.measure == "accuracy" and measure.accuracy and isinstance(dataset, PairDataset):
            whole = measure_accuracy(target, dataset, measure.accuracy, self.clock, self.recorder, job.label)
        elif job.measure == NEIGHBOURS:
            whole = measure_neighbours(target, dataset, job, self.plan, self.clock, self.recorder, self.progress.at)
        elif isinstance(dataset, RetrievalDataset) and job.is_search:
            whole = self._search(target, dataset, job)
        elif job.measure == "latency" and measure.latency:
            measure_latency(target, dataset, job.scenario, measure.latency, self.clock, self.recorder, seed, job.unit)
        elif job.measure == "scaling" and measure.scaling:
            if self._scaling is None:
                say, spec = self.progress.at, measure.scaling
                keep = has_trained_pairing(self.plan.jobs, self.plan.providers)
                self._scaling = ScalingMeasure(dataset, spec, self.clock, self.recorder, seed, say, keep)
            if job.first:
                self._scaling.two_stage(self.targets[job.first], target)
            else:
                self._scaling.one(target)
        return whole

    def _search(self, target: Target, dataset: RetrievalDataset, job: Job) -> bool:
        """Search a dataset's queries all together, or one by one for their latency; False if a part of it was lost."""
        measure = self.plan.suite.measure
        if self._retrieval is None:
            spec = measure.retrieval or RetrievalSpec.model_validate({})
            self._retrieval = RetrievalMeasure(spec, wanted_later(self.plan.jobs, spec), self.clock, self.recorder)
        if job.measure == "retrieval":
            return self._retrieval.one(target, dataset, job)
        if measure.latency:
            index = self._retrieval.index(target, dataset)
            measure_search(target, dataset, index, measure.latency, self.clock, self.recorder, self.plan.suite.seed)
        return True


def groups(jobs: Sequence[Job]) -> list[list[Job]]:
    """Neighbouring jobs that measure the same thing for different providers, and may be interleaved."""
    key = lambda job: (job.measure, job.dataset, job.scenario, job.batch_size, job.unit == "image")  # noqa: E731
    return [list(group) for _, group in itertools.groupby(jobs, key=key)]
