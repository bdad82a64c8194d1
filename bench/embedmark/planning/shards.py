"""Shards: a plan's jobs dealt to several runs, the same way on every machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from embedmark.datasets import Dataset, PairDataset, RetrievalDataset
from embedmark.errors import UsageError
from embedmark.planning.job import NEIGHBOURS, UNTIMED, Job
from embedmark.planning.providers import PlannedProvider
from embedmark.suite import Suite

if TYPE_CHECKING:
    from embedmark.store.manifest.session import JobFacts, ShardFacts

MOST_SHARDS: Final = 10_000
EACH: Final = 0  # in place of an index: every shard has a block of the job


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a plan.

    Attributes:
        index: counts from 1.
        of: how many parts there are.
        jobs: every job of the whole plan in its order, as a manifest holds it, with the index of its shard, or 0
            where each shard has a block of it.
    """

    index: int
    of: int
    jobs: tuple[JobFacts, ...] = ()

    @property
    def blocks(self) -> frozenset[str]:
        """Labels of the jobs that are cut into blocks, one for each shard."""
        return frozenset(job.label for job in self.jobs if job.shard == EACH)

    def facts(self) -> ShardFacts:
        """Return what a manifest holds of this shard."""
        from embedmark.store.manifest.session import ShardFacts

        return ShardFacts(index=self.index, of=self.of, jobs=list(self.jobs))


@dataclass(frozen=True, slots=True)
class Block:
    """One of `of` parts of a pass, counted from 1: whole batches, so that each is the one of a pass that is not cut."""

    index: int
    of: int

    def cut(self, order: Sequence[int], batch_size: int) -> Sequence[int]:
        """Return the part of an order that is in this block.

        >>> Block(2, 2).cut([5, 3, 4, 0, 1], 2)
        [1]
        """
        width = -(-len(order) // (batch_size * self.of)) * batch_size
        return order[(self.index - 1) * width : self.index * width]


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


@dataclass(frozen=True, slots=True)
class Work:
    """All that a plan measures, as far as dealing its jobs to shards needs it."""

    jobs: tuple[Job, ...]
    suite: Suite
    providers: tuple[PlannedProvider, ...]
    datasets: tuple[Dataset, ...]


def take_shard(work: Work, shard: Shard) -> tuple[tuple[Job, ...], Shard]:
    """Return the jobs of one shard, and the shard with the places of all jobs.

    Jobs that need each other's results, and all timed jobs, are in one shard. A job that is more than an equal share of
    all work is cut into blocks of texts or pairs. The other groups are dealt by size: the largest first, each to the
    shard with the fewest tokens so far.
    """
    from embedmark.store.manifest.session import JobFacts

    groups = _grouped(work)
    place = _deal(groups, shard.of, [_is_divisible(group, work) for group in groups])
    of_job = {job.label: place[i] for i, group in enumerate(groups) for job in group}
    listed = tuple(
        JobFacts(
            label=job.label,
            provider=job.row_name,
            dataset=job.dataset,
            measure=job.measure,
            shard=of_job[job.label],
        )
        for job in work.jobs
    )
    mine = tuple(job for job in work.jobs if of_job[job.label] in (shard.index, EACH))
    return mine, replace(shard, jobs=listed)


def _grouped(work: Work) -> list[list[Job]]:
    """Return the jobs in groups that must be measured in one run."""
    texts = {dataset.name: dataset.texts_sha256 for dataset in work.datasets if isinstance(dataset, PairDataset)}
    spec = work.suite.measure.retrieval
    joined = spec is not None and bool(spec.fusion or spec.rerank)
    groups: dict[tuple[str, ...], list[Job]] = {}
    for job in work.jobs:
        if job.measure not in UNTIMED:
            key: tuple[str, ...] = ("timed",)
        elif job.measure == "retrieval" and joined:
            key = ("retrieval", job.dataset)
        else:
            # The same pairs under another gold are scored once for both.
            key = (job.measure, job.provider, texts.get(job.dataset, job.dataset))
        groups.setdefault(key, []).append(job)
    return list(groups.values())


def _is_divisible(group: Sequence[Job], work: Work) -> bool:
    """Return True for one job whose texts or pairs can be read apart, and scored together later."""
    job = group[0]
    dataset = next(each for each in work.datasets if each.name == job.dataset)
    planned = next(each for each in work.providers if each.name == job.provider)
    limits = planned.info.limits
    if limits.refused == "skip" or limits.pairs_per_search:  # a search of many pairs is billed as a whole
        return False
    alone = len(group) == 1 and not job.first and job.encodes + job.pair_predictions > 0
    if job.measure == NEIGHBOURS:
        return alone
    readable = isinstance(dataset, PairDataset | RetrievalDataset)
    return alone and job.measure in UNTIMED and readable


def _deal(groups: Sequence[Sequence[Job]], of: int, divisible: Sequence[bool]) -> list[int]:
    """Return for each group the index of its shard, from 1; EACH for one that is cut."""
    sizes = [1 + sum(job.tokens for job in group) for group in groups]
    share = sum(sizes) / of
    whole = [i for i, size in enumerate(sizes) if size <= share or not divisible[i]]
    loads = [0] * of
    place = [EACH] * len(groups)
    for i in sorted(whole, key=lambda i: (-sizes[i], i)):
        lightest = min(range(of), key=lambda shard: (loads[shard], shard))
        loads[lightest] += sizes[i]
        place[i] = lightest + 1
    return place
