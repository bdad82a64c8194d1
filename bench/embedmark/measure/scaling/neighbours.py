"""Every text's nearest others among n texts, exactly: work without a clock, which shards and a cluster share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from embedmark.allpairs.devices import blas_threads, find_device
from embedmark.allpairs.nearest import nearest, unit_rows
from embedmark.allpairs.pairs import AllPairs, PairRange
from embedmark.datasets import Dataset
from embedmark.datasets.sample import sample_texts
from embedmark.files import cache_dir
from embedmark.measure.clock import Clock
from embedmark.measure.kept_pass import kept_pass
from embedmark.measure.ledger_rows import kept_row
from embedmark.measure.recorder import Recorder
from embedmark.measure.scaling.identity import work_key
from embedmark.measure.scaling.rows import neighbour_rows, with_stream
from embedmark.measure.scaling.state import Stream
from embedmark.measure.scaling.stream import predict_pairs
from embedmark.measure.scaling.telling import teller
from embedmark.measure.target import Target, TargetClock
from embedmark.notices.texts import unscored_scaling
from embedmark.planning.job import NEIGHBOURS, Job
from embedmark.planning.jobs import Plan
from embedmark.planning.shards import Block
from embedmark.store.checkpoint import Checkpoint
from embedmark.store.rows import SampleRow
from embedmark.suite import ScalingSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    Indexes = npt.NDArray[np.int64]


def is_pair_work(target: Target, job: Job) -> bool:
    """Return True if a job predicts all pairs of its texts: its blocks are blocks of pairs."""
    return job.measure == NEIGHBOURS and target.planned.is_cross


def texts_to_compare(dataset: Dataset, job: Job, plan: Plan) -> list[str]:
    """Return the texts of a job of neighbors: a sample, as scaling takes it at each size."""
    return sample_texts(dataset, job.n or 0, plan.suite.seed, replace=_spec_of(plan).replace)


def measure_neighbours(
    target: Target, dataset: Dataset, job: Job, plan: Plan, clock: Clock, recorder: Recorder,
    say: Callable[[str], None] = lambda _: None, block: Block | None = None,
) -> bool:  # fmt: skip
    """Append the nearest others of each text to neighbours.csv; False where bad replies cost some of them.

    Raises what ended the work early.

    Args:
        say: told how far all pairs are.
        block: the part of all pairs that is predicted; its rows are the best of these. None for all.
    """
    texts = texts_to_compare(dataset, job, plan)
    if is_pair_work(target, job):
        stream = _predicted(target, dataset, texts, plan, clock, say, block)
        if stream.done:
            row = replace(_row(dataset, job, plan), n_items=stream.done)
            recorder.samples(target, NEIGHBOURS, [with_stream(row, stream)])
        if stream.unscored:
            recorder.warn(unscored_scaling(target.name, missing=stream.unscored, pairs=stream.done))
        write_neighbours(target, dataset, stream.best.indexes, stream.best.values, recorder)
        return True
    return _compared(target, dataset, job, plan, clock, recorder)


def write_neighbours(target: Target, dataset: Dataset, indexes: Indexes, values: Vectors, recorder: Recorder) -> None:
    """Append a row for each neighbor of each text; what is -1 is none."""
    rows = neighbour_rows(target.name, dataset.name, indexes, values)
    recorder.run.append("neighbours.csv", rows)


def _predicted(
    target: Target, dataset: Dataset, texts: Sequence[str], plan: Plan, clock: Clock, say: Callable[[str], None],
    block: Block | None,
) -> Stream:  # fmt: skip
    spec, all_pairs = _spec_of(plan), AllPairs(len(texts))
    # Whole windows: their batches are the same, whoever predicts them.
    part = range(len(all_pairs)) if block is None else block.cut(range(len(all_pairs)), spec.window)
    pairs = PairRange(all_pairs, part[0], part[-1] + 1) if part else PairRange(all_pairs, 0, 0)
    tell = teller(f"{target.name}: neighbors of {len(texts):,} texts", "pairs", say)
    own = target.planned.info.limits.concurrency
    key = work_key(target, spec, dataset.sha256, texts, pairs, (NEIGHBOURS, 0))
    return predict_pairs(
        target.caller, texts, pairs, spec.top_k, batch_size=spec.batch_size, clock=TargetClock(target, clock),
        window=spec.window, step_size=spec.window if own == 1 else spec.batch_size * own,
        checkpoint=Checkpoint(cache_dir() / "allpairs", key), progress=tell,
    )  # fmt: skip


def _compared(target: Target, dataset: Dataset, job: Job, plan: Plan, clock: Clock, recorder: Recorder) -> bool:
    """Encode each different text once, and compare all vectors here."""
    texts, spec = texts_to_compare(dataset, job, plan), _spec_of(plan)
    different = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    kept = kept_pass(target, list(different), spec.batch_size, clock, job.label)
    recorder.samples(target, NEIGHBOURS, [kept_row(kept, _row(dataset, job, plan))])
    if kept.lost:
        items = sum(len(lost.indexes) for lost in kept.lost)
        message = f"{len(kept.lost)} bad replies cost {items} texts, which have no neighbors; "
        recorder.failed_point(target, NEIGHBOURS, dataset.name, "timed", kept.lost[0].error, message)
    if kept.failure is not None:
        raise kept.failure
    vectors = kept.done.values[[different[text] for text in texts]]
    write_neighbours(target, dataset, *_nearest(target, vectors, spec), recorder)
    return kept.is_whole(target)


def _nearest(target: Target, vectors: Vectors, spec: ScalingSpec) -> tuple[Indexes, Vectors]:
    from threadpoolctl import threadpool_limits

    rows = unit_rows(vectors) if target.similarity == "cosine" else vectors
    device = find_device(spec.similarity_device)
    with threadpool_limits(limits=target.planned.spec.threads, user_api="blas"):
        workers = (target.planned.spec.threads or blas_threads()) if spec.similarity_device == "cpu" else 1
        return nearest(rows, spec.candidates, workers=workers, device=device)


def _row(dataset: Dataset, job: Job, plan: Plan) -> SampleRow:
    batch_size = _spec_of(plan).batch_size
    return SampleRow(dataset=dataset.name, phase="timed", n=job.n, repeat=1, batch_size=batch_size)


def _spec_of(plan: Plan) -> ScalingSpec:
    if plan.suite.measure.scaling is None:
        raise ValueError("neighbors belong to scaling, which the suite does not measure")
    return plan.suite.measure.scaling
