"""The orders in which items go to a provider, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embedmark.work import swapped

if TYPE_CHECKING:
    import numpy.typing as npt


def both_orders(pairs: Sequence[Any]) -> list[tuple[str, str]]:
    """The n pairs, and then each in its other order."""
    return [*pairs, *swapped(pairs)]


def mean_of_orders(values: npt.NDArray[Any], n: int) -> npt.NDArray[Any]:
    """The mean (n,) of what was predicted for n pairs in both_orders()."""
    mean: npt.NDArray[Any] = (values[:n] + values[n:]) / 2
    return mean


def longest_first(items: Sequence[Any]) -> list[int]:
    """Indexes of `items` by falling length in characters; of pairs, both texts together. Ties keep their order.

    Images keep theirs: a model scales them all to one size.
    """
    first = items[0] if items else ""
    if not isinstance(first, str | tuple):
        return list(range(len(items)))
    lengths = list(map(len, items)) if isinstance(first, str) else [sum(map(len, pair)) for pair in items]
    return sorted(range(len(items)), key=lengths.__getitem__, reverse=True)  # of equals, the first stays first
