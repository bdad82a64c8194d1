"""A block of a job that is cut: its replies stay in the journal, and who merges the shards scores them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from embedmark.api.items import Query, swapped
from embedmark.datasets import Dataset, PairDataset, RetrievalDataset
from embedmark.datasets.sample import pairs_of, texts_of
from embedmark.measure.alike import warn_of_alike
from embedmark.measure.alike_pairs import warn_of_alike_pairs
from embedmark.measure.clock import Clock
from embedmark.measure.kept_pass import KeptPass, kept_pass
from embedmark.measure.ledger_rows import kept_row
from embedmark.measure.recorder import Recorder
from embedmark.measure.refused import record_refused
from embedmark.measure.scaling.neighbours import is_pair_work, measure_neighbours, texts_to_compare
from embedmark.measure.target import Target
from embedmark.planning.job import NEIGHBOURS, Job
from embedmark.planning.jobs import Plan
from embedmark.planning.shards import Block
from embedmark.store.rows import SampleRow


def measure_block(target: Target, dataset: Dataset, job: Job, plan: Plan, clock: Clock, recorder: Recorder) -> bool:
    """Read a shard's block of each pass of a job; False where bad replies cost some of it.

    Raises what ended a pass early.
    """
    if plan.shard is None:
        raise ValueError("a block is of a shard")
    block = Block(plan.shard.index, plan.shard.of)
    if is_pair_work(target, job):
        return measure_neighbours(target, dataset, job, plan, clock, recorder, block=block)
    whole = True
    for name, items, unit in passes_of(target, dataset, job, plan):
        batch_size = _batch_size(plan, job)
        kept = kept_pass(target, items, batch_size, clock, name, block=block)
        if not kept.n_items and kept.failure is None and not kept.lost:  # more shards than batches
            continue
        row = SampleRow(dataset=dataset.name, phase="timed", n=kept.n_items, repeat=1, batch_size=batch_size, unit=unit)
        row = kept_row(kept, row)
        recorder.samples(target, job.measure, [row])
        if kept.failure is None and job.measure != NEIGHBOURS:
            _warn_of_alone(target, dataset, items, kept, recorder)
        if isinstance(dataset, PairDataset | RetrievalDataset):
            record_refused(target, dataset, kept.refused, recorder)
        if kept.lost:
            count = sum(len(lost.indexes) for lost in kept.lost)
            message = f"{len(kept.lost)} bad replies cost {count} items of a block; "
            recorder.failed_point(target, job.measure, dataset.name, "timed", kept.lost[0].error, message)
        if kept.failure is not None:
            raise kept.failure
        whole = whole and kept.is_whole(target)
    return whole


def _warn_of_alone(target: Target, dataset: Dataset, items: Sequence[Any], kept: KeptPass, recorder: Recorder) -> None:
    """Warn if the item of the first call is in this block, and has another vector or score there."""
    values = kept.done.values
    if target.planned.is_cross:
        warn_of_alike_pairs(target, dataset, items, kept.batches, values, recorder, tell_same=False)
        return
    there = sorted(place for places in kept.batches for place in places)
    if there:
        own = [items[place] for place in there]
        warn_of_alike(target, dataset, own, values[there], recorder, tell_same=False)


def passes_of(target: Target, dataset: Dataset, job: Job, plan: Plan) -> Iterator[tuple[str, Sequence[Any], str]]:
    """Return the passes of a job without a clock: its name in the journal, what it reads, and the unit."""
    if job.measure == NEIGHBOURS:
        yield job.label, list(dict.fromkeys(texts_to_compare(dataset, job, plan))), "text"
    elif isinstance(dataset, RetrievalDataset):
        yield f"{job.label} documents", list(dict.fromkeys(dataset.documents)), "text"
        yield f"{job.label} queries", [Query(query) for query in dict.fromkeys(dataset.queries)], "query"
    elif target.planned.is_cross and isinstance(dataset, PairDataset):
        pairs = pairs_of(dataset)
        yield job.label, [*pairs, *swapped(pairs)], "pair"
    else:
        yield job.label, texts_of(dataset), "text"


def _batch_size(plan: Plan, job: Job) -> int:
    measure = plan.suite.measure
    spec = {"accuracy": measure.accuracy, "retrieval": measure.retrieval, NEIGHBOURS: measure.scaling}[job.measure]
    if spec is None:
        raise ValueError(f"{job.label}: the suite does not measure it")
    return spec.batch_size
