"""The values of one kind of provider: taken from replies, put back in the order of the items, blank where none is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embedmark.calls.adapter import Adapter
from embedmark.calls.kept import Done
from embedmark.calls.order import blank_ranking, blank_row, rows_in_order
from embedmark.calls.replies import Pass, add_usage, rankings_of, values_of, vectors_of
from embedmark.errors import BadResponseError

if TYPE_CHECKING:
    import numpy.typing as npt


class Values:
    """Reads the replies of one provider by its kind: vectors, scores of pairs, or rankings."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._kind = adapter.info.kind
        self._dim: int | None = None  # of the first vectors

    def take(self, reply: object, n: int) -> npt.NDArray[Any]:
        """Return the values in a reply to n items, shape (n, ...). Raises BadResponseError."""
        if self._kind == "ranker":
            return rankings_of(reply, n, self._adapter.depth)
        if self._kind == "cross-encoder":
            return values_of(reply, n)
        vectors = vectors_of(reply, n)
        self._dim = self._dim or vectors.shape[1]
        if vectors.shape[1] != self._dim:
            dims = sorted((vectors.shape[1], self._dim))
            raise BadResponseError(f"encode() returned vectors of different dimensions: {dims}")
        return vectors

    def blank(self) -> npt.NDArray[Any]:
        """Return the row of NaN for an item without a value, shape (1, ...)."""
        if self._kind == "ranker":
            return blank_ranking(self._adapter.depth)
        return blank_row(None if self._kind == "cross-encoder" else self._adapter.info.dim or 1)

    def put_back(self, done: Sequence[Done], n: int, empty: int, *, counted: bool) -> Pass:
        """Return the values of a pass in the order of its n items. Raises BadResponseError.

        Args:
            done: replies, in any order.
            empty: empty texts that were not sent as they are.
            counted: retries and waits of the replies are known.
        """
        rows = [(one.batch.indexes, self.take(one.reply, len(one.batch.items))) for one in done]
        return Pass(
            rows_in_order(rows, n, self.blank()),
            add_usage([one.reply.usage for one in done]),
            len(done),
            sum(one.retries for one in done) if counted else None,
            sum(one.throttled_ns for one in done) if counted else None,
            empty,
        )
