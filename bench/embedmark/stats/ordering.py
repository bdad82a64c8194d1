"""Ranks and sums over what lies above, along the last axis of arrays with ties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import Array

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Order:
    """The ascending order of values (..., n), ties kept together.

    Attributes:
        order: places of the values in ascending order, (..., n).
        first, last: for each value, in its own place, where its group of ties begins and ends in that order, (..., n).
    """

    order: Places
    first: Places
    last: Places

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> Order:
        """Sort `values` (..., n); 16-bit integers sort fastest."""
        order = np.argsort(values, axis=-1, kind="stable")
        ordered = np.take_along_axis(values, order, -1)
        n = values.shape[-1]
        new = np.ones(values.shape, dtype=bool)
        new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
        places = np.arange(n)
        first = np.maximum.accumulate(np.where(new, places, 0), axis=-1)
        ends = np.ones(values.shape, dtype=bool)
        ends[..., :-1] = new[..., 1:]
        last = np.minimum.accumulate(np.where(ends, places, n)[..., ::-1], axis=-1)[..., ::-1]
        return cls(order, _back(first, order), _back(last, order))

    def ranks(self) -> Array:
        """Return the mean ranks (..., n), from 1."""
        return np.asarray((self.first + self.last) / 2 + 1, dtype=np.float64)

    def above(self, weights: Array) -> Array:
        """Return for each value the sum of `weights` (..., n) of larger values, and half of those of its own group."""
        sums = self._sums(weights)
        first = _take(sums, self.first)
        return np.asarray((first + _take(sums, self.last + 1)) / 2, dtype=np.float64)

    def at_or_above(self, weights: Array) -> Array:
        """Return for each value the sum of `weights` (..., n) of values that are as large or larger."""
        return np.asarray(np.take_along_axis(self._sums(weights), self.first, -1), dtype=np.float64)

    def at_or_below(self, weights: Array) -> Array:
        """Return for each value the sum of `weights` (..., n) of values that are as small or smaller."""
        sums = self._sums(weights)
        return np.asarray(sums[..., :1] - _take(sums, self.last + 1), dtype=np.float64)

    def _sums(self, weights: Array) -> Array:
        """Sum the weights from each place of the order to its end, and 0 behind it: (..., n + 1)."""
        ordered = _take(weights, self.order)
        sums = np.zeros((*ordered.shape[:-1], ordered.shape[-1] + 1))
        sums[..., :-1] = np.cumsum(ordered[..., ::-1], axis=-1)[..., ::-1]
        return sums


def _back(ordered: Places, order: Places) -> Places:
    """Put values in ascending order back into their original places."""
    result = np.empty_like(ordered)
    np.put_along_axis(result, order, ordered, -1)
    return result


def _take(values: Array, places: Places) -> Array:
    """Return values (..., n) at places (n,), or at places of their own for each row."""
    if places.ndim == 1:
        return values[..., places]
    shape = np.broadcast_shapes(values.shape[:-1], places.shape[:-1])
    values = np.broadcast_to(values, (*shape, values.shape[-1]))
    return np.take_along_axis(values, np.broadcast_to(places, (*shape, places.shape[-1])), -1)
