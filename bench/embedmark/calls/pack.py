"""Which items go into one request: by count and by tokens, within what the provider says it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.api import Limits
from embedmark.api.items import Query, token_bound, token_bounds
from embedmark.calls.refusals import Refusal
from embedmark.errors import LimitExceededError

CountTokens = Callable[[Sequence[str]], Sequence[int] | None]


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Items of one request.

    Attributes:
        indexes: the places of the items in the pass.
        tokens: upper bound of the tokens of all items.
    """

    indexes: Sequence[int]
    items: Sequence[Any]
    tokens: int

    def halves(self) -> tuple[Batch, Batch]:
        """Return the same items in two requests, each half of the count. Needs two items or more."""
        middle = len(self.items) // 2
        return self._part(0, middle), self._part(middle, len(self.items))

    def bounded(self) -> Batch:
        """Return the same batch with its tokens bounded, for one of slices()."""
        return Batch(self.indexes, self.items, _bound(self.items))

    def _part(self, start: int, stop: int) -> Batch:
        items = self.items[start:stop]
        return Batch(self.indexes[start:stop], items, min(self.tokens, _bound(items)))


def slices(order: Sequence[int], items: Sequence[Any], batch_size: int) -> Iterator[Batch]:
    """`items` in the given order, `batch_size` in a batch: for a provider that computes here and has no limits.

    Their tokens are not counted (0): on the clock, that alone took 2 % of a pass of a static model.
    """
    for part in _one_role_each(order, items):
        for start in range(0, len(part), batch_size):
            indexes = part[start : start + batch_size]
            yield Batch(indexes, [items[i] for i in indexes], 0)


def _one_role_each(order: Sequence[int], items: Sequence[Any]) -> Iterator[Sequence[int]]:
    """Cut an order in two where documents follow queries, or queries documents: a call has one role."""
    if not order or isinstance(items[order[0]], Query) == isinstance(items[order[-1]], Query):
        yield order
        return
    first = isinstance(items[order[0]], Query)
    middle = next(i for i, place in enumerate(order) if isinstance(items[place], Query) != first)
    yield order[:middle]
    yield order[middle:]


def pack(
    numbered: Iterator[tuple[int, Any]], batch_size: int, limits: Limits, count: CountTokens | None = None, *,
    refused: list[Refusal] | None = None, fixed: bool = False,
) -> Iterator[Batch]:  # fmt: skip
    """Yield requests of at most `batch_size` items, within the limits; lazily, in the order of `numbered`.

    Args:
        numbered: items with their places in the pass.
        batch_size: items in a request; `limits.inputs_per_request` may make it smaller.
        limits: what the provider takes.
        count: exact tokens of texts, asked only where the upper bound alone would break a limit.
        refused: takes a text that is longer than the provider takes, in place of an error.
        fixed: the batch size itself is measured, and holds for pairs of one search as well.

    Raises:
        LimitExceededError: a text is longer than the provider takes, by exact count.
    """
    most_items = _most_items(batch_size, limits, fixed)
    most_tokens = limits.tokens_per_request
    indexes: list[int] = []
    items: list[Any] = []
    total = 0
    for index, item in numbered:
        try:
            tokens = _tokens(index, item, limits, count)
        except LimitExceededError as error:
            if refused is None:
                raise
            refused.append(Refusal(index, item, error))
            continue
        full = len(items) >= most_items or (most_tokens is not None and total + tokens > most_tokens)
        other = items and isinstance(item, Query) != isinstance(items[-1], Query)
        if items and (full or other or (limits.pairs_per_search and item[0] != items[-1][0])):
            yield Batch(indexes, items, total)
            indexes, items, total = [], [], 0
        indexes.append(index)
        items.append(item)
        total += tokens
    if items:
        yield Batch(indexes, items, total)


def _most_items(batch_size: int, limits: Limits, fixed: bool) -> int:
    wanted = limits.pairs_per_search if limits.pairs_per_search and not fixed else batch_size
    return min(most for most in (wanted, limits.pairs_per_search, limits.inputs_per_request) if most)


def _bound(items: Sequence[Any]) -> int:
    return token_bounds(items)


def _tokens(index: int, item: Any, limits: Limits, count: CountTokens | None) -> int:
    bound = token_bound(item)
    tight = [limit for limit in (limits.tokens_per_input, limits.tokens_per_request) if limit is not None]
    if count is None or not isinstance(item, str) or not tight or bound <= min(tight):
        return bound
    counts = count([item])
    if counts is None:
        return bound
    exact = int(counts[0])
    if limits.tokens_per_input is not None and exact > limits.tokens_per_input:
        raise LimitExceededError(
            f"text {index + 1} has {exact:,} tokens, and the provider takes {limits.tokens_per_input:,} a text",
            hint="shorten it in the dataset; embedmark does not cut texts",
        )
    return exact
