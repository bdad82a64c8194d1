"""The orders in which items go to a provider, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedmark.api import Limits
from embedmark.api.items import Query, is_empty, swapped
from embedmark.errors import BadResponseError, LimitExceededError

if TYPE_CHECKING:
    import numpy.typing as npt


def both_orders(pairs: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the n pairs, and then each in its other order."""
    return [*pairs, *swapped(pairs)]


def mean_of_orders(values: npt.NDArray[Any], n: int) -> npt.NDArray[Any]:
    """Return the mean (n,) of what was predicted for n pairs in both_orders()."""
    mean: npt.NDArray[Any] = (values[:n] + values[n:]) / 2
    return mean


def longest_first(items: Sequence[Any], tokens: Mapping[Any, int] | None = None) -> list[int]:
    """Return indexes of `items` by falling length; of pairs, both texts together. Ties keep their order.

    Images keep theirs: a model scales them all to one size.

    Args:
        items: texts, pairs of texts or images.
        tokens: lengths in tokens, which is what a batch is padded to: sorted by characters, STS-B test has 49,016
            tokens with padding in batches of 32, and 37,384 sorted by tokens. Of a pair, its other order will do.
            Where an item is missing, all are sorted by characters.
    """
    first = items[0] if items else ""
    if not isinstance(first, str | tuple):
        return list(range(len(items)))
    lengths = _in_tokens(items, tokens) if tokens else None
    if lengths is None:
        lengths = list(map(len, items)) if isinstance(first, str) else [sum(map(len, pair)) for pair in items]
    order = sorted(range(len(items)), key=lengths.__getitem__, reverse=True)  # of equals, the first stays first
    queries = [isinstance(item, Query) for item in items]
    return order if all(queries) or not any(queries) else sorted(order, key=queries.__getitem__, reverse=True)


def grouped_by_first(items: Sequence[Any], order: Sequence[int]) -> list[int]:
    """Return the places of pairs so that those with the same first text follow each other, groups in their order."""
    groups: dict[str, list[int]] = {}
    for place in order:
        groups.setdefault(items[place][0], []).append(place)
    return [place for group in groups.values() for place in group]


def _in_tokens(items: Sequence[Any], tokens: Mapping[Any, int]) -> list[int] | None:
    found: list[int] = []
    for item in items:
        n = tokens.get(item)
        if n is None and isinstance(item, tuple):
            n = tokens.get((item[1], item[0]))
        if n is None:
            return None
        found.append(n)
    return found


def blank_row(dim: int | None) -> npt.NDArray[Any]:
    """Return the row of an empty text if no reply has shown its shape: NaN, float32 (1, dim), or (1,) for None."""
    import numpy as np

    return np.full((1,) if dim is None else (1, dim), np.nan, dtype=np.float32)


def blank_ranking(depth: int) -> npt.NDArray[Any]:
    """Return the row of a query that found nothing: NaN, float64 (1, depth, 2)."""
    import numpy as np

    return np.full((1, depth, 2), np.nan)


def rows_in_order(
    batches: Sequence[tuple[Sequence[int], npt.NDArray[Any]]], n: int, blank: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Rows of batches, each with the places of its rows, as one array of `n` rows; NaN where no batch holds a place.

    Args:
        blank: the row of NaN, shape (1, ...), where no batch shows the shape of a row.

    Raises BadResponseError: batches whose rows have different lengths.
    """
    import numpy as np

    if len({rows.shape[1:] for _, rows in batches}) > 1:
        dims = sorted({rows.shape[1] for _, rows in batches})
        raise BadResponseError(f"encode() returned vectors of different dimensions: {dims}")
    like = batches[0][1] if batches else blank
    values = np.full((n, *like.shape[1:]), np.nan, dtype=like.dtype)
    for places, rows in batches:
        values[list(places)] = rows
    return values


class InOrder:
    """Puts the rows of batches that come in any order into the order of their items, with NaN for items left out.

    Args:
        blank: the row of NaN, shape (1, ...), where no batch has shown the shape of a row.
    """

    def __init__(self, blank: npt.NDArray[Any]) -> None:
        self._blank = blank
        self._waiting: dict[int, npt.NDArray[Any]] = {}  # by the place of the first row
        self._skipped: set[int] = set()
        self._next = 0

    def skip(self, place: int) -> None:
        """No batch will hold this place. To be said before a batch of later places is put."""
        self._skipped.add(place)

    def put(self, places: Sequence[int], rows: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
        """Take the rows of one batch, their places rising; give all rows that are now in order."""
        import numpy as np

        first, span = places[0], places[-1] - places[0] + 1
        if self._blank.shape != (1, *rows.shape[1:]):
            self._blank = np.full((1, *rows.shape[1:]), np.nan, dtype=rows.dtype)
        if span > len(rows):
            spread = np.full((span, *rows.shape[1:]), np.nan, dtype=rows.dtype)
            spread[np.array(places) - first] = rows
            rows = spread
            self._skipped.difference_update(range(first, first + span))
        self._waiting[first] = rows
        yield from self.rest()

    def rest(self) -> Iterator[npt.NDArray[Any]]:
        """Yield all rows that are in order."""
        while self._next in self._waiting or self._next in self._skipped:
            rows = self._waiting.pop(self._next, self._blank)
            self._skipped.discard(self._next)
            self._next += len(rows)
            yield rows


@dataclass(frozen=True, eq=False, slots=True)
class Sendable:
    """What of a list of items is sent.

    Attributes:
        items: the items, with a space for the empty string where that is the policy.
        kept: places of those that are sent; the others become rows of NaN.
        empty: how many items were the empty string.
    """

    items: Sequence[Any]
    kept: Sequence[int]
    empty: int


def sendable(items: Sequence[Any], limits: Limits, *, first: int | None = None) -> Sendable:
    """Apply `limits.empty` where `limits.empty_text` is False. Raises LimitExceededError under `error`.

    Args:
        items: texts, pairs of texts or images.
        limits: what the provider takes.
        first: the place, from 0, at which the first item stands in a longer list of unknown length; None: `items` is
            all there is.
    """
    places = [] if limits.empty_text else [i for i, item in enumerate(items) if is_empty(item)]
    if not places:
        return Sendable(items, range(len(items)), 0)
    if limits.empty == "error":
        found = f"{len(places)} of {len(items)} texts are empty, the first at position {places[0] + 1}"
        if first is not None:
            found = f"the text at position {first + places[0] + 1} is empty"
        raise LimitExceededError(
            f"{found}, and this provider takes no empty text",
            hint="options: {empty: skip} leaves their scores empty, {empty: space} sends a space; both are counted",
        )
    if limits.empty == "skip":
        gone = set(places)
        return Sendable(items, [i for i in range(len(items)) if i not in gone], len(places))
    return Sendable([_spaced(item) for item in items], range(len(items)), len(places))


def _spaced(item: Any) -> Any:
    if isinstance(item, tuple):
        return item[0] or " ", item[1] or " "
    return item or " " if isinstance(item, str) else item
