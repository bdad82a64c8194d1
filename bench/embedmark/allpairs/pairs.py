"""Which pairs: all of n texts without writing them down, or a list; and where their lengths are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from embedmark.allpairs.counts import pair_count

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Indexes = npt.NDArray[np.int64]


class Pairs(Protocol):
    """A list of pairs of indexes, of which any stretch can be had."""

    def __len__(self) -> int: ...

    def at(self, start: int, stop: int) -> tuple[Indexes, Indexes]:
        """Return pairs start to stop: smaller and larger index, int64 (stop - start,) each."""

    def identity(self) -> str:
        """Return a hash of a list of pairs, so that work on one list never goes on with another's."""


class AllPairs:
    """(0, 1), (0, 2), ... (n-2, n-1): n(n-1)/2 pairs, computed from their number. Memory: n integers."""

    def __init__(self, n: int) -> None:
        import numpy as np

        self._n = n
        first = np.arange(n, dtype=np.int64)
        self._starts = first * (2 * n - first - 1) // 2  # the number of the first pair of each text

    def __len__(self) -> int:
        return pair_count(self._n)

    def at(self, start: int, stop: int) -> tuple[Indexes, Indexes]:
        import numpy as np

        numbers = np.arange(start, stop, dtype=np.int64)
        a = np.searchsorted(self._starts[:-1], numbers, side="right") - 1
        return a, numbers - self._starts[a] + a + 1

    def identity(self) -> str:
        return f"all pairs of {self._n}"


class CandidatePairs:
    """Every text with each of its candidates, a pair that both sides name only once: at most n x k.

    Args:
        candidates: int64 (n, k), other texts of each text; -1 where there is none.
    """

    def __init__(self, candidates: Indexes) -> None:
        import numpy as np

        n, k = candidates.shape
        one, other = np.repeat(np.arange(n), k), candidates.ravel()
        real = other >= 0
        low, high = np.minimum(one, other)[real], np.maximum(one, other)[real]
        unique = np.unique(low * n + high)
        self._low, self._high = unique // n, unique % n

    def __len__(self) -> int:
        return len(self._low)

    def at(self, start: int, stop: int) -> tuple[Indexes, Indexes]:
        return self._low[start:stop], self._high[start:stop]

    def identity(self) -> str:
        listed = self._low.astype("<i8").tobytes() + self._high.astype("<i8").tobytes()
        return hashlib.sha256(listed).hexdigest()


class PairRange:
    """Pairs `start` to `stop` of a longer list: a block of it."""

    def __init__(self, pairs: Pairs, start: int, stop: int) -> None:
        self._pairs, self._start = pairs, min(start, len(pairs))
        self._stop = min(stop, len(pairs))

    def __len__(self) -> int:
        return self._stop - self._start

    def at(self, start: int, stop: int) -> tuple[Indexes, Indexes]:
        return self._pairs.at(self._start + start, self._start + min(stop, len(self)))

    def identity(self) -> str:
        return f"{self._start} to {self._stop} of {self._pairs.identity()}"


def lengths_of(texts: Sequence[str]) -> Indexes:
    """Return characters of each text, int64 (n,)."""
    import numpy as np

    return np.array([len(text) for text in texts], dtype=np.int64)
