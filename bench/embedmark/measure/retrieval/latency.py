"""Search latency: single queries from text to result, timed one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from embedmark.api.items import Query
from embedmark.datasets import RetrievalDataset
from embedmark.measure.call import Call
from embedmark.measure.clock import Clock, Stopwatch
from embedmark.measure.ledger_rows import call_row
from embedmark.measure.recorder import Recorder
from embedmark.measure.retrieval.search import TOP, VectorIndex
from embedmark.measure.target import Target, TargetClock
from embedmark.planning.retrieval import SEARCH
from embedmark.store.rows import SampleRow
from embedmark.suite import LatencySpec

# Rows are written, and the machine checked, after this many calls; a kill loses fewer than these.
_CHUNK = 20


def measure_search(
    target: Target, dataset: RetrievalDataset, index: VectorIndex | None, spec: LatencySpec, clock: Clock,
    recorder: Recorder, seed: int,
) -> None:  # fmt: skip
    """Time single queries and append one row each. Raises what the provider raises.

    Args:
        index: the vectors to search; None where a ranker holds the index.
    """
    target.caller.depth = min(TOP, len(dataset.documents))
    feed = _feed(dataset, seed, empty=target.planned.info.limits.empty_text)
    for query in itertools.islice(feed, spec.warmup):
        _timed(target, query, index, clock)
    ends, done = clock.now_ns() + round(spec.max_seconds * 1e9), 0
    while done < spec.calls and clock.now_ns() < ends:
        chunk: list[Call] = []
        try:
            for query in itertools.islice(feed, min(_CHUNK, spec.calls - done)):
                chunk.append(_timed(target, query, index, clock))
        finally:
            _record(target, dataset, chunk, done, recorder)
        done += len(chunk)


def _feed(dataset: RetrievalDataset, seed: int, *, empty: bool) -> Iterator[Query]:
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(dataset.queries)).tolist()
    queries = [Query(dataset.queries[i]) for i in order]
    return itertools.cycle([query for query in queries if query or empty] or queries)


def _timed(target: Target, query: Query, index: VectorIndex | None, clock: Clock) -> Call:
    with Stopwatch(TargetClock(target, clock)) as whole:
        with target.stopwatch(clock) as called:
            reply = target.caller.call([query])
        values = target.caller.values(reply, 1)
        if index is not None:
            index.top(values.astype("float32", copy=False))
    # The waits and failed attempts before the one that delivered are throttled_ns, not latency.
    service = called.elapsed_ns if reply.service_ns is None else reply.service_ns
    searching = whole.elapsed_ns - called.elapsed_ns
    return Call.of(reply, service + searching, queue_ns=None, cpu_ns=whole.cpu_ns)


def _record(target: Target, dataset: RetrievalDataset, calls: list[Call], before: int, recorder: Recorder) -> None:
    like = SampleRow(dataset=dataset.name, unit="query", scenario=SEARCH)
    if calls:
        recorder.samples(
            target, "latency", [call_row(call, place, like) for place, call in enumerate(calls, start=before + 1)]
        )
