"""What goes into a pass, what calls of a provider give, and their usage added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, PairPredictions, Rankings, Usage
from embedmark.calls.pack import Batch
from embedmark.calls.refusals import Refusal
from embedmark.errors import BadResponseError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_COUNT = 10**15  # tokens of one reply: more is not a count, and no column holds it exactly
_WRAP = "return {0}({1}), with `from embedmark.api import {0}`"


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """A pass that is ready to be sent.

    Attributes:
        items: what is sent; pairs in both orders if `both` is set.
        order: places of the items, as they are sent; without those of empty texts that are skipped.
        batch_size: items in a call, at most.
        both: whether values are means of both orders.
        empty: empty texts, where the provider takes none.
        fixed: the batch size itself is measured: a batch that memory does not hold fails, and is not split.
        refused: takes items that the provider refuses alone; None: the first one raises.
    """

    items: Sequence[Any]
    order: Sequence[int]
    batch_size: int
    both: bool
    empty: int
    fixed: bool = False
    refused: list[Refusal] | None = None

    def delivered(self, batches: Iterable[Batch]) -> npt.NDArray[np.bool_]:
        """Return which values of the pass are known once `batches` have been delivered, bool (n,).

        A value of both orders needs both; that of an empty text which is not sent is known to be none.
        """
        import numpy as np

        known = np.ones(len(self.items), dtype=np.bool_)
        known[list(self.order)] = False
        for batch in batches:
            known[list(batch.indexes)] = True
        half = len(known) // 2
        return known[:half] & known[half:] if self.both else known


@dataclass(eq=False, slots=True)
class Pass:
    """What one pass over a list of items gave.

    Attributes:
        values: float32 (n, d) of a bi-encoder, floating (n,) of a cross-encoder, in the order of the items; a row of
            NaN for an empty text that was skipped.
        usage: the usage of all calls, added up.
        calls: how many calls the pass took.
        retries: attempts after the first, over all calls; None where the provider computes here.
        throttled_ns: what came before the attempts that delivered (waits for the rate limit, for a thread or for a
            retry, and the attempts that failed), summed over calls, which may have waited side by side; None where the
            provider computes here.
        empty: empty texts, where the provider takes none.
    """

    values: npt.NDArray[np.floating[Any]]
    usage: Usage
    calls: int
    retries: int | None = None
    throttled_ns: int | None = None
    empty: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Reply:
    """What one call gave.

    Attributes:
        value: what the provider returned, unchecked where it computes here.
        service_ns: how long the call itself took, without waits; None where the caller of call() shall time it.
        throttled_ns: waits before it, for the rate limit, a thread or a retry, and the attempts that failed; None
            where there is no such thing.
        retries: attempts before it.
    """

    value: Any
    service_ns: int | None = None
    throttled_ns: int | None = None
    retries: int | None = None

    @property
    def usage(self) -> Usage:
        usage: Usage = self.value.usage
        return usage


def add_usage(usages: Sequence[Usage]) -> Usage:
    """Return the usage of several calls. A count that any of them does not know is unknown for all."""

    def total(counts: list[int | None]) -> int | None:
        known = [count for count in counts if count is not None]
        return sum(known) if known and len(known) == len(counts) else None

    return Usage(
        tokens=total([usage.tokens for usage in usages]),
        requests=sum(usage.requests for usage in usages),
        truncated_texts=total([usage.truncated_texts for usage in usages]),
        truncated_tokens=total([usage.truncated_tokens for usage in usages]),
        rate=usages[-1].rate if usages else None,
        searches=total([usage.searches for usage in usages]),
    )


def check_usage(usage: object) -> None:
    """Raise BadResponseError unless a reply's usage is one of counts."""
    if not isinstance(usage, Usage):
        raise BadResponseError(f"usage is {_describe(usage)}, not embedmark.api.Usage")
    for name in ("tokens", "requests", "truncated_texts", "truncated_tokens", "searches"):
        count = getattr(usage, name)
        if count is None and name != "requests":
            continue
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= _MOST_COUNT:
            said = _describe(count) if not isinstance(count, int) else "out of range"
            raise BadResponseError(
                f"usage.{name} is {said}; it must be an int, 0 or more, or None", hint=f"Usage({name}=int(count))"
            )


