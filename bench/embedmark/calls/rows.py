"""The rows of a pass, put into their places as they come: what a reply holds need not be kept beside them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, PairPredictions
from embedmark.errors import BadResponseError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[Any]

MOST_IN_MEMORY = 2**31  # bytes; larger arrays are in a file, which the system may write out


class PlacedRows:
    """Rows of a pass over `n` items, at the places of their items.

    Args:
        n: items of the pass.
        most_in_memory: bytes; a larger array is in a temporary file without a name, if the disk has room for it.
    """

    def __init__(self, n: int, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._n = n
        self._most = most_in_memory
        self._values: Array | None = None
        self._filled: npt.NDArray[np.bool_] | None = None
        self._shapes: set[tuple[int, ...]] = set()

    def put(self, places: Sequence[int], rows: Array) -> bool:
        """Copy rows to their places; False for rows of another length than the first, which `whole` then refuses."""
        import numpy as np

        self._shapes.add(rows.shape[1:])
        if self._values is None or self._filled is None:
            self._values = _allocated((self._n, *rows.shape[1:]), rows.dtype, self._most)
            self._filled = np.zeros(self._n, dtype=bool)
        if rows.shape[1:] != self._values.shape[1:]:
            return False
        at = list(places)
        self._values[at] = rows
        self._filled[at] = True
        return True

    def at(self, places: Sequence[int]) -> Array:
        """Return copies of the rows at these places, which have come."""
        if self._values is None:
            raise ValueError("no row was delivered")
        found: Array = self._values[list(places)]
        return found

    def whole(self, blank: Array) -> Array:
        """Return all rows, NaN where none came.

        Args:
            blank: the row of NaN, shape (1, ...), where no reply has shown the shape of a row.

        Raises:
            BadResponseError: rows have different lengths.
        """
        import numpy as np

        if len(self._shapes) > 1:
            dims = sorted(shape[0] for shape in self._shapes if shape)
            raise BadResponseError(f"encode() returned vectors of different dimensions: {dims}")
        if self._values is None or self._filled is None:
            return np.full((self._n, *blank.shape[1:]), np.nan, dtype=blank.dtype)
        self._values[~self._filled] = np.nan
        return self._values


def _allocated(shape: tuple[int, ...], dtype: np.dtype[Any], most: int) -> Array:
    import numpy as np

    size = int(np.prod(shape)) * dtype.itemsize
    if size > most and (mapped := _mapped(shape, dtype, size)) is not None:
        return mapped
    return np.empty(shape, dtype=dtype)


def _mapped(shape: tuple[int, ...], dtype: np.dtype[Any], size: int) -> Array | None:
    """Return an array in a temporary file whose room on the disk is reserved; None where that cannot be had."""
    import numpy as np

    try:
        with tempfile.TemporaryFile(prefix="embedmark-") as file:
            if hasattr(os, "posix_fallocate"):  # else a full disk would end the process at some row
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, dtype=dtype, mode="w+", shape=shape)
    except OSError:
        return None


def values_in(reply: Embeddings | PairPredictions) -> npt.NDArray[np.floating[Any]]:
    """Return the array that a checked reply holds."""
    return reply.vectors if isinstance(reply, Embeddings) else reply.values


def copied(reply: Any) -> Any:
    """Return a reply with a copy of its array: the provider may use its buffer again."""
    import numpy as np

    return type(reply)(np.array(values_in(reply), order="C"), reply.usage)


def emptied(reply: Any) -> Any:
    """Return a reply with its usage and no row."""
    return type(reply)(values_in(reply)[:0].copy(), reply.usage)
