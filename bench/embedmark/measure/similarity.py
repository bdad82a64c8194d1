"""The second stage of a bi-encoder: every vector's most similar others, exactly, in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def top_k(
    vectors: npt.NDArray[np.float32], k: int, block: int = 2048
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The k most similar other rows of each row by dot product; cosine if the rows have length 1.

    Args:
        vectors: float32 (n, d).
        k: neighbours a row; at most n - 1 are found.
        block: rows compared at a time; memory is block x n floats, never n x n.

    Returns:
        indexes int64 (n, k) and similarities float32 (n, k), the most similar first.
    """
    import numpy as np

    n = len(vectors)
    k = min(k, n - 1)
    indexes = np.empty((n, k), dtype=np.int64)
    values = np.empty((n, k), dtype=np.float32)
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        similarity = vectors[rows] @ vectors.T
        similarity[np.arange(len(similarity)), np.arange(rows.start, rows.stop)] = -np.inf
        best = np.argpartition(similarity, n - k, axis=1)[:, n - k :]
        found = np.take_along_axis(similarity, best, axis=1)
        order = np.argsort(-found, axis=1, kind="stable")
        indexes[rows] = np.take_along_axis(best, order, axis=1)
        values[rows] = np.take_along_axis(found, order, axis=1)
    return indexes, values


def unit_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The rows scaled to length 1, so that a dot product is a cosine; zero rows stay zero."""
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32, copy=False)
    return unit
