"""A cross-encoder over many pairs, streaming: generated, sorted by length within a window, predicted, reduced.

What is held is a window of pairs and the best k of every text, never all pairs. Every step goes into a journal, so that
the same work begun again goes on with the pairs that have no value yet. What a failure or an interrupt can cost is the
calls under way, whose replies never came; what a kill can cost is a step: a batch, or of an async provider as many as
are under way at once.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedmark.allpairs.best import Best
from embedmark.allpairs.pairs import Pairs, lengths_of
from embedmark.api import Usage
from embedmark.calls.caller import Caller
from embedmark.calls.kept import Done
from embedmark.calls.replies import Prepared
from embedmark.errors import StorageError
from embedmark.measure.clock import Clock, Stopwatch
from embedmark.measure.scaling.state import Counts, Stream, commit, reduced, settle
from embedmark.store.checkpoint import Checkpoint

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

WINDOW = 4096
# Pairs that are looked at together where they are grouped into searches: all of 2,000 texts.
_SEARCHED = 1 << 21
CHECKPOINT_NS = 10_000_000_000  # between two saved states


@dataclass(eq=False, slots=True)
class _Step:
    """Pairs that are predicted together: `places` in the stream, rising, and what came of them."""

    places: Numbers
    one: Numbers
    other: Numbers
    took: Stopwatch | None = None
    ready: Prepared | None = None
    replies: list[Done] = field(default_factory=list)


def nobody(done: int, of: int) -> None:
    """Progress that is not shown."""
    del done, of


def predict_pairs(  # noqa: PLR0913 - all of it describes the work
    caller: Caller,
    texts: Sequence[str],
    pairs: Pairs,
    k: int,
    *,
    batch_size: int,
    clock: Clock,
    window: int = WINDOW,
    step_size: int | None = None,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int, int], None] = nobody,
) -> Stream:
    """Predict all of `pairs` and keep the k best others of every text.

    Args:
        caller: of a cross-encoder.
        texts: what the indexes of `pairs` count.
        pairs: smaller index first, which is the order in which the cross-encoder reads the two.
        k: neighbours to keep a text; at most n - 1 are found.
        batch_size: pairs in a call.
        clock: times the predicting and the reducing, step by step.
        window: pairs that are sorted by length together.
        step_size: pairs that are sent together, and kept together; default: one batch for each call under way.
        checkpoint: continued if it holds something, removed at the end.
        progress: told how many of how many pairs are done.

    Raises what the provider raises; the checkpoint then holds all that was delivered.
    """
    stream = _begin(texts, pairs, k, window, checkpoint)
    lengths = lengths_of(texts)
    stream.resumed = stream.taken
    # An async provider has several batches under way at once; all are taken in together.
    size = step_size or batch_size * caller.provider.info.limits.concurrency
    step: _Step | None = None
    try:
        per_search = caller.provider.info.limits.pairs_per_search
        steps = (
            _searches(pairs, stream, per_search, size) if per_search else _steps(pairs, lengths, stream, window, size)
        )
        for step in steps:
            with Stopwatch(clock) as step.took:
                chosen = [(texts[i], texts[j]) for i, j in zip(step.one.tolist(), step.other.tolist(), strict=True)]
                step.ready = caller.prepare(chosen, batch_size)
                caller.send(step.ready, step.replies)
                caller.sync()
                reply = caller.gather(step.ready, step.replies)
                rows, unscored = reduced(stream, step.one, step.other, reply.values)
            took, used = step.took.elapsed_ns, step.took.cpu_ns
            in_order = commit(stream, step.places, rows, unscored, took, used, reply.usage)
            if checkpoint is not None:
                _keep(checkpoint, stream, step.places, reply.values, took, used, reply.usage, in_order)
            progress(stream.taken, len(pairs))
    except BaseException:
        settle(stream)
        if step is not None:
            _rescue(caller, stream, step)
        if checkpoint is not None:
            _leave(checkpoint, stream)
        raise
    finally:
        if checkpoint is not None:
            checkpoint.close()
    if checkpoint is not None:
        checkpoint.remove()
    return stream


def _steps(pairs: Pairs, lengths: Numbers, stream: Stream, window: int, size: int) -> Iterator[_Step]:
    """Yield what is still to be predicted, `size` pairs at a time, one window after the other."""
    import numpy as np

    while stream.done < len(pairs):
        first = stream.done // window * window
        a, b = _sorted_window(pairs, lengths, first, window)
        left = np.setdiff1d(np.arange(stream.done, first + len(a)), stream.counts.beyond)
        for start in range(0, len(left), size):
            places = left[start : start + size]
            yield _Step(places, a[places - first], b[places - first])


def _searches(pairs: Pairs, stream: Stream, per_search: int, size: int) -> Iterator[_Step]:
    """Yield what is still to be predicted, in whole searches: pairs with the same first text, in their order."""
    import numpy as np

    while stream.done < len(pairs):
        first = stream.done // _SEARCHED * _SEARCHED
        a, b = pairs.at(first, min(first + _SEARCHED, len(pairs)))
        left = np.setdiff1d(np.arange(stream.done, first + len(a)), stream.counts.beyond)
        texts = a[left - first]
        group = np.flatnonzero(np.diff(texts, prepend=-1))
        starts = np.concatenate([np.arange(i, j, per_search) for i, j in itertools.pairwise([*group, len(left)])])
        cuts = [int(starts[np.searchsorted(starts, goal)]) for goal in range(0, int(starts[-1]) + 1, size)]
        for begin, end in itertools.pairwise([*dict.fromkeys(cuts), len(left)]):
            places = left[begin:end]
            yield _Step(places, a[places - first], b[places - first])


def _sorted_window(pairs: Pairs, lengths: Numbers, first: int, window: int) -> tuple[Numbers, Numbers]:
    import numpy as np

    a, b = pairs.at(first, min(first + window, len(pairs)))
    order = np.argsort(-(lengths[a] + lengths[b]), kind="stable")
    return a[order], b[order]


def _rescue(caller: Caller, stream: Stream, step: _Step) -> None:
    """Of a step that failed, take in what was delivered: it was paid for."""
    if step.took is None or step.ready is None or step.places[0] < stream.done:  # not begun, or taken in already
        return
    known = step.ready.delivered(done.batch for done in step.replies)
    if not step.replies or not known.any():
        return
    # A reply of the wrong shape, of a provider that computes here, may be what has failed.
    with contextlib.suppress(Exception):
        reply = caller.gather(step.ready, step.replies)
        rows, unscored = reduced(stream, step.one[known], step.other[known], reply.values[known])
        # All were sent together: the last to come tells how long these took, without the waits for what failed. The
        # one call of a provider that computes here is not timed by itself.
        took = max(done.throttled_ns + done.service_ns for done in step.replies) or step.took.elapsed_ns
        commit(stream, step.places[known], rows, unscored, took, 0, reply.usage)


def _keep(
    checkpoint: Checkpoint, stream: Stream, places: Numbers, values: npt.NDArray[Any], elapsed_ns: int, cpu_ns: int,
    usage: Usage, in_order: bool,
) -> None:  # fmt: skip
    # The journal knows stretches only: what fills a gap is kept as a state.
    if stream.elapsed_ns - stream.saved_at_ns >= CHECKPOINT_NS or not in_order:
        _save(checkpoint, stream)
    elif checkpoint.open:
        counts = {"tokens": usage.tokens, "requests": usage.requests}
        checkpoint.append(int(places[0]), values, elapsed_ns, cpu_ns, counts)


def _leave(checkpoint: Checkpoint, stream: Stream) -> None:
    if stream.taken > 0:
        _save(checkpoint, stream)
    else:
        checkpoint.remove()


def _save(checkpoint: Checkpoint, stream: Stream) -> None:
    import numpy as np

    usage = stream.usage or Usage()
    tokens = -1 if usage.tokens is None else usage.tokens
    numbers = [stream.done, stream.unscored, stream.elapsed_ns, stream.cpu_ns, tokens, usage.requests]
    best = stream.best
    state: dict[str, npt.NDArray[Any]] = {
        "numbers": np.array(numbers, dtype=np.int64),
        "beyond": stream.counts.beyond,
        "indexes": best.indexes,
        "values": best.values,
    }
    checkpoint.save(state)
    stream.saved_at_ns = stream.elapsed_ns


def _begin(texts: Sequence[str], pairs: Pairs, k: int, window: int, checkpoint: Checkpoint | None) -> Stream:
    import numpy as np

    stream = Stream(Best(len(texts), min(k, len(texts) - 1)), Counts(0, np.empty(0, dtype=np.int64)))
    if checkpoint is None:
        return stream
    saved = checkpoint.load()
    if saved is not None:
        done, unscored, elapsed, cpu, tokens, requests = (int(number) for number in saved["numbers"])
        stream.best.indexes[:], stream.best.values[:] = saved["indexes"], saved["values"]
        usage = Usage(None if tokens < 0 else tokens, requests) if done or len(saved["beyond"]) else None
        stream.counts = Counts(done, saved["beyond"], unscored, elapsed, cpu, usage)
        _replay(stream, pairs, lengths_of(texts), window, checkpoint)
    # From the first call on: a reply may be paid for. Where nothing can be written, the first seconds go without.
    with contextlib.suppress(StorageError):
        _save(checkpoint, stream)
    return stream


def _replay(stream: Stream, pairs: Pairs, lengths: Numbers, window: int, checkpoint: Checkpoint) -> None:
    """Take in what the journal has beyond the saved state."""
    import numpy as np

    for first, values, took, used, counts in checkpoint.journal():
        if first < stream.done:
            continue
        start = first // window * window
        a, b = _sorted_window(pairs, lengths, start, window)
        place = slice(first - start, first - start + len(values))
        rows, unscored = reduced(stream, a[place], b[place], values)
        usage = Usage(counts["tokens"], counts["requests"] or 0)
        commit(stream, np.arange(first, first + len(values)), rows, unscored, took, used, usage)
