"""Vectors to compare where a dataset has too few."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]


_SQUARED = 1e18  # single precision holds the squares of smaller numbers


def like_these(vectors: Vectors, n: int, rng: np.random.Generator) -> Vectors:
    """Return `n` float32 vectors: real ones that are finite, with noise, so that no two are the same."""
    import numpy as np

    finite: Vectors = vectors[np.isfinite(vectors).all(axis=1)]
    like: Vectors = rng.standard_normal((n, vectors.shape[1]), dtype=np.float32)
    if np.abs(finite).max() < _SQUARED:
        like *= np.float32(0.5) * finite.std(axis=0, dtype=np.float32)
    else:
        like *= (0.5 * finite.std(axis=0, dtype=np.float64)).astype(np.float32)
    like += finite[rng.integers(len(finite), size=n)]
    return like
