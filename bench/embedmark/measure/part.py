"""What a run measures of a plan: all of it, its shard, or what a run that goes on has left."""

from __future__ import annotations

from pathlib import Path

from embedmark.errors import SuiteError
from embedmark.measure.resume import providers_at_work
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider, require_ready
from embedmark.store.read import read_manifest


def work_of(plan: Plan, resume: str | Path | None) -> tuple[Plan, list[PlannedProvider]]:
    """Return the part of the plan that a run is, and the providers that it will call.

    There are none where the run that is to go on is complete.

    Raises:
        UsageError: the suite is another one, or a provider lacks what disk or environment should have.
    """
    part = plan if resume is None else part_of_run(plan, Path(resume))
    at_work = providers_at_work(part, resume)
    # On a cluster elsewhere, what computes there is checked there: this machine may have neither model nor GPU.
    here = at_work if plan.cluster in (None, "ray") else [one for one in at_work if one.asks_server]
    require_ready(here, part.suite.origin)
    return part, at_work


def part_of_run(plan: Plan, folder: Path) -> Plan:
    """Return the part of the plan that the run in `folder` is: all of it, unless it is a shard.

    Raises SuiteError for a shard whose plan is another one by now, RunDirectoryError.
    """
    facts = read_manifest(folder).shard
    if not facts:
        return plan
    part = plan.in_shard(f"{facts.index}/{facts.of}")
    if part.shard is None or part.shard.facts().jobs != facts.jobs:
        raise SuiteError(
            f"this is not the suite of shard {facts.index}/{facts.of}: a shard takes no other jobs",
            where=str(plan.suite.origin.path),
            hint=f"embedmark run --resume {folder} continues this shard; merge the shards before you add anything",
        )
    return part
