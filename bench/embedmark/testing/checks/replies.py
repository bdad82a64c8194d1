"""Replies: shape and type, order of rows, and that a text gets one vector whatever surrounds it."""

from __future__ import annotations

import numpy as np

from embedmark.api import Embeddings, PairPredictions
from embedmark.errors import EmbedmarkError
from embedmark.language import translatable
from embedmark.testing.checks.model import Check, Group
from embedmark.testing.drift import cosine_distances
from embedmark.testing.probes import OTHER
from embedmark.testing.second_process import elsewhere
from embedmark.testing.subject import Subject
from embedmark.testing.verdicts import CheckFailed, CheckSkipped

_SIZES = (2, 3, 7)


def shape(subject: Subject) -> str:
    reply = subject.call(subject.probe)
    wanted, name = (PairPredictions, "values") if subject.is_cross else (Embeddings, "vectors")
    if not isinstance(reply, wanted):
        raise CheckFailed(f"{subject.method}() returned {type(reply).__name__}, not embedmark.api.{wanted.__name__}")
    array = getattr(reply, name)
    if not isinstance(array, np.ndarray):
        raise CheckFailed(f"{name} is a {type(array).__name__}, not a NumPy array")
    n, axes = len(subject.probe), 1 if subject.is_cross else 2
    if array.ndim != axes or len(array) != n:
        raise CheckFailed(f"{name} has shape {array.shape} for {n} items, not {'(n,)' if axes == 1 else '(n, d)'}")
    dim = subject.provider.info.dim
    if axes == 2 and dim is not None and array.shape[1] != dim:
        raise CheckFailed(f"vectors have {array.shape[1]} dimensions, and info.dim says {dim}")
    return str(array.shape)


def dtype(subject: Subject) -> str:
    reply = subject.call(subject.probe)
    found = reply.values.dtype if subject.is_cross else reply.vectors.dtype
    if subject.is_cross and found.kind != "f":
        raise CheckFailed(f"values are {found}, not floating point")
    if not subject.is_cross and found != np.float32:
        raise CheckFailed(f"vectors are {found}, not float32")
    return str(found)


def finite(subject: Subject) -> str:
    subject.finite(subject.batch)
    subject.finite(subject.singles)
    return ""


def same_again(subject: Subject) -> str:
    subject.rows(subject.probe)
    first = subject.rows(subject.probe).copy()
    return subject.same(subject.rows(subject.probe), first, "the same call twice gives two different replies")


def earlier_calls(subject: Subject) -> str:
    """Check that earlier calls make no difference."""
    item = subject.probe[:1]
    subject.rows(item)
    after_itself = subject.rows(item).copy()
    subject.rows(subject.items([OTHER]))
    return subject.same(subject.rows(item), after_itself, "the reply depends on the call before it")


def earlier_replies(subject: Subject) -> str:
    """Check that a reply does not change later: no buffer is reused."""
    held = subject.rows(subject.probe)
    copy = held.copy()
    subject.rows(list(reversed(subject.probe)))
    if not np.array_equal(held, copy, equal_nan=True):
        raise CheckFailed("an earlier reply changes when the next call is made: return a new array")
    return ""


def row_order(subject: Subject) -> str:
    """Rows that differ from what their item gets alone, and each match another item: they have changed places."""
    batch, singles = subject.batch, subject.singles
    moved = np.flatnonzero(subject.drift(batch, singles) > subject.tolerance)
    nearest = {}
    for i in moved:
        others = subject.drift(np.repeat(batch[i : i + 1], len(singles), axis=0), singles)
        if others.min() <= subject.tolerance:
            nearest[int(i)] = int(others.argmin())
    # All of them: the values of a few pairs may lie close together by chance.
    if nearest and len(nearest) == len(moved):
        row, item = next(iter(nearest.items()))
        raise CheckFailed(f"row {row} of a batch of {len(batch)} holds what belongs to item {item}")
    return translatable(f"{len(batch)} rows")


