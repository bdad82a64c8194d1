"""Vectors of lower precision, returned as float32: what an index that stores int8 or bits would compare.

int8 is the scheme of sentence_transformers.quantize_embeddings: 255 steps a dimension between the smallest and the
largest value of a calibration set. There the ranges may come from the batch at hand, so that a vector depends on its
neighbours; here they are fixed when the model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

PRECISIONS = ("float32", "int8", "binary")
_STEPS = 255


def binary(vectors: Vectors) -> Vectors:
    """+1 where a value is above 0, else -1; float32 of the same shape."""
    import numpy as np

    return np.where(vectors > 0, np.float32(1), np.float32(-1))


def int8_of(calibration: Vectors) -> Callable[[Vectors], Vectors]:
    """Return a function that rounds vectors (n, d) to 256 levels a dimension, and gives back the middle of each level.

    Values outside the range of `calibration` (m, d) become its ends.
    """
    import numpy as np

    start = calibration.min(axis=0)
    step = (calibration.max(axis=0) - start) / np.float32(_STEPS)
    step = np.where(step == 0, np.float32(1), step)

    def quantise(vectors: Vectors) -> Vectors:
        levels = np.clip(np.floor((vectors - start) / step), 0, _STEPS)
        # The last level begins at the maximum itself; its middle would lie outside.
        middle = np.where(levels < _STEPS, levels + np.float32(0.5), levels)
        rounded: Vectors = (start + middle * step).astype(np.float32)
        return rounded

    return quantise
