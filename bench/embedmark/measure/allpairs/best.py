"""The k best others of every item, while candidates keep coming in: exact, ties by the smaller index."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NOBODY = -1


class Best:
    """The best `k` others of `n` items by falling value; among equal values the smaller index is the better one.

    Attributes:
        indexes: int64 (n, k), NOBODY where fewer are known.
        values: float32 (n, k), falling; -inf where fewer are known.
    """

    def __init__(self, n: int, k: int) -> None:
        import numpy as np

        self.k = k
        self.indexes: npt.NDArray[np.int64] = np.full((n, k), NOBODY, dtype=np.int64)
        self.values: npt.NDArray[np.float32] = np.full((n, k), -np.inf, dtype=np.float32)

    def bars(self, items: slice, first: int) -> npt.NDArray[np.float32]:
        """What a value must exceed to be among the k best of each of `items`, float32 (len(items),).

        Args:
            items: whose bars.
            first: the smallest index among the candidates. A candidate that is only as good as the k-th best wins
                if its index is smaller: the bar then stands just below, so that none of these is lost.
        """
        import numpy as np

        values, indexes = self.values[items, -1], self.indexes[items, -1]
        lowered: npt.NDArray[np.float32] = np.where(first < indexes, np.nextafter(values, np.float32(-np.inf)), values)
        return lowered

    def add(self, items: npt.NDArray[np.int64], others: npt.NDArray[np.int64], values: npt.NDArray[np.float32]) -> None:
        """Take candidates: `others[i]`, of `values[i]`, for `items[i]`. `items` rises; none is known already."""
        import numpy as np

        if not len(items):
            return
        starts = np.flatnonzero(np.r_[True, items[1:] != items[:-1]])
        counts = np.diff(np.r_[starts, len(items)])
        which, width = items[starts], self.k + int(counts.max())
        all_values = np.full((len(which), width), -np.inf, dtype=np.float32)
        all_indexes = np.full((len(which), width), np.iinfo(np.int64).max, dtype=np.int64)
        all_values[:, : self.k] = self.values[which]
        known = self.indexes[which]
        all_indexes[:, : self.k] = np.where(known == NOBODY, np.iinfo(np.int64).max, known)
        row = np.repeat(np.arange(len(which)), counts)
        column = self.k + np.arange(len(items)) - np.repeat(starts, counts)
        all_values[row, column], all_indexes[row, column] = values, others
        order = np.lexsort((all_indexes, -all_values), axis=1)[:, : self.k]
        best = np.take_along_axis(all_values, order, axis=1)
        found = np.take_along_axis(all_indexes, order, axis=1)
        self.values[which] = best
        self.indexes[which] = np.where(best == -np.inf, NOBODY, found)
