"""One pass over items whose replies are kept: what the journal and the cache have is not sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, PairPredictions, Usage
from embedmark.api.items import token_bound
from embedmark.calls.kept import Keep, Lost
from embedmark.calls.refusals import Refusal
from embedmark.calls.replies import Pass, Prepared, add_usage
from embedmark.calls.rows import PlacedRows
from embedmark.measure.clock import Clock, Stopwatch
from embedmark.measure.keeping import Keeping
from embedmark.measure.provider_facts import describe
from embedmark.measure.target import Target
from embedmark.planning.shards import Block
from embedmark.store.vectors import Cached

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Vectors of a provider that computes faster would be read back slower than they are made.
_FAST_ITEMS_PER_S = 100_000.0


@dataclass(eq=False, slots=True)
class KeptPass:
    """What became of a pass whose replies are kept.

    Attributes:
        done: its values, NaN for what is missing, and its usage.
        n_items: items that have a value.
        cached, cached_tokens, cached_from: items that the cache served, their tokens as they were once billed (None
            where unknown), and the Unix time of the oldest of them.
        lost: what bad replies cost.
        refused: items that the provider refused while it took others.
        failure: what ended the pass early.
        batches: the places of the items of each request.
    """

    done: Pass
    n_items: int
    elapsed_ns: int
    cpu_ns: int
    cached: int = 0
    cached_tokens: int | None = None
    cached_from: int | None = None
    lost: list[Lost] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    failure: BaseException | None = None
    batches: list[Sequence[int]] = field(default_factory=list)

    def is_whole(self, target: Target) -> bool:
        """Return True if nothing is missing that another try may bring."""
        kept_out = self.refused and target.planned.info.limits.refused != "skip"
        return self.failure is None and not self.lost and not kept_out


def kept_pass(
    target: Target, items: Sequence[Any], batch_size: int, clock: Clock, job: str, keys: Sequence[bytes] | None = None,
    *, block: Block | None = None,
) -> KeptPass:  # fmt: skip
    """Pass over items; what the journal or the cache has is not sent. What ends it early is `failure`, not raised.

    Args:
        target: the provider, which is loaded only where something is left to send.
        items: texts or pairs (each order is asked for by the caller), or decoded images.
        batch_size: items in a call, at most.
        clock: measures what is sent.
        job: names the pass in the journal.
        keys: of decoded images; others have theirs from their content.
        block: the part of the pass that is read; None for all of it.
    """
    refused: list[Refusal] = []
    ready = target.caller.prepare(items, batch_size, average=False, refused=refused)
    if block is not None:
        ready = replace(ready, order=block.cut(ready.order, batch_size))
    keeping = target.keeping
    known = keys if keys is not None else keeping.keys(ready.items)
    served, cached = _served(keeping, job, known, ready)
    into = PlacedRows(len(ready.items))
    keep = Keep(known, job, keeping.log, into)
    ready = replace(ready, order=[place for place in ready.order if place not in served])
    keep.recall(ready.items, ready.order, PairPredictions if target.planned.is_cross else Embeddings)
    failure, took = None, target.stopwatch(clock)
    if len(ready.order) > len(keep.recalled):
        failure = _send(target, ready, keep, took)
    if cached is not None and cached.values is not None and served:
        places = sorted(served)
        into.put(places, cached.values[places])
    values = into.whole(target.caller.blank())
    _store(target, keep, known, values)
    usage = add_usage([one.reply.usage for one in keep.done]) if keep.done else Usage(tokens=0 if served else None)
    networked = not target.caller.is_direct
    whole = Pass(
        values=values, usage=usage, calls=len(keep.done),
        retries=sum(one.retries for one in keep.done) if networked else None,
        throttled_ns=sum(one.throttled_ns for one in keep.done) if networked else None, empty=ready.empty,
    )  # fmt: skip
    billed = cached.counts[sorted(served), 0] if cached is not None and served else None
    tokens = int(billed.sum()) if billed is not None and (billed >= 0).all() else None
    if tokens is None and not keep.done:
        whole.usage = replace(whole.usage, tokens=None)
    n_items = sum(len(one.batch.indexes) for one in keep.done) + len(served)
    return KeptPass(
        whole, n_items, took.elapsed_ns, took.cpu_ns, cached=len(served), cached_tokens=tokens,
        cached_from=cached.oldest if cached is not None and served else None, lost=keep.lost, refused=refused,
        failure=failure, batches=[one.batch.indexes for one in keep.done],
    )  # fmt: skip


def _served(keeping: Keeping, job: str, keys: Sequence[bytes], ready: Prepared) -> tuple[set[int], Cached | None]:
    """Return the places that the cache serves; a resumed run takes those of its beginning, for the same batches."""
    cached = keeping.find(keys)
    served = {place for place in ready.order if cached.found[place]} if cached is not None else set()
    if keeping.log is not None:
        first = keeping.log.journal.begin(job, [keys[place] for place in sorted(served)])
        if first is not None:
            kept = set(first)
            served = {place for place in served if keys[place] in kept}
    return served, cached


def _send(target: Target, ready: Prepared, keep: Keep, took: Stopwatch) -> BaseException | None:
    """Send what is left, timed. Return what ended it early."""
    log, failure = target.keeping.log, None
    try:
        with took:
            target.bring()
        if log is not None:
            log.durable = True
        with took:
            target.caller.send(ready, keep=keep)
    except BaseException as error:  # noqa: BLE001 - what was delivered is scored first; then it is raised again
        failure = error
    finally:
        if log is not None:
            log.durable = False
    return failure


def _store(target: Target, keep: Keep, keys: Sequence[bytes], values: npt.NDArray[Any]) -> None:
    """Put what was delivered into the cache, unless it is computed faster than it is read."""
    import numpy as np

    keeping = target.keeping
    fast = keep.items_per_s is not None and keep.items_per_s > _FAST_ITEMS_PER_S
    if keeping.cache is None or fast or not keep.done or not target.loaded:
        return
    places = [place for one in keep.done for place in one.batch.indexes]
    counts = np.concatenate([_counts(one.batch.items, one.reply.usage) for one in keep.done])
    known = target.caller.token_counts
    items = [item for one in keep.done for item in one.batch.items]
    if isinstance(items[0], str | tuple):  # an image has no tokens
        counts[:, 1] = [known.get(item, -1) for item in items]
    keeping.put(
        [keys[place] for place in places], values[places], counts, describe(target.provider.info, target.planned.model)
    )


def _counts(items: Sequence[Any], usage: Usage) -> npt.NDArray[np.int64]:
    """Return counts of each item of a reply: the tokens that it was billed, shared out by the items' bounds."""
    import numpy as np

    counts = np.full((len(items), 3), -1, dtype=np.int64)
    if usage.tokens is not None:
        bounds = np.cumsum([max(1, token_bound(item)) for item in items])
        counts[:, 0] = np.diff(np.round(bounds / bounds[-1] * usage.tokens).astype(np.int64), prepend=0)
    if usage.truncated_texts == 0:
        counts[:, 2] = 0
    return counts