def batch_size(subject: Subject) -> str:
    """Rows in batches of 2, 3, 7 and all against each text alone; notes the largest cosine drift."""
    n = len(subject.probe)
    if n == 1:
        raise CheckSkipped("limits.inputs_per_request is 1: there are no larger batches")
    seen: dict[int, float] = {}
    outcome = ""
    for size in sorted({size for size in _SIZES if size < n} | {n}):
        parts = [subject.rows(subject.probe[start : start + size]) for start in range(0, n, size)]
        rows = np.concatenate(parts)
        if not subject.is_cross:
            seen[size] = float(cosine_distances(rows, subject.singles).max())
            subject.drift_batch = max(seen, key=lambda size: seen[size])
            subject.cosine_drift = seen[subject.drift_batch]
        outcome = subject.same(rows, subject.singles, f"a batch of {size} and a batch of 1 give different replies")
    return outcome if subject.cosine_drift is None else f"cosine drift {subject.cosine_drift:.1e}"


def shuffled(subject: Subject) -> str:
    order = np.random.default_rng(0).permutation(len(subject.probe))
    if len(order) == 1:
        raise CheckSkipped("limits.inputs_per_request is 1: nothing to shuffle")
    rows = subject.rows([subject.probe[i] for i in order])
    return subject.same(rows, subject.batch[order], "the same items in another order get other rows")


def duplicates(subject: Subject) -> str:
    places = [0, 1, 0, 2, 1, 0][: len(subject.probe)]
    if len(places) < 3:
        raise CheckSkipped(f"limits.inputs_per_request is {len(places)}")
    rows = subject.rows([subject.probe[i] for i in places])
    return subject.same(rows, subject.singles[places], "an item that is twice in a call")


def sides(subject: Subject) -> str:
    """Check that a pair in a batch is read in the same order as alone. (If it is always swapped, nothing shows it.)"""
    batch, singles = subject.batch, subject.singles
    turned = np.concatenate([subject.rows([(b, a)]) for a, b in subject.probe])
    own, other = subject.drift(batch, singles), subject.drift(batch, turned)
    wrong = np.flatnonzero(own > subject.tolerance)
    if len(wrong) and (other[wrong] <= subject.tolerance).all():
        raise CheckFailed(
            f"pair {wrong[0]} (a, b) in a batch of {len(batch)} gets the value that (b, a) gets alone: sides swapped"
        )
    return "symmetric" if (subject.drift(singles, turned) <= subject.tolerance).all() else "(a, b) and (b, a) differ"


def empty_batch(subject: Subject) -> str:
    try:
        reply = subject.call([])
    except EmbedmarkError as error:
        return f"refused by the provider: {error.message}"
    array = reply.values if subject.is_cross else reply.vectors
    if len(array) != 0:
        raise CheckFailed(f"no items, and a reply of shape {array.shape}")
    return f"shape {array.shape}"


def second_process(subject: Subject) -> str:
    rows = elsewhere(subject.source, subject.probe)
    if rows.shape != subject.batch.shape:
        raise CheckFailed(f"shape {rows.shape} in a second process, {subject.batch.shape} here")
    return subject.same(rows, subject.batch, "a second process gives different replies")


_REPLY = ("shape", "dtype", "finite")
_STEADY = (*_REPLY, "same input, same output", "earlier calls", "earlier replies")


def replies(is_cross: bool) -> Group:
    """Return the checks of replies; those of pairs are for cross-encoders."""
    pairs = (Check("sides of a pair", sides, needs=(*_STEADY, "row order")),) if is_cross else ()
    ordered = (*_STEADY, "row order", *(check.name for check in pairs))
    return Group(
        "replies",
        (
            Check("shape", shape, needs=("load",)),
            Check("dtype", dtype, needs=("shape",)),
            Check("finite", finite, needs=("shape", "dtype")),
            Check("same input, same output", same_again, needs=_REPLY),
            Check("earlier calls", earlier_calls, needs=(*_REPLY, "same input, same output")),
            Check("earlier replies", earlier_replies, needs=_REPLY),
            Check("row order", row_order, needs=_STEADY),
            *pairs,
            Check("batch of 1 and of n", batch_size, needs=ordered),
            Check("shuffled order", shuffled, needs=ordered),
            Check("duplicates", duplicates, needs=(*ordered, "batch of 1 and of n")),
            Check("empty batch", empty_batch, needs=("shape",)),
            Check("second process", second_process, needs=_STEADY),
        ),
    )
