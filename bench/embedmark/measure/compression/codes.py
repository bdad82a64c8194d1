"""Shorter and coarser vectors. NumPy only; what is stored is decoded before it is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

_STEPS = 127  # of an int8 on either side of 0
BINARY = ("binary", "binary+rescore")


def to_store(vectors: Vectors, precision: str, similarity: str) -> Vectors:
    """Return what is stored of rows (n, d): their directions if only these count; zeros stay.

    float32 is stored as it is, so that the full vectors have the values of accuracy.csv to the last bit.
    """
    import numpy as np

    if similarity != "cosine" or precision == "float32":
        return vectors
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def stored(vectors: Vectors, dims: int, precision: str) -> Vectors:
    """Return vectors (n, d) as they are read back from storage, float32 (n, dims).

    int8 has a scale for each dimension, the largest absolute value of these vectors over 127; a bit is the sign. A row
    that is not finite, and one of zeros, is so afterwards too.

    Example:
        >>> import numpy as np
        >>> stored(np.array([[1.0, -0.5, 9.0]], dtype=np.float32), 2, "binary").tolist()
        [[1.0, -1.0]]
    """
    import numpy as np

    kept = vectors[:, :dims].astype(np.float32)
    if precision == "float32":
        return kept
    if precision == "float16":
        with np.errstate(over="ignore"):
            return kept.astype(np.float16).astype(np.float32)
    good = np.isfinite(kept).all(axis=1, keepdims=True)
    usable = np.where(good, kept, 0.0)
    if precision == "int8":
        scale = np.abs(usable).max(axis=0, initial=0.0) / _STEPS
        decoded = np.rint(usable / np.where(scale > 0, scale, 1.0)) * scale
    else:
        decoded = np.where(usable > 0, 1.0, -1.0) * usable.any(axis=1, keepdims=True)
    return np.where(good, decoded, np.nan).astype(np.float32)
