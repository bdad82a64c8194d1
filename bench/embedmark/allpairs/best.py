"""The k best others of every item, while candidates keep coming in: exact, ties by the smaller index."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Rows = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]

NOBODY = -1
_EMPTY = 2**63 - 1  # of a table of keys: worse than any candidate
MOST_KEYS = 1 << 20  # keys in a table at most, unless one item has more: bounds the memory of many candidates at once
_SIGN = -(2**31)


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
        """Return what a value must exceed to be among the k best of each of `items`, float32 (len(items),).

        Args:
            items: whose bars.
            first: the smallest index among the candidates. A candidate that is only as good as the k-th best wins
                if its index is smaller: the threshold is then just below, so that none of these is lost.
        """
        import numpy as np

        values, indexes = self.values[items, -1], self.indexes[items, -1]
        lowered: npt.NDArray[np.float32] = np.where(first < indexes, np.nextafter(values, np.float32(-np.inf)), values)
        return lowered

    def add(self, items: npt.NDArray[np.int64], others: npt.NDArray[np.int64], values: npt.NDArray[np.float32]) -> None:
        """Take candidates: `others[i]`, of `values[i]`, for `items[i]`. `items` rises; none is known already."""
        self.put(self.changed(items, others, values))

    def put(self, rows: Rows) -> None:
        """Take the rows of changed(). To put them twice is to put them once, so that an interrupt can do no harm."""
        which, indexes, values = rows
        self.indexes[which] = indexes
        self.values[which] = values

    def changed(
        self, items: npt.NDArray[np.int64], others: npt.NDArray[np.int64], values: npt.NDArray[np.float32]
    ) -> Rows:
        """Return what add() would put in place, with nothing changed yet: the rows that change, and their new content.

        Value and index become one integer that falls with the value: sorting these is three to four times as fast
        as sorting by two arrays where candidates are many (a large k, or an order in which values keep rising).
        """
        import numpy as np

        if not len(items):
            return items, self.indexes[:0], self.values[:0]
        starts = np.flatnonzero(np.r_[True, items[1:] != items[:-1]])
        counts = np.diff(np.r_[starts, len(items)])
        which, width = items[starts], self.k + int(counts.max())
        if len(which) > 1 and len(which) * width > MOST_KEYS:
            half = starts[len(which) // 2]
            a = self.changed(items[:half], others[:half], values[:half])
            b = self.changed(items[half:], others[half:], values[half:])
            return np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]]), np.concatenate([a[2], b[2]])
        table = np.full((len(which), width), _EMPTY, dtype=np.int64)
        known = self.indexes[which]
        table[:, : self.k] = np.where(known == NOBODY, _EMPTY, _keys(known, self.values[which]))
        row = np.repeat(np.arange(len(which)), counts)
        column = self.k + np.arange(len(items)) - np.repeat(starts, counts)
        table[row, column] = _keys(others, values)
        if width > 4 * self.k:
            table = np.partition(table, self.k - 1, axis=1)[:, : self.k]
        table = np.sort(table, axis=1)[:, : self.k]
        found, best = _unkeyed(table)
        empty = table == _EMPTY
        return which, np.where(empty, NOBODY, found), np.where(empty, np.float32(-np.inf), best)


def _keys(indexes: npt.NDArray[np.int64], values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return integers that rise from the best to the worst: by falling value, then by rising index (below 2**32)."""
    import numpy as np

    bits = (values + np.float32(0)).view(np.int32)  # 0 is added since -0 equals 0, and must not rank below it
    # A float's bits are its sign and its magnitude: negatives, without the sign, rise as the value falls; the others,
    # inverted, rise too and come before them.
    falling = np.where(bits < 0, bits ^ _SIGN, ~bits)
    keys: npt.NDArray[np.int64] = (falling.astype(np.int64) << 32) | indexes
    return keys


def _unkeyed(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    import numpy as np

    falling = (keys >> 32).astype(np.int32)
    bits: npt.NDArray[np.int32] = np.where(falling >= 0, falling ^ _SIGN, ~falling)
    return keys & 0xFFFFFFFF, bits.view(np.float32)
