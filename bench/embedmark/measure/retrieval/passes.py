"""One pass of a search: documents, queries or pairs go out once, and what it took is a sample row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from embedmark.datasets import RetrievalDataset
from embedmark.measure.clock import Clock, Stopwatch
from embedmark.measure.kept_pass import KeptPass, kept_pass
from embedmark.measure.ledger_rows import empty_notice, kept_row
from embedmark.measure.recorder import Recorder
from embedmark.measure.refused import record_refused
from embedmark.measure.retrieval.search import VectorIndex
from embedmark.measure.target import Target
from embedmark.planning.retrieval import MEASURE
from embedmark.store.rows import SampleRow


@dataclass(frozen=True, slots=True)
class Leg:
    """What a pass is about.

    Attributes:
        phase: `index` for documents, `timed` for queries and pairs.
        unit: of the items.
        batch_size: items in a call, at most.
        job: names the pass in the run's journal; "" for one that is not kept.
        label, kind: of a fusion or a two-stage row; "" for a provider's own.
    """

    phase: str
    unit: str
    batch_size: int
    job: str = ""
    label: str = ""
    kind: str = ""


def run_pass(
    target: Target, dataset: RetrievalDataset, items: Sequence[Any], leg: Leg, clock: Clock, recorder: Recorder,
    index: VectorIndex | None = None,
) -> KeptPass:  # fmt: skip
    """Send what neither the journal nor the cache has, append the row, and return the pass. Raises what ended it.

    Args:
        index: searched with the vectors that come back, on the clock; None where nothing is searched.
    """
    kept = kept_pass(target, items, leg.batch_size, clock, leg.job)
    with Stopwatch(clock) as searching:
        if index is not None and kept.failure is None:
            index.top(kept.done.values)
    row = kept_row(kept, leg_row(dataset, leg, n=len(items)))
    row = replace(row, elapsed_ns=kept.elapsed_ns + searching.elapsed_ns)
    recorder.samples(target, MEASURE, [row])
    if kept.done.empty:
        recorder.warn(empty_notice(target, dataset, kept.done.empty))
    record_refused(target, dataset, kept.refused, recorder)
    if kept.lost:
        count = sum(len(lost.indexes) for lost in kept.lost)
        message = f"{len(kept.lost)} bad replies cost {count} items, which are not found; "
        recorder.failed_point(target, MEASURE, dataset.name, "timed", kept.lost[0].error, message)
    if kept.failure is not None:
        raise kept.failure
    return kept


def leg_row(dataset: RetrievalDataset, leg: Leg, *, n: int) -> SampleRow:
    """Return the sample row of a pass over `n` items that sent nothing and took no time."""
    return SampleRow(
        provider=leg.label, kind=leg.kind, dataset=dataset.name, scenario=leg.label, phase=leg.phase, n=n,
        batch_size=leg.batch_size, repeat=1, unit=leg.unit, n_items=n, requests=0,
    )  # fmt: skip
