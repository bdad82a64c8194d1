"""Whether a reply is what the interface promises. Nothing is mended here: a wrong reply is the provider's failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, PairPredictions
from embedmark.errors import BadResponseError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def vectors_of(reply: object, n: int) -> npt.NDArray[np.float32]:
    """The (n, d) vectors of a reply to `encode`. Raises BadResponseError."""
    import numpy as np

    if not isinstance(reply, Embeddings):
        raise BadResponseError(f"encode() returned {type(reply).__name__}, not embedmark.api.Embeddings")
    vectors = reply.vectors
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or vectors.dtype != np.float32:
        raise BadResponseError(f"encode() returned {_describe(vectors)}; vectors must be float32 of shape (n, d)")
    if len(vectors) != n:
        raise BadResponseError(f"encode() returned {len(vectors)} vectors for {n} texts")
    return vectors


def values_of(reply: object, n: int) -> npt.NDArray[np.floating[Any]]:
    """The (n,) values of a reply to `predict`. Raises BadResponseError."""
    import numpy as np

    if not isinstance(reply, PairPredictions):
        raise BadResponseError(f"predict() returned {type(reply).__name__}, not embedmark.api.PairPredictions")
    values = reply.values
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind != "f":
        raise BadResponseError(f"predict() returned {_describe(values)}; values must be floats of shape (n,)")
    if len(values) != n:
        raise BadResponseError(f"predict() returned {len(values)} values for {n} pairs")
    return values


def _describe(value: object) -> str:
    import numpy as np

    if isinstance(value, np.ndarray):
        return f"a {value.dtype} array of shape {value.shape}"
    return f"a {type(value).__name__}"