def vectors_of(reply: object, n: int) -> npt.NDArray[np.float32]:
    """Return the (n, d) vectors of a reply to `encode`. Raises BadResponseError."""
    import numpy as np

    if not isinstance(reply, Embeddings):
        raise BadResponseError(
            f"encode() returned {type(reply).__name__}, not embedmark.api.Embeddings",
            hint=_WRAP.format("Embeddings", "vectors"),
        )
    check_usage(reply.usage)
    vectors = reply.vectors
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or vectors.dtype != np.float32:
        raise BadResponseError(
            f"encode() returned {_describe(vectors)}; vectors must be float32 of shape (n, d)", hint=_as_floats(vectors)
        )
    if len(vectors) != n:
        raise BadResponseError(
            f"encode() returned {len(vectors)} vectors for {n} texts", hint="return one row a text, in their order"
        )
    if vectors.shape[1] == 0:
        raise BadResponseError("encode() returned vectors of 0 dimensions", hint="return one row of numbers a text")
    return vectors


def values_of(reply: object, n: int) -> npt.NDArray[np.floating[Any]]:
    """Return the (n,) values of a reply to `predict`. Raises BadResponseError."""
    import numpy as np

    if not isinstance(reply, PairPredictions):
        raise BadResponseError(
            f"predict() returned {type(reply).__name__}, not embedmark.api.PairPredictions",
            hint=_WRAP.format("PairPredictions", "values"),
        )
    check_usage(reply.usage)
    values = reply.values
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind != "f":
        raise BadResponseError(
            f"predict() returned {_describe(values)}; values must be floats of shape (n,)",
            hint="PairPredictions(np.array(values, dtype=np.float64).ravel()), one number a pair",
        )
    if len(values) != n:
        raise BadResponseError(
            f"predict() returned {len(values)} values for {n} pairs", hint="return one number a pair, in their order"
        )
    return values


def rankings_of(reply: object, n: int, depth: int) -> npt.NDArray[np.float64]:
    """Return what a reply to `search` found, as float64 (n, depth, 2): place of the document, score. NaN pads a row.

    Raises BadResponseError.
    """
    import numpy as np

    if not isinstance(reply, Rankings):
        raise BadResponseError(f"search() returned {type(reply).__name__}, not embedmark.api.Rankings")
    check_usage(reply.usage)
    documents, scores = reply.documents, reply.scores
    if not isinstance(documents, np.ndarray) or documents.ndim != 2 or documents.dtype.kind not in "iu":
        raise BadResponseError(f"search() returned {_describe(documents)}; documents must be integers of shape (q, k)")
    if not isinstance(scores, np.ndarray) or scores.shape != documents.shape or scores.dtype.kind != "f":
        raise BadResponseError(f"search() returned {_describe(scores)}; scores must be floats of the documents' shape")
    if len(documents) != n or documents.shape[1] > depth:
        raise BadResponseError(f"search() returned shape {documents.shape} for {n} queries and k = {depth}")
    found = np.full((n, depth, 2), np.nan)
    real = documents >= 0
    width = documents.shape[1]
    found[:, :width, 0] = np.where(real, documents, np.nan)
    found[:, :width, 1] = np.where(real, scores, np.nan)
    _check_places(found[..., 0])
    if not np.isfinite(scores[real]).all():
        raise BadResponseError("search() returned a score that is not finite")
    return found


def _check_places(places: npt.NDArray[np.float64]) -> None:
    import numpy as np

    ordered = np.sort(places, axis=1)
    if (np.diff(ordered, axis=1) == 0).any():
        row = int(np.flatnonzero((np.diff(ordered, axis=1) == 0).any(axis=1))[0])
        raise BadResponseError(f"search() returned one document twice for query {row} of {len(places)}")


def _as_floats(vectors: object) -> str:
    """Return what an author writes in place of vectors of another type."""
    import numpy as np

    if isinstance(vectors, np.ndarray):
        if vectors.ndim == 2:
            return "Embeddings(vectors.astype(np.float32))"
        return "return an array of two dimensions: one row a text"
    if hasattr(vectors, "cpu"):
        return "Embeddings(vectors.float().cpu().numpy())"
    return "Embeddings(np.array(list(vectors), dtype=np.float32))"


def _describe(value: object) -> str:
    import numpy as np

    if isinstance(value, np.ndarray):
        if str(value.dtype).startswith(("i", "o")):
            return f"an {value.dtype} array of shape {value.shape}"
        return f"a {value.dtype} array of shape {value.shape}"
    return f"a {type(value).__name__}"
