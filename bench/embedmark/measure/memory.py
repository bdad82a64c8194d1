"""What a run remembers: of itself, in its journal, and of other runs, in the vector cache."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from embedmark.calls.kept import RequestLog
from embedmark.measure.keeping import Keeping
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.notices import Notice
from embedmark.planning.identity import vector_space
from embedmark.planning.job import Job
from embedmark.planning.jobs import Plan
from embedmark.store.journal import Journal
from embedmark.store.vectors import VectorCache


@dataclass(eq=False, slots=True)
class Memory:
    """What a run remembers.

    Attributes:
        journal: requests and replies of this run; None where nothing is to be found again.
        cache: vectors of all runs; None where it is off.
        called: providers whose first call was measured by an earlier process of this run.
        failures: failure rows that an earlier process left.
    """

    journal: Journal | None = None
    cache: VectorCache | None = None
    called: set[str] = field(default_factory=set)
    failures: int = 0

    def close(self, *, complete: bool) -> None:
        """Close both; a run that is complete needs its journal no more."""
        if self.journal is not None:
            if complete:
                self.journal.remove()
            else:
                self.journal.close()
        if self.cache is not None:
            self.cache.close()


def pending_jobs(plan: Plan, done: Collection[str]) -> list[Job]:
    """Return the jobs of a plan that are left, given the labels of those that are done.

    What rests on the result of another job in memory has that job measured again: a second stage on its first one, and
    fusions and second stages of retrieval on all searches of the dataset.
    """
    left = {job.label for job in plan.jobs if job.label not in done}
    spec = plan.suite.measure.retrieval
    joined = spec is not None and bool(spec.fusion or spec.rerank)
    searched = {job.dataset for job in plan.jobs if job.label in left and job.measure == "retrieval"} if joined else ()
    firsts = {job.first for job in plan.jobs if job.label in left and job.first}
    return [
        job
        for job in plan.jobs
        if job.label in left
        or (job.measure == "retrieval" and job.dataset in searched)
        or (job.measure == "scaling" and not job.first and job.provider in firsts)
    ]


def remember(target: Target, memory: Memory, folder: Path, recorder: Recorder) -> None:
    """Give a target its journal, its cache, and the counts of earlier processes of this run.

    Args:
        folder: what relative paths of the suite are relative to.
    """
    if memory.journal is None and memory.cache is None:
        return
    space = vector_space(target.planned, folder, recorder.run.manifest["packages"])
    target.keeping = Keeping(
        space, memory.cache if space.cacheable else None, broken=lambda why: recorder.warn(_broken_notice(why))
    )
    if memory.journal is not None:
        log = RequestLog(memory.journal, target.name)
        log.job = f"{target.name}: first call"
        target.keeping.log = log
        target.caller.log_requests(log)
        target.caller.ledger.restore(memory.journal.totals(target.name))


def _broken_notice(why: str) -> Notice:
    return Notice(
        "cache",
        f"the vector cache cannot be used: {why}",
        "embedmark cache info says where it is; embedmark cache clear makes a new one",
    )
