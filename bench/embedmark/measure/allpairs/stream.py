"""A cross-encoder over many pairs, streaming: generated, sorted by length within a window, predicted, reduced.

What is held is a window of pairs and the best k of every text, never all pairs. Every batch goes into a journal once
the work has lasted some seconds, so that a stop, or a kill, costs no prediction: the same work begun again goes on
with the first pair that has no value yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedmark.api import Usage
from embedmark.calls.caller import Caller
from embedmark.calls.replies import add_usage
from embedmark.measure.allpairs.best import Best
from embedmark.measure.allpairs.pairs import Pairs, lengths_of
from embedmark.measure.clock import Clock
from embedmark.store.checkpoint import Checkpoint

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

WINDOW = 4096
CHECKPOINT_NS = 10_000_000_000  # between two saved states, and before the first


@dataclass(eq=False, slots=True)
class Stream:
    """How far the work is.

    Attributes:
        best: the k best others of every text so far, among the pairs of this work.
        done: pairs predicted, in the order of the stream.
        resumed: of these, pairs taken from a checkpoint.
        unscored: pairs whose prediction is not a finite number.
        elapsed_ns, cpu_ns: of the predicting, without the writing of checkpoints.
        usage: of all calls.
    """

    best: Best
    done: int = 0
    resumed: int = 0
    unscored: int = 0
    elapsed_ns: int = 0
    cpu_ns: int = 0
    usage: Usage | None = None
    saved_at_ns: int = field(default=0, repr=False)


def nobody(done: int, of: int) -> None:
    """Progress that is told to nobody."""
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
        clock: times the predicting and the reducing, batch by batch.
        window: pairs that are sorted by length together.
        checkpoint: continued if it holds something, removed at the end.
        progress: told how many of how many pairs are done.

    Raises what the provider raises; the checkpoint then holds what was predicted.
    """
    stream = _begin(texts, pairs, k, window, checkpoint)
    lengths = lengths_of(texts)
    stream.resumed = stream.done
    # An async provider has several batches under way at once; all are taken in together.
    step = batch_size * caller.provider.info.limits.concurrency
    try:
        for one, other in _stretches(pairs, lengths, stream, window, step):
            cpu, began = clock.cpu_ns(), clock.now_ns()
            chosen = [(texts[i], texts[j]) for i, j in zip(one.tolist(), other.tolist(), strict=True)]
            reply = caller.run(chosen, batch_size)
            caller.sync()
            _reduce(stream, one, other, reply.values)
            took, used = clock.now_ns() - began, clock.cpu_ns() - cpu
            _count(stream, stream.done + len(one), took, used, reply.usage)
            if checkpoint is not None:
                _keep(checkpoint, stream, reply.values, took, used, reply.usage)
            progress(stream.done, len(pairs))
    except BaseException:
        if checkpoint is not None and stream.done > 0:
            _save(checkpoint, stream)
        raise
    finally:
        if checkpoint is not None:
            checkpoint.close()
    if checkpoint is not None:
        checkpoint.remove()
    return stream


def _stretches(
    pairs: Pairs, lengths: Numbers, stream: Stream, window: int, step: int
) -> Iterator[tuple[Numbers, Numbers]]:
    """What is still to be predicted, `step` pairs at a time, of one window after the other."""
    while stream.done < len(pairs):
        first = stream.done // window * window
        a, b = _sorted_window(pairs, lengths, first, window)
        for start in range(stream.done - first, len(a), step):
            yield a[start : start + step], b[start : start + step]


def _sorted_window(pairs: Pairs, lengths: Numbers, first: int, window: int) -> tuple[Numbers, Numbers]:
    import numpy as np

    a, b = pairs.at(first, min(first + window, len(pairs)))
    order = np.argsort(-(lengths[a] + lengths[b]), kind="stable")
    return a[order], b[order]


def _reduce(stream: Stream, a: Numbers, b: Numbers, values: npt.NDArray[Any]) -> None:
    """Take the values of pairs in, for both of their texts."""
    import numpy as np

    known = np.isfinite(values)
    stream.unscored += int((~known).sum())
    items = np.concatenate([a[known], b[known]])
    others = np.concatenate([b[known], a[known]])
    both = np.concatenate([values[known]] * 2).astype(np.float32)
    near = both >= stream.best.values[items, -1]
    order = np.argsort(items[near], kind="stable")
    stream.best.add(items[near][order], others[near][order], both[near][order])


def _count(stream: Stream, done: int, elapsed_ns: int, cpu_ns: int, usage: Usage) -> None:
    stream.done = done
    stream.elapsed_ns += elapsed_ns
    stream.cpu_ns += cpu_ns
    stream.usage = usage if stream.usage is None else add_usage([stream.usage, usage])


def _keep(
    checkpoint: Checkpoint, stream: Stream, values: npt.NDArray[Any], elapsed_ns: int, cpu_ns: int, usage: Usage
) -> None:
    if stream.elapsed_ns - stream.saved_at_ns >= CHECKPOINT_NS:
        _save(checkpoint, stream)
    elif checkpoint.open:
        counts = {"tokens": usage.tokens, "requests": usage.requests}
        checkpoint.append(stream.done - len(values), values, elapsed_ns, cpu_ns, counts)


def _save(checkpoint: Checkpoint, stream: Stream) -> None:
    import numpy as np

    usage = stream.usage or Usage()
    tokens = -1 if usage.tokens is None else usage.tokens
    numbers = [stream.done, stream.unscored, stream.elapsed_ns, stream.cpu_ns, tokens, usage.requests]
    best = stream.best
    state: dict[str, npt.NDArray[Any]] = {
        "numbers": np.array(numbers, dtype=np.int64),
        "indexes": best.indexes,
        "values": best.values,
    }
    checkpoint.save(state)
    stream.saved_at_ns = stream.elapsed_ns


def _begin(texts: Sequence[str], pairs: Pairs, k: int, window: int, checkpoint: Checkpoint | None) -> Stream:
    stream = Stream(Best(len(texts), min(k, len(texts) - 1)))
    saved = checkpoint.load() if checkpoint is not None else None
    if checkpoint is None or saved is None:
        return stream
    done, unscored, elapsed, cpu, tokens, requests = (int(number) for number in saved["numbers"])
    stream.best.indexes[:], stream.best.values[:] = saved["indexes"], saved["values"]
    stream.done, stream.unscored, stream.elapsed_ns, stream.cpu_ns = done, unscored, elapsed, cpu
    stream.usage = Usage(None if tokens < 0 else tokens, requests)
    lengths = lengths_of(texts)
    for first, values, took, used, counts in checkpoint.journal():
        if first < stream.done:
            continue
        start = first // window * window
        a, b = _sorted_window(pairs, lengths, start, window)
        place = slice(first - start, first - start + len(values))
        _reduce(stream, a[place], b[place], values)
        _count(stream, first + len(values), took, used, Usage(counts["tokens"], counts["requests"] or 0))
    _save(checkpoint, stream)
    return stream
