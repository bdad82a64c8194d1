"""Shards: a plan's jobs dealt to several runs, the same way on every machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from embedmark.datasets import PairDataset
from embedmark.errors import UsageError
from embedmark.planning.job import Job
from embedmark.store.manifest.session import JobFacts, ShardFacts

if TYPE_CHECKING:
    from embedmark.planning.jobs import Plan

MOST_SHARDS: Final = 10_000
# Scored without a clock: these may be measured anywhere. Timings of one run belong to one machine.
_UNTIMED: Final = ("accuracy", "retrieval")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a plan.

    Attributes:
        index: counts from 1.
        of: how many parts there are.
        jobs: every job of the whole plan in its order, as a manifest holds it, with the index of its shard.
    """

    index: int
    of: int
    jobs: tuple[JobFacts, ...] = ()

    def facts(self) -> ShardFacts:
        """Return what a manifest holds of this shard."""
        return ShardFacts(index=self.index, of=self.of, jobs=list(self.jobs))


def parse_shard(text: str) -> Shard:
    """Return the shard in a text such as `2/5`. Raises UsageError.

    >>> parse_shard("2/5").of
    5
    """
    found = re.fullmatch(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*", text)
    index, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= index <= of <= MOST_SHARDS:
        raise UsageError(
            f"{text!r} is not a shard",
            hint=f"shards count from 1, as --shard 1/5, --shard 2/5 to --shard 5/5; there are at most {MOST_SHARDS:,}",
        )
    return Shard(index, of)


def take_shard(plan: Plan, shard: Shard) -> Plan:
    """Return the plan with the jobs of one shard only.

    Jobs that need each other's results, and all timed jobs, are in one shard. The groups are dealt by size: the
    largest first, each to the shard with the fewest tokens so far.
    """
    groups = _grouped(plan)
    place = _deal(groups, shard.of)
    of_job = {job.label: place[i] for i, group in enumerate(groups) for job in group}
    listed = tuple(
        JobFacts(
            label=job.label,
            provider=job.row_name,
            dataset=job.dataset,
            measure=job.measure,
            shard=of_job[job.label],
        )
        for job in plan.jobs
    )
    mine = tuple(job for job in plan.jobs if of_job[job.label] == shard.index)
    return replace(plan, jobs=mine, shard=replace(shard, jobs=listed))


def _grouped(plan: Plan) -> list[list[Job]]:
    """Return the jobs in groups that must be measured in one run."""
    texts = {dataset.name: dataset.texts_sha256 for dataset in plan.datasets if isinstance(dataset, PairDataset)}
    spec = plan.suite.measure.retrieval
    joined = spec is not None and bool(spec.fusion or spec.rerank)
    groups: dict[tuple[str, ...], list[Job]] = {}
    for job in plan.jobs:
        if job.measure not in _UNTIMED:
            key: tuple[str, ...] = ("timed",)
        elif job.measure == "retrieval" and joined:
            key = ("retrieval", job.dataset)
        else:
            # The same pairs under another gold are scored once for both.
            key = (job.measure, job.provider, texts.get(job.dataset, job.dataset))
        groups.setdefault(key, []).append(job)
    return list(groups.values())


def _deal(groups: Sequence[Sequence[Job]], of: int) -> list[int]:
    """Return for each group the index of its shard, from 1."""
    sizes = [1 + sum(job.tokens for job in group) for group in groups]
    loads = [0] * of
    place = [0] * len(groups)
    for i in sorted(range(len(groups)), key=lambda i: (-sizes[i], i)):
        lightest = min(range(of), key=lambda shard: (loads[shard], shard))
        loads[lightest] += sizes[i]
        place[i] = lightest + 1
    return place
