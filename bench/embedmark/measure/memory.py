"""What a run remembers: of itself, in its journal, and of other runs, in the vector cache."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from embedmark.calls.kept import RequestLog
from embedmark.errors import ProviderError, RateLimitError
from embedmark.measure.error_text import shorten
from embedmark.measure.keeping import Keeping
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.notices.records import broken_cache
from embedmark.planning.identity import vector_space
from embedmark.planning.job import Job
from embedmark.planning.jobs import Plan
from embedmark.store.journal import Journal
from embedmark.store.upkeep import evict
from embedmark.store.vectors import VectorCache

# Shorter waits come and go faster than they are read.
_LONG_WAIT_S = 3.0
_YEAR_S = 365 * 86_400.0


@dataclass(eq=False, slots=True)
class Memory:
    """What a run remembers.

    Attributes:
        journal: requests and replies of this run; None where nothing is to be found again.
        cache: vectors of all runs; None where it is off.
        called: providers whose first call was measured by an earlier process of this run.
        failures: failure rows that an earlier process left.
        has_blocks: True where the run is a shard with blocks of jobs: its journal stays, for who merges the shards.
    """

    journal: Journal | None = None
    cache: VectorCache | None = None
    called: set[str] = field(default_factory=set)
    failures: int = 0
    has_blocks: bool = False

    def close(self, *, complete: bool) -> None:
        """Close both; a run that is complete needs its journal no more."""
        if self.journal is not None:
            if complete and not self.has_blocks:
                self.journal.remove()
            else:
                self.journal.close()
        if self.cache is not None:
            with contextlib.suppress(sqlite3.Error):  # it may be read only, or in use: the next run tries again
                evict(self.cache)
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


def give_memory(target: Target, memory: Memory, folder: Path, recorder: Recorder, say: Callable[[str], None]) -> None:
    """Give a target its journal, its cache, and the counts of earlier processes of this run.

    Args:
        folder: what relative paths of the suite are relative to.
        say: told of long waits.
    """
    _tell_waits(target, say)
    if memory.journal is None and memory.cache is None:
        return
    # Blocks are put together elsewhere: their keys do not depend on where the model is.
    space = target.keeping.space
    if not memory.has_blocks:
        space = vector_space(target.planned, folder, recorder.run.manifest.packages)
    target.keeping = Keeping(
        space, memory.cache if space.cacheable else None, broken=lambda why: recorder.warn(broken_cache(why))
    )
    if memory.journal is not None:
        log = RequestLog(memory.journal, target.name)
        log.job = f"{target.name}: first call"
        log.keeps_all = memory.has_blocks
        target.keeping.log = log
        if target.elsewhere is None or target.elsewhere.is_paid:
            target.caller.log_requests(log)
        target.caller.ledger.restore(memory.journal.totals(target.name))


def _tell_waits(target: Target, say: Callable[[str], None]) -> None:
    """Have every wait of a provider's calls that lasts be said, with its end."""

    def tell(wait_s: float, error: ProviderError | None) -> None:
        if wait_s < _LONG_WAIT_S:
            return
        ends = datetime.now() + timedelta(seconds=min(wait_s, _YEAR_S))
        if error is None or isinstance(error, RateLimitError):
            say(f"{target.name}: waiting {wait_s:,.0f} s for the rate limit, until {ends:%Y-%m-%d %H:%M:%S}")
        else:
            said = shorten(error.message)
            say(f"{target.name}: {said}; trying again in {wait_s:,.0f} s, at {ends:%Y-%m-%d %H:%M:%S}")

    target.caller.tell = tell
