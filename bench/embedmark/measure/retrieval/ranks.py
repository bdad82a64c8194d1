"""Exact, distinct ranks of judged documents among all documents. NumPy only.

Higher score first; of equal scores the lower grade first, so that a tie counts against the provider; of equal grades
the earlier document. A score of NaN is a document that was not found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

# Above this many judged documents a query, sorting its scores once is faster than counting for each.
_SORT_FROM = 16


def judged_ranks(scores: Array, places: Places, grades: Array) -> Array:
    """Return the ranks, from 1, of some documents of one query; NaN for those that were not found.

    Args:
        scores: float64 (n,), of all documents.
        places: int64 (m,), the documents that were judged, each once.
        grades: float64 (m,); documents that were not judged have grade 0.

    Example:
        >>> import numpy as np
        >>> judged_ranks(np.array([0.5, 0.9, 0.5]), np.array([0, 2]), np.array([1.0, 0.0])).tolist()
        [3.0, 2.0]
    """
    import numpy as np

    own = scores[places]
    ranks = np.full(len(places), np.nan)
    found = np.flatnonzero(~np.isnan(own))
    greater, equal = _counts(scores, own[found])
    for i, above, ties in zip(found.tolist(), greater.tolist(), equal.tolist(), strict=True):
        before = 0 if ties == 1 else _ties_before(scores, places, grades, i)
        ranks[i] = 1 + above + before
    return ranks


def best_places(scores: Array, k: int) -> Places:
    """Return the places of the `k` highest scores (n,), falling; of equal scores the earlier first, NaN never."""
    import numpy as np

    found = np.flatnonzero(~np.isnan(scores))
    if len(found) > k:
        least = np.partition(scores[found], len(found) - k)[len(found) - k]
        found = found[scores[found] >= least]
    best: Places = found[np.argsort(-scores[found], kind="stable")][:k]
    return best


def all_ranks(scores: Array) -> Array:
    """Return every document's rank (n,) by score, of equal scores the earlier first; NaN where it was not found.

    No grades are used: this is the order that a system can know, and fusion works on.
    """
    import numpy as np

    order = np.argsort(-scores, kind="stable")  # NaN comes last
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    ranks[np.isnan(scores)] = np.nan
    return ranks


def _counts(scores: Array, own: Array) -> tuple[Places, Places]:
    """Return how many scores are greater than each of `own`, and how many are equal to it (itself included)."""
    import numpy as np

    if len(own) <= _SORT_FROM:
        greater = [np.count_nonzero(scores > score) for score in own]
        equal = [np.count_nonzero(scores == score) for score in own]
        return np.array(greater, dtype=np.int64), np.array(equal, dtype=np.int64)
    rising = np.sort(scores[~np.isnan(scores)])
    low, high = np.searchsorted(rising, own, side="left"), np.searchsorted(rising, own, side="right")
    return len(rising) - high, high - low


def _ties_before(scores: Array, places: Places, grades: Array, i: int) -> int:
    """Return how many documents of the same score as judged document `i` rank before it."""
    import numpy as np

    tied = np.flatnonzero(scores == scores[places[i]])
    grade_of = dict(zip(places.tolist(), grades.tolist(), strict=True))
    own = (grades[i], int(places[i]))
    return sum((grade_of.get(place, 0.0), place) < own for place in tied.tolist())
