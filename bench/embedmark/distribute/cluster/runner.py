"""The runner of a plan on a cluster: scored jobs over many workers, timed jobs on a node of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from typing import Any, Final

from embedmark.calls.budget import Budget
from embedmark.distribute.cluster.join import Cluster
from embedmark.distribute.cluster.nodes import wanted_of
from embedmark.distribute.cluster.pool import WorkerPool
from embedmark.distribute.cluster.recipe import recipe_of
from embedmark.distribute.cluster.stand_in import ClusterProvider
from embedmark.distribute.cluster.timed_part import TimedPart
from embedmark.measure.ledger_rows import close_targets
from embedmark.measure.loading import count_dataset
from embedmark.measure.provider_facts import describe
from embedmark.measure.runner import Runner, groups
from embedmark.measure.target import Target
from embedmark.planning.job import NEIGHBOURS, UNTIMED, Job
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider
from embedmark.store.manifest.session import ClusterFacts
from embedmark.store.written import WrittenRow

_MEASURES_OF: Final = {
    "scores.csv": ("accuracy",), "ranks.csv": ("accuracy",), "judged.csv": ("retrieval",),
    "compressed.csv": ("accuracy", "retrieval"), "neighbours.csv": (NEIGHBOURS,),
}  # fmt: skip


class ClusterRunner(Runner):
    """Runs a plan on a cluster. Everything is recorded here, by the one process that writes the run.

    Providers take the cluster one after the other, each with as many workers as it holds. A provider that asks a server
    is called from here, under one rate and one budget.
    """

    def __init__(self, cluster: Cluster, plan: Plan, *arguments: Any, **options: Any) -> None:
        self._cluster = cluster
        super().__init__(plan, *arguments, **options)
        manifest = self.recorder.run.manifest
        manifest.cluster = manifest.cluster or ClusterFacts()
        manifest.cluster.change(cluster.facts())

    def _target(self, planned: PlannedProvider, budget: Budget | None) -> Target:
        if planned.asks_server:
            return super()._target(planned, budget)
        wanted = wanted_of(planned)
        recipe = recipe_of(planned, self.plan.folder, self.plan.suite.threads)
        depth = 1 if planned.spec.timeout_s else 2
        pool = WorkerPool(self._cluster, recipe, wanted, self._size(planned), depth)
        tell = partial(self._tell, planned.name)
        stand_in: Any = ClusterProvider(planned.info, pool, tell=tell)
        return Target(planned, self.plan.folder, budget, self.plan.suite.threads, stand_in)

    def _size(self, planned: PlannedProvider) -> int:
        """Return how many workers a provider gets: what the nodes hold, and no more than it has batches for."""
        if planned.info.kind == "ranker":
            return 1  # each worker would hold the whole index
        wanted = wanted_of(planned)
        room = sum(node.workers(wanted) for node in self._cluster.nodes)
        items = max((job.encodes + job.pair_predictions for job in self._scored(planned.name)), default=0)
        return max(1, min(room, ceil(items / self._batch_size())))

    def _batch_size(self) -> int:
        measure = self.plan.suite.measure
        specs = [spec for spec in (measure.accuracy, measure.retrieval, measure.scaling) if spec is not None]
        return min((spec.batch_size for spec in specs), default=32)

    def _scored(self, name: str) -> list[Job]:
        return [job for job in self.jobs if job.provider == name and job.measure in UNTIMED]

    def _tell(self, name: str, what: str) -> None:
        self.progress.at(f"{name}: {what}")

    def _run_blocks(self) -> None:
        # A cross-encoder comes last: it reranks what the others have found.
        for target in sorted(self.targets.values(), key=lambda target: target.planned.is_cross):
            scored = self._scored(target.name)
            if scored:
                self._on(target, scored)
                if target.elsewhere is not None and target.elsewhere.is_spread:
                    self._leave(target)
        self._sort()
        timed = [job for job in self.jobs if job.measure not in UNTIMED]
        self._time_here([job for job in timed if not self._is_remote(job)])
        self._time_there([job for job in timed if self._is_remote(job)])

    def _sort(self) -> None:
        """Put the scored rows into the order of the plan, in which one machine writes them."""
        for name, measures in _MEASURES_OF.items():
            jobs = [job for job in self.plan.jobs if job.measure in measures]
            order = {(job.row_name, job.dataset, _size_cell(job)): i for i, job in enumerate(jobs)}
            self.recorder.run.sort(name, partial(_place, order))

    def _on(self, target: Target, jobs: Sequence[Job]) -> None:
        if not target.loaded and target.failed is None:
            self._load(target, alone=True)
        for group in groups(jobs):
            self._measure(group)

    def _is_remote(self, job: Job) -> bool:
        """Return True if a job is timed on a node: one with a stage that asks a server is timed from here."""
        return all(not self.targets[name].planned.asks_server for name in (job.provider, job.first) if name)

    def _time_here(self, jobs: Sequence[Job]) -> None:
        """Time what asks a server, from here."""
        names = dict.fromkeys(name for job in jobs for name in (job.provider, job.first) if name)
        for name in names:
            target = self.targets[name]
            if not target.loaded and target.failed is None:
                self._load(target, alone=True)
        for group in groups(jobs):
            self._measure(group)

    def _time_there(self, jobs: Sequence[Job]) -> None:
        """Time what computes, on a node that has nothing else to do."""
        names = {name for job in jobs for name in (job.provider, job.first) if name}
        failed = {name for name in names if self.targets[name].failed is not None}
        left = [job for job in jobs if not failed.intersection((job.provider, job.first))]
        self.progress.advance(len(jobs) - len(left))
        if left:
            TimedPart(self, self._cluster, left).run()

    def _bring(self, target: Target) -> None:
        """Load a provider in its workers: what that takes there is no timing of one machine."""
        if not isinstance(target.provider, ClusterProvider):
            super()._bring(target)
            return
        target.provider.load()
        target.loaded = True
        self.recorder.provider(target.name, **describe(target.provider.info, target.planned.model))
        self.recorder.provider(target.name, thread_pools=target.thread_pools())
        for dataset in self.plan.datasets:
            count_dataset(target, dataset, self.recorder)

    def _leave(self, target: Target) -> None:
        close_targets([target], self.recorder)
        pool = target.provider.pool  # type: ignore[attr-defined]
        if self.recorder.run.manifest.cluster is not None:
            self.recorder.run.manifest.cluster.workers[target.name] = pool.facts()
        self.recorder.run.save_manifest()


def _size_cell(job: Job) -> str:
    """Return what the rows of a job have in their column `n`; "" where their file has none."""
    return str(job.n) if job.measure == NEIGHBOURS else ""


def _place(order: Mapping[tuple[str, str, str], int], row: Mapping[str, str]) -> int:
    """Return the place of a row's job in the plan; rows of timed jobs come last."""
    written = WrittenRow(row)
    return order.get((written.provider, written.dataset, written.n), len(order))
