"""How far apart two replies to the same texts are, in one number that one tolerance bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def cosine_distances(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Array:
    """1 - cosine of row i of `a` and row i of `b`, float64 (n,). Two zero rows: 0; one zero row: 1."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    x_norm, y_norm = np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = np.einsum("ij,ij->i", x, y) / (x_norm * y_norm)
    one_zero = (x_norm == 0) ^ (y_norm == 0)
    # The cosine of a vector with itself may come out as 1 - 2e-16; what is the same to the bit has no drift.
    same = (x == y).all(axis=1)
    return np.where(same, 0.0, np.where(one_zero, 1.0, np.maximum(0.0, 1.0 - cosine)))


def row_drift(a: npt.NDArray[Any], b: npt.NDArray[Any], *, spread: float = 1.0) -> Array:
    """Return how far reply `a` is from reply `b`, row by row, float64 (n,); on the scale of 1 - cosine.

    A relative error e in a vector turns it by 1 - cosine = e**2 / 2 or so; a change of its length, and a change of a
    cross-encoder's value against the spread of its values, are put on the same scale.

    Args:
        a, b: vectors (n, d), or values (n,), of the same items.
        spread: of values: largest minus smallest over many pairs.
    """
    if a.ndim == 1:
        change = np.abs(a.astype(np.float64) - b.astype(np.float64)) / (spread or 1.0)
        return np.asarray(change**2 / 2)
    x_norm, y_norm = (np.linalg.norm(m.astype(np.float64), axis=1) for m in (a, b))
    longer = np.maximum(x_norm, y_norm)
    length = np.abs(x_norm - y_norm) / np.where(longer > 0, longer, 1.0)
    return np.asarray(np.maximum(cosine_distances(a, b), length**2 / 2))
