"""Types and the confidence level that all statistics share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Interval = tuple[float, float]

CONFIDENCE = 0.95


def leveled(values: Array) -> Array:
    """Return finite values (..., n) times a power of two for each row, so that its largest is near 1.

    Scores may be as large as 1e308, where differences and squares overflow, or as small as 1e-320, where squares
    vanish. A power of two changes no digit of the others.
    """
    top = np.abs(values).max(axis=-1, keepdims=True, initial=0)
    exponent = np.where(np.isfinite(top), np.frexp(top)[1], 0)
    # In two steps: 2 ** 1074, which the smallest value needs, is not a float.
    half = -exponent // 2
    return np.asarray(np.ldexp(np.ldexp(values, half), -exponent - half), dtype=np.float64)
