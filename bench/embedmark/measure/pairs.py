"""Similarities of pairs of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


_BLOCK = 2**20  # numbers of one side that are compared at once


def scores_at(vectors: npt.NDArray[np.float32], places: npt.NDArray[np.int64], similarity: str) -> dict[str, Array]:
    """Return `pair_scores` of pairs of rows of `vectors`, at `places` (n, 2): in blocks, whatever the dimension."""
    import numpy as np

    n = len(places)
    rows = max(1, _BLOCK // max(1, vectors[:1].size))
    scores = {name: np.empty(n) for name in ("predicted", "dot", "neg_euclidean", "neg_manhattan")}
    for start in range(0, n, rows):
        first, second = places[start : start + rows].T
        for name, values in pair_scores(vectors[first], vectors[second], similarity).items():
            scores[name][start : start + rows] = values
    return scores


def pair_scores(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32], similarity: str) -> dict[str, Array]:
    """Return scores of row i of `a` with row i of `b`, float64 (n,): predicted, dot, neg_euclidean, neg_manhattan.

    A row that is not finite gives NaN; so does the cosine of a zero vector, which has no direction.
    """
    import numpy as np

    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        dot = np.einsum("ij,ij->i", x, y)
        norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
        cosine = np.where(norms > 0, dot / norms, np.nan)
        scores = {
            "predicted": dot if similarity == "dot" else cosine,
            "dot": dot,
            "neg_euclidean": -np.linalg.norm(x - y, axis=1),
            "neg_manhattan": -np.abs(x - y).sum(axis=1),
        }
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in scores.items()}
